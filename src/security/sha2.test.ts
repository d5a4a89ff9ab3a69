import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { hmac, sha } from './sha2.ts'

for (const name of ['sha256', 'sha512'] as const) {
  test(`${name} and its HMAC say what OpenSSL says, at every padding boundary`, () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 111, 112, 119, 127, 128, 129, 300]) {
      const message = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255)
      assert.deepEqual(sha(name, message), new Uint8Array(createHash(name).update(message).digest()))
      assert.deepEqual(hmac(name, message, message), new Uint8Array(createHmac(name, message).update(message).digest()))
    }
  })
}
