import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { crc32c, type Slice } from '../bytes/index.ts'
import type { CodecName, Failure } from '../env/index.ts'
import { nodeEnv } from '../env/node/index.ts'
import { errors } from '../protocol/index.ts'
import {
  BatchBuilder,
  BatchFacts,
  batchCodec,
  batchRecordCount,
  codecNames,
  decompressRecords,
  isCrcRight,
  needsPreparation,
  type Preparation,
  type Prepared,
  prepareProduceBatch,
  RecordCursor,
  stampCrc,
} from './index.ts'

const env = nodeEnv({ logLevel: 'off' })
after(() => env.close())

const codecs: CodecName[] = ['gzip', 'snappy', 'lz4', 'zstd']
const nowMs = 1_700_000_000_000
const utf8 = new TextEncoder()

function wait<T>(start: (done: (failure: Failure | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((failure, value) =>
      failure === null ? resolve(value) : reject(Object.assign(new Error(failure.message), failure)),
    )
  })
}
function whole(bytes: Uint8Array): Slice {
  return { bytes, from: 0, to: bytes.length }
}
function builderOf(keys: readonly (string | null)[], timestamp = nowMs): BatchBuilder {
  const builder = new BatchBuilder()
  for (const [i, key] of keys.entries()) {
    builder.append(timestamp, key === null ? null : utf8.encode(key), utf8.encode(`value ${i} ${'x'.repeat(50)}`))
  }
  return builder
}
async function compressed(codec: CodecName, keys: readonly (string | null)[], timestamp = nowMs): Promise<Slice> {
  return whole(
    await wait<Uint8Array>((done) => builderOf(keys, timestamp).buildCompressed(codec, null, env.heavy, crc32c, done)),
  )
}
function valuesOf(batch: Slice, records: Slice): string[] {
  const cursor = new RecordCursor(batch, records)
  const values: string[] = []
  while (cursor.next()) values.push(Buffer.from(cursor.value!).toString())
  assert.ok(!cursor.isBroken)
  return values
}
function preparation(codec: Preparation['codec'], more: Partial<Preparation['rules']> = {}): Preparation {
  return {
    codec,
    level: null,
    isCompressedOpened: false,
    bytesMax: 1 << 20,
    rules: {
      crc32c,
      maxMessageBytes: 1 << 20,
      isCompacted: false,
      messageTimestampType: 'CreateTime',
      messageTimestampBeforeMaxMs: 2 ** 63,
      messageTimestampAfterMaxMs: 2 ** 63,
      ...more,
    },
  }
}

