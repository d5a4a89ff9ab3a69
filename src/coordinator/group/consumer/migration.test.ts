import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader } from '../../../bytes/index.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  errors,
  versionPrefixed,
} from '../../../protocol/index.ts'
import type { GroupCoordinatorConfig } from '../config.ts'
import { client } from '../harness.ts'
import { A, B, ConsumerWorld, list } from './consumer-world.ts'

/** A world with classic consumers that speak their embedded protocol properly. */
class MixedWorld extends ConsumerWorld {
  classicProtocols(...topics: string[]) {
    return [{ name: 'range', metadata: versionPrefixed(ConsumerProtocolSubscription, { topics }, 3) }]
  }

  assignment(partitions: Record<string, number[]>, userData: Uint8Array | null = null): Uint8Array {
    const assignedPartitions = Object.entries(partitions).map(([topic, indexes]) => ({ topic, partitions: indexes }))
    return versionPrefixed(ConsumerProtocolAssignment, { assignedPartitions, userData }, 3)
  }

  /** What an embedded assignment says. */
  read(bytes: unknown): Record<string, readonly number[]> {
    const r = new Reader(bytes as Uint8Array)
    const { assignedPartitions } = ConsumerProtocolAssignment.decode(r, r.int16())
    return Object.fromEntries(assignedPartitions.map(({ topic, partitions }) => [topic, partitions]))
  }

  /** Stable classic members of topic a, each with its own partitions. */
  classic(parts: number[][], userData: Uint8Array | null = null): { ids: string[]; generation: number } {
    const protocols = this.classicProtocols('a')
    const ids = parts.map(() => this.memberId({ protocols }))
    const joins = ids.map((memberId) => this.join({ memberId, protocols }))
    this.clock.advance(6000)
    const generation = joins[0]!.answer!.generationId!
    const assignments = ids.map((memberId, i) => ({
      memberId,
      assignment: this.assignment({ a: parts[i]! }, userData),
    }))
    for (const id of ids.slice(1)) this.sync(id, generation)
    this.sync(ids[0]!, generation, {}, { assignments })
    return { ids, generation }
  }

  kind(): string | undefined {
    return this.tell('listGroups', { statesFilter: [], typesFilter: [] }).groups[0]?.groupType
  }

  commit(memberId: string, epoch: number, o: { topicId?: string; partition?: number; version?: number } = {}): number {
    const answer = this.tell('offsetCommit', {
      client: client('c', o.version ?? 9),
      request: {
        groupId: 'g',
        generationIdOrMemberEpoch: epoch,
        memberId,
        groupInstanceId: null,
        retentionTimeMs: -1,
        topics: [
          {
            name: 'a',
            topicId: o.topicId ?? A,
            partitions: [
              {
                partitionIndex: o.partition ?? 0,
                committedOffset: 5,
                committedLeaderEpoch: -1,
                committedMetadata: null,
              },
            ],
          },
        ],
      },
    })
    return answer.topics![0]!.partitions![0]!.errorCode!
  }

  fetchAs(memberId: string | null, memberEpoch: number): number {
    return this.tell('offsetFetch', {
      client: client('c', 9),
      group: { groupId: 'g', memberId, memberEpoch, topics: null },
      requireStable: true,
    }).errorCode!
  }
}

test('an empty classic group becomes a consumer group with the first member that asks, its offsets stay', () => {
  const w = new MixedWorld()
  w.commit('', -1)
  assert.equal(w.kind(), 'classic')
  w.enter('m')
  assert.equal(w.kind(), 'consumer')
  assert.equal(w.fetchAs(null, -1), errors.NONE)
  w.fail()
  assert.equal(w.kind(), 'consumer')
})

test('an empty consumer group becomes a classic group with the first classic member', () => {
  const w = new MixedWorld()
  w.enter('m')
  w.beat('m', -1)
  const { ids } = w.classic([[0, 1, 2, 3, 4, 5]])
  assert.equal(w.kind(), 'classic')
  assert.equal(w.heartbeat(ids[0]!, 1), errors.NONE)
  w.fail()
  assert.equal(w.kind(), 'classic')
  assert.equal(w.heartbeat(ids[0]!, 1), errors.NONE)
})

