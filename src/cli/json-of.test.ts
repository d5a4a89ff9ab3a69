import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Reader } from '../bytes/index.ts'
import {
  type AnyCodec,
  groupRecords,
  metadataRecords,
  shareStateRecords,
  transactionRecords,
} from '../protocol/index.ts'
import { jsonOf } from './json-of.ts'

interface GoldenLine {
  readonly m: string
  readonly v: number
  readonly k: string
  readonly b: string
  readonly j: unknown
}

const codecs = new Map<string, AnyCodec>(Object.entries(metadataRecords.codecs))
for (const { records } of [groupRecords, transactionRecords, shareStateRecords]) {
  for (const { key, value } of Object.values(records)) codecs.set(key.name, key).set(value.name, value)
}

test('records of the internal topics as JSON are what the JSON converters of Kafka say', () => {
  const golden = gunzipSync(readFileSync(new URL('../../test/golden/records.jsonl.gz', import.meta.url)))
  let compared = 0
  for (const line of golden.toString().split('\n')) {
    if (line === '') continue
    const { m, v, k, b, j } = JSON.parse(line) as GoldenLine
    const codec = codecs.get(m)
    if (codec === undefined) continue
    const message = codec.decode(new Reader(Buffer.from(b, 'base64')), v)
    assert.deepEqual(JSON.parse(JSON.stringify(jsonOf(codec, message, v))), j, `${m} ${v} ${k}`)
    compared++
  }
  assert.ok(compared > 300, `${compared} compared`)
})
