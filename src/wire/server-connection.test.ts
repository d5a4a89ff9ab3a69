import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lease } from '../bytes/index.ts'
import type { Listener, Socket } from '../env/index.ts'
import { ManualClock, memoryNet } from '../env/memory/index.ts'
import {
  Budget,
  type CloseReason,
  type ConnectionLimits,
  defaultLimits,
  type ReplySlot,
  ServerConnection,
} from './index.ts'

/** A connection that is late is closed after one more look. */
const graceMs = 100

interface Arrived {
  readonly text: string
  readonly frame: Lease
  readonly reply: ReplySlot
}

/** A server whose requests wait for the test to answer them, and clients that speak in frames of text. */
class World {
  readonly clock = new ManualClock()
  readonly budget: Budget
  readonly arrived: Arrived[] = []
  readonly connections: ServerConnection[] = []
  readonly closed: CloseReason[] = []
  /** Whether a request of this text mutes. */
  isMuting: (text: string) => boolean = () => false
  onArrived: (arrived: Arrived) => void = () => {}
  readonly #net = memoryNet(this.clock)

  constructor(limits: Partial<ConnectionLimits> = {}, budgetBytes = 1 << 30) {
    this.budget = new Budget(this.clock, budgetBytes)
    const accept = (socket: Socket): void => {
      const connection = new ServerConnection({
        socket,
        clock: this.clock,
        budget: this.budget,
        limits: { ...defaultLimits, ...limits },
        onFrame: (frame, reply) => {
          const { bytes, from, to } = frame.slices[0]!
          const arrived = { text: new TextDecoder().decode(bytes.subarray(from, to)), frame, reply }
          this.arrived.push(arrived)
          this.onArrived(arrived)
          return this.isMuting(arrived.text)
        },
        onClosed: (reason) => this.closed.push(reason),
      })
      this.connections.push(connection)
    }
    this.#net.listen({ host: '127.0.0.1', port: 9092 }, accept, (failure, _listener: Listener) =>
      assert.equal(failure, null),
    )
    this.clock.runTurns()
  }

  connect(): Client {
    let client: Client | null = null
    this.#net.connect({ host: '127.0.0.1', port: 9092, timeoutMs: 1000 }, (failure, socket) => {
      assert.equal(failure, null)
      client = new Client(socket, this.clock)
    })
    this.clock.runTurns()
    return client!
  }

  texts(): string[] {
    return this.arrived.map(({ text }) => text)
  }

  reply(text: string): ReplySlot {
    return this.arrived.find((arrived) => arrived.text === text)!.reply
  }
}

class Client {
  readonly socket: Socket
  received = Buffer.alloc(0)
  isClosed = false
  readonly #clock: ManualClock

  constructor(socket: Socket, clock: ManualClock) {
    this.socket = socket
    this.#clock = clock
    socket.onBytes = (chunk) => {
      this.received = Buffer.concat([this.received, chunk])
    }
    socket.onClose = () => {
      this.isClosed = true
    }
  }

  /** Sends and lets it arrive. */
  send(...bodies: string[]): void {
    for (const body of bodies) this.socket.write([framed(body)])
    this.#clock.runTurns()
  }

  raw(bytes: Uint8Array): void {
    this.socket.write([bytes])
    this.#clock.runTurns()
  }

