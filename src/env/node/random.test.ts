import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeRandom } from './random.ts'

test('random bytes never repeat, whatever is asked for', () => {
  const random = new NodeRandom()
  const seen = new Set<string>()
  let asked = 0
  for (let round = 0; round < 100; round++) {
    for (const size of [16, 32, 7, 1000]) {
      const bytes = new Uint8Array(size + 2)
      assert.equal(random.bytes(bytes.subarray(1, size + 1)).length, size)
      assert.equal(bytes[0], 0)
      assert.equal(bytes[size + 1], 0)
      seen.add(bytes.toString())
      asked++
    }
  }
  assert.equal(seen.size, asked)
})
