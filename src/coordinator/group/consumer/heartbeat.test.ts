import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../../../protocol/index.ts'
import { ConsumerWorld, list } from './consumer-world.ts'

test('the first member gets everything at once', () => {
  const w = new ConsumerWorld()
  const answer = w.enter('m', { subscribedTopicNames: ['a', 'b'] })
  assert.equal(answer.errorCode, errors.NONE)
  assert.equal(answer.memberId, 'm')
  assert.equal(answer.memberEpoch, 2)
  assert.equal(answer.heartbeatIntervalMs, 5000)
  assert.equal(w.given(answer), 'a0 a1 a2 a3 a4 a5 b0 b1 b2 b3')
  assert.equal(w.groupState().groupState, 'Stable')
})

test('the records of a first member come in Apache’s order and say what Apache’s say', () => {
  const w = new ConsumerWorld()
  w.enter('m', { subscribedTopicNames: ['b', 'a', 'b'], rackId: 'r', serverAssignor: 'range' })
  const records = w.records()
  assert.deepEqual(
    records.map(({ type }) => type),
    [
      'ConsumerGroupMemberMetadata',
      'ConsumerGroupMetadata',
      'ConsumerGroupTargetAssignmentMember',
      'ConsumerGroupTargetAssignmentMetadata',
      'ConsumerGroupCurrentMemberAssignment',
    ],
  )
  assert.deepEqual(records[0]!.value, {
    instanceId: null,
    rackId: 'r',
    clientId: 'c',
    clientHost: '/127.0.0.1',
    subscribedTopicNames: ['a', 'b'],
    subscribedTopicRegex: '',
    rebalanceTimeoutMs: 45_000,
    serverAssignor: 'range',
    classicMemberMetadata: null,
  })
  assert.equal((records[1]!.value as { epoch: number }).epoch, 2)
  assert.deepEqual(records[3]!.value, { assignmentEpoch: 2, assignmentTimestamp: w.clock.wallMs() })
  const current = records[4]!.value as { memberEpoch: number; previousMemberEpoch: number; state: number }
  assert.deepEqual([current.memberEpoch, current.previousMemberEpoch, current.state], [2, 0, 0])
})

test('before version 1 the coordinator names the member, later the member brings its name', () => {
  const w = new ConsumerWorld()
  assert.match(w.enter('', { version: 0 }).memberId!, /^[A-Za-z0-9_-]{22}$/)
  const refused = w.enter('', { version: 1 })
  assert.deepEqual([refused.errorCode, refused.errorMessage], [errors.INVALID_REQUEST, "MemberId can't be empty."])
})

test('requests that make no sense are refused in Apache’s words', () => {
  const w = new ConsumerWorld({ consumerAssignors: ['uniform', 'range'] })
  const cases: [Parameters<typeof w.enter>[1], number, string][] = [
    [{ groupId: ' ' }, errors.INVALID_REQUEST, "GroupId can't be empty."],
    [{ instanceId: '' }, errors.INVALID_REQUEST, "InstanceId can't be empty."],
    [{ rackId: '' }, errors.INVALID_REQUEST, "RackId can't be empty."],
    [{ rebalanceTimeoutMs: -1 }, errors.INVALID_REQUEST, 'RebalanceTimeoutMs must be provided in first request.'],
    [{ topicPartitions: null }, errors.INVALID_REQUEST, 'TopicPartitions must be empty when (re-)joining.'],
    [{ topicPartitions: list('a0') }, errors.INVALID_REQUEST, 'TopicPartitions must be empty when (re-)joining.'],
    [
      { subscribedTopicNames: null },
      errors.INVALID_REQUEST,
      'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.',
    ],
    [{ memberEpoch: -3 }, errors.INVALID_REQUEST, 'MemberEpoch is invalid.'],
    [{ memberEpoch: -2 }, errors.INVALID_REQUEST, "InstanceId can't be null."],
    [
      { serverAssignor: 'sticky' },
      errors.UNSUPPORTED_ASSIGNOR,
      'ServerAssignor sticky is not supported. Supported assignors: uniform, range.',
    ],
  ]
  for (const [o, code, message] of cases) {
    const answer = w.enter('m', o)
    assert.deepEqual([answer.errorCode, answer.errorMessage], [code, message])
  }
  assert.equal(w.records().length, 0)
})

