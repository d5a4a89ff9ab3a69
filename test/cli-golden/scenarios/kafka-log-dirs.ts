import { options, run, type Scenario, setup } from '../scenario.ts'

const l = 'kafka-log-dirs.sh --bootstrap-server $B'

export const scenario: Scenario = {
  name: 'kafka-log-dirs',
  steps: [
    options('kafka-log-dirs.sh'),
    run('describes an empty broker', `${l} --describe`),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic a --partitions 2'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic b'),
    setup('kafka-console-producer.sh --bootstrap-server $B --topic b', 'x\n'),
    run('describes one topic', `${l} --describe --topic-list b`),
    run('describes a topic on a broker', `${l} --describe --broker-list 1 --topic-list b`),
    run('describes an unknown topic', `${l} --describe --topic-list absent`),
    run('refuses an unknown broker', `${l} --describe --broker-list 1,7`),
    run('refuses a broker that is no number', `${l} --describe --broker-list one`),
    run('wants an action', l),
    run('wants a bootstrap server', 'kafka-log-dirs.sh --describe'),
    run('refuses an unknown option', `${l} --describe --no-such-option`),
    run('prints its version', 'kafka-log-dirs.sh --version'),
  ],
}
