/** What the tests of faults write and read: numbered records of one topic, by clients that live for a moment. */
import { Kafka } from '../../src/client/node.ts'
import { nodeEnv } from '../../src/env/node/index.ts'
import type { Site } from './broker-process.ts'

/** Runs with clients of this broker and ends them. */
export async function withKafka<T>(site: Site, run: (kafka: Kafka) => Promise<T>): Promise<T> {
  const env = nodeEnv({ logLevel: 'off' })
  try {
    return await run(new Kafka({ env, bootstrapServers: site.bootstrap, retryBackoffMaxMs: 100 }))
  } finally {
    env.close()
  }
}

export interface TopicShape {
  readonly partitions?: number
  readonly configs?: Readonly<Record<string, string>>
}

export function makeTopic(site: Site, name: string, shape: TopicShape = {}): Promise<void> {
  return withKafka(site, async (kafka) => {
    await using admin = kafka.admin()
    const made = await admin.createTopics([{ name, partitions: 1, ...shape }])
    const error = made.get(name)?.error ?? null
    if (error !== null) throw error
  })
}

/** Writes `TOPIC FROM` … `TOPIC TO-1` with acks=all, a batch each, and says at which offsets they are. */
export function write(
  site: Site,
  topic: string,
  from: number,
  to: number,
  padding = 0,
  partition = 0,
): Promise<number[]> {
  return withKafka(site, async (kafka) => {
    await using producer = kafka.producer({ lingerMs: 0, batchSizeBytes: 1, batchSizeMaxBytes: 1 })
    const sent = []
    for (let n = from; n < to; n++) {
      const value = `${topic} ${n}${'.'.repeat(padding)}`
      sent.push(producer.send({ topic, partition, key: `${n}`, value }))
    }
    return (await Promise.all(sent)).map(({ offset }) => offset)
  })
}

/** The values of a partition from its beginning to its end, without their padding. */
export function readAll(site: Site, topic: string, partition = 0): Promise<string[]> {
  return withKafka(site, async (kafka) => {
    const at = { topic, partition }
    await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
    const end = (await consumer.endOffsets([at])).get(topic, partition) ?? 0
    const start = (await consumer.beginningOffsets([at])).get(topic, partition) ?? 0
    const values: string[] = []
    consumer.assign([at])
    let next = start
    while (next < end) {
      const records = await consumer.poll({ timeoutMs: 10_000 })
      if (records.length === 0) throw new Error(`${topic}-${partition} ends at ${end}, and nothing comes after ${next}`)
      for (const { offset, value } of records) {
        values.push(new TextDecoder().decode(value ?? undefined).replace(/\.+$/, ''))
        next = offset + 1
      }
    }
    return values
  })
}

export function numbered(topic: string, from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `${topic} ${from + i}`)
}
