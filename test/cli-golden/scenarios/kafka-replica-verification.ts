import { options, run, type Scenario, setup } from '../scenario.ts'

const v = 'kafka-replica-verification.sh --broker-list $B'

export const scenario: Scenario = {
  name: 'kafka-replica-verification',
  isOnCluster: true,
  steps: [
    options('kafka-replica-verification.sh'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic t --replica-assignment 1:2:3,2:3:1'),
    setup('kafka-console-producer.sh --bootstrap-server $B --topic t', 'one\ntwo\nthree\n'),
    run(
      'compares until it is interrupted',
      `${v} --topics-include t --time -2 --report-interval-ms 3000 --max-wait-ms 100`,
      {
        interrupt: { after: /max lag/, signal: 'SIGINT' },
        numbers: 'shape',
      },
    ),
    run('finds no topic', `${v} --topics-include nothing`),
    run('refuses what is no expression', `${v} --topics-include '('`),
    run('wants brokers', 'kafka-replica-verification.sh --topics-include t'),
    run('refuses a size that is no number', `${v} --fetch-size x`),
    run('refuses an unknown option', `${v} --no-such-option`),
    run('prints its version', 'kafka-replica-verification.sh --version'),
  ],
}
