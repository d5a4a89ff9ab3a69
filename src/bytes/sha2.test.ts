import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { hmac, sha2 } from './sha2.ts'

test('SHA-2 and HMAC agree with the runtime over every padding', () => {
  for (const kind of ['sha256', 'sha512'] as const) {
    for (let length = 0; length < 300; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + length)
      assert.deepEqual(sha2(kind, bytes), new Uint8Array(createHash(kind).update(bytes).digest()))
    }
    for (const keyLength of [0, 1, 63, 64, 65, 127, 128, 129, 200]) {
      const key = Uint8Array.from({ length: keyLength }, (_, i) => i)
      const parts = [Uint8Array.of(1, 2), Uint8Array.of(3)]
      const want = createHmac(kind, key)
        .update(Uint8Array.of(1, 2, 3))
        .digest()
      assert.deepEqual(hmac(kind, key, ...parts), new Uint8Array(want))
    }
  }
})
