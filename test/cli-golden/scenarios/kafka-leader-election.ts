import { file, options, run, type Scenario, setup } from '../scenario.ts'

const e = 'kafka-leader-election.sh --bootstrap-server $B'
const preferred = `${e} --election-type preferred`

export const scenario: Scenario = {
  name: 'kafka-leader-election',
  steps: [
    options('kafka-leader-election.sh'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic t --partitions 2'),
    run('finds the preferred leader elected', `${preferred} --topic t --partition 0`),
    run('finds all elected', `${preferred} --all-topic-partitions`),
    run('finds no unclean election needed', `${e} --election-type unclean --topic t --partition 0`),
    run('takes the type in capitals', `${e} --election-type PREFERRED --topic t --partition 0`),
    run('refuses an unknown type', `${e} --election-type quick --topic t --partition 0`),
    run('refuses an unknown topic', `${preferred} --topic absent --partition 0`),
    run('refuses an unknown partition', `${preferred} --topic t --partition 9`),
    file('partitions.json', '{"partitions":[{"topic":"t","partition":0},{"topic":"t","partition":1}]}\n'),
    run('takes partitions from a file', `${preferred} --path-to-json-file partitions.json`),
    file('twice.json', '{"partitions":[{"topic":"t","partition":0},{"topic":"t","partition":0}]}\n'),
    run('refuses a partition twice', `${preferred} --path-to-json-file twice.json`),
    file('empty.json', '\n'),
    run('refuses an empty file', `${preferred} --path-to-json-file empty.json`),
    file('other.json', '{"topics":[]}\n'),
    run('refuses a file of other things', `${preferred} --path-to-json-file other.json`),
    run('refuses a file that is not there', `${preferred} --path-to-json-file absent.json`),
    run('wants a bootstrap server and a type', 'kafka-leader-election.sh --topic t --partition 0'),
    run('wants to know which partitions', preferred),
    run('refuses a topic together with all', `${preferred} --topic t --partition 0 --all-topic-partitions`),
    run('wants a partition', `${preferred} --topic t`),
    run('refuses a partition without a topic', `${preferred} --all-topic-partitions --partition 0`),
    run('refuses a partition that is no number', `${preferred} --topic t --partition x`),
    run('refuses an unknown option', `${preferred} --no-such-option`),
    run('prints its version', 'kafka-leader-election.sh --version'),
  ],
}
