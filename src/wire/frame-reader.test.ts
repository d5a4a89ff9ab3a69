import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BufferPool, type Slice } from '../bytes/index.ts'
import { FrameMemory, FrameReader } from './index.ts'

function framed(...bodies: readonly Uint8Array[]): Uint8Array {
  const parts = bodies.flatMap((body) => {
    const size = new Uint8Array(4)
    new DataView(size.buffer).setInt32(0, body.length)
    return [size, body]
  })
  return new Uint8Array(Buffer.concat(parts))
}
const body = (length: number, seed = 1) => new Uint8Array(length).map((_, i) => i * 31 + seed)
const bytesOf = ({ bytes, from, to }: Slice) => Buffer.from(bytes.subarray(from, to))

function frameOf(reader: FrameReader): Slice {
  const frame = reader.next()
  if (frame === null || typeof frame === 'string') throw new Error(`no frame: ${frame}`)
  return frame
}

test('copies what was lent: the chunk may be overwritten when push returns', () => {
  const reader = new FrameReader(1000, 8)
  const chunk = framed(body(20), body(30), body(40)).slice(0, -15)
  const rest = framed(body(40)).slice(-15)
  reader.push(chunk)
  chunk.fill(0xdb)
  reader.push(rest)
  rest.fill(0xdb)
  const frames = [frameOf(reader), frameOf(reader), frameOf(reader)]
  assert.deepEqual(
    frames.map(bytesOf),
    [body(20), body(30), body(40)].map((b) => Buffer.from(b)),
  )
  assert.equal(reader.next(), null)
  assert.equal(reader.pendingBytes, 0)
})

test('says what is pending and what is missing', () => {
  const reader = new FrameReader(1000, 8)
  const stream = framed(body(100))
  reader.push(stream.slice(0, 3))
  assert.deepEqual([reader.next(), reader.pendingBytes, reader.missingBytes], [null, 3, 1])
  reader.push(stream.slice(3, 4))
  assert.deepEqual([reader.next(), reader.pendingBytes, reader.missingBytes], [null, 4, 100])
  reader.push(stream.slice(4, 60))
  assert.deepEqual([reader.next(), reader.pendingBytes, reader.missingBytes], [null, 60, 44])
  reader.push(stream.slice(60))
  assert.deepEqual([reader.pendingBytes, reader.missingBytes], [104, 0])
  frameOf(reader)
  assert.deepEqual([reader.next(), reader.pendingBytes, reader.missingBytes], [null, 0, 0])
})

test('finds the same frames however the stream is cut', () => {
  const bodies = [body(8), body(5000, 2), body(9, 3), body(70_000, 4), body(300, 5), body(8, 6)]
  const stream = framed(...bodies)
  for (const chunkBytes of [1, 2, 3, 5, 7, 100, 1000, 2047, 2048, 4096, 65_536, stream.length]) {
    const reader = new FrameReader(100_000, 8)
    const found: Buffer[] = []
    for (let at = 0; at < stream.length; at += chunkBytes) {
      reader.push(stream.slice(at, at + chunkBytes))
      for (let frame = reader.next(); frame !== null; frame = reader.next()) {
        assert.ok(typeof frame !== 'string')
        found.push(bytesOf(frame))
      }
    }
    assert.deepEqual(
      found,
      bodies.map((b) => Buffer.from(b)),
      `chunks of ${chunkBytes}`,
    )
    assert.equal(reader.pendingBytes, 0)
    assert.equal(reader.missingBytes, 0)
  }
})

test('finds the same frames when they are taken late', () => {
  const bodies = Array.from({ length: 50 }, (_, i) => body(8 + ((i * 977) % 5000), i))
  const stream = framed(...bodies)
  const reader = new FrameReader(100_000, 8)
  let seed = 7
  for (let at = 0; at < stream.length; ) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    const length = 1 + (seed % 3000)
    reader.push(stream.slice(at, at + length))
    at += length
  }
  for (const expected of bodies) assert.deepEqual(bytesOf(frameOf(reader)), Buffer.from(expected))
  assert.equal(reader.next(), null)
})

test('frames that were handed out keep their bytes while others arrive', () => {
  const reader = new FrameReader(1000, 8)
  const stream = framed(...Array.from({ length: 100 }, (_, i) => body(50, i)))
  const kept: Slice[] = []
  for (let at = 0; at < stream.length; at += 13) {
    reader.push(stream.slice(at, at + 13))
    for (let frame = reader.next(); frame !== null; frame = reader.next()) kept.push(frame as Slice)
  }
  assert.deepEqual(
    kept.map(bytesOf),
    Array.from({ length: 100 }, (_, i) => Buffer.from(body(50, i))),
  )
})

