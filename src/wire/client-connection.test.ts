import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, Writer } from '../bytes/index.ts'
import type { Failure, Socket } from '../env/index.ts'
import { ManualClock, memoryNet } from '../env/memory/index.ts'
import {
  type AnyApi,
  ApiVersions,
  errors,
  FindCoordinator,
  Metadata,
  RequestHeader,
  ResponseHeader,
} from '../protocol/index.ts'
import { type ClientConnection, type ClientConnectionOptions, connectClient, FrameReader } from './index.ts'

interface Asked {
  readonly key: number
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
}

/** A broker that notes requests and lets the test answer; ApiVersions it answers itself. */
class World {
  readonly clock = new ManualClock()
  readonly net = memoryNet(this.clock)
  readonly asked: Asked[] = []
  readonly ended: Failure[] = []
  broker: Socket | null = null
  /** The newest ApiVersions version that the broker knows. */
  apiVersionsMax = ApiVersions.maxVersion

  constructor() {
    const accept = (socket: Socket): void => {
      this.broker = socket
      const frames = new FrameReader(1 << 20, 8)
      socket.onBytes = (chunk) => {
        frames.push(chunk)
        for (let frame = frames.next(); frame !== null && typeof frame !== 'string'; frame = frames.next()) {
          const reader = new Reader(frame.bytes, frame.from, frame.to)
          const key = reader.int16()
          const version = reader.int16()
          reader.at = frame.from
          const { correlationId, clientId } = RequestHeader.decode(reader, key === ApiVersions.key ? 2 : 1)
          this.asked.push({ key, version, correlationId, clientId })
          if (key === ApiVersions.key) this.#answerApiVersions(correlationId, version)
        }
      }
    }
    this.net.listen({ host: '127.0.0.1', port: 9092 }, accept, () => {})
    this.clock.runTurns()
  }

  #answerApiVersions(correlationId: number, version: number): void {
    const range = (api: AnyApi, min: number, max: number) => ({ apiKey: api.key, minVersion: min, maxVersion: max })
    if (version > this.apiVersionsMax) {
      const apiKeys = [range(ApiVersions, 0, this.apiVersionsMax)]
      return this.answer(ApiVersions, 0, correlationId, { errorCode: errors.UNSUPPORTED_VERSION, apiKeys })
    }
    const apiKeys = [range(ApiVersions, 0, this.apiVersionsMax), range(Metadata, 0, 9), range(FindCoordinator, 90, 99)]
    this.answer(ApiVersions, version, correlationId, { errorCode: 0, apiKeys })
  }

  answer(api: AnyApi, version: number, correlationId: number, body: object): void {
    const writer = new Writer()
    const sizeAt = writer.reserveInt32()
    ResponseHeader.encode(writer, { correlationId }, api.responseHeaderVersion(version))
    api.response.encode(writer, body, version)
    writer.patchInt32(sizeAt, writer.length - 4)
    this.broker!.write(writer.parts())
  }

  connect(options: Partial<ClientConnectionOptions> = {}): {
    connection: ClientConnection | null
    failure: Failure | null
  } {
    const got: { connection: ClientConnection | null; failure: Failure | null } = { connection: null, failure: null }
    connectClient(
      {
        net: this.net,
        clock: this.clock,
        address: { host: '127.0.0.1', port: 9092 },
        clientId: 'tester',
        software: { name: 'millrace', version: '0.0.0' },
        connectTimeoutMs: 1000,
        requestTimeoutMs: 1000,
        frameBytesMax: 1 << 20,
        onClosed: (failure) => this.ended.push(failure),
        ...options,
      },
      (failure, connection) => {
        got.failure = failure
        got.connection = failure === null ? connection : null
      },
    )
    this.clock.runTurns()
    return got
  }
}

const topics = { topics: null, allowAutoTopicCreation: false }
const cluster = (clusterId: string) => ({ clusterId, brokers: [], topics: [], controllerId: 1 })

test('negotiates versions and sends requests of the highest that both speak', () => {
  const world = new World()
  const { connection } = world.connect()
  assert.equal(connection!.versions.pick(Metadata), 9)
  assert.equal(connection!.versions.pick(Metadata, 5), 5)
  assert.equal(connection!.versions.pick(FindCoordinator), null, 'no version in common')
  assert.deepEqual(world.asked, [{ key: 18, version: ApiVersions.maxVersion, correlationId: 0, clientId: 'tester' }])
})

test('asks again in the version that an older broker names', () => {
  const world = new World()
  world.apiVersionsMax = 3
  assert.equal(world.connect().connection!.versions.pick(Metadata), 9)
  assert.deepEqual(
    world.asked.map(({ version }) => version),
    [ApiVersions.maxVersion, 3],
  )
})

test('pipelines, and finds the request of each answer', () => {
  const world = new World()
  const { connection } = world.connect()
  const got: string[] = []
  for (const name of ['first', 'second']) {
    connection!.send(Metadata, 4, topics, 1000, (failure, answer) => {
      assert.equal(failure, null)
      got.push(`${name} ${answer.clusterId}`)
    })
  }
  world.clock.runTurns()
  const [, first, second] = world.asked
  assert.equal(connection!.inFlight, 2)
  world.answer(Metadata, 4, second!.correlationId, cluster('b'))
  world.answer(Metadata, 4, first!.correlationId, cluster('a'))
  world.clock.runTurns()
  assert.deepEqual(got, ['second b', 'first a'])
  assert.equal(connection!.inFlight, 0)
})

