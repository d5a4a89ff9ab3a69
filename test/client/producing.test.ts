import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ConsumerRecord, Kafka, ProducerRecord } from '../../src/client/node.ts'
import { Cuttable, clientsOf, codeOf, newTopic, type RunningBroker, startTarget, until } from './world.ts'

let broker: RunningBroker
let kafka: Kafka
before(async () => {
  broker = await startTarget()
  kafka = clientsOf(broker.bootstrapServers)
})
after(() => broker.stop())

/** All that a topic of these partitions has, `count` records at least. */
async function readAll(kafka: Kafka, topic: string, count: number, partitions = 1): Promise<ConsumerRecord[]> {
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  consumer.assign(Array.from({ length: partitions }, (_, partition) => ({ topic, partition })))
  const records: ConsumerRecord[] = []
  while (records.length < count) {
    const more = await consumer.poll({ timeoutMs: 30_000 })
    assert.ok(more.length > 0, `${records.length} of ${count} records came`)
    records.push(...more)
  }
  return records
}

const text = (bytes: Uint8Array | null) => (bytes === null ? null : new TextDecoder().decode(bytes))
const numbers = (records: readonly ConsumerRecord[]) => records.map((r) => Number(text(r.value)))

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
  test(`records come back as they were written: ${compression}`, async () => {
    const topic = await newTopic(kafka)
    await using producer = kafka.producer({ compression })
    const written: ProducerRecord[] = [
      { topic, key: 'k', value: 'v'.repeat(5000), headers: { a: 'b', none: null }, timestamp: 1_700_000_000_000 },
      { topic, key: null, value: '' },
      { topic, key: 'gone', value: null },
      {
        topic,
        key: Uint8Array.of(0, 255),
        value: Uint8Array.of(1, 2),
        headers: [
          ['x', '1'],
          ['x', '2'],
        ],
      },
    ]
    const reports = await producer.sendAll(written)
    assert.deepEqual(
      reports.map((r) => [r.topic, r.partition, r.offset]),
      [0, 1, 2, 3].map((n) => [topic, 0, n]),
    )
    assert.equal(reports[0]?.timestamp, 1_700_000_000_000)
    const read = await readAll(kafka, topic, 4)
    assert.deepEqual(
      read.map((r) => [
        text(r.key),
        r.value === null ? null : r.value.length,
        r.headers.map((h) => [h.key, text(h.value)]),
      ]),
      [
        [
          'k',
          5000,
          [
            ['a', 'b'],
            ['none', null],
          ],
        ],
        [null, 0, []],
        ['gone', null, []],
        [
          text(Uint8Array.of(0, 255)),
          2,
          [
            ['x', '1'],
            ['x', '2'],
          ],
        ],
      ],
    )
    assert.equal(read[0]?.timestamp, 1_700_000_000_000)
    assert.equal(read[0]?.timestampType, 'CreateTime')
  })
}

test('a key goes to the partition that a Java producer chooses; no key, no record lost', async () => {
  const topic = await newTopic(kafka, 8)
  await using producer = kafka.producer()
  // computed by org.apache.kafka.common.utils.Utils.toPositive(murmur2(key)) % 8
  const chosen = [
    ['a', 4],
    ['b', 4],
    ['hello', 5],
    ['order-4711', 3],
    ['', 1],
  ] as const
  const keyed = await producer.sendAll(chosen.map(([key]) => ({ topic, key, value: 'x' })))
  assert.deepEqual(
    keyed.map((r, i) => [chosen[i]![0], r.partition]),
    chosen,
  )
  await producer.sendAll(Array.from({ length: 500 }, () => ({ topic, value: 'y'.repeat(500) })))
  const read = await readAll(kafka, topic, 505, 8)
  assert.equal(read.length, 505)
})

test('a partition that does not exist is refused, the next record goes', async () => {
  const topic = await newTopic(kafka, 2)
  await using producer = kafka.producer()
  assert.equal(await codeOf(producer.send({ topic, partition: 2, value: 'x' })), 'INVALID_ARGUMENT')
  assert.equal((await producer.send({ topic, partition: 1, value: 'x' })).partition, 1)
})

test('what is no record is refused, and is not taken for a tombstone', async () => {
  const topic = await newTopic(kafka)
  await using producer = kafka.producer()
  const wrong = [{ topic }, { topic, messages: [{ value: 'x' }] }, { topic, value: 12 }, { value: 'x' }]
  for (const record of wrong) assert.equal(await codeOf(producer.send(record as never)), 'INVALID_ARGUMENT')
  assert.equal((await producer.send({ topic, value: null })).offset, 0)
})

test('a record beyond requestSizeMaxBytes is refused by the client, one beyond max.message.bytes by the broker', async () => {
  const topic = await newTopic(kafka, 1, { 'max.message.bytes': '2000' })
  await using producer = kafka.producer()
  assert.equal(await codeOf(producer.send({ topic, value: new Uint8Array(1_048_576) })), 'MESSAGE_TOO_LARGE')
  assert.equal(await codeOf(producer.send({ topic, value: new Uint8Array(3000) })), 'MESSAGE_TOO_LARGE')
  // a batch that is too large is divided instead
  await producer.sendAll(Array.from({ length: 40 }, (_, n) => ({ topic, value: `${n}`.padEnd(300) })))
  const values = (await readAll(kafka, topic, 40)).map((r) => Number(text(r.value)))
  assert.deepEqual(values, [...Array(40).keys()])
})

