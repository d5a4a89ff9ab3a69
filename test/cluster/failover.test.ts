import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { Sites } from './sites.ts'
import { until } from './until.ts'

const topic = 'orders'

test('whichever node is killed under load, nothing acknowledged is lost, and all come back in sync', async () => {
  await using cluster = await Sites.make(3, { 'broker.session.timeout.ms': '3000', 'min.insync.replicas': '2' })
  await cluster.start()
  const kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  const admin = kafka.admin()
  const producer = kafka.producer({ acks: 'all' })
  const acknowledged = new Set<string>()
  let isOver = false
  try {
    await admin.createTopics([{ name: topic, partitions: 3, replicationFactor: 3 }])
    const produced = (async () => {
      for (let i = 0; !isOver; i++) {
        const value = `record ${i}`
        await producer.send({ topic, value })
        acknowledged.add(value)
      }
    })()
    const isr = async () => {
      const described = await admin.describeTopics([topic])
      return unwrap(described)
        .get(topic)!
        .partitions.map((partition) => partition.isr.length)
    }
    for (const id of [1, 2, 3]) {
      const before = acknowledged.size
      await until(
        async () => acknowledged.size,
        (size) => size > before + 100,
      )
      await cluster.kill(id)
      const withoutIt = acknowledged.size
      await until(
        async () => acknowledged.size,
        (size) => size > withoutIt + 100,
      )
      await cluster.start(id)
      await until(isr, (sizes) => sizes.every((size) => size === 3))
    }
    isOver = true
    await produced
    const seen = new Set<string>()
    await using consumer = kafka.consumer({ groupId: 'readers', autoOffsetReset: 'earliest' })
    consumer.subscribe([topic])
    for await (const { value } of consumer) {
      seen.add(Buffer.from(value!).toString())
      if (seen.size === acknowledged.size) break
    }
    assert.deepEqual(
      [...acknowledged].filter((value) => !seen.has(value)),
      [],
    )
  } finally {
    isOver = true
    await producer.close()
    await admin.close()
  }
})
