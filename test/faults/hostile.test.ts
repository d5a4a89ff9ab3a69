/** Strangers who take memory, sockets and time: nobody else notices, the memory comes back, the log stays readable. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { crc32c, Reader, Writer } from '../../src/bytes/index.ts'
import {
  type AnyApi,
  ConsumerGroupHeartbeat,
  errors,
  Fetch,
  FindCoordinator,
  InitProducerId,
  JoinGroup,
  Metadata,
  Produce,
  RequestHeader,
  ResponseHeader,
} from '../../src/protocol/index.ts'
import { BatchBuilder, stampCrc } from '../../src/records/index.ts'
import { type BrokerProcess, Site } from './broker-process.ts'
import { Canary } from './canary.ts'
import { FrameStream } from './frame-stream.ts'
import { makeTopic } from './records.ts'

const MIB = 1024 * 1024
const BACK_WITHIN_BYTES = 64 * MIB

interface Attacked {
  readonly site: Site
  readonly broker: BrokerProcess
  /** A connected socket that nobody listens to. */
  stranger(): Promise<Socket>
  ask<A extends AnyApi>(api: A, version: number, body: object): Promise<ReturnType<A['response']['decode']>>
}

/**
 * Runs an attack on a broker of its own while somebody else works. After it the broker has told of it in few lines, and
 * what it took is given back.
 */
async function underAttack(attack: (on: Attacked) => Promise<void>, linesMax = 60): Promise<void> {
  using site = await Site.make()
  await using broker = await site.start()
  const sockets: Socket[] = []
  const stranger = async (): Promise<Socket> => {
    const socket = connect(site.port, '127.0.0.1')
    socket.on('error', () => undefined)
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }
  const ask: Attacked['ask'] = async (api, version, body) => {
    const socket = await stranger()
    const wire = new FrameStream(socket)
    wire.send(frameOf(api, version, body))
    const frame = await wire.next(60_000)
    socket.destroy()
    assert.ok(frame instanceof Uint8Array, `${api.name}: ${frame}`)
    const reader = new Reader(frame)
    ResponseHeader.decode(reader, version >= api.flexibleFrom ? 1 : 0)
    return api.response.decode(reader, version) as never
  }
  {
    await using canary = await Canary.start(site.bootstrap)
    const before = broker.residentBytes
    await attack({ site, broker, stranger, ask })
    const { rounds } = canary
    while (canary.rounds < rounds + 5 && canary.problems.length === 0) await sleep(20)
    assert.deepEqual(canary.problems, [])
    for (const socket of sockets) socket.destroy()
    const deadlineMs = performance.now() + 90_000
    while (broker.residentBytes > before + BACK_WITHIN_BYTES && performance.now() < deadlineMs) await sleep(200)
    const kept = broker.residentBytes - before
    assert.ok(kept <= BACK_WITHIN_BYTES, `${(kept / MIB).toFixed(0)} MiB stay taken`)
  }
  assert.ok(broker.lines.length < linesMax, broker.lines.slice(-20).join('\n'))
  assert.doesNotMatch(broker.said, / ERROR /)
  assert.deepEqual(await broker.stop(), { code: 0, signal: null })
}

function frameOf(api: AnyApi, version: number, body: object, correlationId = 7): Uint8Array {
  const w = new Writer()
  const headerVersion = version >= api.flexibleFrom ? 2 : 1
  RequestHeader.encode(
    w,
    { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId: 'stranger' },
    headerVersion,
  )
  api.request.encode(w, body as never, version)
  return w.toBytes()
}

function sized(frame: Uint8Array, size = frame.length): Buffer {
  const all = Buffer.alloc(4 + frame.length)
  all.writeInt32BE(size)
  all.set(frame, 4)
  return all
}

test('thirty connections that announce 100 MiB and send little, and thirty that send most of it', () =>
  underAttack(async ({ stranger, broker }) => {
    const before = broker.residentBytes
    for (let i = 0; i < 30; i++) (await stranger()).write(sized(new Uint8Array(10), 100 * MIB))
    await sleep(1000)
    assert.ok(broker.residentBytes - before < 32 * MIB, 'what was announced is not taken')
    const chunk = Buffer.alloc(MIB)
    for (let i = 0; i < 30; i++) {
      const socket = await stranger()
      socket.write(sized(new Uint8Array(0), 100 * MIB))
      for (let sent = 0; sent < 60; sent++) socket.write(chunk)
    }
    const deadlineMs = performance.now() + 10_000
    let most = 0
    while (performance.now() < deadlineMs) {
      most = Math.max(most, broker.residentBytes - before)
      await sleep(50)
    }
    assert.ok(most < 700 * MIB, `${most / MIB} MiB`)
  }))