test('cut connections leave neither gaps, nor duplicates, nor another order', async () => {
  const way = new Cuttable()
  const cuttable = clientsOf(broker.bootstrapServers, way.env)
  const topic = await newTopic(kafka, 2)
  const producer = cuttable.producer({ batchSizeBytes: 300, batchSizeMaxBytes: 300, lingerMs: 0 })
  const count = 1500
  let told = 0
  let cuts = 0
  for (let n = 0; n < count; n++) {
    const room = producer.post({ topic, partition: n % 2, value: `${n}` }, (error) => {
      assert.equal(error, null)
      told++
    })
    if (!room) await producer.ready()
    if (n % 10 === 9) await new Promise((resolve) => setImmediate(resolve))
    if (n % 100 === 99) {
      await until('something is told', () => told > n - 100)
      cuts += way.cut()
    }
  }
  await producer.close()
  assert.equal(told, count)
  assert.ok(cuts >= 10, `${cuts} connections were cut`)
  const read = await readAll(kafka, topic, count, 2)
  for (const partition of [0, 1]) {
    const of = numbers(read.filter((r) => r.partition === partition))
    assert.deepEqual(
      of,
      Array.from({ length: count / 2 }, (_, i) => 2 * i + partition),
    )
  }
  way.die()
})

test('a broker that restarts while records are written and read takes nothing away', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-client-'))
  let own = await startTarget({ directory })
  try {
    const { port } = own
    const clients = clientsOf(own.bootstrapServers)
    const topic = await newTopic(clients)
    const producer = clients.producer({ lingerMs: 1 })
    const consumer = clients.consumer({ groupId: 'over', topics: [topic], autoOffsetReset: 'earliest' })
    const seen: number[] = []
    const count = 400
    const reading = (async () => {
      for await (const { value } of consumer) {
        seen.push(Number(text(value)))
        if (seen.length >= count) return
      }
    })()
    const sent: Promise<unknown>[] = []
    for (let n = 0; n < count; n++) {
      sent.push(producer.send({ topic, value: `${n}` }))
      if (n === 150) {
        await until('some are read', () => seen.length > 50)
        await own.stop()
        own = await startTarget({ directory, port })
      }
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await Promise.all(sent)
    await reading
    await producer.close()
    await consumer.close()
    assert.deepEqual(seen, [...Array(count).keys()])
  } finally {
    await own.stop()
    rmSync(directory, { recursive: true, force: true })
  }
})

test('a full buffer makes senders wait; bufferedBytes is what is not acknowledged', async () => {
  const topic = await newTopic(kafka)
  await using producer = kafka.producer({ bufferBytes: 20_000, lingerMs: 5 })
  let most = 0
  const value = 'x'.repeat(1000)
  await Promise.all(
    Array.from({ length: 200 }, async () => {
      await producer.send({ topic, value })
      most = Math.max(most, producer.bufferedBytes)
    }),
  )
  assert.equal(producer.bufferedBytes, 0)
  let isFull = false
  for (let n = 0; n < 100; n++) {
    if (producer.post({ topic, value })) continue
    isFull = true
    assert.ok(producer.bufferedBytes < 22_000)
    await producer.ready()
  }
  assert.ok(isFull)
  await producer.flush()
  assert.equal(producer.bufferedBytes, 0)
  assert.equal((await readAll(kafka, topic, 300)).length, 300)
})

test('flush sends what lingers; what nobody asked about is told by it', async () => {
  const topic = await newTopic(kafka, 1, { 'max.message.bytes': '2000' })
  await using producer = kafka.producer({ lingerMs: 60_000, lingerWhenIdle: true, deliveryTimeoutMs: 120_000 })
  const sent = producer.send({ topic, value: 'x' })
  await producer.flush()
  assert.equal((await sent).offset, 0)
  producer.post({ topic, value: new Uint8Array(5000) })
  assert.equal(await codeOf(producer.flush()), 'MESSAGE_TOO_LARGE')
  await producer.flush()
})

test('close flushes; after its time what is left is given up with CLOSED', async () => {
  const topic = await newTopic(kafka)
  const first = kafka.producer({ lingerMs: 60_000, lingerWhenIdle: true, deliveryTimeoutMs: 120_000 })
  const sent = first.send({ topic, value: 'x' })
  await first.close()
  assert.equal((await sent).offset, 0)
  const way = new Cuttable()
  const second = clientsOf('127.0.0.1:1', way.env).producer()
  const lost = codeOf(second.send({ topic, value: 'y' }))
  await second.close({ timeoutMs: 50 })
  assert.equal(await lost, 'CLOSED')
  assert.equal(await codeOf(second.send({ topic, value: 'z' })), 'CLOSED')
  way.die()
})

test('acks 0 and 1, and a producer that is not idempotent, write too', async () => {
  const topic = await newTopic(kafka)
  for (const acks of [0, 1, 'all'] as const) {
    await using producer = kafka.producer({ acks, idempotent: false })
    const { offset } = await producer.send({ topic, value: String(acks) })
    if (acks === 0) assert.equal(offset, -1)
  }
  assert.deepEqual(
    (await readAll(kafka, topic, 3)).map((r) => text(r.value)),
    ['0', '1', 'all'],
  )
})
