import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { startKafka } from '../../src/testing/index.ts'
import { until } from './until.ts'

test('three brokers in this process: one stops, the others go on, it comes back in sync with what it missed', async () => {
  await using kafka = await startKafka({ brokers: 3, topics: [{ name: 'orders', partitions: 3 }] })
  assert.deepEqual(kafka.brokers, [1, 2, 3])
  const client = new Kafka({ bootstrapServers: kafka.bootstrapServers })
  const admin = client.admin()
  const producer = client.producer({ acks: 'all' })
  const partitions = async () => unwrap(await admin.describeTopics(['orders'])).get('orders')!.partitions
  const send = (value: string) =>
    Promise.all([0, 1, 2].map((partition) => producer.send({ topic: 'orders', partition, value })))
  try {
    assert.deepEqual(
      (await partitions()).map((p) => p.replicas.length),
      [3, 3, 3],
    )
    await send('before')
    await kafka.stopBroker(1)
    await kafka.stopBroker(1)
    assert.deepEqual(kafka.brokers, [2, 3])
    assert.ok((await partitions()).every((p) => p.leader !== 1 && p.isr.length === 2))
    await send('without 1')
    const { bootstrapServers } = kafka
    await kafka.startBroker(1)
    assert.equal(kafka.bootstrapServers, bootstrapServers)
    await until(partitions, (all) => all.every((p) => p.isr.length === 3))
    await kafka.stopBroker(2)
    await send('without 2')
    await kafka.stopBroker(3)
    // broker 1 alone has everything that was acknowledged, and takes no more: two must have it
    const alone = client.producer({ acks: 'all', deliveryTimeoutMs: 1000, requestTimeoutMs: 500, lingerMs: 0 })
    await assert.rejects(
      alone.send({ topic: 'orders', partition: 0, value: 'alone' }),
      /NOT_ENOUGH_REPLICAS|TIMED_OUT|1000 ms/,
    )
    await alone.close()
    await kafka.startBroker(2)
    await send('with 2')
  } finally {
    await producer.close()
    await admin.close()
  }
})

for (const storage of ['memory', 'temporary'] as const) {
  test(`several brokers leave no handle (${storage})`, async () => {
    const handles = async () => {
      for (let turn = 0; turn < 2; turn++) await setImmediate()
      return process.getActiveResourcesInfo().sort()
    }
    const before = await handles()
    const kafka = await startKafka({ brokers: 2, storage, topics: ['t'] })
    await kafka.stopBroker(2)
    await kafka.stop()
    assert.deepEqual(await handles(), before)
    await assert.rejects(kafka.startBroker(2), /this Kafka is stopped/)
  })
}

test('a broker that is not there, and a number that is none', async () => {
  await using kafka = await startKafka()
  await assert.rejects(kafka.stopBroker(2), /there is no broker 2: there are 1/)
  await assert.rejects(startKafka({ brokers: 0 }), /brokers is a number from 1 to 20, not 0/)
})

test('a single broker stops and starts, and keeps its records in memory', async () => {
  await using kafka = await startKafka({ topics: ['orders'] })
  const client = new Kafka({ bootstrapServers: kafka.bootstrapServers })
  const producer = client.producer()
  const consumer = client.consumer({ groupId: 'g', topics: ['orders'], autoOffsetReset: 'earliest' })
  try {
    await producer.send({ topic: 'orders', value: 'one' })
    await kafka.stopBroker(1)
    assert.deepEqual(kafka.brokers, [])
    await kafka.startBroker(1)
    for await (const { value } of consumer) {
      assert.equal(Buffer.from(value!).toString(), 'one')
      break
    }
  } finally {
    await producer.close()
    await consumer.close()
  }
})