test('somebody who asks and never reads the answers, and a hundred thousand requests at once', () =>
  underAttack(async ({ stranger, broker, site }) => {
    const before = broker.residentBytes
    const one = sized(frameOf(Metadata, 12, { topics: null }))
    const many = Buffer.concat(Array.from({ length: 1000 }, () => one))
    for (let i = 0; i < 10; i++) {
      const socket = await stranger()
      socket.pause()
      for (let n = 0; n < 100; n++) socket.write(many)
    }
    await sleep(5000)
    assert.ok(broker.residentBytes - before < 128 * MIB, `${(broker.residentBytes - before) / MIB} MiB`)
    await makeTopic(site, 'full')
    const batch = batchOf(new Uint8Array(900_000))
    const producing = await stranger()
    const wire = new FrameStream(producing)
    for (let i = 0; i < 30; i++) {
      const topicData = [{ name: 'full', partitionData: [{ index: 0, records: batch.slice() }] }]
      wire.send(frameOf(Produce, 12, { acks: -1, timeoutMs: 5000, topicData }, i))
      assert.ok((await wire.next(30_000)) instanceof Uint8Array)
    }
    for (let i = 0; i < 50; i++) {
      const socket = await stranger()
      socket.pause()
      const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 2 ** 31 - 1 }]
      const fetch = {
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes: 2 ** 31 - 1,
        sessionEpoch: -1,
        topics: [{ topic: 'full', partitions }],
      }
      for (let n = 0; n < 20; n++) socket.write(sized(frameOf(Fetch, 12, fetch)))
    }
    await sleep(5000)
    const taken = broker.residentBytes - before
    assert.ok(taken < 1600 * MIB, `${taken / MIB} MiB`)
  }))

test('a hundred thousand requests on one connection are answered in order', () =>
  underAttack(async ({ stranger }) => {
    const socket = await stranger()
    const count = 100_000
    let expected = 0
    let rest: Buffer = Buffer.alloc(0)
    const over = Promise.withResolvers<void>()
    socket.on('close', () => over.resolve())
    socket.on('data', (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = 0
      while (rest.length - at >= 8) {
        const size = rest.readInt32BE(at)
        if (rest.length - at < 4 + size) break
        if (rest.readInt32BE(at + 4) !== expected)
          over.reject(new Error(`answer ${rest.readInt32BE(at + 4)}, not ${expected}`))
        expected++
        at += 4 + size
      }
      rest = rest.subarray(at)
      if (expected === count) over.resolve()
    })
    const body = frameOf(Metadata, 12, { topics: [] })
    const frames: Buffer[] = []
    for (let i = 0; i < count; i++) {
      const frame = sized(body)
      frame.writeInt32BE(i, 8)
      frames.push(frame)
    }
    socket.write(Buffer.concat(frames))
    await over.promise
    assert.equal(expected, count)
  }))

test('five thousand connections, idle, half closed, or dropped at once', () =>
  underAttack(async ({ stranger }) => {
    for (let i = 0; i < 5000; i += 50) {
      const some = await Promise.all(Array.from({ length: 50 }, stranger))
      if (i % 150 === 0) for (const socket of some) socket.end(sized(new Uint8Array(5), 1000))
      if (i % 150 === 50) for (const socket of some) socket.resetAndDestroy()
    }
  }, 5200))

function batchOf(value: Uint8Array): Uint8Array {
  const builder = new BatchBuilder({})
  builder.append(1_700_000_000_000, new Uint8Array([107]), value)
  return builder.build(crc32c)
}

/** A batch whose records unpack to `plain`. */
function packed(codec: number, compressed: Uint8Array, count = 1): Uint8Array {
  const header = batchOf(new Uint8Array(1)).slice(0, 61)
  const batch = Buffer.concat([header, compressed])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt16BE(codec, 21)
  batch.writeInt32BE(count - 1, 23)
  batch.writeInt32BE(count, 57)
  stampCrc(batch, 0, batch.length, crc32c)
  return batch
}

