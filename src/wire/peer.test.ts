import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Lease, Reader, Writer } from '../bytes/index.ts'
import type { Failure, Socket } from '../env/index.ts'
import { ManualClock, memoryNet } from '../env/memory/index.ts'
import { type AnyApi, ApiVersions, Metadata, RequestHeader, ResponseHeader } from '../protocol/index.ts'
import { Budget, defaultLimits, Peer, type PeerOptions, type ReplySlot, ServerConnection } from './index.ts'

const address = { host: '127.0.0.1', port: 9093 }
const nothing = { topics: null, allowAutoTopicCreation: false }

type Answering = readonly [api: AnyApi, answer: object]

/** Answers a frame from a table of fixed answers; what it does not know closes the connection. */
function answerWith(table: readonly Answering[], frame: Lease, slot: ReplySlot): boolean {
  const { bytes, from, to } = frame.slices[0]!
  const reader = new Reader(bytes, from, to)
  const key = reader.int16()
  const version = reader.int16()
  const row = table.find(([api]) => api.key === key)
  if (row === undefined) {
    slot.close(`nobody here answers API key ${key}`)
    return false
  }
  const [api, answer] = row
  reader.at = from
  const { correlationId } = RequestHeader.decode(reader, api.requestHeaderVersion(version))
  const writer = new Writer()
  const sizeAt = writer.reserveInt32()
  ResponseHeader.encode(writer, { correlationId }, api.responseHeaderVersion(version))
  api.response.encode(writer, answer, version)
  writer.patchInt32(sizeAt, writer.length - 4)
  slot.send(writer.parts(), null)
  return false
}

/** A node that can be up or down; up, it answers ApiVersions and Metadata. */
class World {
  readonly clock = new ManualClock()
  readonly net = memoryNet(this.clock)
  readonly outcomes: string[] = []
  metadataMax = 9
  connects = 0
  #down: () => void = () => {}

  readonly options: PeerOptions = {
    ...{ net: this.net, clock: this.clock, random: { next: () => 0.5 } },
    ...{ address, clientId: 'tester', software: { name: 'millrace', version: '0.0.0' } },
    ...{ connectTimeoutMs: 1000, requestTimeoutMs: 1000, backoffMs: { first: 50, most: 200 }, frameBytesMax: 1 << 20 },
  }
  readonly peer = new Peer(this.options)

  up(): void {
    const connections: ServerConnection[] = []
    const answering: Answering[] = [
      [
        ApiVersions,
        {
          apiKeys: [ApiVersions, Metadata].map((api) => ({
            apiKey: api.key,
            minVersion: 0,
            maxVersion: api === Metadata ? this.metadataMax : api.maxVersion,
          })),
        },
      ],
      [Metadata, { clusterId: 'c', brokers: [], topics: [], controllerId: 1 }],
    ]
    const accept = (socket: Socket): void => {
      this.connects++
      connections.push(
        new ServerConnection({
          ...{ socket, clock: this.clock, budget: new Budget(this.clock, 1 << 20), limits: defaultLimits },
          onFrame: (frame, slot) => answerWith(answering, frame, slot),
          onClosed: () => {},
        }),
      )
    }
    this.net.listen(address, accept, (_, listener) => {
      this.#down = () => {
        listener.close()
        for (const connection of connections) connection.close('down')
      }
    })
    this.clock.runTurns()
  }

  down(): void {
    this.#down()
    this.clock.runTurns()
  }

  ask(o: { floor?: number; from?: Peer } = {}): void {
    const { from = this.peer, ...more } = o
    const done = (failure: Failure | null, got: { version: number; answer: { clusterId: string | null } }): void => {
      this.outcomes.push(failure === null ? `v${got.version} ${got.answer.clusterId}` : failure.code)
    }
    from.ask(Metadata, () => nothing, done, { cap: 8, ...more })
  }

  settle(): string[] {
    this.clock.runTurns()
    return this.outcomes.splice(0)
  }
}

test('one connection is made for all that ask, and used again', () => {
  const world = new World()
  world.up()
  world.ask()
  world.ask()
  assert.deepEqual(world.settle(), ['v8 c', 'v8 c'])
  world.ask()
  assert.deepEqual(world.settle(), ['v8 c'])
  assert.equal(world.connects, 1)
})

test('a node that is down is left alone between attempts, which come less and less often', () => {
  const world = new World()
  world.ask()
  assert.deepEqual(world.settle(), ['ECONNREFUSED'])
  world.up()
  world.ask()
  assert.deepEqual(world.settle(), ['ECONNREFUSED'], 'the reason of the last attempt, at once')
  assert.equal(world.connects, 0)
  world.clock.advance(50)
  world.ask()
  assert.deepEqual(world.settle(), ['v8 c'])
})

test('a connection that ended is made again by the next who asks', () => {
  const world = new World()
  world.up()
  world.ask()
  world.settle()
  world.down()
  world.up()
  world.ask()
  assert.deepEqual(world.settle(), ['v8 c'])
  assert.equal(world.connects, 2)
})

test('no version in common fails that request alone', () => {
  const world = new World()
  world.metadataMax = -1
  world.up()
  world.ask()
  assert.deepEqual(world.settle(), ['EVERSION'])
})

test('a closed peer fails who waits and who comes', () => {
  const world = new World()
  world.up()
  world.ask()
  world.peer.close('the node shuts down')
  world.ask()
  assert.deepEqual(world.settle(), ['ECANCELED', 'ECANCELED'])
})

test('a version below the least that serves is none', () => {
  const world = new World()
  world.up()
  world.ask({ floor: 8 })
  assert.deepEqual(world.settle(), ['v8 c'])
  world.ask({ floor: 9 })
  assert.deepEqual(world.settle(), ['EVERSION'])
})

test('after an answer without sense another connection is made', () => {
  const world = new World()
  world.up()
  world.ask()
  world.settle()
  world.peer.distrust('what it says makes no sense')
  world.ask()
  assert.deepEqual(world.settle(), ['v8 c'])
  assert.equal(world.connects, 2)
})

test('without a wait between attempts each asker makes one, and hears how a connection ended', () => {
  const world = new World()
  const lost: string[] = []
  const backoffMs = { first: 0, most: 0 }
  const peer = new Peer({ ...world.options, backoffMs, onLost: ({ code }) => lost.push(code) })
  world.ask({ from: peer })
  assert.deepEqual(world.settle(), ['ECONNREFUSED'])
  world.up()
  world.ask({ from: peer })
  assert.deepEqual(world.settle(), ['v8 c'])
  world.down()
  assert.equal(lost.length, 1)
})
