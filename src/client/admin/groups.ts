import { isMalformed } from '../../bytes/index.ts'
import {
  ConsumerGroupDescribe,
  DeleteGroups,
  DescribeGroups,
  errors,
  LeaveGroup,
  ListGroups,
  OffsetDelete,
} from '../../protocol/index.ts'
import { decodeAssignment } from '../consumer/consumer-protocol.ts'
import { brokerError, isKafkaError, type KafkaError, type Outcome, outcome } from '../errors.ts'
import { type CommitItem, type CommittedOffset, commitOffsets, fetchCommitted } from '../group-offsets.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import type { Node } from '../network/metadata.ts'
import { groupByTopic, PartitionMap, type TopicPartition } from '../topic-partition.ts'
import { allFailed, askEach } from './each.ts'

export type GroupType = 'classic' | 'consumer' | 'share' | 'streams' | 'unknown'

export interface GroupListing {
  readonly groupId: string
  /** 'unknown' when the broker does not tell (before 3.8). */
  readonly type: GroupType
  /** `consumer` for consumers; '' for groups that only commit. */
  readonly protocolType: string
  /** Stable, Empty, PreparingRebalance, CompletingRebalance, Assigning, Reconciling, NotReady, Dead; '' = not told. */
  readonly state: string
}

export interface ListGroupsOptions extends CallOptions {
  readonly states?: readonly string[]
  readonly types?: readonly string[]
}

/** Every broker is asked about the groups that it coordinates. */
export async function listGroups(
  cluster: Cluster,
  o: ListGroupsOptions,
): Promise<{ groups: GroupListing[]; errors: KafkaError[] }> {
  const states = o.states ?? []
  const types = o.types ?? []
  await cluster.retry('Metadata', o, () => cluster.refresh())
  const ids = [...cluster.metadata.nodes.keys()]
  const answers = await askEach(cluster, 'ListGroups', ids, o, async (some) => {
    const results = new Map<number, Outcome<GroupListing[]>>()
    await Promise.all(
      some.map(async (id) => {
        try {
          const answer = await cluster.ask(
            id,
            ListGroups,
            { statesFilter: states, typesFilter: types },
            { floor: types.length > 0 ? 5 : states.length > 0 ? 4 : 0 },
          )
          const groups = answer.groups.map((g) => ({
            groupId: g.groupId,
            type: typeOf(g.groupType),
            protocolType: g.protocolType,
            state: g.groupState,
          }))
          results.set(id, outcome(answer.errorCode, null, groups))
        } catch (error) {
          if (!isKafkaError(error)) throw error
          results.set(id, { error, value: null })
        }
      }),
    )
    return results
  })
  const groups = new Map<string, GroupListing>()
  const failures: KafkaError[] = []
  for (const answer of answers.values()) {
    if (answer.error !== null) failures.push(answer.error)
    else for (const group of answer.value) groups.set(group.groupId, group)
  }
  return { groups: [...groups.values()], errors: failures }
}

function typeOf(text: string): GroupType {
  const lower = text.toLowerCase()
  return lower === 'classic' || lower === 'consumer' || lower === 'share' || lower === 'streams' ? lower : 'unknown'
}

export interface MemberDescription {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly host: string
  readonly assignment: readonly TopicPartition[]
  /** Consumer protocol only; null otherwise. */
  readonly targetAssignment: readonly TopicPartition[] | null
  readonly memberEpoch: number | null
  /** A member of a consumer group that speaks the classic protocol is not upgraded; null = not told. */
  readonly isUpgraded: boolean | null
  readonly rackId: string | null
  readonly subscribedTopics: readonly string[] | null
}

export interface GroupDescription {
  readonly groupId: string
  readonly type: GroupType
  readonly state: string
  readonly coordinator: Node
  /** Classic: `consumer`, or another application's. */
  readonly protocolType: string
  /** The assignor in use; '' = none. */
  readonly assignor: string
  readonly members: readonly MemberDescription[]
  readonly groupEpoch: number | null
  readonly targetAssignmentEpoch: number | null
}

