import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { crc32c } from '../bytes/index.ts'
import {
  BatchBuilder,
  BatchCursor,
  BatchFacts,
  batchBaseOffset,
  batchBaseSequence,
  batchCodec,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  buildControlBatch,
  buildEmptyBatch,
  buildTransactionMarker,
  codecNames,
  controlTypeOf,
  isControlBatch,
  isCrcRight,
  isLogAppendTime,
  isTransactionalBatch,
  markerCoordinatorEpoch,
  RecordCursor,
  stampOffsetAndEpoch,
  validateProduceBatch,
} from './index.ts'

interface GoldenRecord {
  offset: number
  timestamp: number
  key: string | null
  value: string | null
  headers: [string, string | null][]
}
interface Golden {
  name: string
  bytes: string
  codec?: string
  type?: number
  outcome?: 'commit' | 'abort'
  timestamp: number
  coordinatorEpoch: number
  baseOffset: number
  leaderEpoch: number
  producerId: number
  producerEpoch: number
  baseSequence: number
  isTransactional: boolean
  logAppendTimeMs: number | null
  records: GoldenRecord[]
}

const goldens = readFileSync(new URL('../../test/golden/records/batches.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
function nullable(hex: string | null): Uint8Array | null {
  return hex === null ? null : bytesOf(hex)
}
function hexOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex')
}

for (const golden of goldens.filter((g) => g.codec !== undefined)) {
  test(`Apache's batch (${golden.name}) has the fields that went into it`, () => {
    const bytes = bytesOf(golden.bytes)
    const cursor = new BatchCursor({ bytes, from: 0, to: bytes.length })
    assert.ok(cursor.next())
    assert.deepEqual([cursor.from, cursor.to], [0, bytes.length])
    assert.ok(isCrcRight(bytes, 0, bytes.length, crc32c))
    assert.equal(batchBaseOffset(bytes, 0), golden.baseOffset)
    assert.equal(batchLastOffset(bytes, 0), golden.records.at(-1)!.offset)
    assert.equal(batchLeaderEpoch(bytes, 0), golden.leaderEpoch)
    assert.equal(batchProducerId(bytes, 0), golden.producerId)
    assert.equal(batchProducerEpoch(bytes, 0), golden.producerEpoch)
    assert.equal(batchBaseSequence(bytes, 0), golden.baseSequence)
    assert.equal(batchRecordCount(bytes, 0), golden.records.length)
    assert.equal(isTransactionalBatch(bytes, 0), golden.isTransactional)
    assert.equal(isLogAppendTime(bytes, 0), golden.logAppendTimeMs !== null)
    assert.equal(
      batchMaxTimestamp(bytes, 0),
      golden.logAppendTimeMs ?? Math.max(...golden.records.map((r) => r.timestamp)),
    )
    assert.equal(codecNames[batchCodec(bytes, 0)] ?? 'none', golden.codec)
    if (golden.codec !== 'none') return
    const records = new RecordCursor({ bytes, from: 0, to: bytes.length })
    const seen: GoldenRecord[] = []
    while (records.next()) {
      const headers = records
        .headers()
        .map(({ key, value }): [string, string | null] => [hexOf(Buffer.from(key))!, hexOf(value)])
      seen.push({
        offset: records.offset,
        timestamp: records.timestamp,
        key: hexOf(records.key),
        value: hexOf(records.value),
        headers,
      })
    }
    assert.ok(!records.isBroken)
    assert.equal(records.to, bytes.length)
    const expected = golden.records.map((r) => ({ ...r, timestamp: golden.logAppendTimeMs ?? r.timestamp }))
    assert.deepEqual(seen, expected)
  })

  if (golden.codec === 'none') {
    test(`the builder writes Apache's bytes (${golden.name})`, () => {
      const { baseOffset, leaderEpoch, producerId, producerEpoch, baseSequence, isTransactional, logAppendTimeMs } =
        golden
      const options = { baseOffset, leaderEpoch, producerId, producerEpoch, baseSequence, isTransactional }
      const builder = new BatchBuilder(logAppendTimeMs === null ? options : { ...options, logAppendTimeMs }, 16)
      for (const r of golden.records) {
        const headers = r.headers.map(([key, value]) => ({ key: bytesOf(key), value: nullable(value) }))
        const size =
          r.offset === builder.count + baseOffset
            ? builder.sizeWith(r.timestamp, nullable(r.key), nullable(r.value), headers)
            : -1
        builder.appendAt(r.offset - baseOffset, r.timestamp, nullable(r.key), nullable(r.value), headers)
        if (size !== -1) assert.equal(builder.sizeBytes, size)
      }
      assert.equal(hexOf(builder.build(crc32c)), golden.bytes)
    })
  }

  test(`Apache's batch (${golden.name}) as a producer sends it is accepted or refused for the right reason`, () => {
    const bytes = bytesOf(golden.bytes)
    stampOffsetAndEpoch(bytes, 0, 0, -1)
    const facts = new BatchFacts()
    const code = validateProduceBatch(
      { bytes, from: 0, to: bytes.length },
      {
        crc32c,
        maxMessageBytes: 1_048_588,
        isCompacted: false,
        messageTimestampType: 'CreateTime',
        messageTimestampBeforeMaxMs: 2 ** 63,
        messageTimestampAfterMaxMs: 2 ** 63,
      },
      1_700_000_000_123,
      facts,
    )
    assert.equal(code, golden.name === 'gaps in offsets' ? 87 : 0, facts.message)
    if (code === 0) assert.equal(facts.maxTimestamp, batchMaxTimestamp(bytes, 0))
  })
}

for (const golden of goldens.filter((g) => g.outcome !== undefined)) {
  test(`an ${golden.outcome} marker has Apache's bytes`, () => {
    const { producerId, producerEpoch, coordinatorEpoch, timestamp: timestampMs } = golden
    const bytes = buildTransactionMarker(
      golden.outcome!,
      { producerId, producerEpoch, coordinatorEpoch, timestampMs },
      crc32c,
    )
    stampOffsetAndEpoch(bytes, 0, golden.baseOffset, golden.leaderEpoch)
    assert.equal(hexOf(bytes), golden.bytes)
    const record = new RecordCursor({ bytes, from: 0, to: bytes.length })
    assert.ok(record.next())
    assert.equal(controlTypeOf(record.key!), golden.outcome === 'commit' ? 1 : 0)
    assert.equal(markerCoordinatorEpoch(record.value!), coordinatorEpoch)
  })
}

for (const golden of goldens.filter((g) => g.type !== undefined)) {
  test(`the control batch of a ${golden.name} has Apache's bytes`, () => {
    const bytes = bytesOf(golden.bytes)
    assert.ok(isControlBatch(bytes, 0))
    const record = new RecordCursor({ bytes, from: 0, to: bytes.length })
    assert.ok(record.next())
    assert.equal(controlTypeOf(record.key!), golden.type)
    const { baseOffset, leaderEpoch } = golden
    const ours = buildControlBatch(
      [{ type: golden.type!, value: record.value! }],
      golden.timestamp,
      { baseOffset, leaderEpoch },
      crc32c,
    )
    assert.equal(hexOf(ours), golden.bytes)
  })
}

test('a batch without records has the bytes that Apache writes for one', () => {
  const golden = goldens.find((g) => g.name === 'empty batch')!
  const bytes = buildEmptyBatch(
    {
      baseOffset: 100,
      lastOffsetDelta: 9,
      leaderEpoch: 6,
      producerId: 4711,
      producerEpoch: 3,
      baseSequence: 17,
      isTransactional: true,
      maxTimestamp: 1_700_000_000_123,
    },
    crc32c,
  )
  assert.equal(hexOf(bytes), golden.bytes)
})
