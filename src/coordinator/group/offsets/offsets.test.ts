import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZERO_UUID } from '../../../bytes/index.ts'
import { errors } from '../../../protocol/index.ts'
import { ClassicWorld, subscription } from '../classic/classic-world.ts'
import { client } from '../harness.ts'

const ID_A = 'aaaaaaaaaaaaaaaaaaaaaA'
const ID_B = 'bbbbbbbbbbbbbbbbbbbbbA'

class OffsetWorld extends ClassicWorld {
  commit(
    offset: number,
    o: {
      memberId?: string
      generation?: number
      topic?: string
      topicId?: string
      metadata?: string | null
      version?: number
      retentionTimeMs?: number
      groupId?: string
      instanceId?: string
    } = {},
  ): number {
    const answer = this.tell('offsetCommit', {
      client: client('c', o.version ?? 9),
      request: {
        groupId: o.groupId ?? 'g',
        generationIdOrMemberEpoch: o.generation ?? -1,
        memberId: o.memberId ?? '',
        groupInstanceId: o.instanceId ?? null,
        retentionTimeMs: o.retentionTimeMs ?? -1,
        topics: [
          {
            name: o.topic ?? 'a',
            topicId: o.topicId ?? ID_A,
            partitions: [
              {
                partitionIndex: 0,
                committedOffset: offset,
                committedLeaderEpoch: 5,
                committedMetadata: o.metadata ?? null,
              },
            ],
          },
        ],
      },
    })
    return answer.topics![0]!.partitions![0]!.errorCode!
  }

  commitInTransaction(offset: number, producerId: number, o: { generation?: number; memberId?: string } = {}): number {
    const answer = this.tell('txnOffsetCommit', {
      client: client('c', 5),
      request: {
        transactionalId: 't',
        groupId: 'g',
        producerId,
        producerEpoch: 3,
        generationId: o.generation ?? -1,
        memberId: o.memberId ?? '',
        groupInstanceId: null,
        topics: [
          {
            name: 'a',
            partitions: [
              { partitionIndex: 0, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: 'x' },
            ],
          },
        ],
      },
    })
    return answer.topics![0]!.partitions![0]!.errorCode!
  }

  /** What WriteTxnMarkers does. */
  end(producerId: number, outcome: 'commit' | 'abort'): void {
    this.log.appendMarker({ id: producerId, epoch: 3 }, outcome)
    this.fail()
  }

  fetch(o: { topics?: null; topic?: string; topicId?: string; stable?: boolean; groupId?: string } = {}) {
    return this.tell('offsetFetch', {
      client: client('c', 9),
      group: {
        groupId: o.groupId ?? 'g',
        memberId: null,
        memberEpoch: -1,
        topics:
          o.topics === null ? null : [{ name: o.topic ?? 'a', topicId: o.topicId ?? ZERO_UUID, partitionIndexes: [0] }],
      },
      requireStable: o.stable ?? false,
    })
  }

  offset(o: Parameters<OffsetWorld['fetch']>[0] = {}): number {
    return this.fetch(o).topics![0]!.partitions![0]!.committedOffset!
  }

  deleteOffset(topic: string, groupId = 'g') {
    return this.tell('offsetDelete', {
      request: { groupId, topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }] },
    })
  }
}

test('a simple consumer commits without joining, which makes its group', () => {
  const w = new OffsetWorld()
  assert.equal(w.commit(7, { metadata: 'note' }), errors.NONE)
  assert.deepEqual(w.fetch(), {
    groupId: 'g',
    errorCode: 0,
    topics: [
      {
        name: 'a',
        topicId: ZERO_UUID,
        partitions: [
          { partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: 5, metadata: 'note', errorCode: 0 },
        ],
      },
    ],
  })
  assert.equal(w.state(), 'Empty')
  assert.equal(w.describe().protocolType, '')
})

