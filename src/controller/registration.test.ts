import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../protocol/index.ts'
import { Bench, bootstrap, directory } from './fakes.ts'

/** Type and the fields that a test is about. */
function brief(records: readonly { type: string; value: object }[], ...fields: string[]) {
  return records.map(({ type, value }) => [
    type.replace('Record', ''),
    ...fields.map((f) => (value as Record<string, unknown>)[f]),
  ])
}

test('opens an empty log with the bootstrap records in one transaction, and the cluster-wide min ISR', () => {
  const records = new Bench({ config: { 'min.insync.replicas': '2' } }).advance(0)
  assert.deepEqual(brief(records, 'name', 'featureLevel', 'value'), [
    ['BeginTransaction', 'Bootstrap records', undefined, undefined],
    ['FeatureLevel', 'metadata.version', 30, undefined],
    ['FeatureLevel', 'eligible.leader.replicas.version', 1, undefined],
    ['FeatureLevel', 'group.version', 1, undefined],
    ['FeatureLevel', 'share.version', 1, undefined],
    ['FeatureLevel', 'streams.version', 1, undefined],
    ['FeatureLevel', 'transaction.version', 2, undefined],
    ['Config', 'min.insync.replicas', undefined, '2'],
    ['EndTransaction', undefined, undefined, undefined],
  ])
})

test('opens without a transaction where the metadata.version has none', () => {
  const records = new Bench({ bootstrapRecords: bootstrap(7, {}) }).advance(0)
  assert.deepEqual(brief(records), [['FeatureLevel']])
})

test('decides a request that comes before the log was opened as of after the opening', () => {
  const bench = new Bench()
  const { records, response } = bench.register(1)
  assert.equal(records.length, 10)
  assert.deepEqual([response.errorCode, response.brokerEpoch], [errors.NONE, 9])
  assert.equal(bench.state.image.brokers.get(1)!.isFenced, true)
  assert.deepEqual(bench.advance(0), [])
})

test('unfences a broker once it has caught up with its registration, and not before', () => {
  const bench = new Bench()
  const { brokerEpoch } = bench.register(1).response
  const early = bench.heartbeat(1, { offset: brokerEpoch! - 1 })
  assert.deepEqual([early.response.isCaughtUp, early.response.isFenced, early.records], [false, true, []])
  assert.equal(bench.heartbeat(1, { wantFence: true }).response.isFenced, true)
  const caught = bench.heartbeat(1)
  assert.deepEqual([caught.response.isCaughtUp, caught.response.isFenced], [true, false])
  assert.deepEqual(brief(caught.records, 'fenced'), [['BrokerRegistrationChange', -1]])
})

test('fences a broker whose session runs out, one session after its last heartbeat', () => {
  const bench = new Bench().start(1)
  bench.advance(5000)
  bench.heartbeat(1)
  assert.deepEqual(bench.advance(9000), [])
  assert.deepEqual(brief(bench.advance(1), 'fenced'), [['BrokerRegistrationChange', 1]])
})

test('refuses another incarnation while the one before may live, unless it is known to be dead', () => {
  const bench = new Bench().start(1)
  assert.equal(bench.register(1, { incarnation: 2 }).response.errorCode, errors.DUPLICATE_BROKER_REGISTRATION)
  const again = bench.register(1, { incarnation: 2, formerIncarnationIsDead: true })
  assert.equal(again.response.errorCode, errors.NONE)
  assert.equal(bench.state.image.brokers.get(1)!.isFenced, true)
  assert.equal(bench.heartbeat(1, { brokerEpoch: 9 }).response.errorCode, errors.STALE_BROKER_EPOCH)
})

test('lets the same incarnation amend its registration and keep its epoch', () => {
  const bench = new Bench().start(1)
  const epoch = bench.epoch(1)
  assert.equal(bench.register(1, { rack: 'r' }).response.brokerEpoch, epoch)
  const broker = bench.state.image.brokers.get(1)!
  assert.deepEqual([broker.epoch, broker.rack, broker.isFenced], [epoch, 'r', false])
})

