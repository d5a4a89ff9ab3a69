import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ConsumerOptions, jsonSerde, type Kafka, stringSerde } from '../../src/client/node.ts'
import { clientsOf, codeOf, newGroup, newTopic, type RunningBroker, startTarget } from './world.ts'

let broker: RunningBroker
let kafka: Kafka
before(async () => {
  broker = await startTarget()
  kafka = clientsOf(broker.bootstrapServers)
})
after(() => broker.stop())

const valueDeserializer = stringSerde.deserialize

/** A topic whose partition p has the values `p.0`, `p.1`, …. */
async function filled(partitions: number, each: number): Promise<string> {
  const topic = await newTopic(kafka, partitions)
  await using producer = kafka.producer()
  for (let partition = 0; partition < partitions; partition++) {
    await producer.sendAll(
      Array.from({ length: each }, (_, n) => ({
        topic,
        partition,
        value: `${partition}.${n}`,
        timestamp: (n + 1) * 1e9,
      })),
    )
  }
  return topic
}

function reader(o: Partial<ConsumerOptions<Uint8Array, string>>) {
  return kafka.consumer<Uint8Array, string>({ valueDeserializer, autoOffsetReset: 'earliest', ...o })
}

test('a loop that is left and entered again goes on after the last record; close commits it', async () => {
  const topic = await filled(1, 10)
  const groupId = newGroup()
  const seen: (string | null)[] = []
  {
    await using consumer = reader({ groupId, topics: [topic] })
    for await (const { value } of consumer) if (seen.push(value) === 3) break
    for await (const { value } of consumer) if (seen.push(value) === 5) break
  }
  await using consumer = reader({ groupId, topics: [topic] })
  for await (const { value } of consumer) if (seen.push(value) === 10) break
  assert.deepEqual(
    seen,
    [...Array(10).keys()].map((n) => `0.${n}`),
  )
})

test('batches are of one partition, and those not handed out do not count as read', async () => {
  const topic = await filled(3, 20)
  const groupId = newGroup()
  const seen: (string | null)[] = []
  for (let round = 0; round < 3; round++) {
    await using consumer = reader({ groupId, topics: [topic] })
    for await (const { partition, records } of consumer.batches({ maxRecords: 20 })) {
      assert.ok(records.every((r) => r.partition === partition))
      seen.push(...records.map((r) => r.value))
      break
    }
  }
  await using consumer = reader({ groupId, topics: [topic] })
  while (seen.length < 60) seen.push(...(await consumer.poll()).map((r) => r.value))
  assert.equal(new Set(seen).size, 60)
})

test('manual commits: only what was committed is not read again', async () => {
  const topic = await filled(1, 10)
  const groupId = newGroup()
  {
    await using consumer = reader({ groupId, topics: [topic], autoCommit: false })
    const records = await consumer.poll({ maxRecords: 6 })
    assert.equal(records.length, 6)
    await consumer.commit([{ topic, partition: 0, offset: 4, metadata: 'four' }])
    assert.equal((await consumer.committed([{ topic, partition: 0 }])).get(topic, 0)?.metadata, 'four')
  }
  await using consumer = reader({ groupId, topics: [topic], autoCommit: false })
  assert.equal((await consumer.poll())[0]?.value, '0.4')
  await consumer.commit()
  assert.equal((await consumer.committed([{ topic, partition: 0 }])).get(topic, 0)?.offset, 10)
})

test('pause, resume, seek, positions and ends', async () => {
  const topic = await filled(2, 5)
  const [zero, one] = [0, 1].map((partition) => ({ topic, partition })) as [
    { topic: string; partition: number },
    { topic: string; partition: number },
  ]
  await using consumer = reader({})
  consumer.assign([zero, one])
  consumer.pause([zero])
  assert.deepEqual(consumer.paused(), [zero])
  let records = await consumer.poll()
  assert.ok(records.every((r) => r.partition === 1))
  assert.deepEqual(await consumer.poll({ timeoutMs: 50 }), [])
  consumer.resume([zero])
  records = await consumer.poll()
  assert.deepEqual(
    records.map((r) => r.value),
    ['0.0', '0.1', '0.2', '0.3', '0.4'],
  )
  consumer.seek(zero, 3)
  assert.equal(await consumer.position(zero), 3)
  assert.equal((await consumer.poll())[0]?.value, '0.3')
  consumer.seekToBeginning([one])
  assert.equal((await consumer.poll())[0]?.value, '1.0')
  consumer.seekToEnd([one])
  assert.equal(await consumer.position(one), 5)
  assert.equal(consumer.currentLag(one), 0)
  assert.equal((await consumer.beginningOffsets([one])).get(topic, 1), 0)
  assert.equal((await consumer.endOffsets([one])).get(topic, 1), 5)
  assert.equal((await consumer.offsetsForTime([one], 3e9)).get(topic, 1), 2)
  assert.throws(() => consumer.seek({ topic, partition: 7 }, 0), { code: 'INVALID_STATE' })
})