test('the record of an offset is as Apache writes it: version 4 with the topic id, 1 with an expiry time', () => {
  const w = new OffsetWorld()
  w.commit(7, { metadata: 'note' })
  w.commit(8, { retentionTimeMs: 1000, version: 4 })
  const [current, expiring] = w.log.batches.map((batch) => batch.records[0]!)
  assert.equal(Buffer.from(current!.key!).toString('hex'), '0001' + '000167' + '000161' + '00000000')
  const wallMs = w.clock.wallMs().toString(16).padStart(16, '0')
  const id = Buffer.from(ID_A, 'base64url').toString('hex')
  assert.equal(
    Buffer.from(current!.value!).toString('hex'),
    '0004' + '0000000000000007' + '00000005' + '056e6f7465' + wallMs + '01' + '00' + '10' + id,
  )
  const expireMs = (w.clock.wallMs() + 1000).toString(16).padStart(16, '0')
  assert.equal(Buffer.from(expiring!.value!).toString('hex'), '0001' + '0000000000000008' + '0000' + wallMs + expireMs)
})

test('a member commits with its generation, which also keeps its session', () => {
  const w = new OffsetWorld()
  const { ids } = w.stable(1)
  w.clock.advance(9000)
  assert.equal(w.commit(1, { memberId: ids[0]!, generation: 1 }), errors.NONE)
  w.clock.advance(9000)
  assert.equal(w.heartbeat(ids[0]!, 1), errors.NONE)
})

test('commits are refused from other generations, unknown members and from outside an active group', () => {
  const w = new OffsetWorld()
  assert.equal(w.commit(1, { generation: 1, version: 8 }), errors.ILLEGAL_GENERATION)
  assert.equal(w.commit(1, { generation: 1, version: 9 }), errors.GROUP_ID_NOT_FOUND)
  const { ids } = w.stable(1)
  assert.equal(w.commit(1, { memberId: ids[0]!, generation: 2 }), errors.ILLEGAL_GENERATION)
  assert.equal(w.commit(1, { memberId: 'm', generation: 1 }), errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.commit(1, { memberId: ids[0]!, generation: 1, instanceId: 'i' }), errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.commit(1), errors.UNKNOWN_MEMBER_ID)
})

test('members may still commit while they join again, not between join and sync', () => {
  const w = new OffsetWorld()
  const { ids } = w.stable(2)
  w.join({ memberId: ids[1]!, protocols: { range: 'x' } })
  assert.equal(w.commit(1, { memberId: ids[0]!, generation: 1 }), errors.NONE)
  w.join({ memberId: ids[0]! })
  assert.equal(w.commit(1, { memberId: ids[0]!, generation: 2 }), errors.REBALANCE_IN_PROGRESS)
})

test('metadata that is too large is refused for its partition alone', () => {
  const w = new OffsetWorld({ offsetMetadataMax: 4 })
  assert.equal(w.commit(1, { metadata: '12345' }), errors.OFFSET_METADATA_TOO_LARGE)
  assert.equal(w.commit(1, { metadata: '1234' }), errors.NONE)
})

test('what was never committed reads as -1, also of a group that is not there', () => {
  const w = new OffsetWorld()
  assert.equal(w.offset(), -1)
  assert.deepEqual(w.fetch({ topics: null }).topics, [])
  w.commit(1)
  assert.equal(w.offset({ topic: 'b' }), -1)
  assert.equal(w.fetch({ topics: null }).topics!.length, 1)
})

test('an offset is read only after it is committed', () => {
  const w = new OffsetWorld()
  w.log.isHolding = true
  const commit = w.ask('offsetCommit', {
    client: client('c', 9),
    request: {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [
        {
          name: 'a',
          topicId: ID_A,
          partitions: [{ partitionIndex: 0, committedOffset: 4, committedLeaderEpoch: -1, committedMetadata: null }],
        },
      ],
    },
  })
  const fetch = w.ask('offsetFetch', {
    client: client('c', 9),
    group: { groupId: 'g', memberId: null, memberEpoch: -1, topics: null },
    requireStable: false,
  })
  assert.equal(commit.answer, undefined)
  assert.equal(fetch.answer, undefined)
  w.log.commit()
  w.clock.run()
  assert.equal(fetch.answer!.topics![0]!.partitions![0]!.committedOffset, 4)
})

