/**
 * What an unauthenticated stranger can send to a broker, and what he gets: the answer written down for it, or the end of
 * his connection with one line in the log that holds nothing of what he sent. What needs much memory or many sockets is
 * in test/faults/hostile.test.ts.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Reader, Writer } from '../../src/bytes/index.ts'
import {
  AlterReplicaLogDirs,
  ApiVersions,
  apis,
  CreateTopics,
  DeleteTopics,
  errorName,
  errors,
  IncrementalAlterConfigs,
  JoinGroup,
  Metadata,
  RequestHeader,
  ResponseHeader,
} from '../../src/protocol/index.ts'
import { type Broker, batchOf } from './harness.ts'
import { frameOf, LIMIT_MS, sized, Watched } from './stranger.ts'

let watched: Watched
let broker: Broker
before(async () => {
  watched = await Watched.start()
  broker = watched.broker
})
after(() => watched[Symbol.asyncDispose]())

describe('bytes that are no request', () => {
  it('sizes that no request has end the connection at once', async () => {
    const body = new Uint8Array(20)
    for (const size of [-1, -(2 ** 31), 0, 3, 7, 104_857_601, 2 ** 31 - 1]) {
      await watched.assertClosed(sized(body, size), new RegExp(`a frame of ${size} bytes was announced`))
    }
  })

  it('other protocols are named to the operator', async () => {
    const secret = 'Authorization: Basic c2VjcmV0'
    await watched.assertClosed(`GET / HTTP/1.1\r\n${secret}\r\n\r\n`, /HTTP/, 'c2VjcmV0')
    await watched.assertClosed('SSH-2.0-OpenSSH_9.6\r\n', /SSH/)
    const clientHello = Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...new Uint8Array(32))
    await watched.assertClosed(clientHello, /TLS handshake/)
  })

  it('a key or version that is not served ends the connection; ApiVersions is answered in version 0', async () => {
    const request = (key: number, version: number) => {
      const w = new Writer()
      for (const part of [key, version]) w.int16(part)
      w.int32(7)
      w.int16(-1)
      return sized(w.toBytes())
    }
    await watched.assertClosed(request(9999, 0), /API key 9999 is not served/)
    await watched.assertClosed(request(-1, 0), /API key 65535 is not served|API key -1 is not served/)
    await watched.assertClosed(request(Metadata.key, 99), /Metadata version 99 is not supported \(0 to 13 are\)/)
    await watched.assertClosed(request(Metadata.key, -1), /Metadata version/)
    using from = await watched.stranger()
    from.raw(request(ApiVersions.key, 99))
    const frame = await from.wire.next(LIMIT_MS)
    assert.ok(frame instanceof Uint8Array)
    const reader = new Reader(frame)
    assert.equal(ResponseHeader.decode(reader, 0).correlationId, 7)
    const answer = ApiVersions.response.decode(reader, 0)
    assert.equal(answer.errorCode, errors.UNSUPPORTED_VERSION)
    assert.deepEqual(
      answer.apiKeys.map((k) => k.apiKey),
      [ApiVersions.key],
    )
  })

  it("other nodes' requests are not served to clients", async () => {
    for (const key of [4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 82, 83]) {
      const api = apis.get(key)
      const version = api?.maxVersion ?? 0
      await watched.assertClosed(
        sized(Uint8Array.of(0, key, 0, version, 0, 0, 0, 7, 255, 255)),
        /is not served on this listener/,
      )
    }
  })

  it('a request that is cut anywhere ends its connection, in every version of every API', async () => {
    const { apiKeys } = await broker.ask(ApiVersions, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })
    let cuts = 0
    for (const { apiKey } of apiKeys) {
      const api = apis.get(apiKey)!
      for (const version of new Set([api.minVersion, api.flexibleFrom, api.maxVersion])) {
        if (!(version >= api.minVersion && version <= api.maxVersion)) continue
        const whole = frameOf(api, version, {})
        for (let to = 8; to < whole.length; to += whole.length > 60 ? 7 : 3) {
          using from = await watched.stranger()
          from.raw(sized(whole.slice(0, to)))
          assert.equal(await from.wire.next(LIMIT_MS), 'closed', `${api.name} ${version} cut at ${to}`)
          assert.match((await watched.linesAbout(from))[0]!, /malformed/)
          cuts++
        }
      }
    }
    assert.ok(cuts > 300)
    await watched.assertWell()
  })

  it('counts and lengths that cannot be true end the connection before anything is made for them', async () => {
    const before = process.memoryUsage().arrayBuffers
    const w = new Writer()
    RequestHeader.encode(w, { requestApiKey: 3, requestApiVersion: 1, correlationId: 7, clientId: 'x' }, 1)
    const head = w.toBytes()
    const lies = [
      [0x7f, 0xff, 0xff, 0xff],
      [0xff, 0xff, 0xff, 0xfe],
      [0x80, 0, 0, 0],
      [0, 0, 0, 1, 0x7f, 0xff],
      [0, 0, 0, 1, 0xff, 0xfe],
    ]
    for (const lie of lies)
      await watched.assertClosed(sized(Buffer.concat([head, Uint8Array.from(lie)])), /malformed Metadata version 1/)
    assert.ok(process.memoryUsage().arrayBuffers - before < 16 << 20)
  })

  it('a million unknown tagged fields are skipped, in time that grows with their number only', async () => {
    const plain = frameOf(Metadata, 12, { topics: [] })
    const count = 1_000_000
    const tags = new Uint8Array(count * 2)
    for (let i = 0; i < tags.length; i += 2) tags[i] = 100
    const w = new Writer()
    w.uvarint(count)
    using from = await watched.stranger()
    from.raw(sized(Buffer.concat([plain.subarray(0, -1), w.toBytes(), tags])))
    assert.ok((await from.wire.next(LIMIT_MS)) instanceof Uint8Array)
  })
})

describe('names', () => {
  const bad = [
    '',
    '.',
    '..',
    '../../etc/passwd',
    'a/b',
    'a\\b',
    'new\nline',
    'nul\0',
    '\ud800',
    'ünï',
    'x'.repeat(250),
    'a b',
    '%2e%2e',
  ]

  it('that no topic may have make none, by any way, and no directory', async () => {
    const created = await broker.ask(CreateTopics, {
      topics: bad.map((name) => ({ name, numPartitions: 1, replicationFactor: 1 })),
      timeoutMs: 5000,
    })
    for (const { name, errorCode } of created.topics) {
      assert.equal(errorName(errorCode), 'INVALID_TOPIC_EXCEPTION', JSON.stringify(name))
    }
    const described = await broker.ask(Metadata, {
      topics: bad.map((name) => ({ name })),
      allowAutoTopicCreation: true,
    })
    for (const { name, errorCode } of described.topics) {
      assert.ok(
        [errors.INVALID_TOPIC_EXCEPTION, errors.UNKNOWN_TOPIC_OR_PARTITION].includes(errorCode as never),
        JSON.stringify(name),
      )
    }
    const all = await broker.ask(Metadata, { topics: null })
    assert.deepEqual(
      all.topics.map((topic) => topic.name).filter((name) => bad.includes(name!)),
      [],
    )
  })

  it('that differ in dots and underscores only collide', async () => {
    const make = async (name: string) => {
      const answer = await broker.ask(CreateTopics, {
        topics: [{ name, numPartitions: 1, replicationFactor: 1 }],
        timeoutMs: 5000,
      })
      return errorName(answer.topics[0]!.errorCode)
    }
    assert.equal(await make('a.b'), 'NONE')
    assert.equal(await make('a_b'), 'INVALID_TOPIC_EXCEPTION')
  })

  it("of the controller's own log reach nobody's hands", async () => {
    const name = '__cluster_metadata'
    const created = await broker.ask(CreateTopics, {
      topics: [{ name, numPartitions: 1, replicationFactor: 1 }],
      timeoutMs: 5000,
    })
    assert.notEqual(created.topics[0]!.errorCode, errors.NONE)
    const deleted = await broker.ask(DeleteTopics, { topics: [{ name }], timeoutMs: 5000 })
    assert.notEqual(deleted.responses[0]!.errorCode, errors.NONE)
    const answer = await watched.produce(batchOf([{ value: 'x' }]), name)
    assert.notEqual(answer.errorCode, errors.NONE)
    await watched.assertWell()
  })

  it('of clients appear escaped in the log, however long and whatever is in them', async () => {
    const forged = `x\n[2026-01-01 00:00:00,000] INFO Kafka Server started (kafka.Kafka)\r\u001b[2J`
    for (const clientId of [forged, '\u2028', 'x'.repeat(32_000), '\ud800', '\0']) {
      using from = await watched.stranger()
      from.wire.send(frameOf(Metadata, 12, { topics: [] }, clientId))
      assert.ok((await from.wire.next(LIMIT_MS)) instanceof Uint8Array)
      const join = {
        groupId: forged,
        sessionTimeoutMs: 10_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: [{ name: forged, metadata: new Uint8Array(0) }],
      }
      from.wire.send(frameOf(JoinGroup, 9, join, clientId))
      assert.ok((await from.wire.next(LIMIT_MS)) instanceof Uint8Array)
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    for (const line of watched.lines) assert.doesNotMatch(line, /[\u0000-\u001f\u2028]/)
    assert.ok(
      watched.lines.every((line) => line.length < 4000),
      'and no line is longer than a screen',
    )
  })

  it('of directories and configurations are looked up, never opened', async () => {
    const moved = await broker.ask(AlterReplicaLogDirs, {
      dirs: ['/etc', '..', '/millrace/../etc', ''].map((path) => ({ path, topics: [{ name: 't', partitions: [0] }] })),
    })
    for (const { partitions } of moved.results) assert.notEqual(partitions[0]!.errorCode, errors.NONE)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference as an attacker writes it
    const reference = '${file:/etc/passwd:root}'
    const alter = (resourceType: number, resourceName: string, name: string, value: string) =>
      broker.ask(IncrementalAlterConfigs, {
        resources: [{ resourceType, resourceName, configs: [{ name, configOperation: 0, value }] }],
        validateOnly: false,
      })
    for (const [type, resource, name] of [
      [2, 't', 'retention.ms'],
      [4, '1', 'log.dirs'],
      [4, '1', 'listeners'],
      [4, '1', 'process.roles'],
      [4, '', 'advertised.listeners'],
    ] as const) {
      const answer = await alter(type, resource, name, reference)
      assert.notEqual(answer.responses[0]!.errorCode, errors.NONE, name)
    }
  })
})

it('after all of it the broker serves, and no handler has failed', () => watched.assertWell())
