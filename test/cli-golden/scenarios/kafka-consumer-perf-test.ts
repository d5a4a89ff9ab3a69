import { file, options, run, type Scenario, setup } from '../scenario.ts'

const c = 'kafka-consumer-perf-test.sh --bootstrap-server $B --topic t'

export const scenario: Scenario = {
  name: 'kafka-consumer-perf-test',
  config: { 'offsets.topic.num.partitions': '1' },
  steps: [
    options('kafka-consumer-perf-test.sh'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic t'),
    setup(
      'kafka-producer-perf-test.sh --bootstrap-server $B --topic t --num-records 1000 --record-size 10 --throughput -1',
    ),
    run('reads', `${c} --num-records 1000`, { numbers: 'shape' }),
    run('reads without a header', `${c} --num-records 1000 --hide-header`, { numbers: 'shape' }),
    run('reads with details', `${c} --num-records 1000 --show-detailed-stats --reporting-interval 1000`, {
      numbers: 'shape',
    }),
    run('reads with another date form', `${c} --num-records 1000 --date-format HH:mm`, { numbers: 'shape' }),
    run('accepts the old --messages', `${c} --messages 1000`, { numbers: 'shape' }),
    run('reads by pattern', 'kafka-consumer-perf-test.sh --bootstrap-server $B --include t.* --num-records 1000', {
      numbers: 'shape',
    }),
    run('takes consumer properties', `${c} --num-records 1000 --command-property client.id=me`, { numbers: 'shape' }),
    file('consumer.properties', 'client.id=me\n'),
    run('takes consumer properties from a file', `${c} --num-records 1000 --command-config consumer.properties`, {
      numbers: 'shape',
    }),
    run('accepts the old --consumer.config', `${c} --num-records 1000 --consumer.config consumer.properties`, {
      numbers: 'shape',
    }),
    run('reads for a group', `${c} --num-records 1000 --group g`, { numbers: 'shape' }),
    run('warns when there is nothing to read', `${c} --num-records 10 --group g --timeout 2000`, { numbers: 'shape' }),
    run('wants a number of records', c),
    run('wants a topic', 'kafka-consumer-perf-test.sh --bootstrap-server $B --num-records 10'),
    run('refuses topic and pattern', `${c} --include t --num-records 10`),
    run('wants a bootstrap server', 'kafka-consumer-perf-test.sh --topic t --num-records 10'),
    run('refuses records and messages', `${c} --num-records 10 --messages 10`),
    run('refuses records that are no number', `${c} --num-records many`),
    run('refuses the old --broker-list', 'kafka-consumer-perf-test.sh --broker-list $B --topic t --messages 10'),
    run('refuses the old --threads', `${c} --num-records 10 --threads 1`),
    run('refuses an unknown option', `${c} --num-records 10 --no-such-option`),
    run('prints its version', 'kafka-consumer-perf-test.sh --version'),
  ],
}