test('a commit that does not come through in time is answered so that the client asks again', () => {
  const w = new OffsetWorld()
  w.log.isHolding = true
  const commit = w.ask('offsetCommit', {
    client: client('c', 9),
    request: {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [
        {
          name: 'a',
          topicId: ID_A,
          partitions: [{ partitionIndex: 0, committedOffset: 4, committedLeaderEpoch: -1, committedMetadata: null }],
        },
      ],
    },
  })
  w.clock.advance(5000)
  assert.equal(commit.answer!.topics![0]!.partitions![0]!.errorCode, errors.COORDINATOR_NOT_AVAILABLE)
})

test('an offset of an earlier topic of the same name is not the new one’s', () => {
  const w = new OffsetWorld()
  w.commit(9, { topicId: ID_A })
  assert.equal(w.offset({ topicId: ID_B }), -1)
  assert.equal(w.offset({ topicId: ID_A }), 9)
})

test('a deleted topic takes its offsets along, by id', () => {
  const w = new OffsetWorld()
  w.topic('a', ID_A, 1)
  w.commit(9, { topicId: ID_A })
  w.commit(9, { topicId: ID_B, groupId: 'h' })
  w.deleteTopic('a')
  assert.equal(w.offset(), -1)
  assert.equal(w.offset({ groupId: 'h' }), 9, 'belongs to another topic of the name')
  assert.equal(w.records().filter((r) => r.value === null).length, 1)
})

test('offsets outlive a failover', () => {
  const w = new OffsetWorld()
  w.commit(1)
  w.commit(2)
  w.fail()
  assert.equal(w.offset(), 2)
})

