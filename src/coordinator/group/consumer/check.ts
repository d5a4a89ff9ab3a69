import { errors } from '../../../protocol/index.ts'
import type { GroupClient } from '../inputs.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { Turn } from '../turn.ts'
import type { HeartbeatRequest } from './heartbeat.ts'
import { GONE, LEFT_FOR_A_WHILE } from './member.ts'
import { assignorNames } from './target.ts'

/** From this version on a member brings its own id. */
const ownMemberIdSince = 1

/** What is wrong with a request by itself, or null. The texts are those that clients know. */
export function checkHeartbeat(turn: Turn, client: GroupClient, request: HeartbeatRequest): Refusal | null {
  const invalid = (text: string) => refuse(errors.INVALID_REQUEST, text)
  const { memberEpoch } = request
  const needsMemberId = client.apiVersion >= ownMemberIdSince || memberEpoch > 0 || memberEpoch === GONE
  if (needsMemberId && isBlank(request.memberId)) return invalid("MemberId can't be empty.")
  if (isBlank(request.groupId)) return invalid("GroupId can't be empty.")
  if (isBlank(request.instanceId)) return invalid("InstanceId can't be empty.")
  if (isBlank(request.rackId)) return invalid("RackId can't be empty.")
  if (memberEpoch === 0) {
    if (request.rebalanceTimeoutMs === -1) return invalid('RebalanceTimeoutMs must be provided in first request.')
    if (request.topicPartitions?.length !== 0) return invalid('TopicPartitions must be empty when (re-)joining.')
    if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null)
      return invalid('Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.')
  } else if (memberEpoch === LEFT_FOR_A_WHILE) {
    if (request.instanceId === null) return invalid("InstanceId can't be null.")
  } else if (memberEpoch < LEFT_FOR_A_WHILE) {
    return invalid('MemberEpoch is invalid.')
  }
  const names = assignorNames(turn)
  if (request.serverAssignor !== null && !names.includes(request.serverAssignor))
    return refuse(
      errors.UNSUPPORTED_ASSIGNOR,
      `ServerAssignor ${request.serverAssignor} is not supported. Supported assignors: ${names.join(', ')}.`,
    )
  return null
}

function isBlank(text: string | null): boolean {
  return text !== null && text.trim() === ''
}
