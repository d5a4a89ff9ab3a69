import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../../../protocol/index.ts'
import { ConsumerWorld } from './consumer-world.ts'

test('a static member that left for a while comes back under a new id to what it had, and nobody rebalances', () => {
  const w = new ConsumerWorld()
  const one = w.member('m1', { instanceId: 'i1' })
  const two = w.member('m2', { instanceId: 'i2' })
  for (let i = 0; i < 3; i++) for (const member of [one, two]) member.beat()
  assert.equal(w.beat('m1', -2, { instanceId: 'i1' }).memberEpoch, -2)
  const epoch = w.groupState().groupEpoch
  const back = w.enter('m1-again', { instanceId: 'i1' })
  assert.equal(back.errorCode, errors.NONE)
  assert.equal(w.given(back), one.owned)
  assert.equal(w.groupState().groupEpoch, epoch)
  assert.equal(w.groupState().members!.length, 2)
})

test('an instance id that is in use is not given to another', () => {
  const w = new ConsumerWorld()
  w.enter('m1', { instanceId: 'i1' })
  const answer = w.enter('m2', { instanceId: 'i1' })
  assert.equal(answer.errorCode, errors.UNRELEASED_INSTANCE_ID)
  assert.equal(
    answer.errorMessage,
    'Static member m2 with instance id i1 cannot join the group because the instance id is owned by m1 member.',
  )
})

test('the one that was replaced is fenced', () => {
  const w = new ConsumerWorld()
  w.enter('m1', { instanceId: 'i1' })
  w.beat('m1', -2, { instanceId: 'i1' })
  w.enter('m2', { instanceId: 'i1' })
  assert.equal(w.beat('m1', 2, { instanceId: 'i1' }).errorCode, errors.FENCED_INSTANCE_ID)
  assert.equal(w.beat('m1', -1, { instanceId: 'i1' }).errorCode, errors.FENCED_INSTANCE_ID)
  assert.equal(w.beat('m1', 2).errorCode, errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.beat('m2', 2, { instanceId: 'i3' }).errorCode, errors.UNKNOWN_MEMBER_ID)
})

test('one that stays away is out when its session is over', () => {
  const w = new ConsumerWorld()
  w.enter('m1', { instanceId: 'i1' })
  w.beat('m1', -2, { instanceId: 'i1' })
  w.clock.advance(45_000)
  assert.equal(w.groupState().groupState, 'Empty')
})

test('one that leaves for good is out at once', () => {
  const w = new ConsumerWorld()
  w.enter('m1', { instanceId: 'i1' })
  assert.equal(w.beat('m1', -1, { instanceId: 'i1' }).memberEpoch, -1)
  assert.equal(w.groupState().groupState, 'Empty')
})

test('a member that changes its instance id gives the old one free', () => {
  const w = new ConsumerWorld()
  w.enter('m1', { instanceId: 'i1' })
  w.enter('m1', { instanceId: 'i2' })
  assert.equal(w.enter('m2', { instanceId: 'i1' }).errorCode, errors.NONE)
  assert.equal(w.enter('m3', { instanceId: 'i2' }).errorCode, errors.UNRELEASED_INSTANCE_ID)
  w.fail()
  assert.equal(w.enter('m3', { instanceId: 'i1' }).errorCode, errors.UNRELEASED_INSTANCE_ID)
})

test('a member that left for a while, and its return, come through a failover', () => {
  const w = new ConsumerWorld()
  w.enter('m1', { instanceId: 'i1' })
  w.beat('m1', -2, { instanceId: 'i1' })
  w.fail()
  const back = w.enter('m2', { instanceId: 'i1' })
  assert.equal(w.given(back), 'a0 a1 a2 a3 a4 a5')
  const before = w.groupState()
  w.fail()
  assert.deepEqual(w.groupState(), before)
})
