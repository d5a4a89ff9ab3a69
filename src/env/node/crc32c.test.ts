import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c as pure } from '../../bytes/index.ts'
import { lazyCrc32c, nativeCrc32c } from './index.ts'

const bytes = new Uint8Array(5000).map((_, i) => i * 31 + (i >> 3))

test('the native checksum and the lazy one agree with the pure one, whole and in pieces', () => {
  for (const crc32c of [nativeCrc32c() ?? pure, lazyCrc32c()]) {
    for (const [from, to] of [
      [0, 0],
      [3, 4],
      [7, 390],
      [7, 391],
      [0, 5000],
      [1234, 4999],
    ] as const) {
      assert.equal(crc32c(bytes, from, to), pure(bytes, from, to))
      const middle = (from + to) >> 1
      assert.equal(crc32c(bytes, middle, to, crc32c(bytes, from, middle)), pure(bytes, from, to))
    }
  }
})

test('the lazy one stays right when it turns from the pure one to the native one', () => {
  const crc32c = lazyCrc32c()
  const long = new Uint8Array(1 << 20).map((_, i) => i * 13)
  const expected = pure(long, 1, long.length)
  for (let i = 0; i < 6; i++) assert.equal(crc32c(long, 1, long.length), expected)
})

test('checks the published value of "123456789"', () => {
  const digits = new TextEncoder().encode('123456789')
  assert.equal((nativeCrc32c() ?? pure)(digits, 0, 9), 0xe3069283)
})
