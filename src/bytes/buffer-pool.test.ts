import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BufferPool } from './index.ts'

test('gives the same buffer again, of a power of two', () => {
  const pool = new BufferPool(1 << 20)
  const buffer = pool.take(5000)
  assert.equal(buffer.length, 8192)
  pool.give(buffer)
  assert.equal(pool.bytes, 8192)
  assert.equal(pool.take(8192), buffer)
  assert.notEqual(pool.take(8192), buffer)
})

test('is never fuller than allowed: sizes that nobody asks for any more go first', () => {
  const pool = new BufferPool(40_000)
  const small = [pool.take(4096), pool.take(4096), pool.take(4096)]
  const large = [pool.take(16_384), pool.take(16_384), pool.take(16_384)]
  for (const buffer of small) pool.give(buffer)
  for (const buffer of large) pool.give(buffer)
  assert.equal(pool.bytes, 2 * 16_384)
  assert.ok(large.includes(pool.take(16_384)))
  assert.ok(large.includes(pool.take(16_384)))
  assert.ok(!large.includes(pool.take(16_384)))
})
