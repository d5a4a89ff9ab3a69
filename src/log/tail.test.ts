import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BufferPool, crc32c } from '../bytes/index.ts'
import { BatchBuilder, stampOffsetAndEpoch } from '../records/index.ts'
import { Tail, TailCache } from './tail.ts'
import type { ReadAsk, ReadInto } from './types.ts'

const POISON = 0xdb

function batchAt(offset: number, valueBytes: number): Uint8Array {
  const builder = new BatchBuilder()
  builder.append(1, null, new Uint8Array(valueBytes).fill(offset + 1))
  const batch = builder.build(crc32c)
  stampOffsetAndEpoch(batch, 0, offset, 0)
  return batch
}

function add(tail: Tail, offset: number, valueBytes: number): Uint8Array {
  const batch = batchAt(offset, valueBytes)
  return tail.append(batch, 0, batch.length, offset, offset + 1)
}

const all = (from: number, upTo: number): ReadAsk => ({ from, upTo, bytesMax: 1 << 20, atLeastOne: true })
const nothing = (): ReadInto => ({ slices: [], release: () => {} })

test('what is read keeps its bytes until it is released, though the tail moves on', () => {
  const buffers = new BufferPool(1 << 20, true)
  const tail = new Tail(new TailCache(20_000, buffers), 0)
  add(tail, 0, 8000)
  const into = nothing()
  assert.equal(tail.read(all(0, 1), into), true)
  const [slice] = into.slices
  const seen = slice!.bytes.slice(slice!.from, slice!.to)
  tail.noteWritten(1)
  for (let offset = 1; offset < 6; offset++) {
    add(tail, offset, 8000)
    tail.noteWritten(offset + 1)
  }
  assert.ok(tail.baseOffset > 0)
  assert.deepEqual(slice!.bytes.slice(slice!.from, slice!.to), seen)
  into.release()
  assert.ok(slice!.bytes.every((byte) => byte === POISON))
  const held = buffers.bytes
  into.release()
  assert.equal(buffers.bytes, held)
})

test('a chunk that is not written is never dropped', () => {
  const buffers = new BufferPool(1 << 20, true)
  const tail = new Tail(new TailCache(0, buffers), 0)
  const parts = [0, 1, 2, 3].map((offset) => add(tail, offset, 8000))
  assert.equal(tail.baseOffset, 0)
  assert.equal(buffers.bytes, 0)
  assert.ok(parts.every((part) => part.at(-2) !== POISON))
  tail.noteWritten(4)
  assert.equal(tail.baseOffset, Number.POSITIVE_INFINITY)
  assert.ok(buffers.bytes > 0)
})

test('a tail that is cleared keeps its buffers from being used again: a write of them may be under way', () => {
  const buffers = new BufferPool(1 << 20, true)
  const cache = new TailCache(1 << 20, buffers)
  const tail = new Tail(cache, 0)
  const part = add(tail, 0, 8000)
  tail.clear()
  assert.equal(cache.bytes, 0)
  assert.equal(buffers.bytes, 0)
  assert.notEqual(part.at(-2), POISON)
})

test('batches that follow each other lie together, so that one write and one slice hold many', () => {
  const tail = new Tail(new TailCache(1 << 20, new BufferPool(1 << 20)), 0)
  for (let offset = 0; offset < 200; offset++) add(tail, offset, 100)
  const into = nothing()
  tail.read(all(0, 200), into)
  assert.ok(into.slices.length < 8, `${into.slices.length} slices`)
})
