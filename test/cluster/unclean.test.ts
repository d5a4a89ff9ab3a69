import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { Sites } from './sites.ts'
import { until } from './until.ts'

test('without a clean leader there is none, until somebody asks for an unclean one', async () => {
  await using cluster = await Sites.makeIsolated({ brokers: 3, controllers: 1 })
  await cluster.start()
  const kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  const admin = kafka.admin()
  const partition = async () => unwrap(await admin.describeTopics(['lost'])).get('lost')!.partitions[0]!
  const fill = async (count: number) => {
    await using producer = kafka.producer()
    await producer.sendAll(Array.from({ length: count }, (_, i) => ({ topic: 'lost', value: `${i}` })))
  }
  try {
    await admin.createTopics([{ name: 'lost', assignments: [[2, 3]] }])
    await fill(5)
    await cluster.kill(3)
    await until(partition, ({ isr }) => isr.length === 1)
    await fill(3)
    await cluster.kill(2)
    await until(partition, ({ leader }) => leader < 0)
    await cluster.start(3)
    assert.equal((await partition()).leader, -1)
    const elected = await admin.electLeaders('unclean', [{ topic: 'lost', partition: 0 }])
    assert.equal(elected.get('lost', 0)?.error, null)
    await until(partition, ({ leader }) => leader === 3)
    await fill(1)
    // What was acknowledged by 2 alone is gone, and it says so in its log.
    await cluster.start(2)
    await until(partition, ({ isr }) => isr.length === 2)
    await cluster.nodes.get(2)!.says(/Cutting what the leader does not have .* to=5 end=8/)
    await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
    const ends = await consumer.endOffsets([{ topic: 'lost', partition: 0 }])
    assert.equal(ends.get('lost', 0), 6)
  } finally {
    await admin.close()
  }
})