test('autoOffsetReset: earliest, latest, by duration, none', async () => {
  const topic = await filled(1, 5)
  const at = { topic, partition: 0 }
  const position = async (autoOffsetReset: ConsumerOptions['autoOffsetReset']) => {
    await using consumer = reader({ ...(autoOffsetReset === undefined ? {} : { autoOffsetReset }) })
    consumer.assign([at])
    return await consumer.position(at)
  }
  assert.equal(await position('earliest'), 0)
  assert.equal(await position('latest'), 5)
  assert.equal(await position({ durationMs: Date.now() - 3.5e9 }), 3)
  await using consumer = reader({ groupId: newGroup(), topics: [topic], autoOffsetReset: 'none' })
  assert.equal(await codeOf(consumer.poll()), 'NO_OFFSET')
  await using assigned = reader({ autoOffsetReset: 'none' })
  assigned.assign([at])
  assigned.seek(at, 99)
  assert.equal(await codeOf(assigned.poll()), 'OFFSET_OUT_OF_RANGE')
  assigned.seek(at, 4)
  assert.equal((await assigned.poll())[0]?.value, '0.4')
})

test('records that were deleted are passed over', async () => {
  const topic = await filled(1, 10)
  await using admin = kafka.admin()
  await admin.deleteRecords([{ topic, partition: 0, offset: 7 }])
  await using consumer = reader({})
  consumer.assign([{ topic, partition: 0 }])
  consumer.seek({ topic, partition: 0 }, 2)
  assert.deepEqual(
    (await consumer.poll()).map((r) => r.offset),
    [7, 8, 9],
  )
})

test('a record that cannot be deserialized is named; seeking past it goes on', async () => {
  const topic = await newTopic(kafka)
  await using producer = kafka.producer()
  await producer.sendAll(['{"a":1}', 'broken', '{"a":2}'].map((value) => ({ topic, value })))
  await using consumer = kafka.consumer({ valueDeserializer: jsonSerde.deserialize, autoOffsetReset: 'earliest' })
  consumer.assign([{ topic, partition: 0 }])
  assert.deepEqual(
    (await consumer.poll()).map((r) => r.value),
    [{ a: 1 }],
  )
  await assert.rejects(consumer.poll(), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'DESERIALIZATION')
    assert.match(error.message, /offset 1 of .*Seek past it/)
    return true
  })
  consumer.seek({ topic, partition: 0 }, 2)
  assert.deepEqual(
    (await consumer.poll()).map((r) => r.value),
    [{ a: 2 }],
  )
})

test('unsubscribe leaves the group; the consumer may subscribe again', async () => {
  const [one, two] = [await filled(1, 1), await filled(1, 1)]
  const groupId = newGroup()
  await using consumer = reader({ groupId, topics: [one] })
  assert.equal((await consumer.poll())[0]?.topic, one)
  await consumer.unsubscribe()
  assert.deepEqual(consumer.assignment(), [])
  assert.equal(await codeOf(consumer.poll()), 'INVALID_STATE')
  consumer.subscribe([two])
  assert.equal((await consumer.poll())[0]?.topic, two)
})

test('a loop ends when its consumer is closed, with or without a record on its way', async () => {
  const topic = await filled(1, 1)
  const consumer = reader({ groupId: newGroup(), topics: [topic] })
  const seen: unknown[] = []
  for await (const record of consumer) {
    seen.push(record)
    setTimeout(() => void consumer.close(), 20)
  }
  assert.equal(seen.length, 1)
  assert.equal(await codeOf(consumer.poll()), 'CLOSED')
})
