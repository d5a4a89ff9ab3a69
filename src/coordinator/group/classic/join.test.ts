import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../../../protocol/index.ts'
import { ClassicWorld, subscription, textOf } from './classic-world.ts'

test('a dynamic member without an id is told one and must come again with it', () => {
  const w = new ClassicWorld()
  const { answer } = w.join()
  assert.equal(answer!.errorCode, errors.MEMBER_ID_REQUIRED)
  assert.match(answer!.memberId!, /^c-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const again = w.join({ memberId: answer!.memberId! })
  assert.equal(again.answer, undefined, 'waits for the initial delay')
  w.clock.advance(3000)
  assert.equal(again.answer!.errorCode, errors.NONE)
  assert.equal(again.answer!.generationId, 1)
  assert.equal(again.answer!.leader, answer!.memberId)
  assert.equal(again.answer!.protocolName, 'range')
  assert.equal(again.answer!.protocolType, 'consumer')
})

test('before version 4 a member is let in at once and learns its id with the generation', () => {
  const w = new ClassicWorld()
  const join = w.join({ version: 3 })
  w.clock.advance(3000)
  assert.equal(join.answer!.errorCode, errors.NONE)
  assert.match(join.answer!.memberId!, /^c-/)
})

test('before version 7 no protocol is an empty name, later it is null', () => {
  const w = new ClassicWorld()
  assert.equal(w.join({ version: 5 }).answer!.protocolName, '')
  assert.equal(w.join({ version: 7 }).answer!.protocolName, null)
})

test('a new group is written empty before its first member knows its id', () => {
  const w = new ClassicWorld()
  w.log.isHolding = true
  const join = w.join()
  assert.equal(join.answer, undefined)
  const [record] = w.records()
  assert.equal(record!.type, 'GroupMetadata')
  assert.deepEqual(record!.value, {
    protocolType: '',
    generation: 0,
    protocol: null,
    leader: null,
    currentStateTimestamp: w.clock.wallMs(),
    members: [],
  })
  w.log.commit()
  w.clock.run()
  assert.equal(join.answer!.errorCode, errors.MEMBER_ID_REQUIRED)
})

test('an id that nobody gave out is unknown', () => {
  const w = new ClassicWorld()
  assert.equal(w.join({ memberId: 'made-up' }).answer!.errorCode, errors.UNKNOWN_MEMBER_ID)
  w.stable(1)
  assert.equal(w.join({ memberId: 'made-up' }).answer!.errorCode, errors.UNKNOWN_MEMBER_ID)
})

test('an empty group id and a session timeout out of range are refused', () => {
  const w = new ClassicWorld()
  assert.equal(w.join({ groupId: '' }).answer!.errorCode, errors.INVALID_GROUP_ID)
  assert.equal(w.join({ sessionTimeoutMs: 5999 }).answer!.errorCode, errors.INVALID_SESSION_TIMEOUT)
  assert.equal(w.join({ sessionTimeoutMs: 1_800_001 }).answer!.errorCode, errors.INVALID_SESSION_TIMEOUT)
})

test('only the leader is told of the members', () => {
  const w = new ClassicWorld()
  const ids = [w.memberId(), w.memberId()]
  const joins = ids.map((memberId, i) => w.join({ memberId, protocols: { range: `m${i}` } }))
  w.clock.advance(6000)
  const told = joins[0]!.answer!.members!.map(({ memberId, metadata }) => [memberId, textOf(metadata as Uint8Array)])
  assert.deepEqual(told, [
    [ids[0], 'm0'],
    [ids[1], 'm1'],
  ])
  assert.deepEqual(joins[1]!.answer!.members, [])
  assert.equal(joins[1]!.answer!.leader, ids[0])
})

test('the initial delay grows while members come, up to the rebalance timeout', () => {
  const w = new ClassicWorld()
  const ids = [w.memberId(), w.memberId(), w.memberId()]
  const joins = [w.join({ memberId: ids[0]!, rebalanceTimeoutMs: 8000 })]
  w.clock.advance(2000)
  joins.push(w.join({ memberId: ids[1]!, rebalanceTimeoutMs: 8000 }))
  w.clock.advance(1000)
  assert.equal(joins[0]!.answer, undefined, 'one came during the first delay')
  w.clock.advance(2900)
  joins.push(w.join({ memberId: ids[2]!, rebalanceTimeoutMs: 8000 }))
  w.clock.advance(100)
  assert.equal(joins[0]!.answer, undefined, 'another one during the second')
  w.clock.advance(2000)
  assert.deepEqual(
    joins.map((join) => join.answer?.generationId),
    [1, 1, 1],
    '8 s are over',
  )
})

test('the protocol is the one most members prefer among those that all support', () => {
  const w = new ClassicWorld()
  const protocols = [
    { sticky: '', roundrobin: '', range: '' },
    { range: '', roundrobin: '' },
    { roundrobin: '', range: '' },
  ]
  const ids = protocols.map((each) => w.memberId({ protocols: each }))
  const joins = ids.map((memberId, i) => w.join({ memberId, protocols: protocols[i]! }))
  w.clock.advance(6000)
  assert.equal(joins[0]!.answer!.protocolName, 'roundrobin')
})

test('a member that shares no protocol or has another type is refused', () => {
  const w = new ClassicWorld()
  w.stable(1)
  assert.equal(w.join({ protocols: { other: '' } }).answer!.errorCode, errors.INCONSISTENT_GROUP_PROTOCOL)
  assert.equal(w.join({ protocolType: 'connect' }).answer!.errorCode, errors.INCONSISTENT_GROUP_PROTOCOL)
  assert.equal(
    w.join({ groupId: 'h', protocolType: '' }).answer!.errorCode,
    errors.INCONSISTENT_GROUP_PROTOCOL,
    'a first member must have a type',
  )
  assert.equal(w.join({ groupId: 'h', protocols: {} }).answer!.errorCode, errors.INCONSISTENT_GROUP_PROTOCOL)
})

test('a new member makes the others join again', () => {
  const w = new ClassicWorld()
  const { ids, generation } = w.stable(1)
  const newcomer = w.join({ memberId: w.memberId() })
  assert.equal(newcomer.answer, undefined)
  assert.equal(w.heartbeat(ids[0]!, generation), errors.REBALANCE_IN_PROGRESS)
  const again = w.join({ memberId: ids[0]! })
  assert.equal(again.answer!.generationId, 2)
  assert.equal(newcomer.answer!.generationId, 2)
  assert.equal(newcomer.answer!.leader, ids[0])
})

test('a rebalance ends without members that do not join again in time', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(2, { rebalanceTimeoutMs: 9000, sessionTimeoutMs: 30_000 })
  const again = w.join({ memberId: ids[1]!, rebalanceTimeoutMs: 9000, protocols: { range: 'changed' } })
  w.clock.advance(8999)
  assert.equal(again.answer, undefined)
  w.clock.advance(1)
  assert.equal(again.answer!.generationId, 2)
  assert.equal(again.answer!.leader, ids[1], 'the next one leads')
  assert.equal(w.heartbeat(ids[0]!, 2), errors.UNKNOWN_MEMBER_ID)
})

