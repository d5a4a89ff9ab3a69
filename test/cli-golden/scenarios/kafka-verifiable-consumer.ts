import { options, run, type Scenario, setup } from '../scenario.ts'

const c = 'kafka-verifiable-consumer.sh --bootstrap-server $B --topic t'

export const scenario: Scenario = {
  name: 'kafka-verifiable-consumer',
  config: { 'offsets.topic.num.partitions': '1' },
  steps: [
    options('kafka-verifiable-consumer.sh'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic t --partitions 2'),
    setup(
      'kafka-verifiable-producer.sh --bootstrap-server $B --topic t --max-messages 20 --repeating-keys 5 --throughput 200',
    ),
    run('reads some', `${c} --group-id g1 --max-messages 20`, { numbers: 'shape' }),
    run('reads with every record', `${c} --group-id g2 --max-messages 20 --verbose`, { numbers: 'shape' }),
    run('reads with automatic commits', `${c} --group-id g3 --max-messages 20 --enable-autocommit`, {
      numbers: 'shape',
    }),
    run('reads by the consumer protocol', `${c} --group-id g4 --max-messages 20 --group-protocol consumer`, {
      numbers: 'shape',
    }),
    run(
      'reads by the consumer protocol with an assignor',
      `${c} --group-id g5 --max-messages 20 --group-protocol consumer --group-remote-assignor range`,
      { numbers: 'shape' },
    ),
    run('reads as a static member', `${c} --group-id g6 --max-messages 20 --group-instance-id i1`, {
      numbers: 'shape',
    }),
    run(
      'reads with another assignor',
      `${c} --group-id g7 --max-messages 20 --assignment-strategy org.apache.kafka.clients.consumer.RoundRobinAssignor`,
      { numbers: 'shape' },
    ),
    run('ends on a termination', `${c} --group-id g8`, {
      numbers: 'shape',
      interrupt: { after: /offsets_committed/, signal: 'SIGTERM' },
    }),
    run('fails without offsets when told to', `${c} --group-id g9 --reset-policy none`, { numbers: 'shape' }),
    run('refuses another reset policy', `${c} --group-id g10 --reset-policy newest`),
    run('refuses an unknown group protocol', `${c} --group-id g11 --group-protocol quick`),
    run('wants a group', c),
    run('wants a topic', 'kafka-verifiable-consumer.sh --bootstrap-server $B --group-id g'),
    run('wants a bootstrap server', 'kafka-verifiable-consumer.sh --topic t --group-id g'),
    run('refuses an unknown option', `${c} --group-id g --no-such-option`),
  ],
}
