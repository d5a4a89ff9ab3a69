/**
 * What Apache Kafka's own classes wrote (test/golden/README.md) is read, compared field by field, and written again to
 * the same bytes: every message, every version.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { codecsByName, goldenFiles, goldenLines } from '../../test/golden/golden.ts'
import { Reader, type Slice, UuidTable, Writer } from '../bytes/index.ts'
import {
  type AnyCodec,
  type Fields,
  groupRecords,
  metadataRecords,
  shareStateRecords,
  transactionRecords,
} from './index.ts'

/** Compares a decoded struct with Apache's JSON of it, in which fields that the version lacks are missing. */
function compare(fields: Fields, got: Record<string, unknown>, want: Record<string, unknown>, path: string): void {
  assert.deepEqual(Object.keys(got), Object.keys(fields), `${path}: every field, in the order of the schema`)
  for (const [name, field] of Object.entries(fields)) {
    const at = `${path}.${name}`
    const size = want[`${name}SizeInBytes`]
    if (size !== undefined) {
      const slice = got[name] as Slice
      assert.equal(slice.to - slice.from, size, at)
    } else if (name in want) {
      compareValue(got[name], want[name], at, field.kind.fields)
    } else {
      assert.deepEqual(got[name], field.absent, at)
    }
  }
}

function compareValue(got: unknown, want: unknown, path: string, fields?: Fields): void {
  if (Array.isArray(want)) {
    assert.ok(Array.isArray(got), path)
    assert.equal(got.length, want.length, path)
    for (let i = 0; i < want.length; i++) compareValue(got[i], want[i], `${path}[${i}]`, fields)
  } else if (typeof want === 'object' && want !== null) {
    compare(fields!, got as Record<string, unknown>, want as Record<string, unknown>, path)
  } else if (got instanceof Uint8Array) {
    assert.equal(Buffer.from(got).toString('base64'), want, path)
  } else if (typeof got === 'bigint') {
    assert.equal(Number(got), want, path)
  } else {
    assert.equal(got, want, path)
  }
}

function encoded(codec: AnyCodec, value: unknown, version: number): Buffer {
  const w = new Writer()
  codec.encode(w, value, version)
  return Buffer.from(w.toBytes())
}

/** Read and written in pieces, the pauses skipped. */
function inPieces(codec: AnyCodec, bytes: Uint8Array, version: number): { decoded: unknown; encoded: Buffer } {
  const end = <T>(pieces: Generator<undefined, T, undefined>): T => {
    for (;;) {
      const next = pieces.next()
      if (next.done === true) return next.value
    }
  }
  const decoded: unknown = end(
    codec.decodePieces(new Reader(bytes, 0, bytes.length, { uuids: new UuidTable() }), version),
  )
  const w = new Writer()
  end(codec.encodePieces(w, decoded, version))
  return { decoded, encoded: Buffer.from(w.toBytes()) }
}

for (const file of goldenFiles) {
  describe(`Apache Kafka's ${file}`, () => {
    const byMessage = Map.groupBy(goldenLines(file), (line) => line.message)
    for (const [name, lines] of byMessage) {
      it(`reads and writes ${name} in every version as Apache does`, () => {
        const codec = codecsByName.get(name)
        assert.ok(codec, `no codec named ${name}`)
        const versions = lines.map((line) => line.version)
        assert.deepEqual([Math.min(...versions), Math.max(...versions)], [codec.minVersion, codec.maxVersion])
        for (const { version, instance, bytes, fields } of lines) {
          const at = `${name} v${version} ${instance}`
          const r = new Reader(bytes, 0, bytes.length, { uuids: new UuidTable() })
          const decoded = codec.decode(r, version)
          assert.equal(r.remaining, 0, `${at}: bytes left`)
          compare(codec.fields, decoded, fields, at)
          assert.equal(encoded(codec, decoded, version).toString('hex'), bytes.toString('hex'), at)
          assert.equal(codec.size(decoded, version), bytes.length, at)
          const pieced = inPieces(codec, bytes, version)
          assert.deepEqual(pieced.decoded, decoded, `${at}: in pieces`)
          assert.equal(pieced.encoded.toString('hex'), bytes.toString('hex'), `${at}: in pieces`)
          if (instance === 'default') assert.deepEqual(encoded(codec, {}, version), bytes, `${at}: nothing given`)
        }
      })
    }
  })
}

describe('the envelopes of records', () => {
  const lines = goldenLines('records')

  it('frames metadata records as Apache does', () => {
    for (const { message, version, envelope } of lines) {
      if (!(message in metadataRecords.codecs)) continue
      const record = metadataRecords.decode(envelope!)
      assert.ok(record)
      assert.equal(record.type, message)
      assert.equal(record.version, version)
      assert.deepEqual(Buffer.from(metadataRecords.encode(record, version)), envelope)
    }
  })

  for (const table of [groupRecords, transactionRecords, shareStateRecords]) {
    for (const type of Object.keys(table.records)) {
      it(`prefixes the key and value of ${type} as Apache does`, () => {
        const keys = lines.filter((line) => line.message === `${type}Key`)
        const values = lines.filter((line) => line.message === `${type}Value`)
        assert.ok(keys.length > 0 && values.length > 0)
        for (const [i, line] of values.entries()) {
          const key = keys[i % keys.length]!.envelope!
          const record = table.decode(key, line.envelope!)
          assert.ok(record)
          assert.equal(record.type, type)
          const again = (table as typeof groupRecords).encode(record as never, line.version)
          assert.deepEqual(Buffer.from(again.key), key)
          assert.deepEqual(Buffer.from(again.value!), line.envelope)
        }
        assert.equal(table.decode(keys[0]!.envelope!, null)?.value, null)
      })
    }
  }
})