test('a classic group with members is upgraded by the first member of the new protocol', () => {
  const w = new MixedWorld()
  const { ids, generation } = w.classic([
    [0, 1, 2],
    [3, 4, 5],
  ])
  const answer = w.enter('new')
  assert.equal(answer.errorCode, errors.NONE)
  assert.equal(w.kind(), 'consumer')
  assert.equal(answer.memberEpoch, generation + 1)
  assert.equal(w.given(answer), '', 'the others hold everything still')
  const members = w.groupState().members!
  assert.deepEqual(members.map(({ memberType }) => memberType).sort(), [0, 0, 1])
  assert.ok(ids)
})

test('classic members of an upgraded group give up, sync and take over by joining again', () => {
  const w = new MixedWorld()
  const { ids } = w.classic([
    [0, 1, 2],
    [3, 4, 5],
  ])
  const epoch = w.enter('new').memberEpoch!
  const protocols = (owned: { topic: string; partitions: number[] }[]) => [
    {
      name: 'range',
      metadata: versionPrefixed(ConsumerProtocolSubscription, { topics: ['a'], ownedPartitions: owned }, 3),
    },
  ]
  const held: number[][] = []
  for (const [i, memberId] of ids.entries()) {
    assert.equal(w.heartbeat(memberId, 1), errors.REBALANCE_IN_PROGRESS)
    // Cooperative: joins with what it owns, is told what to keep, gives up the rest, joins again without it.
    const owned = [{ topic: 'a', partitions: i === 0 ? [0, 1, 2] : [3, 4, 5] }]
    const first = w.join({ memberId, protocols: protocols(owned) }).answer!
    const kept = w.read(w.sync(memberId, first.generationId!).answer!.assignment)['a'] as number[]
    const second = w.join({ memberId, protocols: protocols([{ topic: 'a', partitions: kept }]) }).answer!
    assert.equal(second.generationId, epoch)
    held.push(w.read(w.sync(memberId, epoch).answer!.assignment)['a'] as number[])
    assert.equal(w.heartbeat(memberId, epoch), errors.NONE)
  }
  const got = w.given(w.beat('new', epoch))!
  const all = [...held.flat().map((p) => `a${p}`), ...got.split(' ')].sort().join(' ')
  assert.equal(all, 'a0 a1 a2 a3 a4 a5')
  assert.equal(w.groupState().groupState, 'Stable')
})

test('an upgraded group comes through a failover', () => {
  const w = new MixedWorld()
  w.classic([[0, 1, 2, 3, 4, 5]])
  w.enter('new')
  const before = w.groupState()
  w.fail()
  assert.deepEqual(w.groupState(), before)
})

test('members that wait in a classic group are told to join again when it is upgraded', () => {
  const w = new MixedWorld()
  w.classic([[0, 1, 2, 3, 4, 5]])
  const waiting = w.join({
    memberId: w.memberId({ protocols: w.classicProtocols('a') }),
    protocols: w.classicProtocols('a'),
  })
  assert.equal(waiting.answer, undefined)
  w.enter('new')
  assert.equal(waiting.answer!.errorCode, errors.REBALANCE_IN_PROGRESS)
})

test('a group whose assignor keeps data of its own, or that speaks no consumer protocol, is not upgraded', () => {
  const w = new MixedWorld()
  w.classic([[0, 1, 2, 3, 4, 5]], new Uint8Array([1]))
  const answer = w.enter('new')
  assert.equal(answer.errorCode, errors.GROUP_ID_NOT_FOUND)
  assert.match(answer.errorMessage!, /an unsupported custom assignor is in use/)
  assert.equal(w.kind(), 'classic')
  const malformed = new MixedWorld()
  malformed.stable(1)
  assert.match(malformed.enter('new').errorMessage!, /the embedded consumer protocol is malformed/)
  const connect = new MixedWorld()
  connect.stable(1, { protocolType: 'connect' })
  assert.match(connect.enter('new').errorMessage!, /does not use the consumer embedded protocol/)
})

