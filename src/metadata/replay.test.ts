import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MIGRATING_DIRECTORY } from '../bytes/index.ts'
import {
  configResourceKey,
  encodeMetadataRecord,
  MetadataDecoder,
  MetadataLoader,
  type MetadataRecord,
  type MetadataRecordType,
  type MetadataRecordValues,
  MetadataState,
  metadataRecord,
} from './index.ts'

const topicA = '8-2SxgkRR12GKyQlsrKX_w'
const topicB = 'commlsOaXbXwFKoJiPnfIw'
const directory = 'lJNiOm5TR2GFjkqbYVJP0A'

function stateOf(...records: MetadataRecord[]): MetadataState {
  const state = new MetadataState({ tracksDelta: true })
  apply(state, ...records)
  return state
}
function apply(state: MetadataState, ...records: MetadataRecord[]): void {
  for (const record of records) state.apply(record, state.offset + 1, 1)
}
const r = <K extends MetadataRecordType>(type: K, value: Partial<MetadataRecordValues[K]> = {}): MetadataRecord =>
  metadataRecord(type, value)
const topic = (name = 'a', topicId = topicA) => r('TopicRecord', { name, topicId })
const partition = (
  partitionId: number,
  value: Partial<MetadataRecordValues['PartitionRecord']> = {},
  topicId = topicA,
) =>
  r('PartitionRecord', {
    partitionId,
    topicId,
    replicas: [1, 2, 3],
    isr: [1, 2, 3],
    leader: 1,
    leaderEpoch: 5,
    partitionEpoch: 7,
    directories: [directory, directory, directory],
    ...value,
  })
const change = (value: Partial<MetadataRecordValues['PartitionChangeRecord']>) =>
  r('PartitionChangeRecord', { partitionId: 0, topicId: topicA, ...value })
const broker = (value: Partial<MetadataRecordValues['RegisterBrokerRecord']> = {}) =>
  r('RegisterBrokerRecord', { brokerId: 1, brokerEpoch: 10, incarnationId: directory, logDirs: [directory], ...value })

test('every change bumps the partition epoch; only a named leader bumps the leader epoch, even the same one', () => {
  const state = stateOf(topic(), partition(0))
  const at = () => state.topicsByName.get('a')!.partitions[0]!
  apply(state, change({ isr: [1, 2] }))
  assert.deepEqual([at().isr, at().leaderEpoch, at().partitionEpoch], [[1, 2], 5, 8])
  apply(state, change({ leader: 1 }))
  assert.deepEqual([at().leader, at().leaderEpoch, at().partitionEpoch], [1, 6, 9])
  apply(state, change({ leader: -1, isr: [], eligibleLeaderReplicas: [2], lastKnownElr: [1], leaderRecoveryState: 1 }))
  assert.deepEqual(
    [at().leader, at().leaderEpoch, at().isr, at().elr, at().lastKnownElr, at().leaderRecoveryState],
    [-1, 7, [], [2], [1], 1],
  )
  apply(
    state,
    change({ replicas: [2, 3], directories: [directory, topicB], removingReplicas: [1], addingReplicas: [3] }),
  )
  assert.deepEqual(
    [at().replicas, at().directories],
    [
      [2, 3],
      [directory, topicB],
    ],
  )
  assert.deepEqual([at().removingReplicas, at().addingReplicas], [[1], [3]])
})

test('a partition from before directory assignment has its replicas in migrating directories', () => {
  const state = stateOf(topic(), partition(0, { directories: [] }))
  assert.deepEqual(state.topicsByName.get('a')!.partitions[0]!.directories, Array(3).fill(MIGRATING_DIRECTORY))
})

test('what was published never changes afterwards', () => {
  for (const tracksDelta of [true, false]) {
    const state = new MetadataState({ tracksDelta })
    apply(state, topic(), partition(0), partition(1))
    if (tracksDelta) state.takeDelta()
    const seen = state.topicsById.get(topicA)!
    const copy = structuredClone(seen)
    apply(state, change({ isr: [1] }))
    assert.deepEqual(seen, copy)
    assert.deepEqual(state.topicsById.get(topicA)!.partitions[0]!.isr, [1])
    assert.equal(state.topicsByName.get('a'), state.topicsById.get(topicA))
  }
})

test('a delta tells of changes, and of a topic made again under its name as two topics', () => {
  const state = stateOf(topic(), partition(0))
  assert.equal(state.takeDelta().isWhole, true)
  assert.equal(state.hasChanged, false)
  apply(state, r('RemoveTopicRecord', { topicId: topicA }), topic('a', topicB), partition(0, {}, topicB))
  const delta = state.takeDelta()
  assert.deepEqual([...delta.topicsDeleted.keys()], [topicA])
  assert.equal(delta.topicsDeleted.get(topicA)!.partitions.length, 1)
  assert.deepEqual([...delta.topicsChanged], [topicB])
  apply(state, topic('c', topicA), r('RemoveTopicRecord', { topicId: topicA }))
  const nothing = state.takeDelta()
  assert.deepEqual([nothing.topicsChanged.size, nothing.topicsDeleted.size], [0, 0])
})

