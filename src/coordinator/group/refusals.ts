import { type ErrorCode, errors } from '../../protocol/index.ts'
import { joinRefused } from './classic/answers.ts'
import { leaveAnswer, leaversOf } from './classic/leave.ts'
import type { GroupAnswer, GroupAsk, GroupInput } from './inputs.ts'
import { refuseAll } from './offsets/commit.ts'

/** What a client may be told of an error below the coordinator. */
function toldCode(code: ErrorCode): ErrorCode {
  switch (code) {
    case errors.UNKNOWN_TOPIC_OR_PARTITION:
    case errors.NOT_ENOUGH_REPLICAS:
    case errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case errors.REQUEST_TIMED_OUT:
      return errors.COORDINATOR_NOT_AVAILABLE
    case errors.NOT_LEADER_OR_FOLLOWER:
    case errors.FENCED_LEADER_EPOCH:
    case errors.KAFKA_STORAGE_ERROR:
      return errors.NOT_COORDINATOR
    case errors.MESSAGE_TOO_LARGE:
    case errors.RECORD_LIST_TOO_LARGE:
    case errors.INVALID_FETCH_SIZE:
      return errors.UNKNOWN_SERVER_ERROR
    case errors.NETWORK_EXCEPTION:
      return errors.COORDINATOR_LOAD_IN_PROGRESS
    default:
      return code
  }
}

/** The answer to an input that came to no decision, or whose records were not written. */
export function failedAnswer(input: GroupInput, code: ErrorCode): GroupAnswer {
  if (input.kind === 'image' || input.kind === 'timer' || input.kind === 'refused')
    throw new Error(`nobody waits for ${input.kind}`)
  return refusal(input, toldCode(code))
}

/** The answer that says `errorCode` wherever the request's own shape wants it. */
export function refusal(input: GroupAsk, errorCode: ErrorCode): GroupAnswer {
  switch (input.kind) {
    case 'joinGroup':
      return {
        ...joinRefused(errorCode, input.request.memberId),
        protocolName: input.client.apiVersion < 7 ? '' : null,
      }
    case 'heartbeat':
      // A member that heartbeats while its group is being loaded has nothing to do but go on.
      return { errorCode: errorCode === errors.COORDINATOR_LOAD_IN_PROGRESS ? errors.NONE : errorCode }
    case 'leaveGroup':
      return errorCode === errors.UNKNOWN_MEMBER_ID
        ? leaveAnswer(leaversOf(input.request, input.client.apiVersion), input.client.apiVersion, () => errorCode)
        : { errorCode }
    case 'syncGroup':
    case 'consumerGroupHeartbeat':
    case 'offsetDelete':
      return { errorCode }
    case 'offsetCommit':
    case 'txnOffsetCommit':
      return { topics: refuseAll(input.request.topics, errorCode) }
    case 'offsetFetch':
      return { groupId: input.group.groupId, errorCode, topics: [] }
    case 'describeClassic':
      return input.groupIds.map((groupId) => ({ groupId, errorCode }))
    case 'describeConsumer':
      return input.groupIds.map((groupId) => ({ groupId, errorCode }))
    case 'listGroups':
      return { errorCode, groups: [] }
    case 'deleteGroups':
      return input.groupIds.map((groupId) => ({ groupId, errorCode }))
  }
}
