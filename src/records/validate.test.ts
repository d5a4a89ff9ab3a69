import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c, putInt16, putInt32, putInt64, type Slice } from '../bytes/index.ts'
import { errors } from '../protocol/index.ts'
import {
  BatchBuilder,
  BatchFacts,
  type BatchOptions,
  batchMaxTimestamp,
  isLogAppendTime,
  type ProduceRules,
  RecordCursor,
  stampCrc,
  stampTimestamp,
  validateProduceBatch,
} from './index.ts'

const nowMs = 1_700_000_000_000
const rules: ProduceRules = {
  crc32c,
  maxMessageBytes: 10_000,
  isCompacted: false,
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: 2 ** 63,
  messageTimestampAfterMaxMs: 3_600_000,
}
const utf8 = new TextEncoder()

function batchOf(count = 3, options: BatchOptions = {}, timestamp = nowMs): Slice {
  const builder = new BatchBuilder(options)
  for (let i = 0; i < count; i++) {
    const headers = i % 2 === 0 ? [{ key: utf8.encode('h'), value: utf8.encode('v') }] : []
    builder.append(timestamp + i, utf8.encode(`key ${i}`), utf8.encode(`value ${i}`), headers)
  }
  const bytes = builder.build(crc32c)
  return { bytes, from: 0, to: bytes.length }
}

/** Changes bytes of a batch and makes its checksum right again. */
function changed(change: (bytes: Uint8Array) => void, batch: Slice = batchOf()): Slice {
  change(batch.bytes)
  stampCrc(batch.bytes, 0, batch.bytes.length, crc32c)
  return batch
}

/** A header that claims `count` records in as many offsets. */
function counted(count: number): Slice {
  return changed((b) => {
    putInt32(b, 57, count)
    putInt32(b, 23, Math.max(0, count - 1))
  })
}

function check(
  batch: Slice,
  more: Partial<ProduceRules> = {},
  facts = new BatchFacts(),
): { code: number; facts: BatchFacts } {
  return { code: validateProduceBatch(batch, { ...rules, ...more }, nowMs, facts), facts }
}

test('a sound batch passes, and its facts are known', () => {
  const { code, facts } = check(batchOf(5))
  assert.equal(code, errors.NONE)
  assert.deepEqual([facts.recordCount, facts.maxTimestamp], [5, nowMs + 4])
})

test('a batch is found inside a larger buffer', () => {
  const { bytes } = batchOf()
  const larger = new Uint8Array(bytes.length + 200).fill(0xaa)
  larger.set(bytes, 100)
  assert.equal(check({ bytes: larger, from: 100, to: 100 + bytes.length }).code, errors.NONE)
})

test('each defect has its own answer', () => {
  const two = batchOf()
  const doubled = new Uint8Array(two.bytes.length * 2)
  doubled.set(two.bytes)
  doubled.set(two.bytes, two.bytes.length)
  const cases: [string, Slice, number, RegExp][] = [
    ['nothing', { bytes: new Uint8Array(0), from: 0, to: 0 }, errors.INVALID_RECORD, /at least one record batch/],
    ['a cut header', { ...batchOf(), to: 16 }, errors.INVALID_RECORD, /at least one record batch/],
    ['a cut batch', { ...batchOf(), to: 80 }, errors.INVALID_RECORD, /at least one record batch/],
    ['magic 0', changed((b) => (b[16] = 0)), errors.INVALID_RECORD, /magic version 2/],
    ['magic 1', changed((b) => (b[16] = 1)), errors.INVALID_RECORD, /magic version 2/],
    ['magic 3', changed((b) => (b[16] = 3)), errors.CORRUPT_MESSAGE, /Invalid magic/],
    [
      'a length below the overhead',
      changed((b) => putInt32(b, 8, 13)),
      errors.CORRUPT_MESSAGE,
      /minimum record overhead/,
    ],
    ['a negative length', changed((b) => putInt32(b, 8, -5)), errors.CORRUPT_MESSAGE, /minimum record overhead/],
    [
      'a length below the header',
      changed((b) => putInt32(b, 8, 40)),
      errors.CORRUPT_MESSAGE,
      /shorter than its header/,
    ],
    ['two batches', { bytes: doubled, from: 0, to: doubled.length }, errors.INVALID_RECORD, /exactly one record batch/],
    ['a base offset', changed((b) => putInt64(b, 0, 5)), errors.INVALID_RECORD, /baseOffset/],
    ['no records', counted(0), errors.INVALID_RECORD, /reported count/],
    ['a negative count', changed((b) => putInt32(b, 57, -1)), errors.INVALID_RECORD, /reported count/],
    ['a negative last offset delta', changed((b) => putInt32(b, 23, -1)), errors.INVALID_RECORD, /offset range/],
    ['more offsets than records', changed((b) => putInt32(b, 23, 9)), errors.INVALID_RECORD, /Inconsistent/],
    ['ten million records', counted(10_000_000), errors.INVALID_RECORD, /claims 10000000 records/],
    ['a record too many', counted(4), errors.INVALID_RECORD, /record structure at record 3/],
    ['a record too few', counted(2), errors.INVALID_RECORD, /records still remaining/],
    ['a control batch', changed((b) => (b[22] = 0x20)), errors.INVALID_RECORD, /control records/],
    [
      'a producer without a sequence',
      changed((b) => putInt64(b, 43, 7)),
      errors.INVALID_RECORD,
      /Invalid sequence number -1/,
    ],
    ['an unknown codec', changed((b) => putInt16(b, 21, 6)), errors.UNSUPPORTED_COMPRESSION_TYPE, /type id: 6/],
    ['a batch too large', batchOf(1000), errors.MESSAGE_TOO_LARGE, /exceeds the maximum configured value of 10000/],
  ]
  for (const [name, batch, code, message] of cases) {
    const answer = check(batch)
    assert.equal(answer.code, code, `${name}: ${answer.facts.message}`)
    assert.match(answer.facts.message, message, name)
  }
})

