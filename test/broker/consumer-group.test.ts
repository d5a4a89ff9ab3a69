import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  DeleteGroups,
  DescribeGroups,
  errorName,
  errors,
  FindCoordinator,
  ListGroups,
  type RequestIn,
  type ResponseOf,
} from '../../src/protocol/index.ts'
import { type Broker, isApache, makeTopics, startBroker } from './harness.ts'

let broker: Broker
const ids = new Map<string, string>()
before(async () => {
  broker = await startBroker({
    config: {
      'offsets.topic.num.partitions': '1',
      'group.consumer.min.session.timeout.ms': '50',
      'group.consumer.min.heartbeat.interval.ms': '10',
    },
  })
  const [two, other] = await makeTopics(broker, { name: 'two', partitions: 2 }, { name: 'other', partitions: 1 })
  ids.set(two!, 'two').set(other!, 'other')
  await broker.ask(FindCoordinator, { keyType: 0, coordinatorKeys: ['any'] })
  const ask = { groupId: 'any', memberId: 'x', memberEpoch: 5 }
  let answer = await broker.ask(ConsumerGroupHeartbeat, ask)
  while (isApache && !/GROUP_ID|MEMBER_ID/.test(errorName(answer.errorCode)))
    answer = await broker.ask(ConsumerGroupHeartbeat, ask)
})
after(() => broker[Symbol.asyncDispose]())

type Ask = RequestIn<typeof ConsumerGroupHeartbeat>
type Owned = Map<string, number[]>

/** A member as clients are: keeps what it is assigned, and says what it owns. */
class Member {
  readonly groupId: string
  readonly memberId: string
  epoch = 0
  owned: Owned = new Map()
  subscribed: Partial<Ask>

  constructor(groupId: string, memberId: string, subscribed: Partial<Ask> = { subscribedTopicNames: ['two'] }) {
    this.groupId = groupId
    this.memberId = memberId
    this.subscribed = subscribed
  }

  ask(o: Partial<Ask> = {}) {
    const { groupId, memberId, epoch } = this
    const topicPartitions = [...this.owned].map(([topicId, partitions]) => ({ topicId, partitions }))
    const whole =
      epoch === 0 ? { rebalanceTimeoutMs: 10_000, ...this.subscribed, topicPartitions: [] } : { topicPartitions }
    return broker.ask(ConsumerGroupHeartbeat, { groupId, memberId, memberEpoch: epoch, ...whole, ...o })
  }

  /** One heartbeat, acted upon. */
  async beat(o: Partial<Ask> = {}): Promise<ResponseOf<typeof ConsumerGroupHeartbeat>> {
    const answer = await this.ask(o)
    assert.equal(errorName(answer.errorCode), 'NONE')
    this.epoch = answer.memberEpoch
    if (answer.assignment !== null) {
      this.owned = new Map(answer.assignment.topicPartitions.map((t) => [t.topicId, [...t.partitions]]))
    }
    return answer
  }

  get has(): string[] {
    return [...this.owned].flatMap(([id, partitions]) => partitions.map((index) => `${ids.get(id)}-${index}`)).sort()
  }
}

/** Members go on with their heartbeats until each has as many partitions as expected, and all know the same epoch. */
async function settle(members: Member[], counts: number[]): Promise<void> {
  const deadline = Date.now() + 20_000
  const isSettled = () =>
    members.every((m, i) => m.has.length === counts[i]) && new Set(members.map((m) => m.epoch)).size === 1
  do {
    for (const member of members) await member.beat()
    assert.ok(Date.now() < deadline, members.map((m) => `${m.memberId} ${m.epoch}: ${m.has}`).join('; '))
  } while (!isSettled())
}

const memberId = (n: number) => `Aa0aaaaaSaaaaaaaaaaaa${'AEIMQUYcgkosw048'[n]}`

async function describeGroup(groupId: string) {
  return (await broker.ask(ConsumerGroupDescribe, { groupIds: [groupId] })).groups[0]!
}

