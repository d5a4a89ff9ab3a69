import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import { isPieces } from '../runtime/index.ts'
import { Bench, bootstrap, directory } from './fakes.ts'
import { controllerCodec } from './shard.ts'

test('moves leaderships at once when a broker is known to be gone, before its session runs out', () => {
  const bench = new Bench().start(1, 2, 3)
  bench.createTopic('t', { assignments: [[1, 2, 3]], configs: { 'min.insync.replicas': '2' } })
  assert.deepEqual(bench.tell({ kind: 'brokerRefused', brokerId: 1, brokerEpoch: bench.epoch(1) - 1 }), [])
  const records = bench.tell({ kind: 'brokerRefused', brokerId: 1, brokerEpoch: bench.epoch(1) })
  assert.deepEqual(
    records.map((r) => r.type),
    ['PartitionChangeRecord', 'BrokerRegistrationChangeRecord'],
  )
  const { leader, isr, leaderEpoch } = bench.partition('t')
  assert.deepEqual([leader, isr, leaderEpoch], [2, [2, 3], 1])
  assert.equal(bench.register(1, { incarnation: 2 }).response.errorCode, errors.NONE)
})

test('waits for the session where millrace.fence.on.refused is off', () => {
  const bench = new Bench({ config: { 'millrace.fence.on.refused': 'false' } }).start(1, 2)
  assert.deepEqual(bench.tell({ kind: 'brokerRefused', brokerId: 1, brokerEpoch: bench.epoch(1) }), [])
})

test('writes idle records only while another node reads the log', () => {
  const alone = new Bench().start(1)
  assert.equal(alone.timers.has('idle'), false)
  const bench = new Bench().start(1, 2)
  bench.heartbeat(1)
  assert.deepEqual(
    bench.advance(1600).map((r) => r.type),
    ['NoOpRecord', 'NoOpRecord', 'NoOpRecord'],
  )
  bench.ask('unregisterBroker', { brokerId: 2 })
  assert.deepEqual(bench.advance(2000), [])
})

test('lets a broker go when its leaderships have moved and every other broker knows', () => {
  const bench = new Bench().start(1, 2)
  bench.createTopic('t', { assignments: [[1, 2]] })
  const first = bench.heartbeat(1, { wantShutDown: true })
  assert.deepEqual([first.response.shouldShutDown, bench.partition('t').leader], [false, 2])
  const shutdownOffset = bench.log.length - 1
  bench.heartbeat(2, { offset: shutdownOffset - 1 })
  assert.equal(bench.heartbeat(1, { wantShutDown: true }).response.shouldShutDown, false)
  bench.heartbeat(2, { offset: shutdownOffset })
  const last = bench.heartbeat(1, { wantShutDown: true })
  assert.deepEqual([last.response.shouldShutDown, last.response.isFenced], [true, true])
  const back = bench.register(1, { incarnation: 2, previousBrokerEpoch: bench.epoch(1) })
  assert.equal(back.response.errorCode, errors.NONE)
})

test('gives leaderships back to preferred replicas every leader.imbalance.check.interval.seconds', () => {
  const bench = new Bench().start(1, 2)
  bench.createTopic('t', { assignments: [[2, 1]] })
  bench.tell({ kind: 'brokerRefused', brokerId: 2, brokerEpoch: bench.epoch(2) })
  bench.register(2, { incarnation: 2 })
  bench.heartbeat(2)
  const { leaderEpoch, partitionEpoch } = bench.partition('t')
  bench.ask('alterPartition', {
    brokerId: 1,
    brokerEpoch: bench.epoch(1),
    topics: [
      {
        topicId: bench.topic('t').id,
        partitions: [
          {
            partitionIndex: 0,
            leaderEpoch,
            partitionEpoch,
            leaderRecoveryState: 0,
            newIsr: [],
            newIsrWithEpochs: [1, 2].map((id) => ({ brokerId: id, brokerEpoch: bench.epoch(id) })),
          },
        ],
      },
    ],
  })
  assert.deepEqual([bench.partition('t').isr, bench.partition('t').leader], [[1, 2], 1])
  bench.tell({ kind: 'balanceDue' })
  assert.equal(bench.partition('t').leader, 2)
})