for (const codec of codecs) {
  test(`${codec}: what we compress we decompress`, async () => {
    const batch = await compressed(codec, ['a', null, 'c'])
    assert.equal(codecNames[batchCodec(batch.bytes, 0)], codec)
    assert.ok(isCrcRight(batch.bytes, 0, batch.to, crc32c))
    const records = await wait<Slice>((done) => decompressRecords(env.heavy, batch, 1 << 20, done))
    assert.equal(valuesOf(batch, records).length, 3)
  })

  test(`${codec}: what Apache compressed we decompress to the same records`, async () => {
    const goldens = readFileSync(new URL('../../test/golden/records/batches.jsonl', import.meta.url), 'utf8')
      .trim()
      .split('\n')
    const golden = goldens.map((line) => JSON.parse(line)).find(({ name }) => name === `compressed with ${codec}`)
    const batch = whole(Uint8Array.from(Buffer.from(golden.bytes, 'hex')))
    const records = await wait<Slice>((done) => decompressRecords(env.heavy, batch, 1 << 20, done))
    assert.deepEqual(
      valuesOf(batch, records),
      golden.records.map(({ value }: { value: string }) => Buffer.from(value, 'hex').toString()),
    )
  })

  test(`${codec}: a bomb stops at the limit and a damaged stream is told`, async () => {
    const batch = await compressed(
      codec,
      Array.from({ length: 5000 }, () => 'same key'),
    )
    await assert.rejects(
      wait<Slice>((done) => decompressRecords(env.heavy, batch, 10_000, done)),
      { code: 'EBOMB' },
    )
    const bad = whole(batch.bytes.slice())
    bad.bytes.fill(0x55, 61)
    await assert.rejects(
      wait<Slice>((done) => decompressRecords(env.heavy, bad, 1 << 20, done)),
      { code: 'ECORRUPT' },
    )
  })

  test(`${codec}: a topic's own codec takes the place of the producer's, and the records stay`, async () => {
    for (const target of [...codecs, null]) {
      const batch = await compressed(codec, ['a', 'b', 'c'])
      const ask = preparation(target)
      assert.equal(needsPreparation(batch, target, false, false), target !== codec)
      const facts = new BatchFacts()
      const { code, batch: prepared } = await wait<Prepared>((done) =>
        prepareProduceBatch(env.heavy, batch, ask, nowMs, facts, done),
      )
      assert.equal(code, errors.NONE)
      assert.equal(codecNames[batchCodec(prepared.bytes, prepared.from)], target)
      assert.ok(isCrcRight(prepared.bytes, prepared.from, prepared.to, crc32c))
      assert.equal(batchRecordCount(prepared.bytes, prepared.from), 3)
      if (target !== null) {
        const records = await wait<Slice>((done) => decompressRecords(env.heavy, prepared, 1 << 20, done))
        assert.equal(valuesOf(prepared, records).length, 3)
      } else assert.equal(valuesOf(prepared, { ...prepared, from: prepared.from + 61 }).length, 3)
    }
  })

  test(`${codec}: a compacted topic opens the batch and refuses a record without a key`, async () => {
    const ask = preparation('producer', { isCompacted: true })
    for (const [keys, expected] of [
      [['a', 'b'], errors.NONE],
      [['a', null], errors.INVALID_RECORD],
    ] as const) {
      const batch = await compressed(codec, keys)
      assert.ok(needsPreparation(batch, 'producer', false, true))
      const facts = new BatchFacts()
      const { code } = await wait<Prepared>((done) => prepareProduceBatch(env.heavy, batch, ask, nowMs, facts, done))
      assert.equal(code, expected)
      assert.deepEqual(
        facts.recordErrors.map(({ batchIndex }) => batchIndex),
        expected === errors.NONE ? [] : [1],
      )
    }
  })
}

test('an uncompressed batch is compressed with the codec of the topic', async () => {
  const batch = whole(builderOf(['a', 'b']).build(crc32c))
  const facts = new BatchFacts()
  const { batch: prepared } = await wait<Prepared>((done) =>
    prepareProduceBatch(env.heavy, batch, preparation('zstd'), nowMs, facts, done),
  )
  assert.equal(codecNames[batchCodec(prepared.bytes, prepared.from)], 'zstd')
})

test('hostile compressed batches are refused: bombs, garbage, records that do not add up', async () => {
  const facts = new BatchFacts()
  const prepare = async (batch: Slice, more: Partial<Preparation> = {}): Promise<number> => {
    const ask = { ...preparation(null), ...more }
    return (await wait<Prepared>((done) => prepareProduceBatch(env.heavy, batch, ask, nowMs, facts, done))).code
  }
  const bomb = await compressed(
    'zstd',
    Array.from({ length: 5000 }, () => 'k'),
  )
  assert.equal(await prepare(bomb, { bytesMax: 1000 }), errors.MESSAGE_TOO_LARGE)
  const garbage = await compressed('gzip', ['a'])
  garbage.bytes.fill(1, 61)
  stampCrc(garbage.bytes, 0, garbage.to, crc32c)
  assert.equal(await prepare(garbage), errors.INVALID_RECORD)
  const miscounted = await compressed('lz4', ['a', 'b'])
  miscounted.bytes[60] = 3
  miscounted.bytes[26] = 2
  stampCrc(miscounted.bytes, 0, miscounted.to, crc32c)
  assert.equal(await prepare(miscounted), errors.INVALID_RECORD)
  const damaged = await compressed('lz4', ['a', 'b'])
  damaged.bytes[70]! ^= 1
  assert.equal(await prepare(damaged), errors.CORRUPT_MESSAGE)
})