describe('a consumer group', () => {
  it('gives a member its epoch, its interval and its partitions', async () => {
    const one = new Member('one', memberId(0))
    const answer = await one.beat()
    assert.deepEqual([answer.memberId, answer.heartbeatIntervalMs], [one.memberId, 5000])
    await settle([one], [2])
    assert.deepEqual(one.has, ['two-0', 'two-1'])
    const quiet = await one.beat({ topicPartitions: null })
    assert.equal(quiet.assignment, null)
  })

  it('moves a partition when its owner has given it up', async () => {
    const one = new Member('moves', memberId(1))
    await settle([one], [2])
    const two = new Member('moves', memberId(2))
    await two.beat()
    assert.deepEqual(two.has, [])
    await settle([one, two], [1, 1])
    assert.deepEqual([...one.has, ...two.has].sort(), ['two-0', 'two-1'])
    const left = await two.ask({ memberEpoch: -1, topicPartitions: null })
    assert.deepEqual([left.errorCode, left.memberEpoch], [errors.NONE, -1])
    await settle([one], [2])
  })

  it('follows what its members subscribe to', async () => {
    const one = new Member('follows', memberId(3))
    await settle([one], [2])
    await one.beat({ subscribedTopicNames: ['other'] })
    await settle([one], [1])
    assert.deepEqual(one.has, ['other-0'])
  })

  it('hears of topics that are made after it subscribed', async () => {
    const one = new Member('waits', memberId(4), { subscribedTopicNames: ['later'] })
    await one.beat()
    assert.deepEqual(one.has, [])
    const [later] = await makeTopics(broker, { name: 'later', partitions: 1 })
    ids.set(later!, 'later')
    await settle([one], [1])
    assert.deepEqual(one.has, ['later-0'])
  })

  it('subscribes to patterns', async () => {
    const one = new Member('pattern', memberId(5), { subscribedTopicRegex: 'tw.|oth.*' })
    await settle([one], [3])
    assert.deepEqual(one.has, ['other-0', 'two-0', 'two-1'])
    const wrong = new Member('pattern', memberId(6), { subscribedTopicRegex: '(' })
    assert.equal(errorName((await wrong.ask()).errorCode), 'INVALID_REGULAR_EXPRESSION')
  })

  it('lets a member go that is not heard of', async () => {
    const short = await startBroker({
      topics: ['t'],
      config: {
        'group.consumer.session.timeout.ms': '100',
        'group.consumer.min.session.timeout.ms': '50',
        'group.consumer.heartbeat.interval.ms': '20',
        'group.consumer.min.heartbeat.interval.ms': '10',
      },
    })
    await short.ask(FindCoordinator, { keyType: 0, coordinatorKeys: ['silent'] })
    const ask = { groupId: 'silent', memberId: memberId(0), memberEpoch: 0, rebalanceTimeoutMs: 1000 }
    const joining = { ...ask, subscribedTopicNames: ['t'], topicPartitions: [] }
    let answer = await short.ask(ConsumerGroupHeartbeat, joining)
    while (isApache && answer.errorCode !== errors.NONE) answer = await short.ask(ConsumerGroupHeartbeat, joining)
    const deadline = Date.now() + 20_000
    for (;;) {
      const { groups } = await short.ask(ConsumerGroupDescribe, { groupIds: ['silent'] })
      if (groups[0]!.groupState === 'Empty') break
      assert.ok(Date.now() < deadline, groups[0]!.groupState)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await short[Symbol.asyncDispose]()
  })

  it('keeps a static member’s partitions while it is away, and fences another of its name', async () => {
    const instanceId = 'i'
    const one = new Member('static', memberId(7), { subscribedTopicNames: ['two'], instanceId })
    await settle([one], [2])
    const rival = new Member('static', memberId(8), { subscribedTopicNames: ['two'], instanceId })
    assert.equal(errorName((await rival.ask()).errorCode), 'UNRELEASED_INSTANCE_ID')
    const away = await one.ask({ memberEpoch: -2, instanceId, topicPartitions: null })
    assert.deepEqual([away.errorCode, away.memberEpoch], [errors.NONE, -2])
    await settle([rival], [2])
    assert.deepEqual(rival.has, ['two-0', 'two-1'])
    assert.equal(errorName((await one.ask({ instanceId })).errorCode), 'FENCED_INSTANCE_ID')
    assert.equal(errorName((await one.ask()).errorCode), 'UNKNOWN_MEMBER_ID')
  })

  it('says what is wrong with who asks', async () => {
    const one = new Member('strict', memberId(9))
    await settle([one], [2])
    const code = async (o: Partial<Ask>) => errorName((await one.ask(o)).errorCode)
    assert.equal(await code({ memberId: memberId(10) }), 'UNKNOWN_MEMBER_ID')
    assert.equal(await code({ memberEpoch: one.epoch + 5 }), 'FENCED_MEMBER_EPOCH')
    assert.equal(await code({ groupId: '' }), 'INVALID_REQUEST')
    assert.equal(await code({ memberEpoch: -5 }), 'INVALID_REQUEST')
    const fresh = new Member('strict', memberId(11))
    const freshCode = async (o: Partial<Ask>) => errorName((await fresh.ask(o)).errorCode)
    assert.equal(await freshCode({ memberId: '' }), 'INVALID_REQUEST')
    assert.equal(await freshCode({ rebalanceTimeoutMs: -1 }), 'INVALID_REQUEST')
    assert.equal(await freshCode({ subscribedTopicNames: null }), 'INVALID_REQUEST')
    assert.equal(await freshCode({ serverAssignor: 'mine' }), 'UNSUPPORTED_ASSIGNOR')
    assert.equal(await freshCode({ instanceId: '' }), 'INVALID_REQUEST')
  })
})

describe('ConsumerGroupDescribe', () => {
  it('tells epochs, assignor and each member’s subscription and assignment', async () => {
    const one = new Member('told', memberId(12), {
      subscribedTopicNames: ['two'],
      serverAssignor: 'range',
      rackId: 'r',
    })
    await settle([one], [2])
    const { members, ...group } = await describeGroup('told')
    assert.deepEqual(
      { ...group, errorMessage: group.errorMessage ?? '' },
      {
        errorCode: errors.NONE,
        errorMessage: '',
        groupId: 'told',
        groupState: 'Stable',
        groupEpoch: one.epoch,
        assignmentEpoch: one.epoch,
        assignorName: 'range',
        authorizedOperations: -(2 ** 31),
      },
    )
    const topicId = [...ids].find(([, name]) => name === 'two')![0]
    const assignment = { topicPartitions: [{ topicId, topicName: 'two', partitions: [0, 1] }] }
    assert.deepEqual(members, [
      {
        memberId: one.memberId,
        instanceId: null,
        rackId: 'r',
        memberEpoch: one.epoch,
        clientId: 'test',
        clientHost: '/127.0.0.1',
        subscribedTopicNames: ['two'],
        subscribedTopicRegex: '',
        assignment,
        targetAssignment: assignment,
        memberType: 1,
      },
    ])
  })

  it('says that a group is not there', async () => {
    assert.equal(errorName((await describeGroup('absent')).errorCode), 'GROUP_ID_NOT_FOUND')
  })
})

it('a group of this protocol is listed, is no classic one, and goes when nobody is in it', async () => {
  const one = new Member('kinds', memberId(13))
  await settle([one], [2])
  const listed = async (o: object) =>
    (await broker.ask(ListGroups, o)).groups
      .filter((g) => g.groupId === 'kinds')
      .map((g) => `${g.groupState} ${g.groupType}`)
  assert.deepEqual(await listed({}), ['Stable consumer'])
  assert.deepEqual(await listed({ typesFilter: ['classic'] }), [])
  const classic = (await broker.ask(DescribeGroups, { groups: ['kinds'] })).groups[0]!
  assert.equal(errorName(classic.errorCode), 'GROUP_ID_NOT_FOUND')
  const remove = async () =>
    errorName((await broker.ask(DeleteGroups, { groupsNames: ['kinds'] })).results[0]!.errorCode)
  assert.equal(await remove(), 'NON_EMPTY_GROUP')
  await one.ask({ memberEpoch: -1, topicPartitions: null })
  assert.equal(await remove(), 'NONE')
  assert.deepEqual(await listed({}), [])
})
