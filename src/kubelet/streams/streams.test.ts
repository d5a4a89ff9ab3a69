import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { inflateSoFar } from '../../env/containers/index.ts'
import type { HttpRequest } from '../../env/index.ts'
import type { Link } from './link.ts'
import { sha1 } from './sha1.ts'
import { SpdySession, type SpdyStream } from './spdy.ts'
import { acceptHeaders, webSocketOn } from './websocket.ts'

/** A link whose far side is the test. */
function farLink() {
  const written: Uint8Array[] = []
  let isEnded = false
  const link: Link = {
    ...{ onBytes: () => {}, onDrain: () => {}, onGone: () => {}, pause: () => {}, resume: () => {} },
    write: (...parts) => {
      for (const part of parts) written.push(part.slice())
      return true
    },
    end: () => {
      isEnded = true
    },
  }
  return { link, out: () => Buffer.concat(written), isEnded: () => isEnded }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('SHA-1 agrees with its published examples', () => {
  // FIPS 180-2, appendix A
  assert.equal(hex(sha1(bytes('abc'))), 'a9993e364706816aba3e25717850c26c9cd0d89d')
  const two = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'
  assert.equal(hex(sha1(bytes(two))), '84983e441c3bd26ebaae4aa1f95129e5e54670f1')
  assert.equal(hex(sha1(bytes(''))), 'da39a3ee5e6b4b0d3255bfef95601890afd80709')
})

test('the handshake of a WebSocket is that of RFC 6455', () => {
  const headers = { upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
  assert.equal(
    acceptHeaders({ headers } as unknown as HttpRequest, null)['sec-websocket-accept'],
    's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  )
})

/** As a client sends it. */
function masked(opcode: number, payload: Uint8Array, isFinal = true): Uint8Array {
  const mask = [1, 2, 3, 4]
  const body = payload.map((byte, i) => byte ^ mask[i & 3]!)
  return Uint8Array.of((isFinal ? 0x80 : 0) | opcode, 0x80 | payload.length, ...mask, ...body)
}

test('messages come whole, however they are cut', () => {
  const { link, out } = farLink()
  const socket = webSocketOn(link)
  const heard: string[] = []
  socket.onMessage = (message) => heard.push(Buffer.from(message).toString())
  const sent = [
    ...masked(2, bytes('one')),
    ...masked(2, bytes('t'), false),
    ...masked(9, bytes('?')),
    ...masked(0, bytes('wo')),
  ]
  for (const byte of sent) link.onBytes(Uint8Array.of(byte))
  link.onBytes(Uint8Array.from(sent))
  assert.deepEqual(heard, ['one', 'two', 'one', 'two'])
  assert.equal(hex(out()), '8a013f8a013f')
  socket.send(Uint8Array.of(1), new Uint8Array(200))
  assert.equal(hex(out().subarray(6, 11)), '827e00c901')
})

test('what is no WebSocket is closed with the reason', () => {
  const closes = (sent: number[]): string => {
    const { link, out, isEnded } = farLink()
    webSocketOn(link)
    link.onBytes(Uint8Array.from(sent))
    assert.ok(isEnded())
    return hex(out())
  }
  assert.equal(closes([0x82, 0x01, 0x00]), '880203ea', 'not masked: 1002')
  assert.equal(closes([0xc2, 0x81, 1, 2, 3, 4, 5]), '880203ea', 'a reserved bit: 1002')
  assert.equal(closes([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0]), '880203f1', 'too long: 1009')
  assert.equal(closes([0x82, 0xff, 0, 0, 0, 0, 0xff, 0, 0, 0]), '880203f1', 'too long: 1009')
})

const frame = (type: number, flags: number, payload: Uint8Array): Uint8Array =>
  Uint8Array.of(0x80, 3, 0, type, flags, 0, payload.length >> 8, payload.length & 0xff, ...payload)

function pairs(headers: Record<string, string>): Uint8Array {
  const text = (word: string) => [0, 0, 0, word.length, ...bytes(word)]
  const entries = Object.entries(headers)
  return Uint8Array.from([
    0,
    0,
    0,
    entries.length,
    ...entries.flatMap(([name, value]) => [...text(name), ...text(value)]),
  ])
}

function session() {
  const { link, out, isEnded } = farLink()
  const spdy = new SpdySession(link, inflateSoFar)
  const streams: SpdyStream[] = []
  spdy.onStream = (stream) => streams.push(stream)
  return { link, out, isEnded, streams }
}

test('a stream of SPDY is opened, answered, written and ended', () => {
  const { link, out, streams } = session()
  // without the dictionary, which an inflater takes as well
  const headers = deflateSync(pairs({ StreamType: 'data', port: '80' }), { finishFlush: 2 })
  link.onBytes(frame(1, 0, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...headers)))
  const [stream] = streams
  assert.deepEqual(
    [...stream!.headers],
    [
      ['streamtype', 'data'],
      ['port', '80'],
    ],
  )
  assert.equal(hex(out()).slice(0, 16), '8003000200000014')
  const heard: string[] = []
  stream!.onBytes = (chunk) => heard.push(Buffer.from(chunk).toString())
  stream!.onEnd = () => heard.push('end')
  link.onBytes(Uint8Array.of(0, 0, 0, 1, 1, 0, 0, 2, ...bytes('hi')))
  assert.deepEqual(heard, ['hi', 'end'])
  const before = out().length
  stream!.write(bytes('yo'))
  stream!.end()
  stream!.write(bytes('late'))
  assert.equal(hex(out().subarray(before)), '0000000100000002796f0000000101000000')
  link.onBytes(frame(6, 0, Uint8Array.of(0, 0, 0, 9)))
  assert.equal(hex(out().subarray(-12)), '800300060000000400000009')
})

test('what is no SPDY ends the connection', () => {
  for (const sent of [
    frame(1, 0, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)),
    Uint8Array.of(0x80, 9, 0, 1, 0, 0, 0, 0),
    Uint8Array.of(0, 0, 0, 1, 0, 0xff, 0xff, 0xff),
    frame(
      1,
      0,
      Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...deflateSync(Uint8Array.of(0, 0, 0, 9), { finishFlush: 2 })),
    ),
  ]) {
    const { link, isEnded, streams } = session()
    link.onBytes(sent)
    assert.ok(isEnded(), hex(sent))
    assert.deepEqual(streams, [])
  }
})