test('a deleted topic takes its configuration along', () => {
  const key = configResourceKey(2, 'a')
  const state = stateOf(topic(), r('ConfigRecord', { resourceType: 2, resourceName: 'a', name: 'x', value: '1' }))
  assert.equal(state.configs.get(key)?.values.get('x'), '1')
  apply(state, r('RemoveTopicRecord', { topicId: topicA }))
  assert.equal(state.configs.has(key), false)
  assert.ok(state.takeDelta().configsChanged.has(key))
})

test('a null value removes a key, and a resource without keys is gone', () => {
  const config = (name: string, value: string | null) =>
    r('ConfigRecord', { resourceType: 4, resourceName: '', name, value })
  const state = stateOf(config('x', '1'), config('y', ''), config('x', null))
  assert.deepEqual([...state.configs.get('4:')!.values], [['y', '']])
  apply(state, config('y', null))
  assert.equal(state.configs.size, 0)
})

test('registration changes touch only what they name; legacy fencing records still count', () => {
  const state = stateOf(broker({ fenced: true, cordonedLogDirs: [directory] }))
  const at = () => state.brokers.get(1)!
  const c = (value: Partial<MetadataRecordValues['BrokerRegistrationChangeRecord']>) =>
    r('BrokerRegistrationChangeRecord', { brokerId: 1, brokerEpoch: 10, ...value })
  apply(state, c({ fenced: -1 }))
  assert.deepEqual([at().isFenced, at().directories, at().cordonedDirectories], [false, [directory], [directory]])
  apply(state, c({ inControlledShutdown: 1 }), c({ cordonedLogDirs: [], logDirs: [topicB] }))
  assert.deepEqual([at().isInControlledShutdown, at().directories, at().cordonedDirectories], [true, [topicB], []])
  apply(state, r('FenceBrokerRecord', { id: 1, epoch: 10 }))
  assert.equal(at().isFenced, true)
  apply(state, r('UnfenceBrokerRecord', { id: 1, epoch: 10 }))
  assert.equal(at().isFenced, false)
  assert.throws(() => apply(state, r('FenceBrokerRecord', { id: 1, epoch: 9 })), /broker 1 has epoch 10, not 9/)
  apply(state, r('UnregisterBrokerRecord', { brokerId: 1, brokerEpoch: 10 }))
  assert.equal(state.brokers.size, 0)
  assert.throws(() => apply(state, c({ fenced: 1 })), /no broker 1 is registered/)
})

test('clearing ELR touches one topic, or all when none is named', () => {
  const elr = { eligibleLeaderReplicas: [2], lastKnownElr: [3] }
  const state = stateOf(topic(), partition(0, elr), partition(1), topic('b', topicB), partition(0, elr, topicB))
  apply(state, r('ClearElrRecord', { topicName: 'a' }))
  const a = state.topicsByName.get('a')!
  assert.deepEqual([a.partitions[0]!.elr, a.partitions[0]!.lastKnownElr, a.partitions[0]!.partitionEpoch], [[], [], 8])
  assert.equal(a.partitions[1]!.partitionEpoch, 7)
  assert.deepEqual(state.topicsByName.get('b')!.partitions[0]!.elr, [2])
  apply(state, r('ClearElrRecord', { topicName: '' }))
  assert.deepEqual(state.topicsByName.get('b')!.partitions[0]!.elr, [])
})

test('quotas are kept by entity whatever the order of its parts; without values an entity is gone', () => {
  const quota = (reverse: boolean, key: string, remove = false) => {
    const entity = [
      { entityType: 'user', entityName: 'u' },
      { entityType: 'client-id', entityName: null },
    ]
    return r('ClientQuotaRecord', { entity: reverse ? entity.reverse() : entity, key, value: 1.5, remove })
  }
  const state = stateOf(quota(false, 'producer_byte_rate'), quota(true, 'consumer_byte_rate'))
  assert.equal(state.clientQuotas.length, 1)
  assert.deepEqual([...state.clientQuotas[0]!.values.keys()], ['producer_byte_rate', 'consumer_byte_rate'])
  apply(state, quota(false, 'producer_byte_rate', true), quota(false, 'consumer_byte_rate', true))
  assert.deepEqual(state.clientQuotas, [])
})