/** By the coordinator of each group. */
async function askCoordinators<V>(
  cluster: Cluster,
  what: string,
  groupIds: readonly string[],
  o: CallOptions,
  ask: (node: Node, ids: readonly string[]) => Promise<Map<string, Outcome<V>>>,
): Promise<Map<string, Outcome<V>>> {
  return askEach(cluster, what, groupIds, o, async (ids) => {
    const results = new Map<string, Outcome<V>>()
    const byNode = new Map<number, { node: Node; ids: string[] }>()
    const found = await cluster.findCoordinators('group', ids)
    for (const [id, { node, errorCode, errorMessage }] of found) {
      if (errorCode !== errors.NONE) {
        results.set(id, { error: brokerError(errorCode, errorMessage), value: null })
        continue
      }
      const known = byNode.get(node.id)
      if (known) known.ids.push(id)
      else byNode.set(node.id, { node, ids: [id] })
    }
    await Promise.all(
      [...byNode.values()].map(async ({ node, ids: some }) => {
        try {
          for (const [id, result] of await ask(node, some)) results.set(id, result)
        } catch (error) {
          if (!isKafkaError(error)) throw error
          for (const [id, result] of allFailed<string, V>(some, error)) results.set(id, result)
        }
      }),
    )
    return results
  })
}

/**
 * Asks as for a consumer group first, then, for those that are none, as for a classic group. A group that does not exist
 * is GROUP_ID_NOT_FOUND, or from older brokers a classic group in state Dead.
 */
export async function describeGroups(
  cluster: Cluster,
  groupIds: readonly string[],
  o: CallOptions,
): Promise<Map<string, Outcome<GroupDescription>>> {
  return askCoordinators(cluster, 'DescribeGroups', groupIds, o, async (node, ids) => {
    const results = new Map<string, Outcome<GroupDescription>>()
    const { versions } = await cluster.connection(node)
    if (versions.find(ConsumerGroupDescribe) !== null) {
      for (const [id, result] of await describeConsumerGroups(cluster, node, ids)) results.set(id, result)
    }
    const rest = ids.filter((id) => {
      const result = results.get(id)
      return result === undefined || result.error?.number === errors.GROUP_ID_NOT_FOUND
    })
    if (rest.length > 0) {
      for (const [id, result] of await describeClassicGroups(cluster, node, rest)) results.set(id, result)
    }
    return results
  })
}

async function describeConsumerGroups(
  cluster: Cluster,
  node: Node,
  ids: readonly string[],
): Promise<Map<string, Outcome<GroupDescription>>> {
  const answer = await cluster.ask(node, ConsumerGroupDescribe, { groupIds: ids })
  return new Map(
    answer.groups.map((g) => [
      g.groupId,
      outcome(g.errorCode, g.errorMessage, {
        groupId: g.groupId,
        type: 'consumer',
        state: g.groupState,
        coordinator: node,
        protocolType: 'consumer',
        assignor: g.assignorName,
        groupEpoch: g.groupEpoch,
        targetAssignmentEpoch: g.assignmentEpoch,
        members: g.members.map((m) => ({
          memberId: m.memberId,
          instanceId: m.instanceId,
          clientId: m.clientId,
          host: m.clientHost,
          assignment: named(m.assignment),
          targetAssignment: named(m.targetAssignment),
          memberEpoch: m.memberEpoch,
          isUpgraded: m.memberType < 0 ? null : m.memberType === 1,
          rackId: m.rackId,
          subscribedTopics: m.subscribedTopicNames,
        })),
      }),
    ]),
  )
}

function named(a: {
  readonly topicPartitions: readonly { readonly topicName: string; readonly partitions: readonly number[] }[]
}): TopicPartition[] {
  return a.topicPartitions.flatMap((t) => t.partitions.map((partition) => ({ topic: t.topicName, partition })))
}

