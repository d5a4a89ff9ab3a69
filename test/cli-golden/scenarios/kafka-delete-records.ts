import { file, options, run, type Scenario, setup } from '../scenario.ts'

const d = 'kafka-delete-records.sh --bootstrap-server $B --offset-json-file'
const json = (...partitions: string[]) => `{"partitions":[${partitions.join(',')}],"version":1}\n`
const at = (topic: string, partition: number, offset: number) =>
  `{"topic":"${topic}","partition":${partition},"offset":${offset}}`

export const scenario: Scenario = {
  name: 'kafka-delete-records',
  steps: [
    options('kafka-delete-records.sh'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic t'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic compacted --config cleanup.policy=compact'),
    setup('kafka-console-producer.sh --bootstrap-server $B --topic t --sync', '1\n2\n3\n4\n5\n'),
    setup(
      'kafka-console-producer.sh --bootstrap-server $B --topic compacted --reader-property parse.key=true',
      'k\tv\n',
    ),
    file('two.json', json(at('t', 0, 2))),
    run('deletes up to an offset', `${d} two.json`),
    run('shows where the topic starts', 'kafka-get-offsets.sh --bootstrap-server $B --topic t --time earliest'),
    run('has deleted that already', `${d} two.json`),
    file('beyond.json', json(at('t', 0, 99))),
    run('refuses an offset beyond the end', `${d} beyond.json`),
    file('absent.json', json(at('absent', 0, 1), at('t', 0, 3))),
    run('refuses an unknown topic beside a known one', `${d} absent.json`, { order: 'any' }),
    file('compacted.json', json(at('compacted', 0, 1))),
    run('refuses a compacted topic', `${d} compacted.json`),
    file('all.json', json(at('t', 0, -1))),
    run('deletes everything', `${d} all.json`),
    file('twice.json', json(at('t', 0, 1), at('t', 0, 2))),
    run('refuses a partition named twice', `${d} twice.json`),
    file('malformed.json', '{"partitions":'),
    run('refuses malformed JSON', `${d} malformed.json`),
    file('version.json', '{"partitions":[],"version":2}'),
    run('refuses another version', `${d} version.json`),
    file('missing.json', '{"version":1}'),
    run('refuses JSON without partitions', `${d} missing.json`),
    file('field.json', '{"partitions":[{"topic":"t","offset":1}],"version":1}'),
    run('refuses a partition without its number', `${d} field.json`),
    file('empty.json', json()),
    run('does nothing for no partitions', `${d} empty.json`),
    run('refuses a file that is not there', `${d} nowhere.json`),
    run('wants a file', 'kafka-delete-records.sh --bootstrap-server $B'),
    run('wants a bootstrap server', 'kafka-delete-records.sh --offset-json-file two.json'),
    run('refuses an unknown option', `${d} two.json --no-such-option`),
    run('prints its version', 'kafka-delete-records.sh --version'),
  ],
}
