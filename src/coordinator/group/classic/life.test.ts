import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../../../protocol/index.ts'
import { client } from '../harness.ts'
import { ClassicWorld, textOf } from './classic-world.ts'

test('followers get their assignment when the leader brought it and it is committed', () => {
  const w = new ClassicWorld()
  const ids = [w.memberId(), w.memberId()]
  for (const memberId of ids) w.join({ memberId })
  w.clock.advance(6000)
  const follower = w.sync(ids[1]!, 1)
  assert.equal(follower.answer, undefined)
  w.log.isHolding = true
  const leader = w.sync(ids[0]!, 1, { [ids[0]!]: 'a', [ids[1]!]: 'b' })
  assert.equal(leader.answer, undefined)
  assert.equal(follower.answer, undefined)
  w.log.commit()
  w.clock.run()
  assert.equal(textOf(leader.answer!.assignment as Uint8Array), 'a')
  assert.equal(textOf(follower.answer!.assignment as Uint8Array), 'b')
  assert.equal(follower.answer!.protocolName, 'range')
  assert.equal(w.state(), 'Stable')
})

test('the record of a generation holds what Apache keeps of it', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(1)
  const record = w.records().at(-1)!
  assert.equal(record.type, 'GroupMetadata')
  const value = record.value as Extract<typeof record, { type: 'GroupMetadata' }>['value']
  assert.deepEqual(
    {
      ...value,
      members: value!.members.map((m) => ({
        ...m,
        subscription: textOf(m.subscription),
        assignment: textOf(m.assignment),
      })),
    },
    {
      protocolType: 'consumer',
      generation: 1,
      protocol: 'range',
      leader: ids[0],
      currentStateTimestamp: w.clock.wallStartMs + 3000,
      members: [
        {
          memberId: ids[0],
          groupInstanceId: null,
          clientId: 'c',
          clientHost: '/127.0.0.1',
          rebalanceTimeout: 60_000,
          sessionTimeout: 10_000,
          subscription: 'm',
          assignment: 'part 0',
        },
      ],
    },
  )
})

test('a member that the leader forgot gets an empty assignment', () => {
  const w = new ClassicWorld()
  const ids = [w.memberId(), w.memberId()]
  for (const memberId of ids) w.join({ memberId })
  w.clock.advance(6000)
  const follower = w.sync(ids[1]!, 1)
  w.sync(ids[0]!, 1, { [ids[0]!]: 'a' })
  assert.equal(follower.answer!.errorCode, errors.NONE)
  assert.equal(
    follower.answer!.assignment!.valueOf() instanceof Uint8Array && (follower.answer!.assignment as Uint8Array).length,
    0,
  )
})

test('a log that refuses the assignment makes everybody rebalance', () => {
  const w = new ClassicWorld()
  const ids = [w.memberId(), w.memberId()]
  for (const memberId of ids) w.join({ memberId })
  w.clock.advance(6000)
  const follower = w.sync(ids[1]!, 1)
  w.log.refusal = errors.NOT_ENOUGH_REPLICAS
  const leader = w.sync(ids[0]!, 1, { [ids[0]!]: 'a', [ids[1]!]: 'b' })
  assert.equal(leader.answer!.errorCode, errors.COORDINATOR_NOT_AVAILABLE)
  assert.equal(follower.answer!.errorCode, errors.COORDINATOR_NOT_AVAILABLE)
  w.log.refusal = 0
  assert.equal(w.state(), 'PreparingRebalance')
})

test('sync checks the group, the member, the generation and the protocol', () => {
  const w = new ClassicWorld()
  assert.equal(w.sync('m', 1).answer!.errorCode, errors.UNKNOWN_MEMBER_ID)
  const { ids } = w.stable(1)
  assert.equal(w.sync('m', 1).answer!.errorCode, errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.sync(ids[0]!, 2).answer!.errorCode, errors.ILLEGAL_GENERATION)
  const wrong = [{ protocolType: 'connect' }, { protocolName: 'sticky' }]
  for (const o of wrong) {
    assert.equal(w.sync(ids[0]!, 1, {}, o).answer!.errorCode, errors.INCONSISTENT_GROUP_PROTOCOL)
  }
  const unnamed = {
    groupId: 'g',
    generationId: 1,
    memberId: ids[0]!,
    groupInstanceId: null,
    protocolType: null,
    protocolName: 'range',
    assignments: [],
  }
  const { errorCode } = w.tell('syncGroup', { client: client('c', 5), request: unnamed })
  assert.equal(errorCode, errors.INCONSISTENT_GROUP_PROTOCOL)
  const right = w.sync(ids[0]!, 1, {}, { protocolType: 'consumer', protocolName: 'range' })
  assert.equal(textOf(right.answer!.assignment as Uint8Array), 'part 0')
})