test('only a joining member makes a group', () => {
  const w = new ConsumerWorld()
  assert.equal(w.beat('m', 1).errorCode, errors.GROUP_ID_NOT_FOUND)
  assert.equal(w.beat('m', -1).errorCode, errors.GROUP_ID_NOT_FOUND)
  w.enter('m')
  const answer = w.beat('n', 1)
  assert.deepEqual(
    [answer.errorCode, answer.errorMessage],
    [errors.UNKNOWN_MEMBER_ID, 'Member n is not a member of group g.'],
  )
})

test('a heartbeat that changes nothing writes nothing and says nothing of the assignment', () => {
  const w = new ConsumerWorld()
  w.enter('m')
  const before = w.records().length
  const answer = w.beat('m', 2)
  assert.equal(answer.errorCode, errors.NONE)
  assert.equal(answer.assignment, null)
  assert.equal(w.records().length, before)
})

test('a full heartbeat is answered with the assignment', () => {
  const w = new ConsumerWorld()
  w.enter('m')
  const answer = w.beat('m', 2, {
    rebalanceTimeoutMs: 45_000,
    subscribedTopicNames: ['a'],
    topicPartitions: list('a0'),
  })
  assert.equal(w.given(answer), 'a0 a1 a2 a3 a4 a5')
})

test('a second member waits until the first has given up, then both are stable', () => {
  const w = new ConsumerWorld()
  const one = w.enter('m1')
  assert.equal(one.memberEpoch, 2)
  const two = w.enter('m2')
  assert.equal(two.memberEpoch, 3)
  assert.equal(w.given(two), '', 'all its partitions are still the first one’s')
  assert.equal(w.groupState().groupState, 'Reconciling')
  const told = w.beat('m1', 2)
  assert.equal(told.memberEpoch, 2, 'stays in its epoch until it has given up')
  const kept = w.given(told)!
  assert.equal(kept.split(' ').length, 3)
  assert.equal(w.given(w.beat('m2', 3)), null, 'nothing is free yet')
  const moved = w.beat('m1', 2, { topicPartitions: list(kept) })
  assert.equal(moved.memberEpoch, 3)
  const got = w.given(w.beat('m2', 3))!
  assert.equal([...kept.split(' '), ...got.split(' ')].sort().join(' '), 'a0 a1 a2 a3 a4 a5')
  assert.equal(w.groupState().groupState, 'Stable')
})

test('ten members come, go and come, and everything is always somebody’s and nobody’s twice', () => {
  const w = new ConsumerWorld()
  const members = Array.from({ length: 10 }, (_, i) => w.member(`m${i}`, { subscribedTopicNames: ['a', 'b'] }))
  for (let round = 0; round < 6; round++) for (const member of members) member.beat()
  const all = members.flatMap(({ owned }) => owned.split(' ').filter(Boolean)).sort()
  assert.equal(all.join(' '), 'a0 a1 a2 a3 a4 a5 b0 b1 b2 b3')
  assert.deepEqual(new Set(members.map(({ owned }) => owned.split(' ').length)), new Set([1]))
  for (const member of members.splice(3, 5)) assert.equal(w.beat(member.id, -1).memberEpoch, -1)
  for (let round = 0; round < 6; round++) for (const member of members) member.beat()
  const again = members.flatMap(({ owned }) => owned.split(' ')).sort()
  assert.equal(again.join(' '), 'a0 a1 a2 a3 a4 a5 b0 b1 b2 b3')
  assert.equal(w.groupState().groupState, 'Stable')
})

test('a member with another epoch is fenced, unless it is the one before and it owns no more', () => {
  const w = new ConsumerWorld()
  const one = w.member('m1')
  w.enter('m2')
  const kept = w.given(w.beat('m1', 2))!
  assert.equal(w.beat('m1', 2, { topicPartitions: list(kept) }).memberEpoch, 3)
  assert.equal(w.beat('m1', 2, { topicPartitions: list(kept) }).memberEpoch, 3, 'its answer was lost')
  assert.equal(w.beat('m1', 2).errorCode, errors.FENCED_MEMBER_EPOCH)
  assert.equal(w.beat('m1', 2, { topicPartitions: list(one.owned) }).errorCode, errors.FENCED_MEMBER_EPOCH)
  const answer = w.beat('m1', 9)
  assert.equal(answer.errorCode, errors.FENCED_MEMBER_EPOCH)
  assert.equal(
    answer.errorMessage,
    'The consumer group member has a greater member epoch (9) than the one known by the group coordinator (3). The member must abandon all its partitions and rejoin.',
  )
})