test('features of level 0 are absent; producer ids, SCRAM, ACLs and tokens come and go', () => {
  const secret = Uint8Array.of(1)
  const scram = { name: 'u', mechanism: 1, salt: secret, storedKey: secret, serverKey: secret, iterations: 4096 }
  const state = stateOf(
    r('FeatureLevelRecord', { name: 'group.version', featureLevel: 1 }),
    r('ProducerIdsRecord', { brokerId: 1, brokerEpoch: 10, nextProducerId: 1000 }),
    r('UserScramCredentialRecord', scram),
    r('UserScramCredentialRecord', { ...scram, mechanism: 2 }),
    r('AccessControlEntryRecord', { id: topicA, principal: 'User:x' }),
    r('DelegationTokenRecord', { tokenId: 't', owner: 'User:x' }),
    r('NoOpRecord'),
    r('ZkMigrationStateRecord', { zkMigrationState: 1 }),
  )
  assert.equal(state.features.get('group.version'), 1)
  assert.equal(state.nextProducerId, 1000)
  assert.deepEqual(
    state.scramCredentials.map((c) => [c.user, c.mechanism]),
    [
      ['u', 1],
      ['u', 2],
    ],
  )
  assert.equal(state.acls.get(topicA)?.principal, 'User:x')
  assert.equal(state.delegationTokens.get('t')?.owner, 'User:x')
  apply(
    state,
    r('FeatureLevelRecord', { name: 'group.version', featureLevel: 0 }),
    r('RemoveUserScramCredentialRecord', { name: 'u', mechanism: 1 }),
    r('RemoveAccessControlEntryRecord', { id: topicA }),
    r('RemoveDelegationTokenRecord', { tokenId: 't' }),
  )
  assert.equal(state.features.has('group.version'), false)
  assert.deepEqual([state.scramCredentials.length, state.acls.size, state.delegationTokens.size], [1, 0, 0])
  assert.throws(() => apply(state, r('RemoveAccessControlEntryRecord', { id: topicA })), /no ACL has the id/)
})

test('a metadata transaction shows at its end, or never', () => {
  const state = stateOf(r('BeginTransactionRecord', { name: 'x' }), topic(), partition(0))
  assert.deepEqual([state.topicsByName.size, state.offset, state.openTransactionOffset], [0, -1, 0])
  state.apply(r('EndTransactionRecord'), 3, 1)
  assert.deepEqual([state.topicsByName.size, state.offset, state.openTransactionOffset], [1, 3, -1])
  apply(state, r('BeginTransactionRecord'), topic('b', topicB), r('AbortTransactionRecord', { reason: 'r' }))
  assert.equal(state.topicsByName.has('b'), false)
  assert.throws(() => apply(state, r('EndTransactionRecord')), /without a transaction/)
  apply(state, r('BeginTransactionRecord'))
  assert.throws(() => apply(state, r('BeginTransactionRecord')), /inside the transaction/)
})

test('the loader publishes once per turn, not for nothing, and never within a transaction', () => {
  const loader = new MetadataLoader()
  const heard: [number, boolean, number][] = []
  loader.on((image, delta) => heard.push([image.offset, delta.isWhole, delta.topicsChanged.size]))
  let base = 0
  const commit = (...records: MetadataRecord[]): void => {
    const values = records.map((record) => ({ value: encodeMetadataRecord(record, 30) }))
    loader.committed({ baseOffset: base, isLast: true, isSnapshot: false, epoch: 1, appendMs: 7, records: values })
    base += records.length
  }
  commit(topic())
  commit(partition(0))
  loader.committedTo(base, 1)
  commit(r('NoOpRecord'))
  loader.committedTo(base, 1)
  commit(r('BeginTransactionRecord'), topic('b', topicB))
  loader.committedTo(base, 1)
  assert.deepEqual([loader.image.offset, loader.endOffset, loader.snapshot()], [2, 5, null])
  commit(r('EndTransactionRecord'))
  loader.committedTo(base, 1)
  assert.deepEqual(heard, [
    [1, true, 1],
    [5, false, 1],
  ])
  assert.deepEqual(loader.snapshot()!.id, { offset: 6, epoch: 1 })
})

test('a snapshot goes on standing while the state moves', () => {
  const loader = new MetadataLoader()
  const values = [topic(), partition(0)].map((record) => ({ value: encodeMetadataRecord(record, 30) }))
  loader.committed({ baseOffset: 0, isLast: true, isSnapshot: false, epoch: 1, appendMs: 7, records: values })
  loader.committedTo(2, 1)
  const { records } = loader.snapshot()!
  const removal = [{ value: encodeMetadataRecord(r('RemoveTopicRecord', { topicId: topicA }), 30) }]
  loader.committed({ baseOffset: 2, isLast: true, isSnapshot: false, epoch: 1, appendMs: 7, records: removal })
  const decoder = new MetadataDecoder()
  const types = [...{ [Symbol.iterator]: () => records }].map((value) => decoder.decode(value).type)
  assert.deepEqual(types, ['TopicRecord', 'PartitionRecord'])
})

test('a record that this version cannot read stops the node by name', () => {
  const decoder = new MetadataDecoder()
  assert.throws(() => decoder.decode(Uint8Array.of(1, 29, 0)), /metadata record of type 29/)
  assert.throws(() => decoder.decode(Uint8Array.of(1, 2, 9)), /TopicRecord of version 9/)
  assert.throws(() => decoder.decode(Uint8Array.of(2, 2, 0)), /frame version 2/)
  assert.throws(() => decoder.decode(null), /without a value/)
})

test('what an older metadata.version cannot carry is left out', () => {
  const decoder = new MetadataDecoder()
  const written = decoder.decode(encodeMetadataRecord(partition(0, { eligibleLeaderReplicas: [1] }), 7))
  assert.deepEqual(written, {
    ...partition(0, { directories: [], eligibleLeaderReplicas: null }),
    version: 0,
  })
})
