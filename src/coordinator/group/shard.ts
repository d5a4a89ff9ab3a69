import type { ErrorCode } from '../../protocol/index.ts'
import { errors } from '../../protocol/index.ts'
import { afterPieces, type Pieces, type Shard, type TimerAsk } from '../../runtime/index.ts'
import { apply } from './apply.ts'
import { heartbeatClassicGroup } from './classic/heartbeat.ts'
import { joinClassicGroup } from './classic/join.ts'
import { leaveAnswer, leaveClassicGroup, leaversOf } from './classic/leave.ts'
import { syncClassicGroup } from './classic/sync.ts'
import type { GroupCoordinatorConfig } from './config.ts'
import {
  heartbeatAsClassicMember,
  joinAsClassicMember,
  leaveAsClassicMembers,
  syncAsClassicMember,
} from './consumer/classic-members.ts'
import { describeConsumerGroups } from './consumer/describe.ts'
import { heartbeatConsumerGroup } from './consumer/heartbeat.ts'
import { deleteGroups, describeClassicGroups, listGroups } from './describe.ts'
import { imageChanged } from './image.ts'
import type { GroupAnswer, GroupAsk, GroupInput } from './inputs.ts'
import { commitOffsets, commitTransactionalOffsets } from './offsets/commit.ts'
import { deleteOffsets } from './offsets/delete.ts'
import { fetchOffsets } from './offsets/fetch.ts'
import type { GroupRecord } from './records.ts'
import { failedAnswer, refusal } from './refusals.ts'
import { recordsRefused } from './refused.ts'
import { GroupState } from './state.ts'
import { parseTimerKey } from './timer-key.ts'
import { loadedTimers, timerFired } from './timers.ts'
import { type GroupDeps, Turn } from './turn.ts'

/** SyncGroup from this version on: a member says which protocol its assignment is of (KIP-559). */
const protocolNamedSince = 5

export type GroupShard = Shard<GroupState, GroupInput, GroupAnswer, GroupRecord>

/** The groups whose id falls to one partition of `__consumer_offsets`. */
export function groupShard(config: GroupCoordinatorConfig, deps: GroupDeps): GroupShard {
  return {
    empty: () => new GroupState(),
    decide(state, input, to, now) {
      const turn = new Turn(state, config, deps, now, to)
      const pieces = decide(turn, input)
      const timerKey = input.kind === 'timer' ? input.key : null
      const decision = () => turn.decision({ kind: 'refused', groupId: groupIdOf(input), timerKey })
      return pieces === null ? decision() : afterPieces(pieces, decision)
    },
    apply,
    applyMarker: (state, at, outcome) => state.offsets.endTransaction(at.producer?.id ?? -1, outcome),
    loaded(state, now): readonly TimerAsk[] {
      state.isLoaded = true
      state.topicsAddedAt = deps.image().offset
      const turn = new Turn(state, config, deps, now, 0)
      loadedTimers(turn)
      return turn.decision({ kind: 'refused', groupId: null, timerKey: null }).timers ?? []
    },
    timer: (key) => ({ kind: 'timer', key }),
    failed: failedAnswer,
    describe: (input) => (input.kind === 'timer' ? `timer ${input.key}` : input.kind),
  }
}

/** Null when the decision is made, else the pieces that make it. */
function decide(turn: Turn, input: GroupInput): Pieces<void> | null {
  switch (input.kind) {
    case 'image':
      imageChanged(turn, input.delta)
      return null
    case 'timer':
      timerFired(turn, input.key)
      return null
    case 'refused':
      recordsRefused(turn, input.groupId, input.timerKey)
      return null
    default: {
      const problem = check(turn, input)
      if (problem === errors.NONE) return answer(turn, input) ?? null
      turn.reply(input.kind, turn.to, refusal(input, problem))
      return null
    }
  }
}

/** The one group that an input is about. */
function groupIdOf(input: GroupInput): string | null {
  if (input.kind === 'timer') return parseTimerKey(input.key).groupId
  return 'request' in input ? input.request.groupId : null
}

