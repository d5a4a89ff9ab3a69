import { ZERO_UUID } from '../../bytes/index.ts'
import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  DeleteGroups,
  DescribeGroups,
  errors,
  FindCoordinator,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  type ResponseIn,
  SyncGroup,
} from '../../protocol/index.ts'
import { authorizedOn, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import { answering, type Guarded, type GuardRow, guard, split, whole } from './guard.ts'
import { nameOf } from './topics.ts'

const refused = { errorCode: errors.GROUP_AUTHORIZATION_FAILED }
const topicRefused = errors.TOPIC_AUTHORIZATION_FAILED

const mayRead = (who: Guarded, { groupId }: { readonly groupId: string }) => who.may('read', 'group', groupId)

const offsetCommit = guard(OffsetCommit, (who, request, reply, next) => {
  const mayGroup = mayRead(who, request)
  const [allowed, others] = split(request.topics, (topic) => {
    const name = nameOf(who, topic)
    return mayGroup && (name === null || who.may('read', 'topic', name))
  })
  if (mayGroup && others.length === 0) return next(request, reply)
  const errorCode = mayGroup ? topicRefused : refused.errorCode
  const refusals = others.map(({ name, topicId, partitions }) => ({
    ...{ name, topicId },
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }))
  if (allowed.length === 0) return void reply.send({ topics: refusals })
  const together = answering(reply, (answer) => ({ ...answer, topics: [...(answer.topics ?? []), ...refusals] }))
  return next({ ...request, topics: allowed }, together)
})

type FetchedGroup = NonNullable<ResponseIn<typeof OffsetFetch>['groups']>[number]
type FetchedTopic = NonNullable<FetchedGroup['topics']>[number]

const notFetched = (partitionIndex: number) => ({
  ...{ partitionIndex, errorCode: topicRefused, committedOffset: -1, metadata: '' },
})

const offsetFetch = guard(OffsetFetch, (who, request, reply, next) => {
  const mayTopic = (topic: { readonly name?: string | undefined; readonly topicId?: string | undefined }) => {
    const { name = '', topicId = ZERO_UUID } = topic
    const known = who.cx.apiVersion >= 10 ? nameOf(who, { name, topicId }) : name
    return known === null || who.may('describe', 'topic', known)
  }
  if (who.cx.apiVersion < 8) {
    if (!who.may('describe', 'group', request.groupId)) return void reply.send({ ...refused, topics: [] })
    const [allowed, others] = split(request.topics ?? [], mayTopic)
    const more = others.map(({ name, partitionIndexes }) => ({ name, partitions: partitionIndexes.map(notFetched) }))
    const isAll = request.topics === null
    const together = answering(reply, (answer) => {
      const topics = (answer.topics ?? []).filter((topic) => !isAll || who.may('describe', 'topic', topic.name ?? ''))
      return { ...answer, topics: [...topics, ...more] }
    })
    return next({ ...request, topics: isAll ? null : allowed }, together)
  }
  const [groups, others] = split(request.groups, ({ groupId }) => who.may('describe', 'group', groupId))
  const more = new Map<string, FetchedTopic[]>()
  const asked = groups.map((group) => {
    if (group.topics === null) return group
    const [allowed, refusedTopics] = split(group.topics, mayTopic)
    const list = refusedTopics.map(({ name, topicId, partitionIndexes }) => ({
      ...{ name, topicId, partitions: partitionIndexes.map(notFetched) },
    }))
    more.set(group.groupId, list)
    return { ...group, topics: allowed }
  })
  const refusals = others.map(({ groupId }) => ({ groupId, topics: [], ...refused }))
  if (asked.length === 0) return void reply.send({ groups: refusals })
  const together = answering(reply, (answer) => {
    const answered = (answer.groups ?? []).map((group) => {
      const list = more.get(group.groupId ?? '')
      // All offsets were asked for: those that may not be seen are left out.
      if (list === undefined) return { ...group, topics: (group.topics ?? []).filter(mayTopic) }
      return { ...group, topics: [...(group.topics ?? []), ...list] }
    })
    return { ...answer, groups: [...answered, ...refusals] }
  })
  return next({ ...request, groups: asked }, together)
})

const GROUP = 0
const TRANSACTION = 1

const findCoordinator = guard(FindCoordinator, (who, request, reply, next) => {
  const { keyType } = request
  const errorCode = keyType === GROUP ? refused.errorCode : errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  const mayFind = (key: string): boolean => {
    if (keyType === GROUP) return who.may('describe', 'group', key)
    if (keyType === TRANSACTION) return who.may('describe', 'transactionalId', key)
    return who.mayCluster('clusterAction')
  }
  const nowhere = { nodeId: -1, host: '', port: -1 }
  if (who.cx.apiVersion < 4) {
    if (mayFind(request.key)) return next(request, reply)
    const errorMessage = keyType === GROUP ? 'Group authorization failed.' : 'Transactional Id authorization failed.'
    return void reply.send({ ...nowhere, errorCode, errorMessage })
  }
  const [allowed, others] = split(request.coordinatorKeys, mayFind)
  if (others.length === 0) return next(request, reply)
  const code = keyType === GROUP || keyType === TRANSACTION ? errorCode : errors.CLUSTER_AUTHORIZATION_FAILED
  const refusals = others.map((key) => ({ key, ...nowhere, errorCode: code, errorMessage: '' }))
  if (allowed.length === 0) return void reply.send({ coordinators: refusals })
  const together = answering(reply, (answer) => ({
    ...{ ...answer, coordinators: [...(answer.coordinators ?? []), ...refusals] },
  }))
  return next({ ...request, coordinatorKeys: allowed }, together)
})

const describeGroups = guard(DescribeGroups, (who, request, reply, next) => {
  const [allowed, others] = split(request.groups, (group) => who.may('describe', 'group', group))
  const empty = { groupState: '', protocolType: '', protocolData: '', members: [] }
  const refusals = others.map((groupId) => ({ groupId, ...refused, ...empty }))
  const together = answering(reply, (answer) => {
    const groups = (answer.groups ?? []).map((group) => ({
      ...group,
      authorizedOperations: request.includeAuthorizedOperations
        ? authorizedOn('group', (operation) => who.may(operation, 'group', group.groupId ?? ''))
        : OPERATIONS_NOT_ASKED,
    }))
    return { ...answer, groups: [...groups, ...refusals] }
  })
  if (allowed.length === 0) return void reply.send({ groups: refusals })
  return next({ ...request, groups: allowed }, together)
})

const listGroups = guard(ListGroups, (who, request, reply, next) => {
  if (who.mayCluster('describe')) return next(request, reply)
  const seen = answering(reply, (answer) => {
    const groups = (answer.groups ?? []).filter(({ groupId }) => who.may('describe', 'group', groupId ?? ''))
    return { ...answer, groups }
  })
  return next(request, seen)
})

const deleteGroups = guard(DeleteGroups, (who, request, reply, next) => {
  const [allowed, others] = split(request.groupsNames, (group) => who.may('delete', 'group', group))
  if (others.length === 0) return next(request, reply)
  const refusals = others.map((groupId) => ({ groupId, ...refused }))
  const together = answering(reply, (answer) => ({ ...answer, results: [...(answer.results ?? []), ...refusals] }))
  return next({ ...request, groupsNames: allowed }, together)
})

const offsetDelete = guard(OffsetDelete, (who, request, reply, next) => {
  if (!who.may('delete', 'group', request.groupId)) return void reply.send({ ...refused, topics: [] })
  const [allowed, others] = split(request.topics, ({ name }) => who.may('read', 'topic', name))
  if (others.length === 0) return next(request, reply)
  const refusals = others.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: topicRefused })),
  }))
  const together = answering(reply, (answer) => ({ ...answer, topics: [...(answer.topics ?? []), ...refusals] }))
  return next({ ...request, topics: allowed }, together)
})

