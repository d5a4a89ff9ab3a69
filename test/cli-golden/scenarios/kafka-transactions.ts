import { options, run, type Scenario, setup, start, stop } from '../scenario.ts'

const t = 'kafka-transactions.sh --bootstrap-server $B'
const perf = 'kafka-producer-perf-test.sh --record-size 10 --command-config client.properties'

export const scenario: Scenario = {
  name: 'kafka-transactions',
  config: { 'transaction.state.log.num.partitions': '1' },
  steps: [
    { kind: 'file', path: 'client.properties', text: 'bootstrap.servers=$B\n' },
    options('kafka-transactions.sh'),
    ...['list', 'describe', 'describe-producers', 'abort', 'find-hanging', 'forceTerminateTransaction'].map((command) =>
      options(`${t} ${command}`),
    ),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic t --partitions 1'),
    run('lists nothing', `${t} list`),
    setup(`${perf} --topic t --num-records 10 --throughput -1 --transactional-id done --transaction-duration-ms 1000`),
    run('lists what has ended', `${t} list`, { until: /CompleteCommit/, numbers: 'shape' }),
    run('describes what has ended', `${t} describe --transactional-id done`, { numbers: 'shape' }),
    run('describes who has written', `${t} describe-producers --topic t --partition 0`, { numbers: 'shape' }),
    start(
      'open',
      'writes in a transaction that takes long',
      `${perf} --topic t --num-records 10000 --throughput 5 --transactional-id open --transaction-duration-ms 600000 --reporting-interval 500`,
      /records sent/,
    ),
    run('lists what is open', `${t} list --duration-filter 0 --transactional-id-pattern op.*`, {
      until: /Ongoing/,
      numbers: 'shape',
    }),
    run('lists only what matches', `${t} list --transactional-id-pattern nothing`),
    run('refuses a pattern that is none', `${t} list --transactional-id-pattern (`),
    run('describes what is open', `${t} describe --transactional-id open`, { numbers: 'shape' }),
    run('describes who writes', `${t} describe-producers --topic t --partition 0 --broker-id 1`, { numbers: 'shape' }),
    run('finds no transaction hanging', `${t} find-hanging --topic t`),
    run('finds none hanging on a broker', `${t} find-hanging --broker-id 1 --max-transaction-timeout 0`),
    run('aborts what a transactional id has open', `${t} forceTerminateTransaction --transactionalId open`),
    run('lists what was aborted', `${t} list --transactional-id-pattern open`, { numbers: 'shape' }),
    stop('open', 'SIGKILL'),
    run('refuses an unknown transactional id', `${t} describe --transactional-id nobody`),
    run('refuses an offset where no transaction begins', `${t} abort --topic t --partition 0 --start-offset 7777`),
    run('wants to know which transaction', `${t} abort --topic t --partition 0`),
    run('wants an epoch', `${t} abort --topic t --partition 0 --producer-id 1`),
    run('wants a coordinator epoch', `${t} abort --topic t --partition 0 --producer-id 1 --producer-epoch 0`),
    run('wants a partition', `${t} abort --topic t`),
    run('wants a scope to search', `${t} find-hanging`),
    run('wants a topic beside a partition', `${t} find-hanging --broker-id 1 --partition 0`),
    run('wants a transactional id', `${t} describe`),
    run('wants a partition that is a number', `${t} describe-producers --topic t --partition x`),
    run('wants a bootstrap server', 'kafka-transactions.sh list'),
    run('wants a command', t),
    run('refuses an unknown option', `${t} list --no-such-option`),
  ],
}
