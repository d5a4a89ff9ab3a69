import { ZERO_UUID } from '../../bytes/index.ts'
import { type ErrorCode, errors } from '../../protocol/index.ts'
import type { Shard, TimerAsk, Where } from '../../runtime/index.ts'
import { ClassicGroup } from './classic/group.ts'
import { heartbeatClassicGroup } from './classic/heartbeat.ts'
import { joinClassicGroup } from './classic/join.ts'
import { leaveAnswer, leaveClassicGroup, leaversOf } from './classic/leave.ts'
import { joinTimerFired, overCapacityTimerFired, sessionTimerFired, syncTimerFired } from './classic/rebalance.ts'
import { applyGroupMetadata } from './classic/record.ts'
import { assignmentRefused, syncClassicGroup } from './classic/sync.ts'
import type { GroupCoordinatorConfig } from './config.ts'
import { deleteGroups, describeClassicGroups, listGroups } from './describe.ts'
import type { GroupAnswer, GroupAsk, GroupInput } from './inputs.ts'
import { commitOffsets, commitTransactionalOffsets } from './offsets/commit.ts'
import { deleteOffsets, deleteOffsetsOfTopics } from './offsets/delete.ts'
import { expireOffsets } from './offsets/expire.ts'
import { fetchOffsets } from './offsets/fetch.ts'
import { committedOffset } from './offsets/store.ts'
import type { GroupRecord, OffsetCommitKey, OffsetCommitValue } from './records.ts'
import { failedAnswer, refusal } from './refusals.ts'
import { GroupState } from './state.ts'
import { parseTimerKey, timerKey } from './timer-key.ts'
import { type GroupDeps, Turn } from './turn.ts'

export type GroupShard = Shard<GroupState, GroupInput, GroupAnswer, GroupRecord>

/** The groups whose id falls to one partition of `__consumer_offsets`. */
export function groupShard(config: GroupCoordinatorConfig, deps: GroupDeps): GroupShard {
  return {
    empty: () => new GroupState(),
    decide(state, input, to, now) {
      const turn = new Turn(state, config, deps, now, to)
      decide(turn, input)
      return turn.decision()
    },
    apply,
    applyMarker: (state, at, outcome) => state.offsets.endTransaction(at.producer?.id ?? -1, outcome),
    loaded: (state, now) => loaded(state, config, now.monoMs),
    timer: (key) => ({ kind: 'timer', key }),
    failed: failedAnswer,
    describe: (input) => (input.kind === 'timer' ? `timer ${input.key}` : input.kind),
  }
}

