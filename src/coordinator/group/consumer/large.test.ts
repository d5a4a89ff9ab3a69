import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../../../protocol/index.ts'
import { type Asked, client } from '../harness.ts'
import { ConsumerWorld } from './consumer-world.ts'

const D = 'ddddddddddddddddddddAA'

/** A topic that is too much to be assigned in one turn. */
function large(): ConsumerWorld {
  const w = new ConsumerWorld()
  w.topic('d', D, 8000)
  return w
}

function join(w: ConsumerWorld, memberId: string): Asked<'consumerGroupHeartbeat'> {
  return w.ask('consumerGroupHeartbeat', {
    client: client('c', 1),
    request: {
      groupId: 'g',
      memberId,
      memberEpoch: 0,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: 1000,
      subscribedTopicNames: ['d'],
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: [],
    },
  })
}

function count(asked: Asked<'consumerGroupHeartbeat'>): number {
  const [topic] = asked.answer!.assignment!.topicPartitions!
  return topic?.partitions?.length ?? 0
}

test('the target of a large group is worked out over several turns, and who joined is answered then', () => {
  const w = large()
  const one = join(w, 'm1')
  assert.equal(one.answer, undefined)
  w.clock.advance(0)
  assert.equal(one.answer!.errorCode, errors.NONE)
  assert.equal(one.answer!.memberEpoch, 2)
  assert.equal(count(one), 8000)
  assert.equal(w.groupState().groupState, 'Stable')
})

test('the records are those of a small group', () => {
  const w = large()
  join(w, 'm1')
  w.clock.advance(0)
  assert.deepEqual(
    w.records().map(({ type }) => type),
    [
      'ConsumerGroupMemberMetadata',
      'ConsumerGroupMetadata',
      'ConsumerGroupTargetAssignmentMember',
      'ConsumerGroupTargetAssignmentMetadata',
      'ConsumerGroupCurrentMemberAssignment',
    ],
  )
})

test('members that come while a target is worked out get theirs with the next one', () => {
  const w = large()
  const joins = ['m1', 'm2', 'm3'].map((id) => join(w, id))
  w.clock.advance(0)
  assert.deepEqual(
    joins.map((asked) => asked.answer!.errorCode),
    [errors.NONE, errors.NONE, errors.NONE],
  )
  w.beat('m3', joins[2]!.answer!.memberEpoch!)
  const targets = w.groupState().members!.map((m) => m.targetAssignment!.topicPartitions![0]!.partitions!.length)
  assert.equal(Math.max(...targets), 2667)
  assert.equal(
    targets.reduce((a, b) => a + b),
    8000,
  )
})

test('a member that is gone before its target is there is told so', () => {
  const w = large()
  const one = join(w, 'm1')
  w.ask('leaveGroup', {
    client: client('c', 5),
    request: { groupId: 'g', memberId: '', members: [{ memberId: 'm1', groupInstanceId: null, reason: null }] },
  })
  w.clock.advance(0)
  assert.equal(one.answer!.errorCode, errors.COORDINATOR_NOT_AVAILABLE)
  assert.equal(w.tell('deleteGroups', { groupIds: ['g'] })[0]!.errorCode, errors.NONE)
})

test('a log that refuses the target is asked again', () => {
  const w = large()
  const one = join(w, 'm1')
  w.log.refusal = errors.NOT_ENOUGH_REPLICAS
  w.clock.advance(0)
  assert.equal(one.answer!.errorCode, errors.COORDINATOR_NOT_AVAILABLE)
  w.log.refusal = 0
  w.clock.advance(500)
  assert.equal(w.groupState().assignmentEpoch, 2)
  assert.equal(join(w, 'm1').answer!.assignment!.topicPartitions!.length, 1)
})
