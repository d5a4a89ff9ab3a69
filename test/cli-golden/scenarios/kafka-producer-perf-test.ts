import { file, options, run, type Scenario, setup } from '../scenario.ts'

const p = 'kafka-producer-perf-test.sh --bootstrap-server $B --topic t'
const some = '--num-records 100 --record-size 10 --throughput -1'

export const scenario: Scenario = {
  name: 'kafka-producer-perf-test',
  steps: [
    options('kafka-producer-perf-test.sh'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic t'),
    run('sends records of a size', `${p} ${some}`, { numbers: 'shape' }),
    run('reports on the way', `${p} --num-records 100 --record-size 10 --throughput 50 --reporting-interval 1200`, {
      numbers: 'shape',
    }),
    run('sends a warm-up apart', `${p} ${some} --warmup-records 10`, { numbers: 'shape' }),
    run('sends increasing numbers', `${p} --num-records 3 --payload-monotonic --throughput -1`, { numbers: 'shape' }),
    file('payloads.txt', 'one\ntwo\n'),
    run('sends payloads from a file', `${p} --num-records 10 --payload-file payloads.txt --throughput -1`, {
      numbers: 'shape',
    }),
    file('empty.txt', ''),
    run('refuses an empty payload file', `${p} --num-records 10 --payload-file empty.txt --throughput -1`),
    run('refuses a payload file that is not there', `${p} --num-records 10 --payload-file absent.txt --throughput -1`),
    run('takes producer properties', `${p} ${some} --command-property acks=1 linger.ms=0`, { numbers: 'shape' }),
    run(
      'accepts the old --producer-props',
      `kafka-producer-perf-test.sh --topic t ${some} --producer-props bootstrap.servers=$B acks=1`,
      { numbers: 'shape' },
    ),
    file('producer.properties', 'acks=1\n'),
    run('takes producer properties from a file', `${p} ${some} --command-config producer.properties`, {
      numbers: 'shape',
    }),
    run('accepts the old --producer.config', `${p} ${some} --producer.config producer.properties`, {
      numbers: 'shape',
    }),
    run('sends in transactions', `${p} ${some} --transactional-id tx --transaction-duration-ms 100`, {
      numbers: 'shape',
    }),
    run('refuses no time for a transaction', `${p} ${some} --transaction-duration-ms 0`),
    run('refuses record size together with a payload file', `${p} ${some} --payload-file payloads.txt`),
    run('wants a payload', `${p} --num-records 10 --throughput -1`),
    run('wants a throughput', `${p} --num-records 10 --record-size 10`),
    run('wants a topic', `kafka-producer-perf-test.sh --bootstrap-server $B ${some}`),
    run('wants a bootstrap server', `kafka-producer-perf-test.sh --topic t ${some}`),
    run('refuses a record size of 0', `${p} --num-records 10 --record-size 0 --throughput -1`),
    run('refuses a negative number of records', `${p} --num-records -1 --record-size 10 --throughput -1`),
    run(
      'refuses more warm-up than records',
      `${p} --num-records 10 --record-size 10 --throughput -1 --warmup-records 20`,
    ),
    run('refuses a bad property', `${p} ${some} --command-property acks=9`),
    run('refuses a malformed property', `${p} ${some} --command-property acks`),
    run('refuses an unknown option', `${p} ${some} --no-such-option`),
  ],
}
