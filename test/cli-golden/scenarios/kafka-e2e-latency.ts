import { file, options, run, type Scenario, setup } from '../scenario.ts'

const e = 'kafka-e2e-latency.sh --bootstrap-server $B --topic t'
const some = '--num-records 20 --producer-acks 1 --record-size 10'

export const scenario: Scenario = {
  name: 'kafka-e2e-latency',
  steps: [
    options('kafka-e2e-latency.sh --bootstrap-server x'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic t'),
    run('measures', `${e} ${some}`, { numbers: 'shape' }),
    run('measures with acks=all', `${e} --num-records 20 --producer-acks all --record-size 10`, { numbers: 'shape' }),
    run(
      'measures with keys and headers',
      `${e} ${some} --record-key-size 4 --num-headers 2 --record-header-key-size 3 --record-header-size 5`,
      { numbers: 'shape' },
    ),
    run('measures 1,001 records', `${e} --num-records 1001 --producer-acks 1 --record-size 10`, { numbers: 'shape' }),
    run('creates an unknown topic', `kafka-e2e-latency.sh --bootstrap-server $B --topic made ${some}`, {
      numbers: 'shape',
    }),
    run('accepts the old positions', 'kafka-e2e-latency.sh $B t 20 all 10', { numbers: 'shape' }),
    file('client.properties', 'client.id=me\n'),
    run('accepts the old positions with a file', 'kafka-e2e-latency.sh $B t 20 1 10 client.properties', {
      numbers: 'shape',
    }),
    run('takes properties from a file', `${e} ${some} --command-config client.properties`, { numbers: 'shape' }),
    run('refuses no acknowledgement', `${e} --num-records 20 --producer-acks 0 --record-size 10`),
    run('refuses positions with no acknowledgement', 'kafka-e2e-latency.sh $B t 20 0 10'),
    run('refuses too few positions', 'kafka-e2e-latency.sh $B t 20'),
    run('wants a topic', `kafka-e2e-latency.sh --bootstrap-server $B ${some}`),
    run('wants a number of records', `${e} --producer-acks 1 --record-size 10`),
    run('refuses a file that is not there', `${e} ${some} --command-config absent.properties`),
    run('refuses an unknown option', `${e} ${some} --no-such-option`),
    run('refuses nothing', 'kafka-e2e-latency.sh'),
    run('prints its version', 'kafka-e2e-latency.sh --bootstrap-server x --version'),
  ],
}
