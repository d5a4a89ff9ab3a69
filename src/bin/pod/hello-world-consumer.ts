import { Consumer, stringSerde, type TopicPartition } from '../../client/index.ts'
import {
  clientOptions,
  clientWorld,
  type Environment,
  exampleLog,
  isAbort,
  settings,
  untilStopped,
} from './hello-world.ts'

/** Lines of the example's source that its log names. */
const lines = { received: 24, partition: 25, offset: 26, value: 27 } as const
const pollMs = 1000

/**
 * `strimzici/hello-world-consumer`: prints what it reads. Its position is committed on every assigned partition, also on
 * those that had nothing, so that the group's lag is known everywhere. Answers the exit code.
 */
export async function helloWorldConsumer(env: Environment): Promise<number> {
  const log = exampleLog('KafkaConsumerExample', env)
  const signal = untilStopped()
  try {
    const { wanted, number } = settings(env)
    const count = number('MESSAGE_COUNT', 10)
    await using consumer = new Consumer(clientWorld(), {
      ...clientOptions(env),
      clientId: 'consumer-1',
      groupId: wanted('GROUP_ID'),
      topics: [wanted('TOPIC')],
      autoOffsetReset: 'earliest',
      autoCommit: false,
      valueDeserializer: stringSerde,
    })
    const commit = async (): Promise<void> => {
      const assigned: readonly TopicPartition[] = consumer.assignment()
      const offsets = await Promise.all(
        assigned.map(async ({ topic, partition }) => ({
          ...{ topic, partition, offset: await consumer.position({ topic, partition }) },
        })),
      )
      if (offsets.length > 0) await consumer.commit(offsets)
    }
    let received = 0
    let committed = ''
    try {
      while (received < count) {
        const records = await consumer.poll({ timeoutMs: pollMs, signal })
        for (const { partition, offset, value, headers } of records) {
          log(lines.received, 'Received message:')
          log(lines.partition, `\tpartition: ${partition}`)
          log(lines.offset, `\toffset: ${offset}`)
          log(lines.value, `\tvalue: ${value}`)
          for (const header of headers ?? []) log(lines.value, `\theader: ${header.key}`)
        }
        received += records.length
        const assigned = JSON.stringify(consumer.assignment())
        if (records.length === 0 && assigned === committed) continue
        await commit()
        committed = assigned
      }
    } catch (thrown) {
      if (!isAbort(signal, thrown)) throw thrown
      await commit()
    }
    return 0
  } catch (thrown) {
    log(1, (thrown as Error).message, 'ERROR')
    return 1
  }
}
