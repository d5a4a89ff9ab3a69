import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Writer } from '../../src/bytes/index.ts'
import {
  ConsumerProtocolSubscription,
  DeleteGroups,
  DescribeGroups,
  errorName,
  errors,
  FindCoordinator,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  type RequestIn,
  SyncGroup,
} from '../../src/protocol/index.ts'
import { type Broker, type Connection, isApache, startBroker } from './harness.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
/** What a consumer tells its leader, which Apache's coordinator reads, too. */
function subscription(topics: string[]): Uint8Array {
  const writer = new Writer()
  ConsumerProtocolSubscription.encode(writer, { topics }, 1)
  return Uint8Array.from([0, 1, ...writer.toBytes()])
}
const toT = subscription(['t'])
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

let broker: Broker
before(async () => {
  broker = await startBroker({
    config: { 'group.min.session.timeout.ms': '50', 'group.max.size': '3', 'offsets.topic.num.partitions': '1' },
  })
  // The topic of groups is made, and its coordinator loaded.
  await broker.ask(FindCoordinator, { keyType: 0, coordinatorKeys: ['any'] })
  const ask = { groupId: 'any', memberId: 'x', generationId: 1 }
  let heartbeat = await broker.ask(Heartbeat, ask)
  while (isApache && heartbeat.errorCode !== errors.UNKNOWN_MEMBER_ID) heartbeat = await broker.ask(Heartbeat, ask)
})
after(() => broker[Symbol.asyncDispose]())

type Join = RequestIn<typeof JoinGroup>
interface Member {
  readonly connection: Connection
  readonly groupId: string
  memberId: string
  generationId: number
}

const joinBody = (groupId: string, o: Partial<Join> = {}): Join => ({
  groupId,
  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 30_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: toT }],
  ...o,
})

/** Members wait for each other, so each has a connection of its own. */
async function member(groupId: string): Promise<Member> {
  return { connection: await broker.connect(), groupId, memberId: '', generationId: -1 }
}

/** Joins, taking the id that a first join is answered with. */
async function join(m: Member, o: Partial<Join> = {}) {
  let answer = await m.connection.ask(JoinGroup, joinBody(m.groupId, { memberId: m.memberId, ...o }))
  if (answer.errorCode === errors.MEMBER_ID_REQUIRED) {
    m.memberId = answer.memberId
    answer = await m.connection.ask(JoinGroup, joinBody(m.groupId, { memberId: m.memberId, ...o }))
  }
  m.memberId = answer.memberId
  m.generationId = answer.generationId
  return answer
}

async function sync(m: Member, assignments: [memberId: string, assignment: string][] = []) {
  const { groupId, memberId, generationId } = m
  return m.connection.ask(SyncGroup, {
    ...{ groupId, memberId, generationId, protocolType: 'consumer', protocolName: 'range' },
    assignments: assignments.map(([memberId, assignment]) => ({ memberId, assignment: bytes(assignment) })),
  })
}

async function heartbeat({ connection, groupId, memberId, generationId }: Member): Promise<string> {
  return errorName((await connection.ask(Heartbeat, { groupId, memberId, generationId })).errorCode)
}

async function stateOf(groupId: string): Promise<string> {
  const { groups } = await broker.ask(DescribeGroups, { groups: [groupId] })
  return groups[0]!.groupState
}

