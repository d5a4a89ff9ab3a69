/**
 * What Apache Kafka's own classes wrote (test/golden/README.md) is read, compared field by field, and written again to
 * the same bytes: every message, every version.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Reader, type Slice, UuidTable, Writer } from '../bytes/index.ts'
import {
  type AnyCodec,
  apis,
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  DefaultPrincipalData,
  EndTxnMarker,
  type Fields,
  groupRecords,
  KRaftVersionRecord,
  LeaderChangeMessage,
  metadataRecords,
  ProducerSnapshot,
  RequestHeader,
  ResponseHeader,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  shareStateRecords,
  transactionRecords,
  VotersRecord,
} from './index.ts'

interface Line {
  readonly m: string
  readonly v: number
  readonly k: string
  readonly b: string
  readonly j: Record<string, unknown>
  readonly e?: string
}

function lines(file: string): Line[] {
  const text = gunzipSync(readFileSync(new URL(`../../test/golden/${file}.jsonl.gz`, import.meta.url))).toString()
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const codecs = new Map<string, AnyCodec>()
for (const c of [
  ...[...apis.values()].flatMap((api) => [api.request, api.response]),
  ...Object.values(metadataRecords.codecs),
  ...[groupRecords, transactionRecords, shareStateRecords].flatMap((table) =>
    Object.values(table.records).flatMap((record) => [record.key, record.value]),
  ),
  RequestHeader,
  ResponseHeader,
  EndTxnMarker,
  LeaderChangeMessage,
  SnapshotHeaderRecord,
  SnapshotFooterRecord,
  KRaftVersionRecord,
  VotersRecord,
  ProducerSnapshot,
  ConsumerProtocolSubscription,
  ConsumerProtocolAssignment,
  DefaultPrincipalData,
] as AnyCodec[]) {
  codecs.set(c.name, c)
}

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
      compareValue(got[name], want[name], at, (field.kind as { fields?: Fields }).fields)
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

for (const file of ['requests', 'responses', 'records']) {
  describe(`Apache Kafka's ${file}`, () => {
    const byMessage = Map.groupBy(lines(file), (line) => line.m)
    for (const [name, group] of byMessage) {
      it(`reads and writes ${name} in every version as Apache does`, () => {
        const codec = codecs.get(name)
        assert.ok(codec, `no codec named ${name}`)
        const versions = new Set(group.map((line) => line.v))
        assert.deepEqual([Math.min(...versions), Math.max(...versions)], [codec.minVersion, codec.maxVersion])
        for (const line of group) {
          const at = `${name} v${line.v} ${line.k}`
          const bytes = Buffer.from(line.b, 'base64')
          const r = new Reader(bytes, 0, bytes.length, { uuids: new UuidTable() })
          const decoded = codec.decode(r, line.v)
          assert.equal(r.remaining, 0, `${at}: bytes left`)
          compare(codec.fields, decoded, line.j, at)
          const w = new Writer()
          codec.encode(w, decoded, line.v)
          assert.equal(Buffer.from(w.toBytes()).toString('base64'), line.b, at)
          assert.equal(codec.size(decoded, line.v), bytes.length, at)
          if (line.k === 'default') assert.deepEqual(encoded(codec, {}, line.v), bytes, `${at}: nothing given`)
        }
      })
    }
  })
}

function encoded(codec: AnyCodec, value: unknown, version: number): Buffer {
  const w = new Writer()
  codec.encode(w, value, version)
  return Buffer.from(w.toBytes())
}

describe('the envelopes of records', () => {
  it('frames metadata records as Apache does', () => {
    for (const line of lines('records')) {
      if (!(line.m in metadataRecords.codecs)) continue
      const bytes = Buffer.from(line.e!, 'base64')
      const record = metadataRecords.decode(bytes)
      assert.ok(record)
      assert.equal(record.type, line.m)
      assert.equal(record.version, line.v)
      assert.deepEqual(Buffer.from(metadataRecords.encode(record, line.v)), bytes)
    }
  })

  for (const table of [groupRecords, transactionRecords, shareStateRecords]) {
    it(`prefixes the keys and values of ${Object.keys(table.records).join(', ')} as Apache does`, () => {
      const all = lines('records')
      for (const type of Object.keys(table.records)) {
        const keys = all.filter((line) => line.m === `${type}Key`)
        const values = all.filter((line) => line.m === `${type}Value`)
        assert.ok(keys.length > 0 && values.length > 0, type)
        for (const [i, line] of values.entries()) {
          const key = Buffer.from(keys[i % keys.length]!.e!, 'base64')
          const value = Buffer.from(line.e!, 'base64')
          const record = table.decode(key, value)
          assert.ok(record)
          assert.equal(record.type, type)
          assert.deepEqual((table as typeof groupRecords).encode(record as never, line.v), {
            key: new Uint8Array(key),
            value: new Uint8Array(value),
          })
        }
        const key = Buffer.from(keys[1]!.e!, 'base64')
        assert.equal(table.decode(key, null)?.value, null)
      }
    })
  }
})
