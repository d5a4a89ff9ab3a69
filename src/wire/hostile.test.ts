import assert from 'node:assert/strict'
import net from 'node:net'
import { after, test } from 'node:test'
import { isMalformed, Reader, Writer } from '../bytes/index.ts'
import { ask } from '../env/disk.case.ts'
import type { Listener, Socket } from '../env/index.ts'
import { nodeEnv } from '../env/node/index.ts'
import { Metadata, RequestHeader } from '../protocol/index.ts'
import { Budget, type CloseReason, defaultLimits, ServerConnection } from './index.ts'

/**
 * Hostile input over real sockets: each of these connections gets what it deserves, and a well-behaved neighbour is
 * answered throughout.
 */
const env = nodeEnv({ logLevel: 'off' })
after(() => env.close())

const budget = new Budget(env.clock, 64 << 20)
/** Why the server closed the connection that came from a port, and who wants to know. */
const closed = new Map<number, CloseReason>()
const waiting = new Map<number, (reason: CloseReason) => void>()

async function listen(firstFrameMs: number): Promise<number> {
  const limits = { ...defaultLimits, firstFrameMs, replyBytesMax: 1 << 20 }
  const accept = (socket: Socket): void => {
    new ServerConnection({
      socket,
      clock: env.clock,
      budget,
      limits,
      onFrame: (frame, reply) => {
        const { bytes, from, to } = frame.slices[0]!
        try {
          const reader = new Reader(bytes, from, to)
          RequestHeader.decode(reader, 1)
          Metadata.request.decode(reader, 4)
        } catch (thrown) {
          if (!isMalformed(thrown)) throw thrown
          reply.close(`malformed Metadata version 4: ${thrown.message}`)
          return false
        }
        reply.send(framed(bytes.subarray(from + 4, from + 8), new Uint8Array(1000)))
        return false
      },
      onClosed: (reason) => {
        closed.set(socket.peer.port, reason)
        waiting.get(socket.peer.port)?.(reason)
      },
    })
  }
  const listener = await ask<Listener>((done) => env.net.listen({ host: '127.0.0.1', port: 0 }, accept, done))
  return listener.address.port
}

const port = await listen(60_000)
/** Here a new connection must speak soon. */
const impatientPort = await listen(200)

function request(correlationId: number): Uint8Array {
  const writer = new Writer()
  const at = writer.reserveInt32()
  RequestHeader.encode(writer, { requestApiKey: 3, requestApiVersion: 4, correlationId, clientId: 'x' }, 1)
  Metadata.request.encode(writer, { topics: [{ name: 'a' }], allowAutoTopicCreation: false }, 4)
  writer.patchInt32(at, writer.length - 4)
  return writer.toBytes().slice()
}

function dial(to = port): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(to, '127.0.0.1')
    socket.on('error', reject)
    socket.on('connect', () => {
      socket.removeAllListeners('error')
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}

async function neighbourIsServed(): Promise<void> {
  const socket = await dial()
  socket.write(request(77))
  const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  assert.equal(answer.readInt32BE(4), 77)
  socket.destroy()
}

/** Sends, and waits until the server has closed; the reason it noted. */
async function provoke(bytes: Uint8Array, to = port): Promise<CloseReason> {
  const socket = await dial(to)
  const from = socket.localPort!
  socket.resume()
  if (bytes.length > 0) socket.write(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return closed.get(from) ?? new Promise((resolve) => waiting.set(from, resolve))
}

function int32(value: number, ...more: number[]): Uint8Array {
  const bytes = new Uint8Array(4 + more.length)
  new DataView(bytes.buffer).setInt32(0, value)
  bytes.set(more, 4)
  return bytes
}
const ascii = (text: string) => new TextEncoder().encode(text)

test('frame sizes that are none close at once', async () => {
  for (const size of [-1, 0, 3, 2 ** 31 - 1, 104_857_601]) {
    const reason = await provoke(int32(size, 0, 3, 0, 4))
    assert.equal(reason.kind, 'malformed')
    assert.match(reason.message, new RegExp(`of ${size} bytes`))
  }
  await neighbourIsServed()
})

test('other protocols are named in the reason', async () => {
  const handshake = Uint8Array.of(0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3)
  assert.match((await provoke(ascii('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))).message, /HTTP/)
  assert.match((await provoke(handshake)).message, /TLS handshake/)
  assert.match((await provoke(ascii('SSH-2.0-OpenSSH_9.6\r\n'))).message, /SSH/)
  assert.equal((await provoke(new Uint8Array(100).map((_, i) => 0xe7 ^ (i * 37)))).kind, 'malformed')
  await neighbourIsServed()
})

test('a connection that says nothing, or half a request, is closed at its deadline', async () => {
  assert.equal((await provoke(new Uint8Array(0), impatientPort)).kind, 'slow')
  assert.equal((await provoke(int32(100 << 20, 0), impatientPort)).kind, 'slow')
  await neighbourIsServed()
})

test('lengths that lie inside a request close, whatever they claim', async () => {
  const good = request(1)
  const topicsAt = good.length - 1 - 2 - 1 - 4
  const topicNameAt = topicsAt + 4
  for (const count of [2 ** 31 - 1, -2, 1 << 20]) {
    const bad = good.slice()
    new DataView(bad.buffer).setInt32(topicsAt, count)
    assert.match((await provoke(bad)).message, /malformed Metadata version 4/)
  }
  for (const length of [32_767, -2]) {
    const bad = good.slice()
    new DataView(bad.buffer).setInt16(topicNameAt, length)
    assert.match((await provoke(bad)).message, /malformed Metadata version 4/)
  }
  await neighbourIsServed()
})

test('a hundred thousand pipelined requests of a client that does not read are not taken in', async () => {
  const socket = await dial()
  socket.pause()
  const one = request(5)
  const all = Buffer.concat(Array.from({ length: 100_000 }, () => one))
  socket.write(all)
  // The neighbour's round trips show that time passes for the server.
  for (let i = 0; i < 20; i++) await neighbourIsServed()
  assert.ok(budget.heldBytes < 2 << 20, `${budget.heldBytes} bytes held`)
  // Once it reads, everything is answered.
  let received = 0
  const total = 100_000 * 1008
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      received += chunk.length
      if (received >= total) resolve()
    })
    socket.resume()
  })
  assert.equal(received, total)
  socket.destroy()
})

/** A reply as it leaves: its size first. */
function framed(...parts: Uint8Array[]): Uint8Array[] {
  const size = new Uint8Array(4)
  new DataView(size.buffer).setInt32(
    0,
    parts.reduce((sum, part) => sum + part.length, 0),
  )
  return [size, ...parts]
}
