import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { Sites } from './sites.ts'
import { until } from './until.ts'

const topic = 'orders'

test('a broker that dies is fenced when its port refuses, long before its session ends; and is back as soon as it starts', async () => {
  await using cluster = await Sites.makeIsolated(
    { brokers: 3, controllers: 1 },
    { 'broker.session.timeout.ms': '600000', 'broker.heartbeat.interval.ms': '500' },
  )
  await cluster.start()
  const admin = new Kafka({ bootstrapServers: cluster.bootstrap }).admin()
  const unfenced = async () => (await admin.describeCluster()).nodes.map(({ id }) => id).sort()
  try {
    await admin.createTopics([{ name: topic, partitions: 3, replicationFactor: 3 }])
    for (const id of [1, 2, 3]) {
      await cluster.kill(id)
      const leaders = await until(
        async () => unwrap(await admin.describeTopics([topic])).get(topic)!.partitions,
        (partitions) => partitions.every(({ leader, isr }) => leader !== id && !isr.includes(id)),
      )
      assert.ok(leaders.every(({ leader }) => leader >= 0))
      assert.ok(!(await unfenced()).includes(id))
      await cluster.start(id)
      await until(unfenced, (ids) => ids.length === 3)
      await until(
        async () => unwrap(await admin.describeTopics([topic])).get(topic)!.partitions,
        (partitions) => partitions.every(({ isr }) => isr.length === 3),
      )
    }
  } finally {
    await admin.close()
  }
})
