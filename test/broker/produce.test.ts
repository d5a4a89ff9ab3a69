import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { errorName, errors, Fetch, InitProducerId, ListOffsets, Produce } from '../../src/protocol/index.ts'
import { batchCodec, batchLastOffset } from '../../src/records/index.ts'
import { type Broker, batchOf, initProducerId, isApache, startBroker } from './harness.ts'

let broker: Broker
before(async () => {
  broker = await startBroker({
    topics: [
      't',
      { name: 'acks', partitions: 2 },
      { name: 'small', config: { 'max.message.bytes': '300' } },
      { name: 'zstd', config: { 'compression.type': 'zstd' } },
      { name: 'plain', config: { 'compression.type': 'uncompressed' } },
      { name: 'compacted', config: { 'cleanup.policy': 'compact' } },
      { name: 'stamped', config: { 'message.timestamp.type': 'LogAppendTime' } },
      'idempotent',
      'order',
      { name: 'wide', partitions: 1000 },
    ],
  })
})
after(() => broker[Symbol.asyncDispose]())

interface Ask {
  topic: string
  index?: number
  records: Uint8Array | null
  acks?: number
}

async function produce({ topic, index = 0, records, acks = -1 }: Ask) {
  const topicData = [{ name: topic, partitionData: [{ index, records }] }]
  const answer = await broker.ask(Produce, { acks, timeoutMs: 5000, topicData }, 12)
  return answer.responses[0]!.partitionResponses[0]!
}

async function endOf(topic: string, partitionIndex = 0): Promise<number> {
  const topics = [{ name: topic, partitions: [{ partitionIndex, timestamp: -1 }] }]
  const answer = await broker.ask(ListOffsets, { replicaId: -1, topics })
  return answer.topics[0]!.partitions[0]!.offset
}

async function batchAt(topic: string, fetchOffset: number) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 }]
  const ask = { maxWaitMs: 1000, minBytes: 1, maxBytes: 1 << 20, sessionEpoch: -1, topics: [{ topic, partitions }] }
  const answer = await broker.ask(Fetch, ask, 12)
  return answer.responses[0]!.partitions[0]!.records!
}

describe('a produced batch', () => {
  it('gets the next offsets of its partition, with acks 1 and all', async () => {
    const first = await produce({ topic: 'acks', records: batchOf([{ value: 'a' }, { value: 'b' }]), acks: -1 })
    const second = await produce({ topic: 'acks', records: batchOf([{ value: 'c' }]), acks: 1 })
    assert.deepEqual([first.errorCode, first.baseOffset], [errors.NONE, 0])
    assert.deepEqual([second.errorCode, second.baseOffset], [errors.NONE, 2])
    assert.equal(await endOf('acks'), 3)
    assert.equal(await endOf('acks', 1), 0)
  })

  it('is refused whole, and nothing is appended', async () => {
    const flipped = batchOf([{ value: 'a' }])
    flipped[flipped.length - 1]! ^= 1
    const oldMagic = batchOf([{ value: 'a' }])
    oldMagic[16] = 1
    const control = batchOf([{ value: 'a' }], { isControl: true })
    const cases: [string, Ask, number][] = [
      ['a bad checksum', { topic: 't', records: flipped }, errors.CORRUPT_MESSAGE],
      ['magic 1', { topic: 't', records: oldMagic }, errors.INVALID_RECORD],
      ['a control batch of a client', { topic: 't', records: control }, errors.INVALID_RECORD],
      ['an unknown topic', { topic: 'nowhere', records: batchOf([{ value: 'a' }]) }, errors.UNKNOWN_TOPIC_OR_PARTITION],
      [
        'an unknown partition',
        { topic: 't', index: 9, records: batchOf([{ value: 'a' }]) },
        errors.UNKNOWN_TOPIC_OR_PARTITION,
      ],
      ['acks 2', { topic: 't', records: batchOf([{ value: 'a' }]), acks: 2 }, errors.INVALID_REQUIRED_ACKS],
      ['too large', { topic: 'small', records: batchOf([{ value: 'x'.repeat(400) }]) }, errors.MESSAGE_TOO_LARGE],
    ]
    // Apache Kafka never answers this one.
    if (!isApache) cases.push(['no records', { topic: 't', records: null }, errors.INVALID_RECORD])
    for (const [what, ask, code] of cases) {
      const { errorCode } = await produce(ask)
      assert.equal(errorName(errorCode), errorName(code), what)
    }
    assert.equal(await endOf('t'), 0)
    assert.equal(await endOf('small'), 0)
  })

  it('says which record is wrong', async () => {
    const answer = await produce({ topic: 'compacted', records: batchOf([{ key: 'k', value: '1' }, { value: '2' }]) })
    assert.equal(answer.errorCode, errors.INVALID_RECORD)
    assert.deepEqual(
      answer.recordErrors.map((e) => e.batchIndex),
      [1],
    )
    assert.equal(await endOf('compacted'), 0)
  })

  it('is stored in the codec of its topic', async () => {
    await produce({ topic: 'zstd', records: batchOf([{ value: 'x'.repeat(1000) }]) })
    const stored = await batchAt('zstd', 0)
    assert.equal(batchCodec(stored.bytes, stored.from), 4)
    assert.ok(stored.to - stored.from < 500)
    await produce({ topic: 'plain', records: stored.bytes.slice(stored.from, stored.to) })
    const unpacked = await batchAt('plain', 0)
    assert.equal(batchCodec(unpacked.bytes, unpacked.from), 0)
    assert.ok(unpacked.to - unpacked.from > 1000)
  })

  it('is stamped with the time of its append where the topic says so', async () => {
    const before = Date.now()
    const answer = await produce({ topic: 'stamped', records: batchOf([{ value: 'a', timestamp: 5 }]) })
    assert.ok(answer.logAppendTimeMs >= before)
  })

  it('keeps its place among pipelined ones that must be recompressed', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        produce({ topic: 'zstd', records: batchOf([{ value: `${i}`.repeat(100) }]) }),
      ),
    )
    const offsets = answers.map((a) => a.baseOffset)
    assert.deepEqual(
      offsets,
      offsets.toSorted((a, b) => a - b),
    )
  })
})

