import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  CreateTopics,
  DeleteGroups,
  DescribeGroups,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  SyncGroup,
} from '../../../src/protocol/index.ts'
import type { Case, Facts } from '../oracle.ts'

type Given = Record<string, unknown>
type Fields = (v: number, f: Facts) => Given

const bytes = (value: string) => new TextEncoder().encode(value)
/** ConsumerProtocol version 0: the topic `read`, no user data. */
const subscription = Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 4, ...bytes('read'), 255, 255, 255, 255])
const know = (f: Facts, name: string) => String(f.known.get(name) ?? '')
/** While a coordinator loads, both ask for patience. */
const loaded = (answer: unknown) => !/"errorCode":(14|15|16)\b/.test(JSON.stringify(answer))

function group(api: Case['api'], name: string, fields: Fields, o: Partial<Case> = {}): Case {
  return { name, api, fields, until: loaded, ...o }
}

const join = (name: string, fields: Fields, o: Partial<Case> = {}) =>
  group(
    JoinGroup,
    name,
    (v, f) => ({
      groupId: `classic-${v}`,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription }],
      ...fields(v, f),
    }),
    { mayDiffer: { '(memberId|leader)$': 'an id by chance' }, ...o },
  )

function learnMember(answer: object, facts: Facts, version: number): void {
  const { memberId } = answer as { memberId: string }
  if (memberId !== '') facts.known.set(`member ${version}`, memberId)
}

const current = (v: number, f: Facts): Given => ({ groupId: `classic-${v}`, memberId: know(f, `member ${v}`) })

const commit = (name: string, fields: Fields, partition: Given = {}, o: Partial<Case> = {}) =>
  group(
    OffsetCommit,
    name,
    (v, f) => ({
      groupId: 'simple',
      memberId: '',
      generationIdOrMemberEpoch: -1,
      topics: [
        {
          ...(v >= 10 ? { topicId: know(f, 'id of read') } : { name: 'read' }),
          partitions: [{ partitionIndex: 0, committedOffset: 5 + v, committedMetadata: 'note', ...partition }],
        },
      ],
      ...fields(v, f),
    }),
    o,
  )

const offsets = (name: string, groupId: string, v10: string[] | null, o: Partial<Case> = {}) =>
  group(
    OffsetFetch,
    name,
    (v, f) => {
      const topics = v10?.map((topic) => ({
        ...(v >= 10 ? { topicId: know(f, `id of ${topic}`) || 'Aa0aaaaaSaaaaaaaaaaaaQ' } : { name: topic }),
        partitionIndexes: [0, 7],
      }))
      return v >= 8 ? { groups: [{ groupId, topics: topics ?? null }] } : { groupId, topics: topics ?? null }
    },
    o,
  )

const beat = (name: string, fields: Fields, o: Partial<Case> = {}) =>
  group(
    ConsumerGroupHeartbeat,
    name,
    (v, f) => ({
      groupId: `modern-${v}`,
      memberId: `member-${v}`,
      memberEpoch: 0,
      rebalanceTimeoutMs: 30_000,
      subscribedTopicNames: ['read'],
      topicPartitions: [],
      ...fields(v, f),
    }),
    o,
  )

/** Which member gets which partition goes by member ids, which are made by chance. */
const byChance = { 'ssignment\\.topicPartitions': 'goes by ids made by chance' }
const describedAt = { memberId$: 'ids by chance are learned only from the joining answer' }