/** What can be said of a request without looking at any group; NONE when it may go on. */
function check(turn: Turn, ask: GroupAsk): ErrorCode {
  switch (ask.kind) {
    case 'joinGroup': {
      const { groupId, sessionTimeoutMs } = ask.request
      if (groupId === '') return errors.INVALID_GROUP_ID
      const { sessionTimeoutMsMin, sessionTimeoutMsMax } = turn.config
      const isAllowed = sessionTimeoutMs >= sessionTimeoutMsMin && sessionTimeoutMs <= sessionTimeoutMsMax
      return isAllowed ? errors.NONE : errors.INVALID_SESSION_TIMEOUT
    }
    case 'syncGroup': {
      const { groupId, protocolType, protocolName } = ask.request
      const isProtocolNamed = protocolType !== null && protocolName !== null
      if (ask.client.apiVersion >= protocolNamedSince && !isProtocolNamed) return errors.INCONSISTENT_GROUP_PROTOCOL
      return groupId === '' ? errors.INVALID_GROUP_ID : errors.NONE
    }
    case 'heartbeat':
    case 'leaveGroup':
    case 'txnOffsetCommit':
    case 'offsetDelete':
      return ask.request.groupId === '' ? errors.INVALID_GROUP_ID : errors.NONE
    default:
      // The empty group id is allowed to simple consumers that only keep offsets.
      return errors.NONE
  }
}

function answer(turn: Turn, ask: GroupAsk): Pieces<void> | undefined {
  switch (ask.kind) {
    case 'joinGroup': {
      const group = turn.state.groups.get(ask.request.groupId)
      if (group?.type === 'consumer' && group.state !== 'Empty')
        joinAsClassicMember(turn, ask.client, group, ask.request)
      else joinClassicGroup(turn, ask.client, ask.request)
      return
    }
    case 'syncGroup': {
      const group = turn.state.groups.get(ask.request.groupId)
      if (group?.type === 'classic') syncClassicGroup(turn, group, ask.request)
      else if (group?.type === 'consumer') syncAsClassicMember(turn, group, ask.request)
      else turn.reply('syncGroup', turn.to, { errorCode: errors.UNKNOWN_MEMBER_ID })
      return
    }
    case 'heartbeat': {
      const group = turn.state.groups.get(ask.request.groupId)
      if (group?.type === 'classic') heartbeatClassicGroup(turn, group, ask.request)
      else if (group?.type === 'consumer') heartbeatAsClassicMember(turn, group, ask.request)
      else turn.reply('heartbeat', turn.to, { errorCode: errors.UNKNOWN_MEMBER_ID })
      return
    }
    case 'leaveGroup': {
      const { apiVersion } = ask.client
      const group = turn.state.groups.get(ask.request.groupId)
      const leavers = leaversOf(ask.request, apiVersion)
      if (group?.type === 'classic') leaveClassicGroup(turn, group, leavers, apiVersion)
      else if (group?.type === 'consumer') leaveAsClassicMembers(turn, group, leavers, apiVersion)
      else
        turn.reply(
          'leaveGroup',
          turn.to,
          leaveAnswer(leavers, apiVersion, () => errors.UNKNOWN_MEMBER_ID),
        )
      return
    }
    case 'consumerGroupHeartbeat':
      heartbeatConsumerGroup(turn, ask.client, ask.request)
      return
    case 'offsetCommit':
      return commitOffsets(turn, ask.client, ask.request)
    case 'txnOffsetCommit':
      return commitTransactionalOffsets(turn, ask.client, ask.request, ask.guard)
    case 'offsetFetch':
      return fetchOffsets(turn, ask.group, ask.requireStable)
    case 'offsetDelete':
      return deleteOffsets(turn, ask.request)
    case 'describeClassic':
      return describeClassicGroups(turn, ask.groupIds, ask.apiVersion)
    case 'describeConsumer':
      return describeConsumerGroups(turn, ask.groupIds)
    case 'listGroups':
      return listGroups(turn, ask.statesFilter, ask.typesFilter)
    case 'deleteGroups':
      return deleteGroups(turn, ask.groupIds)
  }
}
