import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64Decode, base64Encode } from './base64.ts'

test('bytes of any length become what Node makes of them, and come back', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 0xff)
    const text = Buffer.from(bytes).toString('base64')
    assert.equal(base64Encode(bytes), text)
    assert.deepEqual(base64Decode(text), bytes)
  }
})

test('line ends and missing padding do no harm', () => {
  assert.deepEqual([...base64Decode('aG\nVs\r\nbG8')], [...Buffer.from('hello')])
})
