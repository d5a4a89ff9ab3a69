import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isUuid, LOST_DIRECTORY, ONE_UUID, UuidTable, uuidFromBytes, uuidToBytes, ZERO_UUID } from './index.ts'

function numbered(n: number): Uint8Array {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, Math.imul(n, 0x9e3779b1))
  new DataView(bytes.buffer).setUint32(12, n)
  return bytes
}

describe('uuids', () => {
  it('are printed as 22 characters of unpadded base64url', () => {
    for (let n = 0; n < 200; n++) {
      const bytes = numbered(n)
      const text = uuidFromBytes(bytes)
      assert.equal(text, Buffer.from(bytes).toString('base64url'))
      assert.deepEqual(uuidToBytes(text), bytes)
      assert.ok(isUuid(text))
    }
    assert.equal(uuidFromBytes(new Uint8Array(16).fill(255)), '_____________________w')
  })

  it('have their reserved values', () => {
    assert.deepEqual(uuidToBytes(ZERO_UUID), new Uint8Array(16))
    assert.deepEqual(
      uuidToBytes(ONE_UUID),
      Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)),
    )
    assert.deepEqual(
      uuidToBytes(LOST_DIRECTORY),
      Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 2 : 0)),
    )
  })

  it('are refused when the text is none', () => {
    for (const text of [
      '',
      'short',
      'AAAAAAAAAAAAAAAAAAAAA=',
      'AAAAAAAAAAAAAAAAAAAAé',
      `${ZERO_UUID}A`,
      'AAAAAAAAAAA+AAAAAAAAAA',
    ]) {
      assert.throws(() => uuidToBytes(text), RangeError, text)
      assert.equal(isUuid(text), false, text)
    }
    assert.equal(isUuid('AAAAAAAAAAAAAAAAAAAAAB'), false, 'bits that no byte has')
  })
})

describe('UuidTable', () => {
  it('gives each uuid the same string every time', () => {
    const table = new UuidTable()
    const first = Array.from({ length: 1000 }, (_, n) => table.at(numbered(n), 0))
    assert.equal(new Set(first).size, 1000)
    assert.deepEqual(
      first,
      Array.from({ length: 1000 }, (_, n) => uuidFromBytes(numbered(n))),
    )
    assert.deepEqual(
      Array.from({ length: 1000 }, (_, n) => table.at(numbered(n), 0)),
      first,
    )
    assert.equal(table.size, 999, 'the zero uuid needs no entry')
  })

  it('never holds more than its bound', () => {
    const table = new UuidTable(100)
    for (let n = 1; n < 5000; n++) {
      assert.equal(table.at(numbered(n), 0), uuidFromBytes(numbered(n)))
      assert.ok(table.size <= 100)
    }
  })
})