test('members that never sync are dropped when the rebalance timeout is over', () => {
  const w = new ClassicWorld()
  const o = { rebalanceTimeoutMs: 9000, sessionTimeoutMs: 30_000 }
  const ids = [w.memberId(o), w.memberId(o)]
  for (const memberId of ids) w.join({ memberId, ...o })
  w.clock.advance(6000)
  w.sync(ids[0]!, 1, { [ids[0]!]: 'a', [ids[1]!]: 'b' })
  w.clock.advance(9000)
  assert.equal(w.heartbeat(ids[1]!, 1), errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.heartbeat(ids[0]!, 1), errors.REBALANCE_IN_PROGRESS)
})

test('a new rebalance answers those that wait for an assignment', () => {
  const w = new ClassicWorld()
  const ids = [w.memberId(), w.memberId()]
  for (const memberId of ids) w.join({ memberId })
  w.clock.advance(6000)
  const follower = w.sync(ids[1]!, 1)
  w.leaveOne(ids[0]!)
  assert.equal(follower.answer!.errorCode, errors.REBALANCE_IN_PROGRESS)
})

test('heartbeats keep a session; without them the member is out', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(2)
  w.clock.advance(9000)
  assert.equal(w.heartbeat(ids[0]!, 1), errors.NONE)
  w.clock.advance(2000)
  assert.equal(w.heartbeat(ids[1]!, 1), errors.UNKNOWN_MEMBER_ID)
  assert.equal(w.heartbeat(ids[0]!, 1), errors.REBALANCE_IN_PROGRESS)
  assert.equal(w.heartbeat(ids[0]!, 2), errors.ILLEGAL_GENERATION)
})

test('the last member to go leaves an empty group behind, and its next generation is written', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(1)
  assert.equal(w.leaveOne(ids[0]!), errors.NONE)
  assert.equal(w.state(), 'Empty')
  const record = w.records().at(-1) as unknown as {
    value: { generation: number; members: unknown[]; protocol: string | null }
  }
  assert.equal(record.value.generation, 2)
  assert.deepEqual(record.value.members, [])
  assert.equal(record.value.protocol, null)
})

test('leaving a group that is not there, or with an unknown id, says so for each member', () => {
  const w = new ClassicWorld()
  assert.deepEqual(w.leave([{ memberId: 'm', groupInstanceId: null, reason: null }]), [errors.UNKNOWN_MEMBER_ID])
  w.stable(1)
  assert.deepEqual(w.leave([{ memberId: 'm', groupInstanceId: null, reason: null }]), [errors.UNKNOWN_MEMBER_ID])
})

test('before version 3 one member leaves and the error is the answer itself', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(1)
  const leave = (memberId: string) =>
    w.tell('leaveGroup', { client: client('c', 2), request: { groupId: 'g', memberId, members: [] } })
  assert.deepEqual(leave('m'), { errorCode: errors.UNKNOWN_MEMBER_ID })
  assert.deepEqual(leave(ids[0]!), { errorCode: errors.NONE })
})

test('a handed-out id can leave before it joined', () => {
  const w = new ClassicWorld()
  const memberId = w.memberId()
  assert.equal(w.leaveOne(memberId), errors.NONE)
  assert.equal(w.join({ memberId }).answer!.errorCode, errors.UNKNOWN_MEMBER_ID)
})

test('a member that leaves while it waits is answered', () => {
  const w = new ClassicWorld()
  const memberId = w.memberId()
  const join = w.join({ memberId })
  w.leaveOne(memberId)
  assert.equal(join.answer!.errorCode, errors.UNKNOWN_MEMBER_ID)
})

test('a stable group comes through a failover: members go on, sessions begin anew', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(2)
  w.clock.advance(9000)
  w.fail()
  w.clock.advance(9000)
  assert.equal(w.heartbeat(ids[0]!, 1), errors.NONE)
  w.clock.advance(1000)
  assert.equal(w.heartbeat(ids[1]!, 1), errors.UNKNOWN_MEMBER_ID, 'nothing was heard of it since')
  assert.equal(w.describe().members!.length, 1)
})