function decide(turn: Turn, input: GroupInput): void {
  switch (input.kind) {
    case 'image':
      deleteOffsetsOfTopics(turn, input.delta.topicsDeleted)
      return
    case 'timer':
      timerFired(turn, input.key)
      return
    case 'assignmentRefused': {
      const group = turn.state.groups.get(input.groupId)
      if (group?.type === 'classic') assignmentRefused(turn, group, input.generation)
      return
    }
    default:
      answer(turn, input)
  }
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
    case 'syncGroup':
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

function answer(turn: Turn, ask: GroupAsk): void {
  const problem = check(turn, ask)
  if (problem !== errors.NONE) {
    turn.reply(ask.kind, turn.to, refusal(ask, problem))
    return
  }
  switch (ask.kind) {
    case 'joinGroup':
      joinClassicGroup(turn, ask.client, ask.request)
      return
    case 'syncGroup': {
      const group = classicGroup(turn, ask.request.groupId)
      if (group === null) turn.reply('syncGroup', turn.to, { errorCode: errors.UNKNOWN_MEMBER_ID })
      else syncClassicGroup(turn, group, ask.request)
      return
    }
    case 'heartbeat': {
      const group = classicGroup(turn, ask.request.groupId)
      if (group === null) turn.reply('heartbeat', turn.to, { errorCode: errors.UNKNOWN_MEMBER_ID })
      else heartbeatClassicGroup(turn, group, ask.request)
      return
    }
    case 'leaveGroup': {
      const { apiVersion } = ask.client
      const group = classicGroup(turn, ask.request.groupId)
      const leavers = leaversOf(ask.request, apiVersion)
      if (group !== null) leaveClassicGroup(turn, group, leavers, apiVersion)
      else
        turn.reply(
          'leaveGroup',
          turn.to,
          leaveAnswer(leavers, apiVersion, () => errors.UNKNOWN_MEMBER_ID),
        )
      return
    }
    case 'consumerGroupHeartbeat':
      turn.reply('consumerGroupHeartbeat', turn.to, { errorCode: errors.UNSUPPORTED_VERSION })
      return
    case 'offsetCommit':
      commitOffsets(turn, ask.client, ask.request)
      return
    case 'txnOffsetCommit':
      commitTransactionalOffsets(turn, ask.client, ask.request)
      return
    case 'offsetFetch':
      fetchOffsets(turn, ask.group, ask.requireStable)
      return
    case 'offsetDelete':
      deleteOffsets(turn, ask.request)
      return
    case 'describeClassic':
      describeClassicGroups(turn, ask.groupIds, ask.apiVersion)
      return
    case 'describeConsumer':
      turn.reply(
        'describeConsumer',
        turn.to,
        ask.groupIds.map((groupId) => ({ groupId, errorCode: errors.GROUP_ID_NOT_FOUND })),
      )
      return
    case 'listGroups':
      listGroups(turn, ask.statesFilter, ask.typesFilter)
      return
    case 'deleteGroups':
      deleteGroups(turn, ask.groupIds)
  }
}

function classicGroup(turn: Turn, groupId: string): ClassicGroup | null {
  const group = turn.state.groups.get(groupId)
  return group?.type === 'classic' ? group : null
}

function timerFired(turn: Turn, key: string): void {
  const { kind, groupId, memberId } = parseTimerKey(key)
  if (kind === 'expire-offsets') {
    expireOffsets(turn)
    return
  }
  const group = turn.state.groups.get(groupId)
  if (group === undefined) return
  switch (kind) {
    case 'classic-session':
      sessionTimerFired(turn, group, memberId)
      return
    case 'classic-join':
      joinTimerFired(turn, group)
      return
    case 'classic-sync':
      syncTimerFired(turn, group)
      return
    case 'classic-over-capacity':
      overCapacityTimerFired(turn, group)
  }
}

function apply(state: GroupState, record: GroupRecord, at: Where): void {
  switch (record.type) {
    case 'LegacyOffsetCommit': {
      const value = record.value && { ...record.value, leaderEpoch: -1, expireTimestamp: -1, topicId: ZERO_UUID }
      applyOffset(state, record.key, value, at)
      return
    }
    case 'OffsetCommit':
      applyOffset(state, record.key, record.value, at)
      return
    case 'GroupMetadata':
      applyGroupMetadata(state, record.key.group, record.value)
  }
}

function applyOffset(state: GroupState, key: OffsetCommitKey, value: OffsetCommitValue | null, at: Where): void {
  const { group, topic, partition } = key
  if (value === null) {
    state.offsets.remove(group, topic, partition)
    return
  }
  // A simple consumer's first commit makes its group.
  if (!state.groups.has(group))
    state.groups.set(group, new ClassicGroup({ id: group, state: 'Empty', stateTimestampMs: value.commitTimestamp }))
  const committed = committedOffset(value, at.offset)
  if (at.producer === null) state.offsets.commit(group, topic, partition, committed)
  else state.offsets.addPending(at.producer.id, group, topic, partition, committed)
}

function loaded(state: GroupState, config: GroupCoordinatorConfig, nowMs: number): readonly TimerAsk[] {
  state.isLoaded = true
  const timers: TimerAsk[] = [
    { key: timerKey('expire-offsets'), atMonoMs: nowMs + config.offsetsRetentionCheckIntervalMs },
  ]
  for (const group of state.groups.values()) {
    for (const member of group.members.values())
      timers.push({ key: timerKey('classic-session', group.id, member.id), atMonoMs: nowMs + member.sessionTimeoutMs })
    if (group.members.size > config.classicGroupMembersMax)
      timers.push({ key: timerKey('classic-over-capacity', group.id), atMonoMs: nowMs })
  }
  return timers
}