test('a wrong checksum is told with both values', () => {
  const batch = batchOf()
  batch.bytes[batch.bytes.length - 1]! ^= 1
  const { code, facts } = check(batch)
  assert.equal(code, errors.CORRUPT_MESSAGE)
  assert.match(facts.message, /stored crc = \d+, computed crc = \d+/)
})

test('bytes behind the batch that can be no batch are dropped', () => {
  const { bytes } = batchOf()
  const longer = new Uint8Array(bytes.length + 11)
  longer.set(bytes)
  const { code, facts } = check({ bytes: longer, from: 0, to: longer.length })
  assert.deepEqual([code, facts.to], [errors.NONE, bytes.length])
})

test('records out of their place are refused', () => {
  const builder = new BatchBuilder()
  builder.appendAt(0, nowMs, null, utf8.encode('a'))
  builder.appendAt(2, nowMs, null, utf8.encode('b'))
  const bytes = builder.build(crc32c)
  putInt32(bytes, 23, 1)
  stampCrc(bytes, 0, bytes.length, crc32c)
  const { code, facts } = check({ bytes, from: 0, to: bytes.length })
  assert.equal(code, errors.INVALID_RECORD)
  assert.match(facts.message, /Record 1 has offset delta 2/)
})

test('a compacted topic takes no record without a key, and names those it found', () => {
  const builder = new BatchBuilder()
  for (const key of ['a', null, 'b', null])
    builder.append(nowMs, key === null ? null : utf8.encode(key), utf8.encode('v'))
  const bytes = builder.build(crc32c)
  const { code, facts } = check({ bytes, from: 0, to: bytes.length }, { isCompacted: true })
  assert.equal(code, errors.INVALID_RECORD)
  assert.deepEqual(
    facts.recordErrors.map(({ batchIndex }) => batchIndex),
    [1, 3],
  )
})

test('timestamps outside the allowed range are refused, each named; -1 is no timestamp', () => {
  const late = check(batchOf(3, {}, nowMs + 3_599_999))
  assert.equal(late.code, errors.INVALID_TIMESTAMP)
  assert.deepEqual(
    late.facts.recordErrors.map(({ batchIndex }) => batchIndex),
    [2],
  )
  assert.match(late.facts.recordErrors[0]!.message, /is out of range/)
  const early = check(batchOf(3, {}, nowMs - 10_001), { messageTimestampBeforeMaxMs: 10_000 })
  assert.deepEqual([early.code, early.facts.recordErrors.length], [errors.INVALID_TIMESTAMP, 1])
  assert.equal(check(batchOf(1, {}, -1), { messageTimestampBeforeMaxMs: 10_000 }).code, errors.NONE)
  assert.equal(
    check(batchOf(3, {}, 5), { messageTimestampType: 'LogAppendTime', messageTimestampBeforeMaxMs: 10 }).code,
    errors.NONE,
  )
})

test('a producer that stamps LogAppendTime itself is refused where the topic does that', () => {
  const stamped = batchOf(2, { logAppendTimeMs: nowMs })
  assert.equal(check(stamped, { messageTimestampType: 'LogAppendTime' }).code, errors.INVALID_TIMESTAMP)
})

test('the true largest timestamp is found when the header lies about it', () => {
  const batch = changed((b) => putInt64(b, 35, 12))
  const { code, facts } = check(batch)
  assert.deepEqual([code, facts.maxTimestamp], [errors.NONE, nowMs + 2])
  stampTimestamp(batch.bytes, 0, batch.to, false, facts.maxTimestamp, crc32c)
  assert.equal(batchMaxTimestamp(batch.bytes, 0), nowMs + 2)
  assert.equal(check(batch).code, errors.NONE)
})

test('stamping LogAppendTime sets type and time and keeps the checksum right', () => {
  const batch = batchOf()
  stampTimestamp(batch.bytes, 0, batch.to, true, 77, crc32c)
  assert.ok(isLogAppendTime(batch.bytes, 0))
  const record = new RecordCursor(batch)
  assert.ok(record.next())
  assert.equal(record.timestamp, 77)
  assert.equal(check(batch).code, errors.NONE)
})

test('no change of bytes makes the check throw, and what it accepts can be read to the end', () => {
  let seed = 12345
  const random = (bound: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fff_ffff
    return seed % bound
  }
  const facts = new BatchFacts()
  let accepted = 0
  for (let round = 0; round < 20_000; round++) {
    const batch = batchOf(1 + random(4))
    for (let i = 0; i <= random(3); i++)
      batch.bytes[(random(3) === 0 ? 0 : 57) + random(batch.bytes.length - 57)] = random(256)
    if (random(10) > 0) stampCrc(batch.bytes, 0, batch.bytes.length, crc32c)
    const to = random(5) === 0 ? random(batch.to) : batch.to
    const code = validateProduceBatch({ ...batch, to }, rules, nowMs, facts)
    if (code !== errors.NONE || (batch.bytes[22]! & 7) !== 0) continue
    accepted++
    const records = new RecordCursor({ ...batch, to: facts.to })
    let count = 0
    while (records.next()) {
      records.headers()
      assert.equal(records.offsetDelta, count++)
    }
    assert.ok(!records.isBroken)
    assert.equal(records.to, facts.to)
  }
  assert.ok(accepted > 1000, `${accepted} accepted`)
})
