/** Scripts of Apache Kafka 4.3 that are not here yet, and why: a caller is told so by name, and not `No such file`. */
const connect = 'Millrace has no Kafka Connect yet.'
const shares = 'Millrace has no share groups yet.'
const streams = 'Millrace has no Kafka Streams groups yet.'
const storesNone = (what: string): string => `Millrace has no ${what} yet.`

export const notBuilt: ReadonlyMap<string, string> = new Map([
  ['kafka-client-metrics', storesNone('client telemetry')],
  ['kafka-console-share-consumer', shares],
  ['kafka-delegation-tokens', storesNone('delegation tokens')],
  ['kafka-jmx', 'there is no JVM, so there is no JMX.'],
  ['kafka-share-consumer-perf-test', shares],
  ['kafka-share-groups', shares],
  ['kafka-streams-application-reset', streams],
  ['kafka-streams-groups', streams],
  ['kafka-verifiable-share-consumer', shares],
  ['connect-distributed', connect],
  ['connect-mirror-maker', 'Millrace has no MirrorMaker yet.'],
  ['connect-plugin-path', connect],
  ['connect-standalone', connect],
  [
    'trogdor',
    'Millrace has no Trogdor; bin/kafka-producer-perf-test.sh and bin/kafka-consumer-perf-test.sh make loads.',
  ],
])
