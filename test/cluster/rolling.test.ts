import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { Sites } from './sites.ts'
import { until } from './until.ts'

const topic = 'orders'
const groupId = 'readers'

test('stopped in turn under load, nodes hand over what they lead: nobody hears an error, nothing is lost', async () => {
  await using cluster = await Sites.make(3, { 'min.insync.replicas': '2' })
  await cluster.start()
  const kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  const admin = kafka.admin()
  const producer = kafka.producer({ acks: 'all' })
  let isOver = false
  let acknowledged = 0
  const seen = new Set<string>()
  try {
    await admin.createTopics([{ name: topic, partitions: 3, replicationFactor: 3 }])
    const produced = (async () => {
      while (!isOver) {
        await producer.send({ topic, value: `record ${acknowledged}` })
        acknowledged++
      }
    })()
    const consumer = kafka.consumer({ groupId, topics: [topic], autoOffsetReset: 'earliest' })
    const consumed = (async () => {
      for await (const { value } of consumer) {
        seen.add(Buffer.from(value!).toString())
        if (isOver && seen.size === acknowledged) break
      }
    })()
    for (const id of cluster.brokerIds) {
      const before = acknowledged
      await until(
        () => acknowledged,
        (count) => count > before + 50,
      )
      assert.deepEqual(await cluster.stop(id), { code: 0, signal: null })
      const seenBefore = seen.size
      await until(
        () => seen.size,
        (count) => count > seenBefore + 50,
      )
      await cluster.start(id)
      await until(
        async () => unwrap(await admin.describeTopics([topic])).get(topic)!.partitions,
        (partitions) => partitions.every(({ isr }) => isr.length === 3),
      )
    }
    isOver = true
    await produced
    await producer.send({ topic, value: `record ${acknowledged++}` })
    await consumed
    await consumer.close()
    assert.equal(seen.size, acknowledged)
    const offsets = [...(await admin.listGroupOffsets(groupId)).values()]
    assert.equal(
      offsets.reduce((sum, { value }) => sum + value!.offset, 0),
      acknowledged,
    )
  } finally {
    isOver = true
    await producer.close()
    await admin.close()
  }
})