test('offsets of topics that members consume cannot be deleted, others can', () => {
  const w = new OffsetWorld()
  w.topic('a', ID_A, 1)
  w.topic('b', ID_B, 1)
  const { ids } = w.stable(1, { protocols: [{ name: 'range', metadata: subscription('a') }] })
  w.commit(1, { memberId: ids[0]!, generation: 1 })
  w.commit(1, { memberId: ids[0]!, generation: 1, topic: 'b', topicId: ID_B })
  const code = (topic: string) => w.deleteOffset(topic).topics![0]!.partitions![0]!.errorCode
  assert.equal(code('a'), errors.GROUP_SUBSCRIBED_TO_TOPIC)
  assert.equal(code('b'), errors.NONE)
  assert.equal(code('c'), errors.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(w.offset({ topic: 'b' }), -1)
  assert.equal(w.offset(), 1)
})

test('deleting offsets needs a group, and an empty one when its members are no consumers', () => {
  const w = new OffsetWorld()
  assert.equal(w.deleteOffset('a').errorCode, errors.GROUP_ID_NOT_FOUND)
  assert.equal(w.deleteOffset('a', '').errorCode, errors.INVALID_GROUP_ID)
  const { ids } = w.stable(1, { protocolType: 'connect' })
  assert.equal(w.deleteOffset('a').errorCode, errors.NON_EMPTY_GROUP)
  w.leaveOne(ids[0]!)
  assert.equal(w.deleteOffset('a').errorCode, errors.NONE)
})

test('an offset in a transaction counts when the transaction commits', () => {
  const w = new OffsetWorld()
  w.commit(1)
  assert.equal(w.commitInTransaction(5, 40), errors.NONE)
  assert.deepEqual(w.log.batches.at(-1)!.at.producer, { id: 40, epoch: 3 })
  assert.equal(w.offset(), 1)
  w.end(40, 'commit')
  assert.equal(w.offset(), 5)
})

test('an offset in a transaction is gone when the transaction aborts', () => {
  const w = new OffsetWorld()
  w.commit(1)
  w.commitInTransaction(5, 40)
  w.end(40, 'abort')
  assert.equal(w.offset(), 1)
})

test('who wants stable offsets is told of open transactions', () => {
  const w = new OffsetWorld()
  w.commit(1)
  w.commitInTransaction(5, 40)
  const stable = () => w.fetch({ stable: true }).topics![0]!.partitions![0]!
  assert.equal(stable().errorCode, errors.UNSTABLE_OFFSET_COMMIT)
  assert.equal(stable().committedOffset, -1)
  assert.equal(
    w.fetch({ stable: true, topics: null }).topics![0]!.partitions![0]!.errorCode,
    errors.UNSTABLE_OFFSET_COMMIT,
  )
  assert.equal(w.offset(), 1)
  w.end(40, 'abort')
  assert.equal(stable().committedOffset, 1)
})

test('of a transaction and a later plain commit the later one counts, whenever the transaction ends', () => {
  const w = new OffsetWorld()
  w.commitInTransaction(5, 40)
  w.commit(9)
  w.end(40, 'commit')
  assert.equal(w.offset(), 9)
})

test('two transactions on one partition do not disturb each other', () => {
  const w = new OffsetWorld()
  w.commitInTransaction(5, 40)
  w.commitInTransaction(6, 41)
  w.end(40, 'abort')
  assert.equal(w.fetch({ stable: true }).topics![0]!.partitions![0]!.errorCode, errors.UNSTABLE_OFFSET_COMMIT)
  w.end(41, 'commit')
  assert.equal(w.fetch({ stable: true }).topics![0]!.partitions![0]!.committedOffset, 6)
})

test('a transactional commit of another generation is refused', () => {
  const w = new OffsetWorld()
  const { ids } = w.stable(1)
  assert.equal(w.commitInTransaction(5, 40, { generation: 2, memberId: ids[0]! }), errors.ILLEGAL_GENERATION)
  assert.equal(w.commitInTransaction(5, 40, { generation: 1, memberId: ids[0]! }), errors.NONE)
})

const HOUR = 3_600_000

test('offsets of an empty group expire after its retention, counted from when it became empty, and the group goes', () => {
  const w = new OffsetWorld({ offsetsRetentionMs: 10 * HOUR })
  const { ids } = w.stable(1)
  w.commit(1, { memberId: ids[0]!, generation: 1 })
  w.clock.advance(5 * HOUR)
  assert.equal(w.state(), 'Empty', 'its member fell silent long ago')
  w.clock.advance(5 * HOUR - 600_000)
  assert.equal(w.offset(), 1)
  w.clock.advance(1_300_000)
  assert.equal(w.offset(), -1)
  assert.equal(w.describe().errorCode, errors.GROUP_ID_NOT_FOUND)
  assert.equal(w.records().at(-1)!.value, null)
})

test('offsets that members consume do not expire; those of topics they left do, counted from the commit', () => {
  const w = new OffsetWorld({ offsetsRetentionMs: HOUR })
  const { ids } = w.stable(1, {
    protocols: [{ name: 'range', metadata: subscription('a') }],
    sessionTimeoutMs: 1_800_000,
  })
  const [memberId] = ids
  w.commit(1, { memberId: memberId!, generation: 1 })
  w.commit(1, { memberId: memberId!, generation: 1, topic: 'b', topicId: ID_B })
  for (let i = 0; i < 4; i++) {
    w.clock.advance(HOUR / 3)
    assert.equal(w.heartbeat(memberId!, 1), errors.NONE)
  }
  assert.equal(w.offset(), 1)
  assert.equal(w.offset({ topic: 'b' }), -1)
})

test('offsets of a simple consumer expire from their commit, or when it asked', () => {
  const w = new OffsetWorld({ offsetsRetentionMs: HOUR })
  w.commit(1)
  w.commit(1, { topic: 'b', topicId: ID_B, retentionTimeMs: 1000, version: 4 })
  w.clock.advance(600_000)
  assert.equal(w.offset({ topic: 'b' }), -1)
  assert.equal(w.offset(), 1)
  w.clock.advance(HOUR)
  assert.equal(w.offset(), -1)
})

test('an open transaction keeps its offsets and its group', () => {
  const w = new OffsetWorld({ offsetsRetentionMs: HOUR })
  w.commit(1)
  w.commitInTransaction(2, 40)
  w.clock.advance(3 * HOUR)
  assert.equal(w.offset(), 1)
  w.end(40, 'abort')
  w.clock.advance(600_000)
  assert.equal(w.describe().errorCode, errors.GROUP_ID_NOT_FOUND)
})