test('the migration policy says what is allowed', () => {
  const can = (migrationPolicy: GroupCoordinatorConfig['migrationPolicy']) => {
    const up = new MixedWorld({ migrationPolicy })
    up.classic([[0, 1, 2, 3, 4, 5]])
    const isUpgraded = up.enter('new').errorCode === errors.NONE
    const down = new MixedWorld({ migrationPolicy })
    down.enter('new')
    const old = down.join({ protocols: down.classicProtocols('a') }).answer!
    const isLetIn = old.errorCode === errors.MEMBER_ID_REQUIRED
    if (isLetIn) down.join({ memberId: old.memberId!, protocols: down.classicProtocols('a') })
    down.beat('new', -1)
    return [isUpgraded, isLetIn, down.kind()]
  }
  assert.deepEqual(can('bidirectional'), [true, true, 'classic'])
  assert.deepEqual(can('upgrade'), [true, true, 'consumer'])
  assert.deepEqual(can('downgrade'), [false, true, 'classic'])
  assert.deepEqual(can('disabled'), [false, false, 'consumer'])
})

test('a group is downgraded when the last member of the new protocol leaves, and the others rebalance', () => {
  const w = new MixedWorld()
  const { ids } = w.classic([[0, 1, 2, 3, 4, 5]])
  const epoch = w.enter('new').memberEpoch!
  w.beat('new', -1)
  assert.equal(w.kind(), 'classic')
  assert.equal(w.state(), 'PreparingRebalance')
  assert.equal(w.heartbeat(ids[0]!, epoch), errors.REBALANCE_IN_PROGRESS)
  const join = w.join({ memberId: ids[0]!, protocols: w.classicProtocols('a') })
  assert.equal(join.answer!.generationId, epoch + 1)
  w.fail()
  assert.equal(w.kind(), 'classic')
  assert.equal(w.heartbeat(ids[0]!, epoch), errors.NONE, 'what was written is the generation before')
})

test('a session that ends downgrades as leaving does', () => {
  const w = new MixedWorld()
  const { ids } = w.classic([[0, 1, 2, 3, 4, 5]])
  w.enter('new')
  for (let i = 0; i < 5; i++) {
    w.clock.advance(9000)
    w.heartbeat(ids[0]!, 1)
  }
  assert.equal(w.kind(), 'classic')
})

test('a classic member takes the place of the last static member of the new protocol, and the group is classic', () => {
  const w = new MixedWorld()
  w.enter('new', { instanceId: 'i' })
  const back = w.join({ instanceId: 'i', protocols: w.classicProtocols('a') })
  assert.equal(back.answer!.errorCode, errors.NONE)
  assert.equal(w.kind(), 'classic')
  assert.equal(w.describe().members![0]!.groupInstanceId, 'i')
  const { memberId, generationId } = back.answer!
  const sync = w.sync(memberId!, generationId!, {}, { groupInstanceId: 'i' })
  assert.equal(sync.answer!.errorCode, errors.NONE)
  assert.deepEqual(w.read(sync.answer!.assignment), { a: [0, 1, 2, 3, 4, 5] })
  w.fail()
  assert.equal(w.kind(), 'classic')
})

test('a classic member of a consumer group that does not join or sync in time is out', () => {
  const w = new MixedWorld()
  const protocols = w.classicProtocols('a')
  w.enter('new')
  const memberId = w.join({ protocols, rebalanceTimeoutMs: 8000 }).answer!.memberId!
  const { generationId } = w.join({ memberId, protocols, rebalanceTimeoutMs: 8000, sessionTimeoutMs: 30_000 }).answer!
  w.clock.advance(8000)
  assert.equal(w.sync(memberId, generationId!).answer!.errorCode, errors.UNKNOWN_MEMBER_ID)
  const other = w.join({ protocols }).answer!.memberId!
  const joined = w.join({ memberId: other, protocols, rebalanceTimeoutMs: 8000, sessionTimeoutMs: 30_000 }).answer!
  w.sync(other, joined.generationId!)
  w.topic('a', A, 7)
  w.beat('new', 2, { topicPartitions: list('') })
  w.beat('new', w.groupState().members!.find((m) => m.memberId === 'new')!.memberEpoch!)
  assert.equal(w.heartbeat(other, joined.generationId!), errors.REBALANCE_IN_PROGRESS)
  w.clock.advance(7999)
  assert.equal(
    w.heartbeat(other, joined.generationId!),
    errors.REBALANCE_IN_PROGRESS,
    'the deadline is not pushed back',
  )
  w.clock.advance(1)
  assert.equal(w.heartbeat(other, joined.generationId!), errors.UNKNOWN_MEMBER_ID)
})

