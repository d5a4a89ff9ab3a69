import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { Sites } from './sites.ts'
import { until } from './until.ts'

test('three controllers and three brokers are a cluster, with any of the controllers away', async () => {
  await using cluster = await Sites.makeIsolated({ brokers: 3, controllers: 3 })
  await cluster.start()
  const admin = new Kafka({ bootstrapServers: cluster.bootstrap }).admin()
  const controllers = [101, 102, 103]
  const atControllers = controllers.map((id) => `127.0.0.1:${cluster.site(id).port}`).join(',')
  const ofControllers = new Kafka({ bootstrapServers: atControllers }).admin({ isOfControllers: true })
  try {
    const registered = await until(
      () => ofControllers.describeCluster(),
      ({ nodes }) => nodes.length === 3,
    )
    assert.deepEqual(registered.nodes.map(({ id }) => id).sort(), controllers)
    assert.ok(controllers.includes(registered.controllerId))

    const [partition] = (await admin.describeQuorum()).topics[0]!.partitions
    assert.deepEqual(partition!.currentVoters.map(({ replicaId }) => replicaId).sort(), controllers)
    assert.deepEqual(partition!.observers.map(({ replicaId }) => replicaId).sort(), [1, 2, 3])
    assert.equal(partition!.leaderId, registered.controllerId)

    for (const id of controllers) {
      await cluster.kill(id)
      await admin.createTopics([{ name: `made-without-${id}`, partitions: 3, replicationFactor: 3 }])
      await cluster.start(id)
    }
    const described = unwrap(await admin.describeTopics(controllers.map((id) => `made-without-${id}`)))
    for (const topic of described.values()) {
      for (const { replicas, isr } of topic.partitions) assert.deepEqual([isr.length, replicas.length], [3, 3])
    }
  } finally {
    await admin.close()
    await ofControllers.close()
  }
})

test('brokers find static controllers whose listener has a name of its own', async () => {
  await using cluster = await Sites.makeIsolated({ brokers: 1, controllers: 3, areVotersStatic: true })
  await cluster.start()
  await using admin = new Kafka({ bootstrapServers: cluster.bootstrap }).admin()
  unwrap(await admin.createTopics([{ name: 'made', partitions: 1, replicationFactor: 1 }]))
})
