import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  ConsumerGroupHeartbeat,
  DeleteTopics,
  errorName,
  errors,
  FindCoordinator,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  type RequestIn,
} from '../../src/protocol/index.ts'
import { type Broker, isApache, makeTopics, startBroker } from './harness.ts'

const UNKNOWN_ID = 'Aa0aaaaaSaaaaaaaaaaaaQ'

let broker: Broker
let topicId: string
before(async () => {
  broker = await startBroker({ config: { 'offsets.topic.num.partitions': '1', 'offset.metadata.max.bytes': '20' } })
  topicId = (await makeTopics(broker, { name: 't', partitions: 3 }))[0]!
  await broker.ask(FindCoordinator, { keyType: 0, coordinatorKeys: ['any'] })
  while (isApache && (await fetched('any', 0)) !== 'NONE -1') await new Promise((resolve) => setTimeout(resolve, 20))
})
after(() => broker[Symbol.asyncDispose]())

type Commit = Partial<RequestIn<typeof OffsetCommit>>
type Partition = NonNullable<NonNullable<Commit['topics']>[number]['partitions']>[number]

/** Commits by name, as version 9 does; gives the partition's answer. */
async function commit(groupId: string, partition: Partition, o: Commit & { topic?: string } = {}): Promise<string> {
  const { topic: name = 't', ...more } = o
  const topics = [{ name, partitions: [{ partitionIndex: 0, ...partition }] }]
  const ask = { groupId, memberId: '', generationIdOrMemberEpoch: -1, topics, ...more }
  const answer = await broker.ask(OffsetCommit, ask, 9)
  return errorName(answer.topics[0]!.partitions[0]!.errorCode)
}

/** `error offset`, by name, as version 9 does. */
async function fetched(groupId: string, index: number, name = 't'): Promise<string> {
  const topics = [{ name, partitionIndexes: [index] }]
  const { groups } = await broker.ask(OffsetFetch, { groups: [{ groupId, topics }] }, 9)
  if (groups[0]!.errorCode !== errors.NONE) return errorName(groups[0]!.errorCode)
  const { errorCode, committedOffset } = groups[0]!.topics[0]!.partitions[0]!
  return `${errorName(errorCode)} ${committedOffset}`
}

describe('OffsetCommit and OffsetFetch', () => {
  it('keep an offset, its epoch and what was noted beside it', async () => {
    const partition = { committedOffset: 42, committedLeaderEpoch: 3, committedMetadata: 'a note' }
    assert.equal(await commit('keeps', partition), 'NONE')
    const topics = [{ name: 't', partitionIndexes: [0] }]
    const { groups } = await broker.ask(OffsetFetch, { groups: [{ groupId: 'keeps', topics }] }, 9)
    assert.deepEqual(groups[0]!.topics[0]!.partitions, [
      { partitionIndex: 0, errorCode: errors.NONE, committedOffset: 42, committedLeaderEpoch: 3, metadata: 'a note' },
    ])
    assert.equal(await commit('keeps', { committedOffset: 7 }), 'NONE')
    assert.equal(await fetched('keeps', 0), 'NONE 7')
  })

  it('know topics by their ids', async () => {
    const partitions = [{ partitionIndex: 1, committedOffset: 11 }]
    const committed = await broker.ask(OffsetCommit, {
      groupId: 'ids',
      memberId: '',
      generationIdOrMemberEpoch: -1,
      topics: [
        { topicId, partitions },
        { topicId: UNKNOWN_ID, partitions },
      ],
    })
    assert.deepEqual(
      committed.topics.map((t) => [t.topicId, errorName(t.partitions[0]!.errorCode)]).sort(),
      [
        [topicId, 'NONE'],
        [UNKNOWN_ID, 'UNKNOWN_TOPIC_ID'],
      ].sort(),
    )
    const topics = [topicId, UNKNOWN_ID].map((id) => ({ topicId: id, partitionIndexes: [1] }))
    const { groups } = await broker.ask(OffsetFetch, { groups: [{ groupId: 'ids', topics }] })
    assert.deepEqual(
      groups[0]!.topics
        .map((t) => [t.topicId, errorName(t.partitions[0]!.errorCode), t.partitions[0]!.committedOffset])
        .sort(),
      [
        [topicId, 'NONE', 11],
        [UNKNOWN_ID, 'UNKNOWN_TOPIC_ID', -1],
      ].sort(),
    )
  })

  it('tell all offsets of a group where no topic is named, those of several groups at once', async () => {
    await commit('all', { partitionIndex: 0, committedOffset: 1 })
    await commit('all', { partitionIndex: 2, committedOffset: 3 })
    const asked = ['all', 'nothing'].map((groupId) => ({ groupId, topics: null }))
    const { groups } = await broker.ask(OffsetFetch, { groups: asked })
    const offsets = (groupId: string) =>
      groups
        .find((g) => g.groupId === groupId)!
        .topics.flatMap((t) => t.partitions.map((p) => `${t.topicId} ${p.partitionIndex} ${p.committedOffset}`))
        .sort()
    assert.deepEqual(offsets('all'), [`${topicId} 0 1`, `${topicId} 2 3`])
    assert.deepEqual(offsets('nothing'), [])
  })

  it('answer the one group of old versions', async () => {
    await commit('old', { committedOffset: 5 })
    const topics = [{ name: 't', partitionIndexes: [0, 1] }]
    const answer = await broker.ask(OffsetFetch, { groupId: 'old', topics }, 7)
    assert.equal(answer.errorCode, errors.NONE)
    assert.deepEqual(
      answer.topics[0]!.partitions.map((p) => [p.partitionIndex, p.committedOffset, p.errorCode]).sort(),
      [
        [0, 5, 0],
        [1, -1, 0],
      ],
    )
  })

  it('say what is wrong', async () => {
    const offset = { committedOffset: 1 }
    assert.equal(await commit('wrong', offset, { topic: 'absent' }), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await commit('wrong', { ...offset, partitionIndex: 9 }), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await commit('wrong', { ...offset, committedMetadata: 'x'.repeat(21) }), 'OFFSET_METADATA_TOO_LARGE')
    assert.equal(await commit('none', offset, { memberId: 'x', generationIdOrMemberEpoch: 3 }), 'GROUP_ID_NOT_FOUND')
    await commit('wrong', { ...offset, partitionIndex: 1 })
    assert.equal(await commit('wrong', offset, { memberId: 'x', generationIdOrMemberEpoch: 3 }), 'UNKNOWN_MEMBER_ID')
    assert.equal(await fetched('wrong', 0), 'NONE -1')
    assert.equal(await fetched('wrong', 0, 'absent'), 'NONE -1')
  })

  it('let only members of a group commit for it', async () => {
    const memberId = 'Aa0aaaaaSaaaaaaaaaaaaA'
    const ask = { groupId: 'members', memberId, memberEpoch: 0, rebalanceTimeoutMs: 1000 }
    const joined = await broker.ask(ConsumerGroupHeartbeat, {
      ...ask,
      subscribedTopicNames: ['t'],
      topicPartitions: [],
    })
    const epoch = joined.memberEpoch
    const by = (memberId: string, generationIdOrMemberEpoch: number) =>
      commit('members', { committedOffset: 9 }, { memberId, generationIdOrMemberEpoch })
    assert.equal(await by(memberId, epoch), 'NONE')
    assert.equal(await by(memberId, epoch + 1), 'STALE_MEMBER_EPOCH')
    assert.equal(await by('x', epoch), 'UNKNOWN_MEMBER_ID')
    assert.equal(await by('', -1), 'UNKNOWN_MEMBER_ID')
    const fetch = async (memberId: string, memberEpoch: number) => {
      const topics = [{ topicId, partitionIndexes: [0] }]
      const { groups } = await broker.ask(OffsetFetch, {
        groups: [{ groupId: 'members', memberId, memberEpoch, topics }],
      })
      return errorName(groups[0]!.errorCode)
    }
    assert.equal(await fetch(memberId, epoch), 'NONE')
    assert.equal(await fetch(memberId, epoch + 1), 'STALE_MEMBER_EPOCH')
    assert.equal(await fetch('x', epoch), 'UNKNOWN_MEMBER_ID')
  })
})