test('takes a partition offline when its directory fails, and only that broker out of the ISR', () => {
  const bench = new Bench()
  bench.register(1, { logDirs: [directory(1, 0), directory(1, 1)] })
  bench.heartbeat(1)
  bench.start(2)
  bench.createTopic('t', { assignments: [[1, 2]] })
  const assign = (id: string) =>
    bench.ask('assignReplicasToDirs', {
      brokerId: 1,
      brokerEpoch: bench.epoch(1),
      directories: [{ id, topics: [{ topicId: bench.topic('t').id, partitions: [{ partitionIndex: 0 }] }] }],
    })
  assert.equal(assign(directory(1, 1)).records.length, 1)
  assert.deepEqual(bench.partition('t').directories, [directory(1, 1), directory(2)])
  bench.heartbeat(1, { offlineLogDirs: [directory(1, 0)] })
  assert.equal(bench.partition('t').leader, 1)
  bench.heartbeat(1, { offlineLogDirs: [directory(1, 1)] })
  assert.deepEqual([bench.partition('t').leader, bench.partition('t').isr], [2, [2]])
})

test('gives no new replicas to a broker whose directories are all cordoned', () => {
  const bench = new Bench().start(1, 2)
  bench.heartbeat(2, { cordonedLogDirs: [directory(2)] })
  for (let i = 0; i < 8; i++) {
    bench.createTopic(`t${i}`)
    assert.deepEqual(bench.partition(`t${i}`).replicas, [1])
  }
  assert.equal(bench.createTopic('two', { replicationFactor: 2 }).result.errorCode, errors.INVALID_REPLICATION_FACTOR)
})

test('a new controller that replays the log knows the same and gives every broker a whole session', () => {
  const first = new Bench().start(1, 2)
  first.createTopic('t', {
    assignments: [
      [1, 2],
      [2, 1],
    ],
    configs: { 'retention.ms': '5' },
  })
  const codec = controllerCodec()
  const second = new Bench()
  for (const record of first.log) second.apply(codec.decode(codec.encode({ record, metadataVersion: 30 }))!.record)
  assert.deepEqual(second.topic('t'), first.topic('t'))
  assert.deepEqual([...second.state.image.brokers], [...first.state.image.brokers])
  const timers = second.shard.loaded(second.state, { monoMs: 5000, wallMs: 0 })
  assert.equal(timers.find((t) => t.key === 'session:2')!.atMonoMs, 5000 + 9000 + 1)
  assert.deepEqual(second.tell({ kind: 'activate' }), [])
})

test('aborts what a predecessor left open, and opens again when that was the opening itself', () => {
  const opening = new Bench().advance(0)
  const bench = new Bench()
  for (const record of opening.slice(0, 4)) bench.apply(record)
  const { records, response } = bench.register(1)
  assert.deepEqual(
    records.map((r) => r.type.replace('Record', '')).filter((type) => type !== 'FeatureLevel'),
    ['AbortTransaction', 'BeginTransaction', 'Config', 'EndTransaction', 'RegisterBroker'],
  )
  assert.equal(response.errorCode, errors.NONE)
  assert.equal(bench.state.image.brokers.get(1)!.epoch, response.brokerEpoch)
  assert.equal(bench.state.metadataVersion, 30)

  const late = new Bench().start(1)
  late.apply(metadataRecord('BeginTransactionRecord', { name: 'x' }))
  late.apply(metadataRecord('TopicRecord', { name: 'ghost', topicId: 'AAAAAAAAAAAAAAAAAAAAaA' }))
  assert.deepEqual(
    late.createTopic('t').records.map((r) => r.type),
    ['AbortTransactionRecord', 'TopicRecord', 'PartitionRecord'],
  )
  assert.equal(late.topic('ghost'), undefined)
})

test('writes records in the versions that the metadata.version knows', () => {
  const bench = new Bench({ bootstrapRecords: bootstrap(7, {}) })
  const decision = bench.shard.decide(bench.state, { kind: 'activate' }, 0, { monoMs: 0, wallMs: 0 })
  assert.ok(!isPieces(decision))
  assert.deepEqual(
    decision.records.map((r) => r.metadataVersion),
    [7],
  )
  bench.start(1)
  bench.createTopic('t')
  const codec = controllerCodec()
  const bytes = codec.encode({ record: bench.log.at(-1)!, metadataVersion: 7 }).value!
  assert.deepEqual([bytes[0], bytes[1], bytes[2]], [1, 3, 0])
})

test('answers each part of a request that was not decided with the code', () => {
  const bench = new Bench()
  const failed = bench.shard.failed(
    {
      kind: 'createTopics',
      version: 7,
      request: {
        topics: [{ name: 'a', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
        timeoutMs: 1,
        validateOnly: false,
      },
    },
    errors.NOT_CONTROLLER,
  )
  assert.ok(failed.kind === 'createTopics')
  assert.equal(failed.response.topics![0]!.errorCode, errors.NOT_CONTROLLER)
})