test('classic members of a consumer group are checked: generation, protocol, instance', () => {
  const w = new MixedWorld()
  const { ids } = w.classic([[0, 1, 2, 3, 4, 5]])
  w.enter('new')
  assert.equal(w.heartbeat(ids[0]!, 9), errors.ILLEGAL_GENERATION)
  assert.equal(w.heartbeat('nobody', 1), errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.heartbeat('new', 2), errors.UNKNOWN_MEMBER_ID, 'speaks the other protocol')
  assert.equal(w.sync(ids[0]!, 9).answer!.errorCode, errors.ILLEGAL_GENERATION)
  assert.equal(w.sync(ids[0]!, 1, {}, { protocolName: 'sticky' }).answer!.errorCode, errors.INCONSISTENT_GROUP_PROTOCOL)
  assert.equal(w.sync(ids[0]!, 1).answer!.errorCode, errors.REBALANCE_IN_PROGRESS)
  assert.equal(w.join({ protocols: { sticky: '' } }).answer!.errorCode, errors.INCONSISTENT_GROUP_PROTOCOL)
})

test('a person removes members of either protocol', () => {
  const w = new MixedWorld()
  w.enter('m1')
  w.enter('m2', { instanceId: 'i2' })
  assert.deepEqual(
    w.leave([
      { memberId: 'm1', groupInstanceId: null, reason: null },
      { memberId: '', groupInstanceId: 'i2', reason: null },
      { memberId: 'nobody', groupInstanceId: null, reason: null },
      { memberId: 'm1', groupInstanceId: 'i2', reason: null },
    ]),
    [errors.NONE, errors.NONE, errors.UNKNOWN_MEMBER_ID, errors.FENCED_INSTANCE_ID],
  )
  assert.equal(w.groupState().groupState, 'Empty')
})

test('commits of members are checked by epoch, and by partition when the member is behind', () => {
  const w = new MixedWorld()
  w.enter('m1')
  w.enter('m2')
  const kept = w.given(w.beat('m1', 2))!
  w.beat('m1', 2, { topicPartitions: list(kept) })
  const [first] = kept.split(' ').map((p) => Number(p.slice(1)))
  assert.equal(w.commit('m1', 3), errors.NONE)
  assert.equal(w.commit('m1', 2, { partition: first! }), errors.NONE, 'it was its own in that epoch')
  assert.equal(w.commit('m1', 1, { partition: first! }), errors.STALE_MEMBER_EPOCH)
  assert.equal(
    w.commit('m1', 2, { partition: [0, 1, 2, 3, 4, 5].find((p) => !kept.includes(String(p)))! }),
    errors.STALE_MEMBER_EPOCH,
  )
  assert.equal(w.commit('m1', 2, { partition: first!, topicId: B }), errors.STALE_MEMBER_EPOCH)
  assert.equal(w.commit('m1', 4), errors.STALE_MEMBER_EPOCH)
  assert.equal(w.commit('nobody', 3), errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.commit('', -1), errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.commit('m1', 3, { version: 8 }), errors.UNSUPPORTED_VERSION)
})

test('whoever says who it is reads offsets only in its epoch', () => {
  const w = new MixedWorld()
  w.enter('m')
  assert.equal(w.fetchAs('m', 2), errors.NONE)
  assert.equal(w.fetchAs('m', 1), errors.STALE_MEMBER_EPOCH)
  assert.equal(w.fetchAs('nobody', 2), errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.fetchAs(null, -1), errors.NONE)
})

test('offsets of a topic that members consume are kept, an empty consumer group expires with its offsets', () => {
  const w = new MixedWorld({ offsetsRetentionMs: 3_600_000 })
  w.enter('m')
  w.commit('m', 2)
  const code = () =>
    w.tell('offsetDelete', { request: { groupId: 'g', topics: [{ name: 'a', partitions: [{ partitionIndex: 0 }] }] } })
      .topics![0]!.partitions![0]!.errorCode
  assert.equal(code(), errors.GROUP_SUBSCRIBED_TO_TOPIC)
  w.clock.advance(3 * 3_600_000)
  assert.equal(w.groupState().errorCode, errors.GROUP_ID_NOT_FOUND)
  w.fail()
  assert.equal(w.groupState().errorCode, errors.GROUP_ID_NOT_FOUND)
})