describe('OffsetDelete', () => {
  const remove = async (groupId: string, name: string, partitionIndex = 0) => {
    const topics = [{ name, partitions: [{ partitionIndex }] }]
    const answer = await broker.ask(OffsetDelete, { groupId, topics })
    return answer.errorCode === errors.NONE
      ? errorName(answer.topics[0]!.partitions[0]!.errorCode)
      : `group ${errorName(answer.errorCode)}`
  }

  it('forgets an offset', async () => {
    await commit('forgets', { committedOffset: 5 })
    await commit('forgets', { committedOffset: 6, partitionIndex: 1 })
    assert.equal(await remove('forgets', 't'), 'NONE')
    assert.equal(await fetched('forgets', 0), 'NONE -1')
    assert.equal(await fetched('forgets', 1), 'NONE 6')
  })

  it('says what is wrong', async () => {
    await commit('forgets', { committedOffset: 5 })
    assert.equal(await remove('forgets', 'absent'), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await remove('absent', 't'), 'group GROUP_ID_NOT_FOUND')
    assert.equal(await remove('', 't'), 'group INVALID_GROUP_ID')
  })

  it('leaves offsets of a topic that a member reads', async () => {
    const memberId = 'Aa0aaaaaSaaaaaaaaaaaaE'
    const ask = { groupId: 'reads', memberId, memberEpoch: 0, rebalanceTimeoutMs: 1000 }
    const joined = await broker.ask(ConsumerGroupHeartbeat, {
      ...ask,
      subscribedTopicNames: ['t'],
      topicPartitions: [],
    })
    await commit('reads', { committedOffset: 1 }, { memberId, generationIdOrMemberEpoch: joined.memberEpoch })
    assert.equal(await remove('reads', 't'), 'GROUP_SUBSCRIBED_TO_TOPIC')
  })
})

describe('a topic that is deleted', () => {
  it('takes its committed offsets along; one of the same name begins without', async () => {
    const [id] = await makeTopics(broker, 'gone')
    await commit('reader', { committedOffset: 5 }, { topic: 'gone' })
    await commit('reader', { committedOffset: 6 })
    await broker.ask(DeleteTopics, { topics: [{ topicId: id! }], timeoutMs: 5000 })
    const deadline = Date.now() + 20_000
    while ((await fetched('reader', 0, 'gone')) !== 'NONE -1') {
      assert.ok(Date.now() < deadline, 'the offset stays')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await makeTopics(broker, 'gone')
    assert.equal(await fetched('reader', 0, 'gone'), 'NONE -1')
    assert.equal(await fetched('reader', 0), 'NONE 6')
  })
})
