import type { MetadataImage } from '../../../metadata/index.ts'
import { errors } from '../../../protocol/index.ts'
import { mapPieces, type Pieces } from '../../../runtime/index.ts'
import type { DescribedConsumerGroup } from '../inputs.ts'
import type { Turn } from '../turn.ts'
import type { ConsumerGroup } from './group.ts'
import type { ConsumerMember } from './member.ts'
import type { ListedPartitions } from './partitions.ts'
import { assignorNames } from './target.ts'

export function* describeConsumerGroups(turn: Turn, groupIds: readonly string[]): Pieces<void> {
  const answer = yield* mapPieces(groupIds, (groupId): DescribedConsumerGroup => {
    const group = turn.state.groups.get(groupId)
    if (groupId === '') return { groupId, errorCode: errors.INVALID_GROUP_ID }
    if (group?.type === 'consumer') return describeGroup(turn, group)
    const errorMessage =
      group === undefined ? `Group ${groupId} not found.` : `Group ${groupId} is not a consumer group.`
    return { groupId, errorCode: errors.GROUP_ID_NOT_FOUND, errorMessage }
  })
  turn.reply('describeConsumer', turn.to, answer)
}

function describeGroup(turn: Turn, group: ConsumerGroup): DescribedConsumerGroup {
  const image = turn.deps.image()
  return {
    errorCode: errors.NONE,
    groupId: group.id,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: group.preferredAssignor() ?? assignorNames(turn)[0]!,
    members: [...group.members.values()].map((member) => describeMember(group, member, image)),
  }
}

function describeMember(group: ConsumerGroup, member: ConsumerMember, image: MetadataImage) {
  const held = new Map<string, number[]>()
  for (const part of [member.assigned, member.pendingRevocation])
    for (const [topicId, partitions] of part) held.set(topicId, [...(held.get(topicId) ?? []), ...partitions.keys()])
  return {
    memberId: member.id,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.epoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: member.topicNames,
    subscribedTopicRegex: member.topicRegex,
    assignment: named(held, image),
    targetAssignment: named(group.target(member.id), image),
    memberType: member.classic === null ? 1 : 0,
  }
}

function named(partitions: ReadonlyMap<string, readonly number[]>, image: MetadataImage) {
  const topicPartitions: (ListedPartitions & { topicName: string })[] = []
  for (const [topicId, indexes] of partitions) {
    const topicName = image.topicsById.get(topicId)?.name
    if (topicName !== undefined) topicPartitions.push({ topicId, topicName, partitions: indexes })
  }
  return { topicPartitions }
}