async function becomes(groupId: string, state: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while ((await stateOf(groupId)) !== state) {
    assert.ok(Date.now() < deadline, `${groupId} is ${await stateOf(groupId)}, not ${state}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A group of one that is stable. */
async function alone(groupId: string, o: Partial<Join> = {}): Promise<Member> {
  const one = await member(groupId)
  const joined = await join(one, o)
  assert.equal(joined.errorCode, errors.NONE)
  await sync(one, [[one.memberId, 'all']])
  return one
}

describe('a classic group', () => {
  it('gives a newcomer an id first', async () => {
    const one = await member('id')
    const first = await one.connection.ask(JoinGroup, joinBody('id'))
    assert.equal(errorName(first.errorCode), 'MEMBER_ID_REQUIRED')
    assert.match(first.memberId, /^test-[0-9a-f-]{36}$/)
    const old = await one.connection.ask(JoinGroup, joinBody('id-old'), 3)
    assert.deepEqual([old.errorCode, old.leader], [errors.NONE, old.memberId])
  })

  it('makes the first its leader, who divides the work that each then hears of', async () => {
    const one = await member('work')
    const joined = await join(one)
    assert.deepEqual([joined.errorCode, joined.leader, joined.generationId], [errors.NONE, one.memberId, 1])
    assert.deepEqual([joined.protocolType, joined.protocolName], ['consumer', 'range'])
    assert.deepEqual(
      joined.members.map((m) => [m.memberId, m.groupInstanceId, m.metadata]),
      [[one.memberId, null, toT]],
    )
    const synced = await sync(one, [[one.memberId, 'all of it']])
    assert.deepEqual([synced.errorCode, text(synced.assignment)], [errors.NONE, 'all of it'])
    assert.equal(await stateOf('work'), 'Stable')
  })

  it('rebalances when another comes, and when he goes', async () => {
    const one = await alone('two')
    const two = await member('two')
    const joining = join(two)
    await becomes('two', 'PreparingRebalance')
    assert.equal(await heartbeat(one), 'REBALANCE_IN_PROGRESS')
    const [led, followed] = await Promise.all([join(one), joining])
    assert.deepEqual(
      [led.generationId, followed.generationId, led.leader, followed.leader],
      [2, 2, one.memberId, one.memberId],
    )
    assert.equal(led.members.length, 2)
    assert.equal(followed.members.length, 0)
    const waiting = sync(two)
    await sync(one, [
      [one.memberId, 'half'],
      [two.memberId, 'other half'],
    ])
    assert.equal(text((await waiting).assignment), 'other half')
    assert.deepEqual([await heartbeat(one), await heartbeat(two)], ['NONE', 'NONE'])
    const left = await two.connection.ask(LeaveGroup, {
      groupId: 'two',
      members: [{ memberId: two.memberId, groupInstanceId: null }],
    })
    assert.deepEqual([left.errorCode, left.members[0]!.errorCode], [errors.NONE, errors.NONE])
    assert.equal(await heartbeat(one), 'REBALANCE_IN_PROGRESS')
    assert.equal((await join(one)).members.length, 1)
  })

  it('lets a member go that is not heard of for its session', async () => {
    await alone('silent', { sessionTimeoutMs: 50 })
    await becomes('silent', 'Empty')
  })

  it('chooses a protocol that all members know', async () => {
    const protocols = (...names: string[]) => names.map((name) => ({ name, metadata: toT }))
    const one = await alone('vote', { protocols: protocols('sticky', 'range') })
    const two = await member('vote')
    const joining = join(two, { protocols: protocols('range', 'roundrobin') })
    await becomes('vote', 'PreparingRebalance')
    const [led] = await Promise.all([join(one, { protocols: protocols('sticky', 'range') }), joining])
    assert.equal(led.protocolName, 'range')
    const three = await member('vote')
    const refused = await join(three, { protocols: protocols('roundrobin') })
    assert.equal(errorName(refused.errorCode), 'INCONSISTENT_GROUP_PROTOCOL')
    const other = await join(three, { protocolType: 'connect', protocols: protocols('range') })
    assert.equal(errorName(other.errorCode), 'INCONSISTENT_GROUP_PROTOCOL')
  })

  it('keeps a static member’s place over a restart of it, and fences the one before', async () => {
    const groupInstanceId = 'i'
    const one = await alone('static', { groupInstanceId })
    const again = await member('static')
    const joined = await join(again, { groupInstanceId })
    assert.deepEqual([joined.errorCode, joined.generationId], [errors.NONE, 1])
    assert.notEqual(again.memberId, one.memberId)
    assert.equal(text((await sync(again)).assignment), 'all')
    const { groupId, memberId, generationId } = one
    const fenced = await one.connection.ask(Heartbeat, { groupId, memberId, generationId, groupInstanceId })
    assert.equal(errorName(fenced.errorCode), 'FENCED_INSTANCE_ID')
    const left = await one.connection.ask(LeaveGroup, { groupId, members: [{ memberId: '', groupInstanceId }] })
    assert.deepEqual([left.members[0]!.groupInstanceId, left.members[0]!.errorCode], ['i', errors.NONE])
    await becomes('static', 'Empty')
  })

  it('says what is wrong with who asks', async () => {
    const one = await alone('strict')
    const { connection, groupId, memberId, generationId } = one
    const beat = async (o: object) =>
      errorName((await connection.ask(Heartbeat, { groupId, memberId, generationId, ...o })).errorCode)
    assert.equal(await beat({ memberId: 'stranger' }), 'UNKNOWN_MEMBER_ID')
    assert.equal(await beat({ generationId: 9 }), 'ILLEGAL_GENERATION')
    assert.equal(await beat({ groupId: '' }), 'INVALID_GROUP_ID')
    assert.equal(await beat({ groupInstanceId: 'nobody' }), 'UNKNOWN_MEMBER_ID')
    const joinCode = async (o: Partial<Join>) =>
      errorName((await connection.ask(JoinGroup, joinBody('strict', o))).errorCode)
    assert.equal(await joinCode({ groupId: '' }), 'INVALID_GROUP_ID')
    assert.equal(await joinCode({ memberId: 'stranger' }), 'UNKNOWN_MEMBER_ID')
    assert.equal(await joinCode({ sessionTimeoutMs: 1 }), 'INVALID_SESSION_TIMEOUT')
    assert.equal(await joinCode({ sessionTimeoutMs: 10_000_000 }), 'INVALID_SESSION_TIMEOUT')
    assert.equal(await joinCode({ protocols: [] }), 'INCONSISTENT_GROUP_PROTOCOL')
    const synced = await connection.ask(SyncGroup, {
      ...{ groupId, memberId, generationId, protocolType: 'consumer', protocolName: 'sticky' },
      assignments: [],
    })
    assert.equal(errorName(synced.errorCode), 'INCONSISTENT_GROUP_PROTOCOL')
    const left = await connection.ask(LeaveGroup, { groupId, members: [{ memberId: 'x', groupInstanceId: null }] })
    assert.equal(errorName(left.members[0]!.errorCode), 'UNKNOWN_MEMBER_ID')
    assert.equal(await heartbeat(one), 'NONE')
  })

  it('takes no more members than it may have', async () => {
    const members = await Promise.all([1, 2, 3].map(() => member('full')))
    const joined = await Promise.all(members.map((m) => join(m)))
    assert.deepEqual(new Set(joined.map((j) => errorName(j.errorCode))), new Set(['NONE']))
    assert.equal(errorName((await join(await member('full'))).errorCode), 'GROUP_MAX_SIZE_REACHED')
  })
})

describe('DescribeGroups', () => {
  it('tells state, protocol, members, what each subscribes to and has', async () => {
    const one = await alone('told')
    const { groups } = await broker.ask(DescribeGroups, { groups: ['told'] })
    const { members, ...group } = groups[0]!
    assert.deepEqual(
      { ...group, errorMessage: group.errorMessage ?? '' },
      {
        errorCode: errors.NONE,
        errorMessage: '',
        groupId: 'told',
        groupState: 'Stable',
        protocolType: 'consumer',
        protocolData: 'range',
        authorizedOperations: -(2 ** 31),
      },
    )
    assert.equal(members.length, 1)
    const [it] = members
    assert.deepEqual([it!.memberId, it!.clientId, it!.groupInstanceId], [one.memberId, 'test', null])
    assert.equal(it!.clientHost, '/127.0.0.1')
    assert.deepEqual([it!.memberMetadata, text(it!.memberAssignment)], [toT, 'all'])
  })

  it('says that a group is not there: as dead in old versions', async () => {
    const now = (await broker.ask(DescribeGroups, { groups: ['absent'] })).groups[0]!
    assert.deepEqual([errorName(now.errorCode), now.groupState], ['GROUP_ID_NOT_FOUND', 'Dead'])
    const old = (await broker.ask(DescribeGroups, { groups: ['absent'] }, 5)).groups[0]!
    assert.deepEqual([errorName(old.errorCode), old.groupState], ['NONE', 'Dead'])
  })
})

describe('ListGroups', () => {
  it('lists groups by state and by kind', async () => {
    await alone('listed')
    const list = async (o: { statesFilter?: string[]; typesFilter?: string[] }) => {
      const { errorCode, groups } = await broker.ask(ListGroups, o)
      assert.equal(errorCode, errors.NONE)
      return groups.filter((g) => g.groupId === 'listed').map((g) => `${g.protocolType} ${g.groupState} ${g.groupType}`)
    }
    const found = ['consumer Stable classic']
    assert.deepEqual(await list({}), found)
    assert.deepEqual(await list({ statesFilter: ['Stable', 'Empty'] }), found)
    assert.deepEqual(await list({ statesFilter: ['stable'] }), found)
    assert.deepEqual(await list({ statesFilter: ['Empty'] }), [])
    assert.deepEqual(await list({ typesFilter: ['Classic'] }), found)
    assert.deepEqual(await list({ typesFilter: ['consumer'] }), [])
  })
})

describe('DeleteGroups', () => {
  it('removes groups that nobody is in', async () => {
    await alone('busy')
    const one = await alone('done')
    await one.connection.ask(LeaveGroup, { groupId: 'done', members: [{ memberId: one.memberId }] })
    const { results } = await broker.ask(DeleteGroups, { groupsNames: ['busy', 'done', 'absent', ''] })
    assert.deepEqual(results.map((r) => `${r.groupId} ${errorName(r.errorCode)}`).sort(), [
      ' GROUP_ID_NOT_FOUND',
      'absent GROUP_ID_NOT_FOUND',
      'busy NON_EMPTY_GROUP',
      'done NONE',
    ])
    assert.equal(await stateOf('done'), 'Dead')
    assert.equal(await stateOf('busy'), 'Stable')
  })
})