  /** The replies so far. */
  replies(): string[] {
    const replies: string[] = []
    for (let at = 0; at + 4 <= this.received.length; ) {
      const size = this.received.readInt32BE(at)
      replies.push(this.received.subarray(at + 4, at + 4 + size).toString())
      at += 4 + size
    }
    return replies
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function framed(body: string): Uint8Array {
  const frame = new Uint8Array(4 + body.length)
  new DataView(frame.buffer).setInt32(0, body.length)
  frame.set(bytes(body), 4)
  return frame
}

function leaseCounting(released: string[], name: string): Lease {
  return { slices: [], release: () => void released.push(name) }
}

test('replies in the order of the requests, whenever they are ready', () => {
  const world = new World()
  const client = world.connect()
  client.send('request-1', 'request-2', 'request-3', 'request-4')
  assert.deepEqual(world.texts(), ['request-1', 'request-2', 'request-3', 'request-4'])
  world.reply('request-3').send(replyFrame(bytes('three')))
  world.reply('request-2').none()
  world.clock.runTurns()
  assert.deepEqual(client.replies(), [])
  world.reply('request-1').send(replyFrame(bytes('o'), bytes('ne')))
  world.clock.runTurns()
  assert.deepEqual(client.replies(), ['one', 'three'])
  world.reply('request-4').send(replyFrame())
  world.clock.runTurns()
  assert.deepEqual(client.replies(), ['one', 'three', ''])
  assert.equal(world.connections[0]!.inFlight, 0)
  assert.equal(world.budget.heldBytes, 0)
})

test('releases the lease of a reply when its last byte has left, and not before', () => {
  const world = new World()
  const client = world.connect()
  client.send('request-1')
  client.socket.pause()
  const released: string[] = []
  world.reply('request-1').send(replyFrame(bytes('reply')), leaseCounting(released, 'lease'))
  world.clock.runTurns()
  assert.deepEqual(released, [])
  assert.equal(world.budget.heldBytes, 13)
  client.socket.resume()
  world.clock.runTurns()
  assert.deepEqual(released, ['lease'])
  assert.equal(world.budget.heldBytes, 0)
})

test('a muting request holds the next ones back until its reply', () => {
  const world = new World()
  world.isMuting = (text) => text.startsWith('muting')
  const client = world.connect()
  client.send('muting-1', 'request-2', 'request-3')
  client.send('request-4')
  assert.deepEqual(world.texts(), ['muting-1'])
  world.reply('muting-1').send(replyFrame(bytes('1')))
  assert.deepEqual(world.texts(), ['muting-1'], 'nothing is handed on inside the reply')
  world.clock.runTurns()
  assert.deepEqual(world.texts(), ['muting-1', 'request-2', 'request-3', 'request-4'])
})

test('a muting request that is answered at once mutes nothing', () => {
  const world = new World()
  world.isMuting = () => true
  world.onArrived = ({ reply }) => reply.send(replyFrame(bytes('done')))
  const client = world.connect()
  client.send('request-1', 'request-2', 'request-3')
  assert.deepEqual(client.replies(), ['done', 'done', 'done'])
})

test('throttling mutes and unmutes from outside, nested', () => {
  const world = new World()
  const client = world.connect()
  world.connections[0]!.mute()
  world.connections[0]!.mute()
  client.send('request-1')
  world.connections[0]!.unmute()
  world.clock.runTurns()
  assert.deepEqual(world.texts(), [])
  world.connections[0]!.unmute()
  world.clock.runTurns()
  assert.deepEqual(world.texts(), ['request-1'])
})

test('stops reading at the cap of requests and goes on as replies leave', () => {
  const world = new World({ requestsMax: 3 })
  const client = world.connect()
  const names = Array.from({ length: 100 }, (_, i) => `request-${i}`)
  client.send(...names)
  assert.equal(world.arrived.length, 3)
  for (let i = 0; i < 100; i++) {
    world.reply(`request-${i}`).send(replyFrame(bytes(`reply-${i}`)))
    world.clock.runTurns()
    assert.ok(world.connections[0]!.inFlight <= 3)
  }
  assert.deepEqual(world.texts(), names)
  assert.deepEqual(
    client.replies(),
    names.map((name) => name.replace('request', 'reply')),
  )
})

test('a client that never reads its replies is not read from any more, and later closed', () => {
  const world = new World({ replyBytesMax: 10_000, idleMs: 60_000 })
  world.onArrived = ({ reply }) => reply.send(replyFrame(new Uint8Array(1000)))
  const client = world.connect()
  client.socket.pause()
  const request = framed('request-to-ignore')
  let waiting = 0
  for (let i = 0; i < 100_000; i++) waiting = client.socket.write([request])
  world.clock.runTurns()
  assert.equal(world.arrived.length, 10)
  waiting = client.socket.write([request])
  assert.ok(waiting > 1_000_000, 'the rest waits at the client')
  assert.ok(world.budget.heldBytes < 200_000)
  world.clock.advance(60_000 + graceMs)
  assert.deepEqual(
    world.closed.map(({ kind }) => kind),
    ['idle'],
  )
  assert.equal(world.budget.heldBytes, 0)
})

test('one reply may pass the cap of reply bytes', () => {
  const world = new World({ replyBytesMax: 100 })
  world.onArrived = ({ reply }) => reply.send(replyFrame(new Uint8Array(100_000)))
  const client = world.connect()
  client.send('request-1', 'request-2')
  assert.deepEqual(
    client.replies().map((reply) => reply.length),
    [100_000, 100_000],
  )
})

test('closes on a size that is none, before taking memory for it', () => {
  for (const size of [-1, 0, 3, 2 ** 31 - 1, defaultLimits.frameBytesMax + 1]) {
    const world = new World()
    const client = world.connect()
    const head = new Uint8Array(8)
    new DataView(head.buffer).setInt32(0, size)
    client.raw(head)
    assert.equal(client.isClosed, true)
    assert.equal(world.closed[0]!.kind, 'malformed')
    assert.match(world.closed[0]!.message, new RegExp(`${size} bytes was announced`))
    assert.equal(world.budget.heldBytes, 0)
  }
})

test('takes a smaller limit before authentication than after', () => {
  const world = new World({ frameBytesMax: 524_288 })
  const early = world.connect()
  early.raw(framed('x'.repeat(524_289)))
  assert.equal(early.isClosed, true)
  const late = world.connect()
  late.send('first-request')
  world.connections[1]!.frameBytesMax = 1 << 20
  late.raw(framed('x'.repeat(524_289)))
  assert.equal(late.isClosed, false)
  assert.equal(world.arrived.length, 2)
})

test('a handler that refuses a request closes the connection with its reason, others live on', () => {
  const world = new World()
  const client = world.connect()
  const other = world.connect()
  client.send('request-1', 'request-2')
  let isGone = false
  world.reply('request-1').onGone(() => {
    isGone = true
  })
  world.reply('request-2').close('malformed Fetch version 4: varint is too long')
  world.clock.runTurns()
  assert.deepEqual(world.closed, [{ kind: 'malformed', message: 'malformed Fetch version 4: varint is too long' }])
  assert.equal(isGone, true)
  assert.equal(client.isClosed, true)
  other.send('request-3')
  assert.equal(other.isClosed, false)
  // A late answer to the dead connection is dropped, and what it lends is released.
  const released: string[] = []
  world.reply('request-1').send(replyFrame(bytes('late')), leaseCounting(released, 'late'))
  assert.deepEqual(released, ['late'])
  world.reply('request-3').none()
  assert.equal(world.budget.heldBytes, 0)
})

test('tells those who wait when the peer goes away, and gives everything back', () => {
  const world = new World()
  const client = world.connect()
  client.send('request-1', 'request-2')
  client.raw(framed('unfinished').slice(0, 7))
  const events: string[] = []
  world.reply('request-1').onGone(() => events.push('gone 1'))
  world.reply('request-2').send(replyFrame(bytes('blocked by the first')), leaseCounting(events, 'lease 2'))
  client.socket.close('reset')
  world.clock.runTurns()
  assert.deepEqual(events.sort(), ['gone 1', 'lease 2'])
  assert.deepEqual(
    world.closed.map(({ kind }) => kind),
    ['failure'],
  )
  assert.equal(world.budget.heldBytes, 0)
  assert.equal(world.clock.pendingTimers, 0)
})

test('closes after the replies it owes, and takes no new request meanwhile', () => {
  const world = new World()
  const client = world.connect()
  client.send('request-1')
  world.connections[0]!.close('the broker shuts down', 'after-replies')
  client.send('request-2')
  assert.equal(client.isClosed, false)
  world.reply('request-1').send(replyFrame(bytes('last')))
  world.clock.runTurns()
  assert.deepEqual(client.replies(), ['last'])
  assert.equal(client.isClosed, true)
  assert.deepEqual(world.closed, [{ kind: 'closed', message: 'the broker shuts down' }])
  assert.deepEqual(world.texts(), ['request-1'])
})

test('a connection that says nothing is closed at its deadline', () => {
  const world = new World({ firstFrameMs: 10_000 })
  world.connect()
  const speaking = world.connect()
  speaking.send('request-1')
  world.reply('request-1').none()
  world.clock.advance(9_999)
  assert.equal(world.closed.length, 0)
  world.clock.advance(1 + graceMs)
  assert.deepEqual(
    world.closed.map(({ kind }) => kind),
    ['slow'],
  )
  world.clock.advance(100_000)
  assert.equal(world.closed.length, 1)
})

test('an idle connection is closed, one that waits for its reply is not', () => {
  const world = new World({ idleMs: 20_000 })
  const idle = world.connect()
  const waiting = world.connect()
  idle.send('request-1')
  waiting.send('join-group')
  world.reply('request-1').send(replyFrame(bytes('reply')))
  world.clock.advance(19_999)
  assert.equal(world.closed.length, 0)
  world.clock.advance(1 + graceMs)
  assert.deepEqual(
    world.closed.map(({ kind }) => kind),
    ['idle'],
  )
  assert.equal(idle.isClosed, true)
  world.clock.advance(300_000)
  assert.equal(waiting.isClosed, false)
  world.reply('join-group').send(replyFrame(bytes('joined')))
  world.clock.advance(19_999)
  assert.equal(waiting.isClosed, false)
  world.clock.advance(1 + graceMs)
  assert.equal(waiting.isClosed, true)
})

test('a thousand connections that announce 100 MiB and drip hold what they sent, and are closed', () => {
  const world = new World()
  const head = new Uint8Array(4)
  new DataView(head.buffer).setInt32(0, 100 << 20)
  const clients = Array.from({ length: 1000 }, () => world.connect())
  for (const client of clients) client.raw(head)
  for (let i = 0; i < 7; i++) {
    for (const client of clients) client.socket.write([Uint8Array.of(i)])
    world.clock.advance(10_000)
    assert.ok(world.budget.heldBytes <= 10_000)
  }
  assert.equal(world.closed.length, 1000)
  assert.ok(world.closed.every(({ kind }) => kind === 'slow'))
  assert.equal(world.budget.heldBytes, 0)
})

test('a large request over a slow line is not taken for a stalled one', () => {
  const world = new World({ firstFrameMs: 600_000 })
  const client = world.connect()
  const request = framed('x'.repeat(1 << 20))
  for (let at = 0; at < request.length; at += 2048) {
    client.raw(request.slice(at, at + 2048))
    world.clock.advance(1000)
  }
  assert.equal(client.isClosed, false)
  assert.equal(world.arrived.length, 1)
})

test('above the common budget connections stop reading until replies have left', () => {
  const world = new World({}, 250_000)
  const clients = Array.from({ length: 10 }, () => world.connect())
  for (const [i, client] of clients.entries()) client.send(`${i}${'x'.repeat(99_999)}`)
  const arrivedFirst = world.arrived.length
  assert.ok(arrivedFirst >= 2 && arrivedFirst < 10, `${arrivedFirst}`)
  assert.ok(world.budget.heldBytes <= 250_000 + 10 * 65_536)
  for (let i = 0; i < world.arrived.length; i++) {
    world.arrived[i]!.reply.send(replyFrame(bytes('ok')))
    world.clock.runTurns()
  }
  assert.equal(world.arrived.length, 10)
  assert.equal(world.budget.heldBytes, 0)
})

test('half requests that fill the budget finish one after the other', () => {
  const world = new World({}, 250_000)
  world.onArrived = ({ reply }) => reply.send(replyFrame(bytes('ok')))
  const clients = Array.from({ length: 8 }, () => world.connect())
  const halves = clients.map((_, i) => framed(`${i}${'x'.repeat(99_999)}`))
  for (const [i, client] of clients.entries()) client.raw(halves[i]!.slice(0, 60_000))
  for (const [i, client] of clients.entries()) client.raw(halves[i]!.slice(60_000))
  assert.equal(world.arrived.length, 8)
  assert.equal(world.closed.length, 0)
  assert.equal(world.budget.heldBytes, 0)
})

test('a half request that blocks the others and stalls is closed', () => {
  const world = new World({}, 100_000)
  world.onArrived = ({ reply }) => reply.send(replyFrame(bytes('ok')))
  const stalled = Array.from({ length: 3 }, () => world.connect())
  for (const client of stalled) client.raw(framed('x'.repeat(200_000)).slice(0, 60_000))
  const good = world.connect()
  good.send('y'.repeat(1000), 'second-request')
  world.clock.advance(20_000)
  assert.deepEqual(good.replies(), ['ok', 'ok'])
  assert.equal(good.isClosed, false)
  assert.ok(world.closed.length >= 2)
  assert.ok(world.closed.every(({ kind }) => kind === 'memory'))
})

/** A reply as it leaves: its size first. */
function replyFrame(...parts: Uint8Array[]): Uint8Array[] {
  const size = new Uint8Array(4)
  new DataView(size.buffer).setInt32(
    0,
    parts.reduce((sum, part) => sum + part.length, 0),
  )
  return [size, ...parts]
}
