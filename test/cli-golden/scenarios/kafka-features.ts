import { options, run, type Scenario } from '../scenario.ts'

const f = 'kafka-features.sh --bootstrap-server $B'

export const scenario: Scenario = {
  name: 'kafka-features',
  steps: [
    ...['', ' describe', ' upgrade', ' downgrade', ' disable', ' version-mapping', ' feature-dependencies'].map(
      (command) => options(`kafka-features.sh${command}`),
    ),
    run('describes', `${f} describe`, { numbers: 'shape' }),
    run('describes, exactly', `${f} describe`),
    run('describes from a controller', 'kafka-features.sh --bootstrap-controller $C describe', { numbers: 'shape' }),
    run('describes from a broker', `${f} describe --node-id 1`),
    run('refuses to describe from an unknown broker', `${f} describe --node-id 7`, {
      interrupt: { after: /./, signal: 'SIGTERM' },
    }),
    run('refuses to upgrade to what it is', `${f} upgrade --feature transaction.version=2`),
    run('downgrades a feature, as a dry run', `${f} downgrade --feature transaction.version=1 --dry-run`),
    run('downgrades a feature', `${f} downgrade --feature transaction.version=1`),
    run('upgrades a feature', `${f} upgrade --feature transaction.version=2`),
    run('disables a feature', `${f} disable --feature streams.version`),
    run('upgrades to a release', `${f} upgrade --release-version 4.3-IV0`),
    run('refuses to downgrade the metadata version', `${f} downgrade --release-version 4.2-IV1`),
    run('refuses an unknown release', `${f} upgrade --release-version 9.9-IV0`),
    run('refuses an unknown feature', `${f} upgrade --feature no.such.version=1`),
    run('refuses too high a level', `${f} upgrade --feature group.version=9`),
    run('refuses a malformed feature', `${f} upgrade --feature group.version`),
    run('refuses to upgrade nothing', `${f} upgrade`),
    run('refuses a feature twice', `${f} upgrade --feature group.version=1 --feature group.version=1`),
    run('accepts the old --metadata', `${f} upgrade --metadata 4.3-IV0`),
    run('shows the features of a release', `${f} version-mapping --release-version 4.1-IV1`),
    run('shows what a feature needs', `${f} feature-dependencies --feature transaction.version=2`),
    run('wants a bootstrap', 'kafka-features.sh describe'),
    run('wants a command', f),
    run('refuses an unknown option', `${f} describe --no-such-option`),
  ],
}