test('bombs in every codec, for a topic whose batches are opened', () =>
  underAttack(async ({ site, ask, broker }) => {
    await makeTopic(site, 'opened', { configs: { 'cleanup.policy': 'compact' } })
    const zeros = new Uint8Array(900 * MIB)
    const gzip = gzipSync(zeros)
    const zstd = zstdCompressSync(zeros)
    const snappy = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0, 0])
    const lz4 = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x70, 0xdf, 0xff, 0xff, 0xff, 0x7f])
    const before = broker.residentBytes
    for (const [codec, bytes] of [
      [1, gzip],
      [4, zstd],
      [2, snappy],
      [3, lz4],
      [1, gzipSync(gzip)],
    ] as const) {
      const asks = Array.from({ length: 6 }, async () => {
        const topicData = [{ name: 'opened', partitionData: [{ index: 0, records: packed(codec, bytes) }] }]
        const answer = await ask(Produce, 12, { acks: -1, timeoutMs: 30_000, topicData })
        const { errorCode } = answer.responses[0]!.partitionResponses[0]!
        assert.ok(
          [errors.CORRUPT_MESSAGE, errors.INVALID_RECORD, errors.MESSAGE_TOO_LARGE].includes(errorCode as never),
          `codec ${codec}: ${errorCode}`,
        )
      })
      await Promise.all(asks)
      assert.ok(broker.residentBytes - before < 512 * MIB)
    }
  }))

test('unknown names by the hundred thousand, again and again', () =>
  underAttack(async ({ ask }) => {
    for (const count of [100_000, 100_000, 100_000]) {
      const topics = Array.from({ length: count }, (_, i) => ({ name: `unknown-${i}` }))
      const answer = await ask(Metadata, 12, { topics, allowAutoTopicCreation: false })
      assert.equal(answer.topics.length, count)
    }
  }))

test('producer ids and fetch sessions by the ten thousand, groups and members by the thousand', () =>
  underAttack(async ({ stranger, ask, site }) => {
    await makeTopic(site, 'wide', { partitions: 10 })
    // The first question makes the offsets topic.
    await ask(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['first'] })
    while ((await ask(ConsumerGroupHeartbeat, 1, heartbeat('first', 'm'))).errorCode !== 0) await sleep(50)
    const socket = await stranger()
    const wire = new FrameStream(socket)
    const each = async (count: number, frame: (i: number) => Uint8Array): Promise<void> => {
      for (let i = 0; i < count; i += 100) {
        for (let n = 0; n < 100; n++) wire.send(frame(i + n))
        for (let n = 0; n < 100; n++) assert.ok((await wire.next(60_000)) instanceof Uint8Array)
      }
    }
    await each(10_000, (i) =>
      frameOf(
        InitProducerId,
        4,
        { transactionalId: null, transactionTimeoutMs: -1, producerId: -1, producerEpoch: -1 },
        i,
      ),
    )
    await each(2000, (i) => frameOf(ConsumerGroupHeartbeat, 1, heartbeat(`group-${i}`, `member-${i}`), i))
    await each(1000, (i) => frameOf(ConsumerGroupHeartbeat, 1, heartbeat('crowd', `member-${i}`), i))
    await each(10_000, (i) =>
      frameOf(
        Fetch,
        12,
        {
          ...{ maxWaitMs: 0, minBytes: 0, maxBytes: 1000, sessionId: 0, sessionEpoch: 0 },
          topics: [
            {
              topic: 'wide',
              partitions: Array.from({ length: 10 }, (_, partition) => ({
                partition,
                fetchOffset: 0,
                partitionMaxBytes: 100,
              })),
            },
          ],
        },
        i,
      ),
    )
    await each(1000, (i) =>
      frameOf(
        JoinGroup,
        9,
        {
          ...{
            groupId: `classic-${i}`,
            sessionTimeoutMs: 6000,
            rebalanceTimeoutMs: 6000,
            memberId: '',
            protocolType: 'consumer',
          },
          protocols: [{ name: 'range', metadata: new Uint8Array(1000) }],
        },
        i,
      ),
    )
    // Each change of a group is told, as Apache Kafka tells it.
  }, 8000))

function heartbeat(groupId: string, memberId: string): object {
  return {
    groupId,
    memberId,
    memberEpoch: 0,
    rebalanceTimeoutMs: 1000,
    subscribedTopicNames: ['wide'],
    topicPartitions: [],
  }
}