test('a follower that joins again unchanged while all is stable hears its generation; a leader begins anew', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(2)
  const follower = w.join({ memberId: ids[1]! })
  assert.equal(follower.answer!.generationId, 1)
  assert.deepEqual(follower.answer!.members, [])
  const leader = w.join({ memberId: ids[0]! })
  assert.equal(leader.answer, undefined)
  assert.equal(w.state(), 'PreparingRebalance')
})

test('a member whose join answer was lost hears it again while the leader assigns', () => {
  const w = new ClassicWorld()
  const memberId = w.memberId()
  w.join({ memberId })
  w.clock.advance(3000)
  const again = w.join({ memberId })
  assert.equal(again.answer!.generationId, 1)
  assert.equal(again.answer!.members!.length, 1)
  assert.equal(w.state(), 'CompletingRebalance')
})

test('a join that was overtaken by another of the same member is answered', () => {
  const w = new ClassicWorld()
  const memberId = w.memberId()
  const first = w.join({ memberId })
  const second = w.join({ memberId })
  assert.equal(first.answer!.errorCode, errors.REBALANCE_IN_PROGRESS)
  w.clock.advance(3000)
  assert.equal(second.answer!.errorCode, errors.NONE)
  assert.equal(w.runtime.waitingCount, 0)
})

test('a group that is full refuses newcomers and keeps its members', () => {
  const w = new ClassicWorld({ classicGroupMembersMax: 2 })
  const { ids } = w.stable(2)
  assert.equal(w.join().answer!.errorCode, errors.GROUP_MAX_SIZE_REACHED)
  w.join({ memberId: ids[0]! })
  const second = w.join({ memberId: ids[1]! })
  assert.equal(second.answer!.errorCode, errors.NONE)
})

test('of the members of a first rebalance those too many are refused', () => {
  const w = new ClassicWorld({ classicGroupMembersMax: 1 })
  const ids = [w.memberId(), w.memberId()]
  const joins = ids.map((memberId) => w.join({ memberId }))
  assert.equal(joins[1]!.answer!.errorCode, errors.GROUP_MAX_SIZE_REACHED)
  w.clock.advance(6000)
  assert.equal(joins[0]!.answer!.generationId, 1)
})

test('a member id that is never used is forgotten with the session timeout and holds up nobody', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(1, { sessionTimeoutMs: 60_000 })
  w.memberId({ sessionTimeoutMs: 10_000 })
  const again = w.join({ memberId: ids[0]!, sessionTimeoutMs: 60_000 })
  assert.equal(again.answer, undefined, 'the owner of the new id may come')
  w.clock.advance(10_000)
  assert.equal(again.answer!.generationId, 2)
})

test('joining members are alive without heartbeats', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(2, { sessionTimeoutMs: 6000, rebalanceTimeoutMs: 60_000 })
  const again = w.join({ memberId: ids[0]!, sessionTimeoutMs: 6000 })
  for (let i = 0; i < 5; i++) {
    w.clock.advance(5000)
    assert.equal(w.heartbeat(ids[1]!, 1), errors.REBALANCE_IN_PROGRESS)
  }
  assert.equal(again.answer, undefined)
  const second = w.join({ memberId: ids[1]!, sessionTimeoutMs: 6000 })
  assert.equal(second.answer!.generationId, 2)
  assert.equal(again.answer!.generationId, 2)
})

test('topics that consumers subscribe to are known, other metadata is left alone', () => {
  const w = new ClassicWorld()
  w.stable(1, { protocols: [{ name: 'range', metadata: subscription('a', 'b') }] })
  const group = w.runtime.state!.groups.get('g')!
  assert.equal(group.isSubscribedTo('b'), true)
  assert.equal(group.isSubscribedTo('c'), false)
  const other = new ClassicWorld()
  other.stable(1, { protocolType: 'connect' })
  assert.equal(other.runtime.state!.groups.get('g')!.isSubscribedTo('b'), false)
})

test('metadata that cannot be read counts as subscribed to everything', () => {
  const w = new ClassicWorld()
  w.stable(1, { protocols: { range: 'x' } })
  assert.equal(w.runtime.state!.groups.get('g')!.isSubscribedTo('whatever'), true)
})
