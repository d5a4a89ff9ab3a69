import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../../../protocol/index.ts'
import { ClassicWorld, textOf } from './classic-world.ts'

/** Two static members, i0 leading, after a first rebalance. */
function stableStatic(o: { protocols?: Record<string, string> } = {}) {
  const w = new ClassicWorld()
  const joins = ['i0', 'i1'].map((instanceId) => w.join({ instanceId, ...o }))
  w.clock.advance(6000)
  const ids = joins.map((join) => join.answer!.memberId!)
  const second = w.sync(ids[1]!, 1, {}, { groupInstanceId: 'i1' })
  w.sync(ids[0]!, 1, { [ids[0]!]: 'part 0', [ids[1]!]: 'part 1' }, { groupInstanceId: 'i0' })
  assert.equal(second.answer!.errorCode, errors.NONE)
  return { w, ids }
}

test('a static member is let in at once, under an id that begins with its instance id', () => {
  const { ids } = stableStatic()
  assert.match(ids[0]!, /^i0-/)
  assert.match(ids[1]!, /^i1-/)
})

test('a static member that comes back keeps its assignment and nobody rebalances', () => {
  const { w, ids } = stableStatic()
  const back = w.join({ instanceId: 'i1' })
  assert.equal(back.answer!.errorCode, errors.NONE)
  assert.equal(back.answer!.generationId, 1)
  const newId = back.answer!.memberId!
  assert.notEqual(newId, ids[1])
  assert.equal(textOf(w.sync(newId, 1, {}, { groupInstanceId: 'i1' }).answer!.assignment as Uint8Array), 'part 1')
  assert.equal(w.heartbeat(ids[0]!, 1, { groupInstanceId: 'i0' }), errors.NONE)
  assert.equal(w.state(), 'Stable')
})

test('the id that a static member had before is fenced', () => {
  const { w, ids } = stableStatic()
  w.join({ instanceId: 'i1' })
  assert.equal(w.heartbeat(ids[1]!, 1, { groupInstanceId: 'i1' }), errors.FENCED_INSTANCE_ID)
  assert.equal(w.sync(ids[1]!, 1, {}, { groupInstanceId: 'i1' }).answer!.errorCode, errors.FENCED_INSTANCE_ID)
  assert.equal(w.join({ memberId: ids[1]!, instanceId: 'i1' }).answer!.errorCode, errors.FENCED_INSTANCE_ID)
  assert.deepEqual(w.leave([{ memberId: ids[1]!, groupInstanceId: 'i1', reason: null }]), [errors.FENCED_INSTANCE_ID])
})

test('the new id of a static member outlives a failover', () => {
  const { w } = stableStatic()
  const newId = w.join({ instanceId: 'i1' }).answer!.memberId!
  w.fail()
  assert.equal(w.heartbeat(newId, 1, { groupInstanceId: 'i1' }), errors.NONE)
})

test('a returning static leader is told to skip the assignment, or, if it is old, that another leads', () => {
  const { w, ids } = stableStatic()
  const back = w.join({ instanceId: 'i0', version: 9 }).answer!
  assert.equal(back.skipAssignment, true)
  assert.equal(back.leader, back.memberId)
  assert.equal(back.members!.length, 2)
  const older = w.join({ instanceId: 'i0', version: 8 }).answer!
  assert.equal(older.skipAssignment, false)
  assert.equal(older.leader, back.memberId)
  assert.notEqual(older.leader, older.memberId)
  assert.deepEqual(older.members, [])
  assert.notEqual(older.memberId, ids[0])
})

test('a static member that comes back with another protocol makes a rebalance', () => {
  const { w } = stableStatic({ protocols: { range: '', roundrobin: '' } })
  const back = w.join({ instanceId: 'i1', protocols: { roundrobin: '' } })
  assert.equal(back.answer, undefined)
  assert.equal(w.state(), 'PreparingRebalance')
})

test('static members that do not join again stay until their session ends', () => {
  const { w, ids } = stableStatic()
  const again = w.join({ instanceId: 'i0', memberId: ids[0]!, sessionTimeoutMs: 10_000 })
  assert.equal(again.answer, undefined)
  w.clock.advance(9_000)
  assert.equal(w.heartbeat(ids[1]!, 1, { groupInstanceId: 'i1' }), errors.REBALANCE_IN_PROGRESS)
  w.clock.advance(9_000)
  assert.equal(again.answer, undefined)
  w.clock.advance(2_000)
  assert.equal(again.answer!.generationId, 2)
})

test('a waiting join of a replaced static member is answered with its fencing', () => {
  const w = new ClassicWorld()
  const first = w.join({ instanceId: 'i0' })
  const second = w.join({ instanceId: 'i0' })
  assert.equal(first.answer!.errorCode, errors.FENCED_INSTANCE_ID)
  w.clock.advance(6000)
  assert.equal(second.answer!.errorCode, errors.NONE)
})

test('a person removes a static member by its instance id alone', () => {
  const { w, ids } = stableStatic()
  assert.deepEqual(
    w.leave([
      { memberId: '', groupInstanceId: 'i1', reason: null },
      { memberId: '', groupInstanceId: 'unheard-of', reason: null },
    ]),
    [errors.NONE, errors.UNKNOWN_MEMBER_ID],
  )
  assert.equal(w.heartbeat(ids[0]!, 1, { groupInstanceId: 'i0' }), errors.REBALANCE_IN_PROGRESS)
})