const consumerGroupHeartbeat = guard(ConsumerGroupHeartbeat, (who, request, reply, next) => {
  const none = { memberEpoch: 0, heartbeatIntervalMs: 0 }
  if (!mayRead(who, request)) return void reply.send({ ...refused, ...none })
  const mayAll = (request.subscribedTopicNames ?? []).every((name) => who.may('describe', 'topic', name))
  if (mayAll) return next(request, reply)
  reply.send({ errorCode: topicRefused, ...none })
  return undefined
})

const HIDDEN = 'The described group uses topics that the client is not authorized to describe.'

const consumerGroupDescribe = guard(ConsumerGroupDescribe, (who, request, reply, next) => {
  const [allowed, others] = split(request.groupIds, (group) => who.may('describe', 'group', group))
  const empty = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] }
  const refusals = others.map((groupId) => ({ groupId, ...refused, ...empty }))
  if (allowed.length === 0) return void reply.send({ groups: refusals })
  const together = answering(reply, (answer) => {
    const groups = (answer.groups ?? []).map((group) => {
      const topics = new Set<string>()
      for (const member of group.members ?? []) {
        for (const name of member.subscribedTopicNames ?? []) topics.add(name)
        for (const given of [member.assignment, member.targetAssignment]) {
          for (const { topicName } of given?.topicPartitions ?? []) topics.add(topicName ?? '')
        }
      }
      if (![...topics].every((name) => who.may('describe', 'topic', name))) {
        return { groupId: group.groupId, errorCode: topicRefused, errorMessage: HIDDEN, ...empty }
      }
      const authorizedOperations = request.includeAuthorizedOperations
        ? authorizedOn('group', (operation) => who.may(operation, 'group', group.groupId ?? ''))
        : OPERATIONS_NOT_ASKED
      return { ...group, authorizedOperations }
    })
    return { ...answer, groups: [...groups, ...refusals] }
  })
  return next({ ...request, groupIds: allowed }, together)
})

export const groupGuards: readonly GuardRow[] = [
  ...[offsetCommit, offsetFetch, findCoordinator, describeGroups, listGroups, deleteGroups, offsetDelete],
  ...[consumerGroupHeartbeat, consumerGroupDescribe],
  whole(JoinGroup, mayRead, () => ({ ...refused, generationId: -1, leader: '', memberId: '', members: [] })),
  whole(SyncGroup, mayRead, () => ({ ...refused, assignment: new Uint8Array(0) })),
  whole(Heartbeat, mayRead, () => refused),
  whole(LeaveGroup, mayRead, () => ({ ...refused, members: [] })),
]