test('a member that joins again with epoch 0 gets what it had', () => {
  const w = new ConsumerWorld()
  w.enter('m')
  const again = w.enter('m')
  assert.equal(again.memberEpoch, 2)
  assert.equal(w.given(again), 'a0 a1 a2 a3 a4 a5')
})

test('a changed subscription takes away at once what is not wanted and gives what is', () => {
  const w = new ConsumerWorld()
  const m = w.member('m')
  m.beat({ subscribedTopicNames: ['b'] })
  for (let i = 0; i < 3; i++) m.beat()
  assert.equal(m.owned, 'b0 b1 b2 b3')
  assert.equal(m.epoch, 3)
})

test('a topic that grows is noticed, one that is deleted too', () => {
  const w = new ConsumerWorld()
  const m = w.member('m', { subscribedTopicNames: ['a', 'b'] })
  w.topic('b', 'bbbbbbbbbbbbbbbbbbbbbA', 5)
  m.beat()
  assert.equal(m.owned, 'a0 a1 a2 a3 a4 a5 b0 b1 b2 b3 b4')
  w.deleteTopic('a')
  for (let i = 0; i < 3; i++) m.beat()
  assert.equal(m.owned, 'b0 b1 b2 b3 b4')
})

test('a topic that does not exist yet is taken up when it does', () => {
  const w = new ConsumerWorld()
  const m = w.member('m', { subscribedTopicNames: ['c'] })
  assert.equal(m.owned, '')
  w.topic('c', 'cccccccccccccccccccccA', 2)
  m.beat()
  assert.equal(m.owned, 'c0 c1')
})

test('a silent member is out when its session is over, and the others get what it had', () => {
  const w = new ConsumerWorld()
  const one = w.member('m1')
  w.member('m2')
  one.beat()
  w.clock.advance(40_000)
  one.beat()
  w.clock.advance(5000)
  for (let i = 0; i < 3; i++) one.beat()
  assert.equal(one.owned, 'a0 a1 a2 a3 a4 a5')
  assert.equal(w.beat('m2', 3).errorCode, errors.UNKNOWN_MEMBER_ID)
})

test('a member that does not give up in its rebalance timeout is out', () => {
  const w = new ConsumerWorld()
  w.enter('m1', { rebalanceTimeoutMs: 10_000 })
  w.enter('m2')
  assert.notEqual(w.given(w.beat('m1', 2)), null)
  w.clock.advance(9000)
  assert.equal(w.beat('m1', 2).errorCode, errors.NONE)
  w.clock.advance(1000)
  assert.equal(w.beat('m1', 2).errorCode, errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.given(w.beat('m2', 3)), 'a0 a1 a2 a3 a4 a5')
})

test('a full group takes nobody else', () => {
  const w = new ConsumerWorld({ consumerGroupMembersMax: 1 })
  w.enter('m1')
  const answer = w.enter('m2')
  assert.equal(answer.errorCode, errors.GROUP_MAX_SIZE_REACHED)
  assert.equal(answer.errorMessage, 'The consumer group has reached its maximum capacity of 1 members.')
  assert.equal(w.beat('m1', 2).errorCode, errors.NONE)
})

test('most members choose the assignor', () => {
  const w = new ConsumerWorld()
  w.enter('m1', { serverAssignor: 'range' })
  assert.equal(w.groupState().assignorName, 'range')
  w.enter('m2')
  assert.equal(w.groupState().assignorName, 'range')
  w.enter('m3', { serverAssignor: 'uniform' })
  w.enter('m4', { serverAssignor: 'uniform' })
  assert.equal(w.groupState().assignorName, 'uniform')
})