test('a buffer is used again when each of its frames was given back, and not before', () => {
  const buffers = new BufferPool(1 << 20, true)
  const memory = new FrameMemory(buffers)
  const reader = new FrameReader(100_000, 8, memory)
  reader.push(framed(body(3000), body(3000, 2), body(20, 3)).subarray(0, -5))
  const [first, second] = [reader.next(), reader.next()]
  if (first === null || second === null || typeof first === 'string' || typeof second === 'string') {
    throw new Error('two frames were there')
  }
  first.giveBack()
  first.giveBack()
  assert.equal(buffers.bytes, 0)
  assert.deepEqual(bytesOf(second), Buffer.from(body(3000, 2)))
  second.giveBack()
  assert.equal(buffers.bytes, first.bytes.length)
  assert.ok(second.bytes.every((byte) => byte === 0xdb))
})

test('what is missing of a long frame is read in place, and the beginning of the next one alone', () => {
  const memory = new FrameMemory(new BufferPool(1 << 20, true))
  const reader = new FrameReader(200_000, 8, memory)
  const bodies = [body(100_000), body(60_000, 2), body(9, 3), body(100_000, 4), body(70, 5)]
  const stream = framed(...bodies)
  const shared = new Uint8Array(30_000)
  const found: Buffer[] = []
  let inPlace = 0
  for (let at = 0; at < stream.length; ) {
    const wish = reader.room()
    const room = wish ?? shared
    const length = Math.min(room.length, stream.length - at)
    room.set(stream.subarray(at, at + length))
    if (wish !== null && wish !== memory.peek) inPlace += length
    reader.push(room.subarray(0, length))
    shared.fill(0xdb)
    at += length
    for (let frame = reader.next(); frame !== null; frame = reader.next()) {
      assert.ok(typeof frame !== 'string')
      found.push(Buffer.from(bytesOf(frame)))
      frame.giveBack()
    }
  }
  assert.deepEqual(
    found,
    bodies.map((b) => Buffer.from(b)),
  )
  assert.ok(inPlace > 150_000, `${inPlace} bytes in place`)
})

test('refuses sizes that no request has, whatever follows', () => {
  for (const size of [-1, -(2 ** 31), 0, 3, 7, 104_857_601, 2 ** 31 - 1]) {
    const reader = new FrameReader(104_857_600, 8)
    const chunk = new Uint8Array(100)
    new DataView(chunk.buffer).setInt32(0, size)
    reader.push(chunk)
    const answer = reader.next()
    assert.equal(typeof answer, 'string')
    assert.match(answer as string, new RegExp(`a frame of ${size} bytes was announced`))
  }
})

test('a limit that changes counts for the frames to come', () => {
  const reader = new FrameReader(20, 8)
  reader.push(framed(body(20)))
  frameOf(reader)
  reader.frameBytesMax = 21
  reader.push(framed(body(21)))
  frameOf(reader)
  reader.push(framed(body(22)))
  assert.equal(typeof reader.next(), 'string')
})

test('knows other protocols by their first bytes', () => {
  const hints: readonly [Uint8Array | string, RegExp][] = [
    ['GET / HTTP/1.1\r\n', /HTTP/],
    ['POST /topics', /HTTP/],
    ['PRI * HTTP/2.0', /HTTP/],
    ['SSH-2.0-OpenSSH_9.6', /SSH/],
    ['PROXY TCP4 ', /PROXY/],
    [Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1), /TLS handshake .* security\.protocol/],
    [Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40), /TLS alert/],
  ]
  for (const [first, expected] of hints) {
    const reader = new FrameReader(104_857_600, 8)
    reader.push(typeof first === 'string' ? new TextEncoder().encode(first) : first)
    assert.match(String(reader.next()), expected)
  }
})

test('holds what has arrived, not what was announced, also for a peer that sends byte by byte', () => {
  const reader = new FrameReader(104_857_600, 8)
  const size = new Uint8Array(4)
  new DataView(size.buffer).setInt32(0, 104_857_600)
  reader.push(size)
  assert.equal(reader.next(), null)
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 200_000; i++) {
    reader.push(Uint8Array.of(i))
    assert.equal(reader.next(), null)
  }
  assert.equal(reader.pendingBytes, 200_004)
  assert.equal(reader.missingBytes, 104_857_600 - 200_000)
  // The chunks themselves are garbage by now, collected or not: 200,000 of them must not be what is kept.
  assert.ok(process.memoryUsage().arrayBuffers - before < 16 << 20)
})