test('a failover in the middle of a rebalance loses who waited, not the group', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(1)
  const joins = [w.join({ memberId: w.memberId() }), w.join({ memberId: ids[0]!, protocols: { range: 'x' } })]
  assert.equal(joins[1]!.answer!.generationId, 2)
  w.fail()
  assert.equal(w.heartbeat(ids[0]!, 2), errors.ILLEGAL_GENERATION, 'generation 2 was never written')
  assert.equal(w.heartbeat(ids[0]!, 1), errors.NONE)
})

test('those that wait are told when the coordinator goes elsewhere', () => {
  const w = new ClassicWorld()
  const join = w.join({ memberId: w.memberId() })
  w.log.lose(errors.NOT_COORDINATOR)
  assert.equal(join.answer!.errorCode, errors.NOT_COORDINATOR)
})

test('while it loads heartbeats are fine and other requests are told to wait', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(1)
  w.log.lose(errors.NOT_COORDINATOR)
  w.runtime.start()
  const codes: (number | undefined)[] = []
  const heartbeat = { groupId: 'g', generationId: 1, memberId: ids[0]!, groupInstanceId: null }
  w.runtime.submit({ kind: 'heartbeat', client: client('c', 4), request: heartbeat }, (a) =>
    codes.push((a as { errorCode: number }).errorCode),
  )
  w.runtime.submit({ kind: 'listGroups', statesFilter: [], typesFilter: [] }, (a) =>
    codes.push((a as { errorCode: number }).errorCode),
  )
  w.clock.run()
  assert.deepEqual(codes, [errors.NONE, errors.COORDINATOR_LOAD_IN_PROGRESS])
})

test('a group loaded with more members than allowed rebalances down to them', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(3)
  w.config.classicGroupMembersMax = 2
  w.fail()
  assert.equal(w.state(), 'PreparingRebalance')
  const joins = ids.map((memberId) => w.join({ memberId }))
  w.clock.advance(60_000)
  assert.deepEqual(
    joins.map((join) => join.answer!.errorCode),
    [errors.NONE, errors.NONE, errors.GROUP_MAX_SIZE_REACHED],
  )
})

test('describe shows metadata only of a stable group; a group that is not there is Dead', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(1)
  const stable = w.describe()
  assert.equal(stable.protocolData, 'range')
  assert.equal(textOf(stable.members![0]!.memberMetadata as Uint8Array), 'm')
  assert.equal(textOf(stable.members![0]!.memberAssignment as Uint8Array), 'part 0')
  assert.equal(stable.members![0]!.clientHost, '/127.0.0.1')
  w.join({ memberId: w.memberId() })
  assert.equal(w.describe().protocolData, '')
  assert.equal(w.describe().members![0]!.memberMetadata, undefined)
  const [old] = w.tell('describeClassic', { groupIds: ['none'], apiVersion: 5 })
  assert.deepEqual(old, { groupId: 'none', groupState: 'Dead' })
  assert.equal(w.describe('none').errorCode, errors.GROUP_ID_NOT_FOUND)
  assert.equal(w.describe('none').errorMessage, 'Group none not found.')
  assert.ok(ids)
})

test('lists groups by state and type, whatever the case', () => {
  const w = new ClassicWorld()
  w.stable(1)
  w.memberId({ groupId: 'h' })
  const list = (statesFilter: string[], typesFilter: string[] = []) =>
    w.tell('listGroups', { statesFilter, typesFilter }).groups.map(({ groupId }) => groupId)
  assert.deepEqual(list([]), ['g', 'h'])
  assert.deepEqual(list(['stable']), ['g'])
  assert.deepEqual(list(['EMPTY', 'Dead']), ['h'])
  assert.deepEqual(list([], ['classic']), ['g', 'h'])
  assert.deepEqual(list([], ['consumer']), [])
  assert.deepEqual(w.tell('listGroups', { statesFilter: ['stable'], typesFilter: [] }).groups, [
    { groupId: 'g', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
  ])
})

test('only empty groups are deleted, with their offsets', () => {
  const w = new ClassicWorld()
  const { ids } = w.stable(1)
  const remove = (groupIds: string[]) => w.tell('deleteGroups', { groupIds }).map(({ errorCode }) => errorCode)
  assert.deepEqual(remove(['g', 'none']), [errors.NON_EMPTY_GROUP, errors.GROUP_ID_NOT_FOUND])
  w.leaveOne(ids[0]!)
  assert.deepEqual(remove(['g']), [errors.NONE])
  assert.equal(w.describe().errorCode, errors.GROUP_ID_NOT_FOUND)
  w.fail()
  assert.equal(w.describe().errorCode, errors.GROUP_ID_NOT_FOUND)
})
