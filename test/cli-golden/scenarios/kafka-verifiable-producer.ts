import { file, options, run, type Scenario, setup } from '../scenario.ts'

const p = 'kafka-verifiable-producer.sh --bootstrap-server $B --topic t'

export const scenario: Scenario = {
  name: 'kafka-verifiable-producer',
  steps: [
    options('kafka-verifiable-producer.sh'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic t'),
    run('sends increasing numbers', `${p} --max-messages 3`, { numbers: 'shape' }),
    run('sends increasing numbers, exact rows', `${p} --max-messages 3 --throughput 100`, { numbers: 'shape' }),
    run('sends with a prefix', `${p} --max-messages 2 --value-prefix 7`, { numbers: 'shape' }),
    run('sends with repeating keys', `${p} --max-messages 4 --repeating-keys 2`, { numbers: 'shape' }),
    run('sends with set times', `${p} --max-messages 2 --message-create-time 1500000000000`, { numbers: 'shape' }),
    run('sends with acks=1', `${p} --max-messages 2 --acks 1`, { numbers: 'shape' }),
    run('sends with acks=0', `${p} --max-messages 2 --acks 0`, { numbers: 'shape' }),
    run('ends on a termination', `${p} --throughput 20`, {
      numbers: 'shape',
      interrupt: { after: /"value":"3"/, signal: 'SIGTERM' },
    }),
    run(
      'creates an unknown topic',
      'kafka-verifiable-producer.sh --bootstrap-server $B --topic made --max-messages 1',
      { numbers: 'shape' },
    ),
    run(
      'reports records that were refused',
      'kafka-verifiable-producer.sh --bootstrap-server $B --topic t --max-messages 1 --command-config tiny.properties',
      { numbers: 'shape' },
    ),
    file('tiny.properties', 'max.request.size=10\n'),
    run('reports records that are too large', `${p} --max-messages 1 --command-config tiny.properties`, {
      numbers: 'shape',
    }),
    run('accepts the old --producer.config', `${p} --max-messages 1 --producer.config tiny.properties`, {
      numbers: 'shape',
    }),
    run('refuses a bad value of acks', `${p} --max-messages 1 --acks 9`),
    run('wants a topic', 'kafka-verifiable-producer.sh --bootstrap-server $B'),
    run('wants a bootstrap server', 'kafka-verifiable-producer.sh --topic t'),
    run('refuses the old --broker-list', 'kafka-verifiable-producer.sh --broker-list $B --topic t --max-messages 1'),
    run('refuses an unknown option', `${p} --no-such-option`),
  ],
}
