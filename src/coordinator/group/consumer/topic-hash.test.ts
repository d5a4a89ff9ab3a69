import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { groupHash, topicHash } from './topic-hash.ts'

const lines = readFileSync(new URL('testdata/hashes.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')

test('topics and groups hash as in Apache’s coordinator', () => {
  const all = new Map<string, bigint>()
  for (const line of lines) {
    const [name, id, racks, hash, group] = JSON.parse(line) as [string, string, string[][], string, string]
    const ours = topicHash({ name, id }, racks)
    assert.equal(String(ours), hash, name)
    all.set(name, ours)
    assert.equal(String(groupHash(all)), group, name)
  }
  assert.equal(groupHash(new Map()), 0n)
})