export const groupCases: readonly Case[] = [
  {
    name: 'the topic of this part',
    api: CreateTopics,
    versions: [7, 7],
    fields: () => ({
      topics: [{ name: 'read', numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 10_000,
    }),
    learn: (answer, facts) => {
      const [topic] = (answer as unknown as { topics: { topicId: string }[] }).topics
      facts.known.set('id of read', topic!.topicId)
    },
  },
  join('without a member id', () => ({}), {
    learn: learnMember,
    mayDiffer: { memberId$: 'an id by chance', leader$: 'an id by chance' },
  }),
  join('with the id that was given', (v, f) => ({ memberId: know(f, `member ${v}`) }), { learn: learnMember }),
  join('an empty group', () => ({ groupId: '' })),
  join('too short a session', () => ({ sessionTimeoutMs: 1 })),
  join('too long a session', () => ({ sessionTimeoutMs: 99_000_000 })),
  join('an unknown member', () => ({ memberId: 'nobody' })),
  join('no protocol', () => ({ groupId: 'other', protocols: [] })),
  join('no protocol type', () => ({ groupId: 'other', protocolType: '' })),
  join('another protocol type', (v) => ({ groupId: `classic-${v}`, protocolType: 'connect' })),
  join('protocols that nobody else has', () => ({ protocols: [{ name: 'other', metadata: bytes('') }] })),
  group(SyncGroup, 'as the leader', (v, f) => ({
    ...current(Math.min(9, v + 4), f),
    generationId: 1,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [{ memberId: know(f, `member ${Math.min(9, v + 4)}`), assignment: bytes('assignment') }],
  })),
  group(SyncGroup, 'an unknown member', (v) => ({
    groupId: `classic-${v}`,
    generationId: 1,
    memberId: 'nobody',
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  })),
  group(SyncGroup, 'an unknown group', () => ({
    groupId: 'absent',
    generationId: 1,
    memberId: 'nobody',
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  })),
  group(SyncGroup, 'another generation', (v, f) => ({
    ...current(v, f),
    generationId: 9,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  })),
  group(
    SyncGroup,
    'another protocol',
    (v, f) => ({ ...current(v, f), generationId: 1, protocolType: 'consumer', protocolName: 'other', assignments: [] }),
    { versions: [5, 5] },
  ),
  group(Heartbeat, 'a heartbeat', (v, f) => ({ ...current(v + 5, f), generationId: 1 })),
  group(Heartbeat, 'a heartbeat of another generation', (v, f) => ({ ...current(v + 5, f), generationId: 9 })),
  group(Heartbeat, 'a heartbeat of nobody', (v) => ({
    groupId: `classic-${v + 5}`,
    memberId: 'nobody',
    generationId: 1,
  })),
  group(Heartbeat, 'a heartbeat for an unknown group', () => ({
    groupId: 'absent',
    memberId: 'nobody',
    generationId: 1,
  })),
  group(Heartbeat, 'a heartbeat for an empty group', () => ({ groupId: '', memberId: 'nobody', generationId: 1 })),
  group(DescribeGroups, 'groups', () => ({ groups: ['classic-9', 'absent', ''] })),
  group(
    DescribeGroups,
    'groups with what one may do',
    () => ({ groups: ['classic-9'], includeAuthorizedOperations: true }),
    { versions: [3, 6] },
  ),
  group(ListGroups, 'groups', () => ({})),
  group(ListGroups, 'groups in a state', () => ({ statesFilter: ['Stable'] }), { versions: [4, 5] }),
  group(ListGroups, 'groups of a type', () => ({ typesFilter: ['classic'] }), { versions: [5, 5] }),
  group(ListGroups, 'groups of an unknown type', () => ({ typesFilter: ['round'] }), { versions: [5, 5] }),
  commit('without members', () => ({})),
  commit('an unknown partition', () => ({}), { partitionIndex: 9 }),
  commit('too long a note', () => ({}), { committedMetadata: 'x'.repeat(5000) }),
  commit('a generation of a group that has none', () => ({
    groupId: 'never',
    generationIdOrMemberEpoch: 3,
    memberId: 'nobody',
  })),
  commit('into a group with members', () => ({ groupId: 'classic-9' })),
  commit('as a member', (_, f) => ({
    groupId: 'classic-9',
    generationIdOrMemberEpoch: 1,
    memberId: know(f, 'member 9'),
  })),
  commit('of another generation', (_, f) => ({
    groupId: 'classic-9',
    generationIdOrMemberEpoch: 9,
    memberId: know(f, 'member 9'),
  })),
  commit('into an empty group', () => ({ groupId: '' })),
  offsets('committed', 'simple', ['read', 'absent']),
  offsets('everything committed', 'simple', null, { versions: [2, 10] }),
  offsets('of an unknown group', 'absent', ['read']),
  offsets('of an unknown group, everything', 'absent', null, { versions: [2, 10] }),
  group(
    OffsetFetch,
    'of two groups',
    () => ({
      groups: [
        { groupId: 'simple', topics: null },
        { groupId: 'absent', topics: null },
      ],
    }),
    { versions: [8, 10] },
  ),
  group(
    OffsetFetch,
    'as a member that is none',
    () => ({ groups: [{ groupId: 'simple', memberId: 'nobody', memberEpoch: 4, topics: null }] }),
    { versions: [9, 10] },
  ),
  group(OffsetFetch, 'what is stable', () => ({ requireStable: true, groups: [{ groupId: 'simple', topics: null }] }), {
    versions: [8, 10],
  }),
  group(
    OffsetFetch,
    'a group twice',
    () => ({
      groups: [
        { groupId: 'simple', topics: null },
        { groupId: 'simple', topics: null },
      ],
    }),
    { versions: [8, 10] },
  ),
  offsets('of an empty group', '', ['read']),
  commit('a topic that is not there', (v) => ({
    topics: [
      {
        ...(v >= 10 ? { topicId: 'Aa0aaaaaSaaaaaaaaaaaaQ' } : { name: 'absent' }),
        partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: null }],
      },
    ],
  })),
  commit('nothing', () => ({ topics: [] })),
  commit('a negative offset', () => ({}), { committedOffset: -5 }),
  group(OffsetDelete, 'an offset of an empty group', () => ({
    groupId: '',
    topics: [{ name: 'read', partitions: [{ partitionIndex: 0 }] }],
  })),
  group(DescribeGroups, 'a group twice', () => ({ groups: ['absent', 'absent'] })),
  group(DescribeGroups, 'no group', () => ({ groups: [] })),
  group(ConsumerGroupDescribe, 'a group twice', () => ({ groupIds: ['absent', 'absent'] })),
  group(DeleteGroups, 'a group twice', () => ({ groupsNames: ['absent', 'absent'] })),
  group(ConsumerGroupDescribe, 'no group', () => ({ groupIds: [] })),
  group(ConsumerGroupDescribe, 'an empty group', () => ({ groupIds: [''] })),
  group(DeleteGroups, 'no group', () => ({ groupsNames: [] })),
  group(ListGroups, 'groups in an unknown state', () => ({ statesFilter: ['Asleep'] }), { versions: [4, 5] }),
  group(ListGroups, 'groups in a state in other letters', () => ({ statesFilter: ['stable', 'EMPTY'] }), {
    versions: [4, 5],
  }),
  group(
    Heartbeat,
    'a heartbeat of an unknown instance',
    () => ({
      groupId: 'classic-9',
      memberId: 'nobody',
      groupInstanceId: 'nobody',
      generationId: 1,
    }),
    { versions: [3, 4] },
  ),
  group(LeaveGroup, 'an empty group', () => ({ groupId: '', memberId: 'x', members: [{ memberId: 'x' }] })),
  group(LeaveGroup, 'nobody', () => ({ groupId: 'classic-9', members: [] }), { versions: [3, 5] }),
  group(OffsetDelete, 'an offset', () => ({
    groupId: 'simple',
    topics: [
      { name: 'read', partitions: [{ partitionIndex: 0 }, { partitionIndex: 7 }] },
      { name: 'absent', partitions: [{ partitionIndex: 0 }] },
    ],
  })),
  group(OffsetDelete, 'an offset of an unknown group', () => ({
    groupId: 'absent',
    topics: [{ name: 'read', partitions: [{ partitionIndex: 0 }] }],
  })),
  group(LeaveGroup, 'an unknown member', (v) => ({
    groupId: `classic-${v + 4}`,
    memberId: 'nobody',
    members: [{ memberId: 'nobody' }],
  })),
  group(LeaveGroup, 'a member', (v, f) => ({
    ...current(v + 4, f),
    members: [{ memberId: know(f, `member ${v + 4}`) }],
  })),
  group(LeaveGroup, 'a member of an unknown group', () => ({
    groupId: 'absent',
    memberId: 'nobody',
    members: [{ memberId: 'nobody' }],
  })),
  group(
    LeaveGroup,
    'an unknown static member',
    (v) => ({ groupId: `classic-${v}`, members: [{ memberId: '', groupInstanceId: 'nobody' }] }),
    { versions: [3, 5] },
  ),
  beat('joins', () => ({})),
  beat('goes on', () => ({
    memberEpoch: 1,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    topicPartitions: null,
  })),
  beat('an unknown member', () => ({
    memberId: 'nobody',
    memberEpoch: 5,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    topicPartitions: null,
  })),
  beat('an epoch of the future', () => ({
    memberEpoch: 99,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    topicPartitions: null,
  })),
  beat('an unknown group', () => ({
    groupId: 'absent',
    memberEpoch: 5,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    topicPartitions: null,
  })),
  beat('an empty group', () => ({ groupId: '' })),
  beat('no member id', () => ({ memberId: '' }), { versions: [1, 1] }),
  beat('no subscription', () => ({ memberId: 'newcomer', subscribedTopicNames: null })),
  beat('no time for a rebalance', () => ({ memberId: 'newcomer', rebalanceTimeoutMs: -1 })),
  beat('partitions while joining', (_, f) => ({
    memberId: 'newcomer',
    topicPartitions: [{ topicId: know(f, 'id of read'), partitions: [0] }],
  })),
  beat('an unknown assignor', () => ({ memberId: 'newcomer', serverAssignor: 'lottery' })),
  beat('an empty instance', () => ({ memberId: 'newcomer', instanceId: '' })),
  beat('a pattern', (v) => ({ groupId: `pattern-${v}`, subscribedTopicNames: null, subscribedTopicRegex: 'rea.*' }), {
    versions: [1, 1],
  }),
  beat(
    'a malformed pattern',
    () => ({ groupId: 'pattern-bad', subscribedTopicNames: null, subscribedTopicRegex: 'rea[' }),
    { versions: [1, 1] },
  ),
  beat('a classic group with members', () => ({ groupId: 'classic-1' }), { mayDiffer: byChance }),
  beat('a negative epoch', () => ({ memberEpoch: -7 })),
  beat('an instance that leaves for a while, of which nobody knows', () => ({ memberEpoch: -2, instanceId: 'nobody' })),
  group(ConsumerGroupDescribe, 'consumer groups', () => ({ groupIds: ['modern-0', 'absent', 'classic-1'] }), {
    mayDiffer: { ...byChance, ...describedAt },
  }),
  beat('leaves', () => ({ memberEpoch: -1 })),
  group(DeleteGroups, 'groups', (v) => ({ groupsNames: [`modern-${v}`, 'absent', 'classic-1', ''] })),
]
