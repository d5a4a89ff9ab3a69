import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka } from '../../src/client/node.ts'
import { nodeEnv } from '../../src/env/node/index.ts'
import { Fetch, Metadata, Produce } from '../../src/protocol/index.ts'
import { startKafka } from '../../src/testing/index.ts'
import { connectTo } from '../broker/harness.ts'

const batchOf = async (bootstrapServers: string): Promise<string> => {
  await using producer = new Kafka({ bootstrapServers }).producer()
  const { topic } = await producer.send({ topic: 'orders', value: new Uint8Array(100_000) })
  return topic
}

test('a byte rate above the quota is told, and the connection held back; others are not', async () => {
  await using kafka = await startKafka({ topics: ['orders'] })
  const env = nodeEnv({ logLevel: 'off' })
  await using admin = new Kafka({ bootstrapServers: kafka.bootstrapServers }).admin()
  await batchOf(kafka.bootstrapServers)
  // 100,000 bytes in a window of 10 to 11 s, of which this allows about 9,000 a second
  await admin.alterClientQuotas([{ entity: { 'client-id': 'test' }, values: { consumer_byte_rate: 9000 } }])
  const connection = await connectTo(env, kafka)
  try {
    const { topics } = await connection.ask(Metadata, { topics: [{ name: 'orders' }] })
    const fetch = () => {
      const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }
      const asked = { topicId: topics[0]!.topicId, partitions: [partition] }
      return connection.ask(Fetch, {
        maxWaitMs: 100,
        minBytes: 1,
        maxBytes: 1 << 20,
        sessionEpoch: -1,
        topics: [asked],
      })
    }
    const first = await fetch()
    assert.ok(first.throttleTimeMs > 0 && first.throttleTimeMs < 3000, `${first.throttleTimeMs}`)
    const began = env.clock.monoMs()
    await connection.ask(Metadata, { topics: [] })
    assert.ok(env.clock.monoMs() - began >= first.throttleTimeMs - 50)
    await using other = new Kafka({ bootstrapServers: kafka.bootstrapServers, clientId: 'other' }).producer()
    const report = await other.send({ topic: 'orders', value: 'quick' })
    assert.equal(report.topic, 'orders')
  } finally {
    connection.close()
    env.close()
  }
})

test('a produce above the quota is answered with the time that the producer waits', async () => {
  await using kafka = await startKafka({ topics: ['orders'] })
  const env = nodeEnv({ logLevel: 'off' })
  await using admin = new Kafka({ bootstrapServers: kafka.bootstrapServers }).admin()
  await admin.alterClientQuotas([{ entity: { user: null }, values: { producer_byte_rate: 10 } }])
  const connection = await connectTo(env, kafka)
  try {
    const produce = { acks: -1, timeoutMs: 1000, topicData: [{ name: 'orders', partitionData: [] }] }
    const answers = []
    for (let i = 0; i < 4; i++) answers.push(await connection.ask(Produce, produce, 12))
    assert.equal(answers[0]!.throttleTimeMs, 0)
    assert.ok(answers.at(-1)!.throttleTimeMs > 0)
  } finally {
    connection.close()
    env.close()
  }
})
