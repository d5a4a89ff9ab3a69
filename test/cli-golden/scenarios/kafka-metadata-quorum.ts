import { options, run, type Scenario } from '../scenario.ts'

const q = 'kafka-metadata-quorum.sh --bootstrap-server $B'

export const scenario: Scenario = {
  name: 'kafka-metadata-quorum',
  steps: [
    ...['', ' describe', ' add-controller', ' remove-controller'].map((command) =>
      options(`kafka-metadata-quorum.sh --bootstrap-server $B${command}`),
    ),
    run('describes the status', `${q} describe --status`, { numbers: 'shape' }),
    run('describes the status, exactly but for the high watermark', `${q} describe --status`),
    run('describes the replication', `${q} describe --replication`),
    run('describes the replication for people', `${q} describe --replication --human-readable`, { numbers: 'shape' }),
    run(
      'describes the status from a controller',
      'kafka-metadata-quorum.sh --bootstrap-controller $C describe --status',
    ),
    run('refuses status together with replication', `${q} describe --status --replication`),
    run('refuses a readable status', `${q} describe --status --human-readable`),
    run('wants to know what to describe', `${q} describe`),
    run(
      'refuses to remove an unknown controller',
      `${q} remove-controller --controller-id 7 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAQ`,
    ),
    run('refuses a malformed directory id', `${q} remove-controller --controller-id 7 --controller-directory-id x`),
    run(
      'removes nothing as a dry run',
      `${q} remove-controller --controller-id 7 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAQ --dry-run`,
    ),
    run('wants the controller to remove', `${q} remove-controller`),
    run('wants a configuration to add a controller', `${q} add-controller`),
    run('wants a bootstrap', 'kafka-metadata-quorum.sh describe --status'),
    run('wants a command', q),
    run('refuses an unknown option', `${q} describe --status --no-such-option`),
  ],
}