test('refuses registrations that do not fit the cluster', () => {
  const bench = new Bench().start(1)
  const codeOf = (id: number, o: Parameters<Bench['register']>[1]) => bench.register(id, o).response.errorCode
  assert.equal(codeOf(2, { clusterId: 'other' }), errors.INCONSISTENT_CLUSTER_ID)
  assert.equal(codeOf(2, { logDirs: [] }), errors.INVALID_REGISTRATION)
  assert.equal(codeOf(2, { logDirs: [directory(1)] }), errors.INVALID_REGISTRATION)
  assert.equal(codeOf(2, { logDirs: [directory(2), directory(2)] }), errors.INVALID_REGISTRATION)
  assert.equal(codeOf(2, { logDirs: ['AAAAAAAAAAAAAAAAAAAAAQ'] }), errors.INVALID_REGISTRATION)
  assert.equal(codeOf(2, { features: [] }), errors.INVALID_REGISTRATION)
  const metadata = { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }
  assert.equal(codeOf(2, { features: [metadata] }), errors.UNSUPPORTED_VERSION)
  assert.equal(codeOf(2, { features: [{ ...metadata, maxSupportedVersion: 29 }] }), errors.UNSUPPORTED_VERSION)
})

/**
 * The records of a real Apache Kafka 4.3.1 node with one topic of replication factor 1: killed, back after its session
 * ran out, then stopped in order and started again.
 */
test('takes a replication factor of 1 through a crash and a clean restart as Apache Kafka does', () => {
  const bench = new Bench().start(1)
  bench.createTopic('a')
  const fields = [
    'isr',
    'leader',
    'leaderRecoveryState',
    'eligibleLeaderReplicas',
    'lastKnownElr',
    'fenced',
    'inControlledShutdown',
  ] as const
  const unchanged = [null, -2, -1, null, null, undefined, undefined]
  const change = (o: Partial<Record<(typeof fields)[number], unknown>>) => [
    'PartitionChange',
    ...fields.map((f, i) => (f in o ? o[f] : unchanged[i])),
  ]
  const broker = (fenced: number, shutdown = 0) => [
    'BrokerRegistrationChange',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    fenced,
    shutdown,
  ]
  const gone = change({ isr: [], leader: -1, eligibleLeaderReplicas: [1], lastKnownElr: [1] })

  assert.deepEqual(brief(bench.advance(9001), ...fields), [gone, broker(1)])
  const registered = brief(bench.register(1, { incarnation: 2 }).records, ...fields)
  assert.deepEqual(registered[0], change({ eligibleLeaderReplicas: [] }))
  assert.equal(registered[1]![0], 'RegisterBroker')
  assert.deepEqual(brief(bench.heartbeat(1).records, ...fields), [
    broker(-1),
    change({ isr: [1], leader: 1, leaderRecoveryState: 1, lastKnownElr: [] }),
  ])

  assert.deepEqual(brief(bench.heartbeat(1, { wantShutDown: true }).records, ...fields), [broker(0, 1), gone])
  const last = bench.heartbeat(1, { wantShutDown: true })
  assert.deepEqual([brief(last.records, ...fields), last.response.shouldShutDown], [[broker(1)], true])
  const clean = bench.register(1, { incarnation: 3, previousBrokerEpoch: bench.epoch(1) })
  assert.deepEqual(brief(clean.records), [['RegisterBroker']])
  assert.deepEqual(brief(bench.heartbeat(1).records, ...fields), [
    broker(-1),
    change({ isr: [1], leader: 1, eligibleLeaderReplicas: [], lastKnownElr: [] }),
  ])
  assert.deepEqual([bench.partition('a').leader, bench.partition('a').leaderEpoch], [1, 4])
})