describe('an idempotent producer', () => {
  const records = (producerId: number, baseSequence: number, value: string) =>
    batchOf([{ value }], { producerId, producerEpoch: 0, baseSequence })

  it('that sends a batch again hears the offset of the first', async () => {
    const { producerId } = await initProducerId(broker)
    const first = await produce({ topic: 'idempotent', records: records(producerId, 0, 'a') })
    await produce({ topic: 'idempotent', records: records(producerId, 1, 'b') })
    const again = await produce({ topic: 'idempotent', records: records(producerId, 0, 'a') })
    assert.deepEqual([again.errorCode, again.baseOffset], [errors.NONE, first.baseOffset])
    assert.equal(await endOf('idempotent'), 2)
  })

  it('that leaves a gap is refused', async () => {
    const { producerId } = await initProducerId(broker)
    await produce({ topic: 'idempotent', records: records(producerId, 0, 'a') })
    const gap = await produce({ topic: 'idempotent', records: records(producerId, 5, 'b') })
    assert.equal(gap.errorCode, errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })

  it('gets an id that no other got', async () => {
    const answers = await Promise.all(Array.from({ length: 2500 }, () => initProducerId(broker)))
    assert.equal(new Set(answers.map((a) => a.producerId)).size, 2500)
  })
})

it('a transactional batch is refused without a transactional id, too', async () => {
  const records = batchOf([{ value: 'a' }], { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true })
  assert.equal(errorName((await produce({ topic: 't', records })).errorCode), 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  assert.equal(await endOf('t'), 0)
})

it('half of a producer identity is no identity', async () => {
  const ask = { transactionalId: null, transactionTimeoutMs: 0, producerId: 7, producerEpoch: -1 }
  assert.equal(errorName((await broker.ask(InitProducerId, ask)).errorCode), 'INVALID_REQUEST')
})

it('requests of one connection take effect in the order they came', async () => {
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      produce({ topic: 'order', records: batchOf([{ value: `${i}` }]), acks: i % 2 === 0 ? 1 : -1 }),
    ),
  )
  assert.deepEqual(
    answers.map((a) => a.baseOffset),
    answers.map((_, i) => i),
  )
  const stored = await batchAt('order', 199)
  assert.equal(batchLastOffset(stored.bytes, stored.from), 199)
})

describe('a request for a thousand partitions', () => {
  it('is answered for each of them, and what comes behind it on the connection comes after it', async () => {
    const records = batchOf([{ value: 'a' }])
    const partitionData = Array.from({ length: 1000 }, (_, index) => ({ index, records: records.slice() }))
    const topicData = [{ name: 'wide', partitionData }]
    const [wide, behind] = await Promise.all([
      broker.ask(Produce, { acks: -1, timeoutMs: 60_000, topicData }, 12),
      produce({ topic: 'wide', index: 999, records: batchOf([{ value: 'b' }]) }),
    ])
    const answers = wide.responses[0]!.partitionResponses
    assert.deepEqual(
      answers.map(({ index, errorCode, baseOffset }) => [index, errorCode, baseOffset]),
      Array.from({ length: 1000 }, (_, index) => [index, errors.NONE, 0]),
    )
    assert.equal(behind.baseOffset, 1)
  })
})