async function describeClassicGroups(
  cluster: Cluster,
  node: Node,
  ids: readonly string[],
): Promise<Map<string, Outcome<GroupDescription>>> {
  const answer = await cluster.ask(node, DescribeGroups, { groups: ids })
  return new Map(
    answer.groups.map((g) => [
      g.groupId,
      outcome(g.errorCode, g.errorMessage, {
        groupId: g.groupId,
        type: 'classic',
        state: g.groupState,
        coordinator: node,
        protocolType: g.protocolType,
        assignor: g.protocolData,
        groupEpoch: null,
        targetAssignmentEpoch: null,
        members: g.members.map((m) => ({
          memberId: m.memberId,
          instanceId: m.groupInstanceId,
          clientId: m.clientId,
          host: m.clientHost,
          assignment: g.protocolType === 'consumer' ? readable(m.memberAssignment) : [],
          targetAssignment: null,
          memberEpoch: null,
          isUpgraded: null,
          rackId: null,
          subscribedTopics: null,
        })),
      }),
    ]),
  )
}

/** What another application wrote there may be anything. */
function readable(bytes: Uint8Array): TopicPartition[] {
  try {
    return decodeAssignment(bytes)
  } catch (error) {
    if (!isMalformed(error)) throw error
    return []
  }
}

export async function deleteGroups(
  cluster: Cluster,
  groupIds: readonly string[],
  o: CallOptions,
): Promise<Map<string, Outcome>> {
  return askCoordinators(cluster, 'DeleteGroups', groupIds, o, async (node, ids) => {
    const answer = await cluster.ask(node, DeleteGroups, { groupsNames: ids })
    return new Map(answer.results.map((r) => [r.groupId, outcome(r.errorCode, null, undefined)]))
  })
}

/** `partitions` null: all that the group has committed. */
export async function listGroupOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
  o: CallOptions & { readonly requireStable?: boolean },
): Promise<PartitionMap<Outcome<CommittedOffset>>> {
  return cluster.retry('OffsetFetch', o, () =>
    fetchCommitted(cluster, groupId, partitions, { requireStable: o.requireStable ?? false }),
  )
}

/** Commits for a group without members, or none of whose members subscribe to these topics. */
export async function alterGroupOffsets(
  cluster: Cluster,
  groupId: string,
  items: readonly CommitItem[],
  o: CallOptions,
): Promise<PartitionMap<Outcome>> {
  const codes = await cluster.retry('OffsetCommit', o, () =>
    commitOffsets(cluster, { groupId, memberId: '', generation: -1, instanceId: null }, items),
  )
  const results = new PartitionMap<Outcome>()
  for (const [p, code] of codes) results.set(p.topic, p.partition, outcome(code, null, undefined))
  return results
}

export async function deleteGroupOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
  o: CallOptions,
): Promise<PartitionMap<Outcome>> {
  const answer = await cluster.retry('OffsetDelete', o, () =>
    cluster.askCoordinator(
      'group',
      groupId,
      OffsetDelete,
      {
        groupId,
        topics: [...groupByTopic(partitions)].map(([name, list]) => ({
          name,
          partitions: list.map((p) => ({ partitionIndex: p.partition })),
        })),
      },
      (a) => a.errorCode,
    ),
  )
  if (answer.errorCode !== errors.NONE) throw brokerError(answer.errorCode)
  const results = new PartitionMap<Outcome>()
  for (const t of answer.topics) {
    for (const p of t.partitions) results.set(t.name, p.partitionIndex, outcome(p.errorCode, null, undefined))
  }
  return results
}

export interface MemberToRemove {
  readonly memberId?: string
  readonly instanceId?: string
}

/** Classic groups; static members by instance id. */
export async function removeGroupMembers(
  cluster: Cluster,
  groupId: string,
  members: readonly MemberToRemove[],
  reason: string,
  o: CallOptions,
): Promise<Map<MemberToRemove, Outcome>> {
  const answer = await cluster.retry('LeaveGroup', o, () =>
    cluster.askCoordinator(
      'group',
      groupId,
      LeaveGroup,
      {
        groupId,
        members: members.map((m) => ({ memberId: m.memberId ?? '', groupInstanceId: m.instanceId ?? null, reason })),
      },
      (a) => a.errorCode,
      { floor: 3 },
    ),
  )
  if (answer.errorCode !== errors.NONE) throw brokerError(answer.errorCode)
  return new Map(
    members.map((m, i) => [m, outcome(answer.members[i]?.errorCode ?? errors.UNKNOWN_SERVER_ERROR, null, undefined)]),
  )
}
