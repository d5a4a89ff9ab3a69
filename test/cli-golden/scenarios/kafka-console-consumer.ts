import { file, options, run, type Scenario, setup } from '../scenario.ts'

const c = 'kafka-console-consumer.sh --bootstrap-server $B'
const all = `${c} --topic plain --from-beginning --timeout-ms 15000`
const print = (...names: string[]) => names.map((name) => `--formatter-property print.${name}=true`).join(' ')
const as = (kind: string, type: string) =>
  `--formatter-property ${kind}.deserializer=org.apache.kafka.common.serialization.${type}`

export const scenario: Scenario = {
  name: 'kafka-console-consumer',
  config: { 'offsets.topic.num.partitions': '1' },
  steps: [
    options('kafka-console-consumer.sh'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic plain'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic spread --partitions 3'),
    setup('kafka-topics.sh --bootstrap-server $B --create --topic empty'),
    setup(
      'kafka-console-producer.sh --bootstrap-server $B --topic plain --reader-property parse.key=true --reader-property parse.headers=true --reader-property null.marker=NIL',
      'h1:v1,h2:v2\tk1\tv1\nNIL\tk2\tv2\nh:NIL\tNIL\tv3\nNIL\tk4\tNIL\n',
    ),
    setup(
      'kafka-console-producer.sh --bootstrap-server $B --topic spread --reader-property parse.key=true',
      'a\t1\nb\t2\nc\t3\nd\t4\ne\t5\nf\t6\n',
    ),
    run('prints values', `${all} --max-messages 4`),
    run('prints keys', `${all} --max-messages 4 ${print('key')}`),
    run(
      'prints everything',
      `${all} --max-messages 4 ${print('timestamp', 'key', 'offset', 'partition', 'headers', 'value', 'epoch', 'delivery')}`,
    ),
    run('prints no values', `${all} --max-messages 4 ${print('key')} --formatter-property print.value=false`),
    run(
      'prints with other separators',
      `${all} --max-messages 4 ${print('key', 'headers')} --formatter-property key.separator=' | ' --formatter-property line.separator=';' --formatter-property headers.separator='&' --formatter-property null.literal=NULL`,
    ),
    run(
      'prints keys as longs',
      `${c} --topic empty --timeout-ms 1500 --from-beginning ${as('key', 'LongDeserializer')} ${print('key')}`,
    ),
    run('fails on values that are no longs', `${all} --max-messages 1 ${as('value', 'LongDeserializer')}`),
    run('prints values as bytes', `${all} --max-messages 1 ${as('value', 'BytesDeserializer')}`),
    run(
      'takes key properties for a deserializer',
      `${all} --max-messages 1 ${as('key', 'StringDeserializer')} --formatter-property key.deserializer.encoding=UTF-16 ${print('key')}`,
    ),
    run(
      'refuses an unknown deserializer',
      `${all} --max-messages 1 --formatter-property value.deserializer=no.such.Deserializer`,
    ),
    run(
      'prints with the logging formatter',
      `${all} --max-messages 1 --formatter org.apache.kafka.tools.consumer.LoggingMessageFormatter`,
    ),
    run(
      'prints nothing with the no-op formatter',
      `${all} --max-messages 4 --formatter org.apache.kafka.tools.consumer.NoOpMessageFormatter`,
    ),
    run('accepts an old formatter name', `${all} --max-messages 1 --formatter kafka.tools.DefaultMessageFormatter`),
    run('refuses an unknown formatter', `${all} --max-messages 1 --formatter no.such.Formatter`),
    file('formatter.properties', 'print.key=true\nkey.separator=#\n'),
    run('takes formatter properties from a file', `${all} --max-messages 1 --formatter-config formatter.properties`),
    run(
      'reads one partition from an offset',
      `${c} --topic plain --partition 0 --offset 2 --max-messages 2 --timeout-ms 15000`,
    ),
    run(
      'reads one partition from the earliest',
      `${c} --topic plain --partition 0 --offset earliest --max-messages 1 --timeout-ms 15000`,
    ),
    run('reads one partition from the latest', `${c} --topic plain --partition 0 --offset latest --timeout-ms 2000`),
    run('reads one partition from the end by default', `${c} --topic plain --partition 0 --timeout-ms 2000`),
    run('refuses an offset without a partition', `${c} --topic plain --offset 2`),
    run('refuses an offset that is no number', `${c} --topic plain --partition 0 --offset soon`),
    run('refuses a negative offset', `${c} --topic plain --partition 0 --offset -5`),
    run(
      'refuses from-beginning together with an offset',
      `${c} --topic plain --partition 0 --offset 1 --from-beginning`,
    ),
    run('refuses a partition together with a group', `${c} --topic plain --partition 0 --group g`),
    run('refuses a partition without a topic', `${c} --include plain --partition 0`),
    run('waits for an unknown partition', `${c} --topic plain --partition 9 --offset 0 --timeout-ms 2000`),
    run(
      'starts at an offset out of range by resetting',
      `${c} --topic plain --partition 0 --offset 99 --timeout-ms 3000`,
    ),
    run(
      'reads a topic with partitions',
      `${c} --topic spread --from-beginning --max-messages 6 --timeout-ms 15000 ${print('partition', 'offset', 'key')}`,
      { order: 'any' },
    ),
    run(
      'reads topics by pattern',
      `${c} --include 'spr.*|emp.*' --from-beginning --max-messages 6 --timeout-ms 15000`,
      { order: 'any' },
    ),
    run('ends quietly on a time limit', `${c} --topic empty --from-beginning --timeout-ms 1500`),
    run(
      'ends on a time limit with fewer than asked',
      `${c} --topic plain --from-beginning --max-messages 99 --timeout-ms 4000`,
    ),
    run('prints nothing from the end', `${c} --topic plain --timeout-ms 2000`),
    run('commits for a group', `${all} --group g1 --max-messages 2`),
    run('goes on where the group was', `${all} --group g1 --max-messages 2`),
    run('finds nothing more for the group', `${c} --topic plain --group g1 --timeout-ms 4000`),
    run(
      'reads as a member of a consumer-protocol group',
      `${all} --group g2 --max-messages 2 --command-property group.protocol=consumer`,
    ),
    run('reads committed', `${all} --max-messages 4 --isolation-level read_committed`),
    run('refuses another isolation level', `${all} --max-messages 4 --isolation-level read_dirty`),
    run('ends on an interrupt', `${c} --topic plain --from-beginning`, {
      interrupt: { after: /v3\nnull\n/, signal: 'SIGINT' },
    }),
    run('ends on a termination', `${c} --topic plain --from-beginning`, {
      interrupt: { after: /v3\nnull\n/, signal: 'SIGTERM' },
    }),
    run('logs its life for system tests', `${all} --max-messages 1 --enable-systest-events`),
    run(
      'skips what cannot be formatted when told so',
      `${all} --max-messages 1 ${as('value', 'LongDeserializer')} --skip-message-on-error`,
    ),
    run(
      'prints the offsets topic',
      `${c} --topic __consumer_offsets --from-beginning --max-messages 1 --timeout-ms 15000 --formatter org.apache.kafka.tools.consumer.OffsetsMessageFormatter`,
    ),
    run(
      'prints group metadata',
      `${c} --topic __consumer_offsets --from-beginning --max-messages 1 --timeout-ms 15000 --formatter org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter`,
    ),
    run('accepts the old --property', `${all} --max-messages 1 --property print.key=true`),
    run('accepts the old --consumer-property', `${all} --max-messages 1 --consumer-property client.id=me`),
    file('consumer.properties', 'group.id=from-file\nauto.offset.reset=earliest\n'),
    run(
      'accepts the old --consumer.config',
      `${c} --topic plain --timeout-ms 15000 --max-messages 1 --consumer.config consumer.properties`,
    ),
    run(
      'takes consumer properties from a file',
      `${c} --topic plain --timeout-ms 15000 --max-messages 1 --command-config consumer.properties`,
    ),
    run('refuses two different group ids', `${c} --topic plain --group other --command-config consumer.properties`),
    run(
      'refuses from-beginning together with a reset to the latest',
      `${c} --topic plain --from-beginning --command-property auto.offset.reset=latest`,
    ),
    run('refuses a bad consumer property', `${all} --command-property fetch.min.bytes=some`),
    run('creates an unknown topic by itself', `${c} --topic made --from-beginning --timeout-ms 3000`),
    run('refuses an illegal topic name', `${c} --topic 'no blanks' --timeout-ms 3000`),
    run('wants a topic or pattern', c),
    run('refuses topic and pattern', `${c} --topic plain --include plain`),
    run('wants a bootstrap server', 'kafka-console-consumer.sh --topic plain'),
    run('refuses an unknown option', `${c} --topic plain --no-such-option`),
    run('refuses max-messages that is no number', `${c} --topic plain --max-messages many`),
    run('refuses the old --zookeeper', 'kafka-console-consumer.sh --zookeeper localhost:2181 --topic plain'),
    run(
      'gives up when nobody listens',
      'kafka-console-consumer.sh --bootstrap-server localhost:1 --topic plain --timeout-ms 1500',
    ),
    run('prints its version', 'kafka-console-consumer.sh --version'),
  ],
}