test('targets are computed at most once per interval', () => {
  const w = new ConsumerWorld({ consumerAssignmentIntervalMs: 1000 })
  w.enter('m1')
  assert.equal(w.enter('m2').memberEpoch, 2, 'joins in the epoch of the last target')
  assert.equal(w.groupState().groupState, 'Assigning')
  w.clock.advance(1000)
  assert.equal(w.beat('m2', 2).memberEpoch, 3)
})

test('a group’s own configuration counts within what the broker allows', () => {
  const w = new ConsumerWorld()
  w.groupConfig('g', { 'consumer.heartbeat.interval.ms': '7000', 'consumer.session.timeout.ms': '90000' })
  assert.equal(w.enter('m').heartbeatIntervalMs, 7000)
  w.clock.advance(59_999)
  assert.equal(w.groupState().members!.length, 1)
  w.clock.advance(1)
  assert.equal(w.groupState().members!.length, 0, '60 s is the most')
})

test('everything comes through a failover, with whole sessions', () => {
  const w = new ConsumerWorld()
  const one = w.member('m1')
  w.enter('m2')
  w.beat('m1', 2)
  const before = w.groupState()
  w.clock.advance(40_000)
  w.fail()
  assert.deepEqual(w.groupState(), before)
  w.clock.advance(40_000)
  assert.equal(one.beat().errorCode, errors.NONE)
})

test('a record of a newer version makes its member begin with nothing', () => {
  const w = new ConsumerWorld()
  w.enter('m')
  const group = w.runtime.state!.groups.get('g')!
  assert.equal(group.type, 'consumer')
  if (group.type !== 'consumer') return
  group.put({ ...group.members.get('m')!, state: 127 })
  assert.equal(w.beat('m', 2).errorCode, errors.FENCED_MEMBER_EPOCH)
  assert.equal(w.given(w.enter('m')), 'a0 a1 a2 a3 a4 a5')
})

test('the last member leaves an empty group, which can be deleted', () => {
  const w = new ConsumerWorld()
  w.enter('m')
  assert.equal(w.tell('deleteGroups', { groupIds: ['g'] })[0]!.errorCode, errors.NON_EMPTY_GROUP)
  w.beat('m', -1)
  assert.equal(w.groupState().groupState, 'Empty')
  assert.equal(w.tell('deleteGroups', { groupIds: ['g'] })[0]!.errorCode, errors.NONE)
  assert.equal(w.groupState().errorCode, errors.GROUP_ID_NOT_FOUND)
  w.fail()
  assert.equal(w.groupState().errorCode, errors.GROUP_ID_NOT_FOUND)
})

test('describe shows members, what they have and what they are to have', () => {
  const w = new ConsumerWorld()
  w.enter('m1', { rackId: 'r', instanceId: 'i' })
  const group = w.groupState()
  assert.deepEqual(group, {
    errorCode: 0,
    groupId: 'g',
    groupState: 'Stable',
    groupEpoch: 2,
    assignmentEpoch: 2,
    assignorName: 'uniform',
    members: [
      {
        memberId: 'm1',
        instanceId: 'i',
        rackId: 'r',
        memberEpoch: 2,
        clientId: 'c',
        clientHost: '/127.0.0.1',
        subscribedTopicNames: ['a'],
        subscribedTopicRegex: '',
        assignment: {
          topicPartitions: [{ topicId: 'aaaaaaaaaaaaaaaaaaaaaA', topicName: 'a', partitions: [0, 1, 2, 3, 4, 5] }],
        },
        targetAssignment: {
          topicPartitions: [{ topicId: 'aaaaaaaaaaaaaaaaaaaaaA', topicName: 'a', partitions: [0, 1, 2, 3, 4, 5] }],
        },
        memberType: 1,
      },
    ],
  })
  const [none, classic] = w.tell('describeConsumer', { groupIds: ['none', ''] })
  assert.equal(none!.errorMessage, 'Group none not found.')
  assert.equal(classic!.errorCode, errors.INVALID_GROUP_ID)
  assert.deepEqual(w.tell('listGroups', { statesFilter: ['stable'], typesFilter: ['Consumer'] }).groups, [
    { groupId: 'g', protocolType: 'consumer', groupState: 'Stable', groupType: 'consumer' },
  ])
})