test('a request that is not answered in time ends the connection, and all that wait fail once', () => {
  const world = new World()
  const { connection } = world.connect()
  const failures: (string | undefined)[] = []
  connection!.send(Metadata, 4, topics, 5000, (failure) => failures.push(failure?.code))
  connection!.send(Metadata, 4, topics, 1000, (failure) => failures.push(failure?.code))
  world.clock.advance(999)
  assert.equal(failures.length, 0)
  world.clock.advance(1)
  assert.deepEqual([...failures], ['ETIMEDOUT', 'ETIMEDOUT'])
  assert.deepEqual(
    world.ended.map(({ code }) => code),
    ['ETIMEDOUT'],
  )
  assert.equal(connection!.isOpen, false)
  connection!.send(Metadata, 4, topics, 1000, (failure) => failures.push(failure?.code))
  assert.equal(failures.length, 2, 'never inline')
  world.clock.advance(10_000)
  assert.deepEqual(failures, ['ETIMEDOUT', 'ETIMEDOUT', 'ETIMEDOUT'])
  assert.equal(world.clock.pendingTimers, 0)
})

test('the peer going away fails all in flight', () => {
  const world = new World()
  const { connection } = world.connect()
  const failures: (string | undefined)[] = []
  connection!.send(Metadata, 4, topics, 5000, (failure) => failures.push(failure?.code))
  world.clock.runTurns()
  world.broker!.close('flush')
  world.clock.runTurns()
  assert.deepEqual(failures, ['ECONNRESET'])
  assert.deepEqual(
    world.ended.map(({ code, retry }) => [code, retry]),
    [['ECONNRESET', 'later']],
  )
})

test('closing cancels what waits, in a later turn', () => {
  const world = new World()
  const { connection } = world.connect()
  const failures: (string | undefined)[] = []
  connection!.send(Metadata, 4, topics, 5000, (failure) => failures.push(failure?.code))
  connection!.close('not needed any more')
  connection!.close('twice')
  assert.deepEqual(failures, [])
  world.clock.runTurns()
  assert.deepEqual(failures, ['ECANCELED'])
  assert.equal(connection!.sendUnanswered(Metadata, 4, topics), false)
})

test('does not believe answers that are none', () => {
  const cases: readonly [string, (world: World) => void, RegExp][] = [
    ['unknown correlation id', (world) => world.answer(Metadata, 4, 999, cluster('x')), /999, which nobody sent/],
    ['a huge frame', (world) => world.broker!.write([Uint8Array.of(0x7f, 0, 0, 0)]), /more than the 1048576 allowed/],
    ['another protocol', (world) => world.broker!.write([new TextEncoder().encode('HTTP/1.1 400')]), /more than|HTTP/],
    [
      'a body cut off',
      (world) => world.broker!.write([Uint8Array.of(0, 0, 0, 6, 0, 0, 0, 1, 0, 0)]),
      /Metadata version 4/,
    ],
  ]
  for (const [what, act, message] of cases) {
    const world = new World()
    const { connection } = world.connect()
    const failures: (Failure | null)[] = []
    connection!.send(Metadata, 4, topics, 5000, (failure) => failures.push(failure))
    world.clock.runTurns()
    act(world)
    world.clock.runTurns()
    assert.deepEqual(
      failures.map((failure) => failure?.code),
      ['EPROTO'],
      what,
    )
    assert.match(failures[0]!.message, message, what)
  }
})

test('a refused connection is a failure to connect', () => {
  const world = new World()
  const { failure } = world.connect({ address: { host: '127.0.0.1', port: 1 } })
  assert.equal(failure?.code, 'ECONNREFUSED')
})

test('a broker that never answers the negotiation is a failure to connect', () => {
  const world = new World()
  world.net.listen(
    { host: '127.0.0.1', port: 9093 },
    () => {},
    () => {},
  )
  world.clock.runTurns()
  let got: Failure | null = null
  connectClient(
    {
      net: world.net,
      clock: world.clock,
      address: { host: '127.0.0.1', port: 9093 },
      clientId: 'tester',
      software: { name: 'millrace', version: '0.0.0' },
      connectTimeoutMs: 1000,
      requestTimeoutMs: 1000,
      frameBytesMax: 1 << 20,
      onClosed: () => assert.fail('it was never handed out'),
    },
    (failure) => {
      got = failure
    },
  )
  world.clock.advance(1000)
  assert.equal((got as Failure | null)?.code, 'ETIMEDOUT')
})

test('authenticates between negotiation and first use, and fails as a whole when that fails', () => {
  const world = new World()
  const order: string[] = []
  const good = world.connect({
    handshake: (connection, done) => {
      order.push(`handshake with Metadata ${connection.versions.pick(Metadata)}`)
      world.clock.atTurnEnd(() => done(null, 0))
    },
  })
  assert.deepEqual(order, ['handshake with Metadata 9'])
  assert.equal(good.connection!.isOpen, true)
  const refused: Failure = { code: 'SASL_AUTHENTICATION_FAILED', message: 'wrong password', retry: 'never' }
  const bad = world.connect({ handshake: (_, done) => world.clock.atTurnEnd(() => done(refused, 0)) })
  assert.equal(bad.failure, refused)
  assert.deepEqual(world.ended, [])
})
