import { errors } from '../protocol/index.ts'
import { heard, whyNotLeader } from './leader-checks.ts'
import type { AddVoterRequest, RaftResponse, RemoveVoterRequest, UpdateVoterRequest } from './messages.ts'
import { endpointOf, isSameReplica, isVoter, type LeaderRole, type Turn } from './state.ts'
import { answer, appendControl, becomeResigned, isSameVoter, send } from './transitions.ts'
import type { ReplicaKey, Voter } from './types.ts'

const nobodyWaits = 'Request timed out waiting for leader to handle previous voter change request'

/**
 * Why the voter set cannot be changed now, as Apache says it: one change at a time, only after this leader has committed
 * a record of its own epoch, and never while an earlier VotersRecord is not committed (KIP-853).
 */
function whyNoChange(t: Turn, leader: LeaderRole, verb: 'adding' | 'removing'): [code: number, message: string] | null {
  const { s } = t
  const { history, highWatermark } = s
  if (leader.change !== null) return [errors.REQUEST_TIMED_OUT, nobodyWaits]
  if (highWatermark <= leader.epochStartOffset) {
    return [
      errors.REQUEST_TIMED_OUT,
      'Request timed out waiting for leader to establish HWM and fence previous voter changes',
    ]
  }
  if (history.kraftVersion < 1) {
    return [
      errors.UNSUPPORTED_VERSION,
      `Cluster doesn't support ${verb} voter because the kraft.version feature is ${history.kraftVersion}`,
    ]
  }
  if (history.votersOffset >= highWatermark) {
    return [
      errors.REQUEST_TIMED_OUT,
      `Request timed out waiting for voters to commit the latest voter change at ${history.votersOffset} with HWM ` +
        `${highWatermark}`,
    ]
  }
  return null
}

export function receiveAddVoter(t: Turn, m: AddVoterRequest, token: number): void {
  const { s, nowMs } = t
  const refuse = (errorCode: number, errorMessage: string | null = null): void =>
    answer(t, token, { api: 'addVoter', errorCode, errorMessage })
  const notLeader = whyNotLeader(s, s.epoch)
  if (notLeader !== null) return refuse(notLeader)
  const leader = s.role as LeaderRole
  if (m.voter.id < 0 || m.voter.directoryId === null) {
    return refuse(errors.INVALID_REQUEST, "Add voter request didn't include a valid voter")
  }
  const endpoint = endpointOf(s, m.endpoints)
  if (endpoint === null) {
    const named = m.endpoints.map((e) => e.name).join(', ')
    return refuse(
      errors.INVALID_REQUEST,
      `Add voter request didn't include the endpoint (${named}) for the default listener ${s.listener}`,
    )
  }
  const refusal = whyNoChange(t, leader, 'adding')
  if (refusal !== null) return refuse(...refusal)
  const { voters } = s.history
  if (voters.some((v) => v.key.id === m.voter.id)) {
    return refuse(
      errors.DUPLICATE_VOTER,
      `The voter id for ${nameOf(m.voter)} is already part of the set of voters ${namesOf(voters)}.`,
    )
  }
  const to = { id: m.voter.id, host: endpoint.host, port: endpoint.port }
  if (!send(t, to, { api: 'apiVersions' })) {
    return refuse(errors.REQUEST_TIMED_OUT, `New voter ${nameOf(m.voter)} is not ready to receive requests`)
  }
  leader.change = {
    api: 'addVoter',
    token,
    voter: { key: m.voter, endpoints: m.endpoints, kraftVersions: { min: 0, max: 0 } },
    ackWhenCommitted: m.ackWhenCommitted,
    deadlineMs: nowMs + Math.max(0, Math.min(m.timeoutMs, maxWaitMs)),
    offset: null,
  }
}

/** A change that takes longer is answered REQUEST_TIMED_OUT, and may still be committed. */
const maxWaitMs = 600_000

/** The new voter has said what it supports: it is added when it is caught up, so that commits do not wait for it. */
export function answeredApiVersions(t: Turn, from: number, m: RaftResponse): void {
  const { s, nowMs } = t
  if (s.role.kind !== 'leader') return
  const leader = s.role
  const { change } = leader
  if (change === null || change.offset !== null || change.voter.key.id !== from) return
  const name = nameOf(change.voter.key)
  if (m.errorCode !== errors.NONE) {
    return endChange(t, leader, errors.REQUEST_TIMED_OUT, `Aborted add voter operation for ${name}: it did not answer`)
  }
  const { history } = s
  const range = m.kraftVersions ?? { min: 0, max: 0 }
  if (history.kraftVersion < range.min || history.kraftVersion > range.max) {
    return endChange(
      t,
      leader,
      errors.INVALID_REQUEST,
      `Aborted add voter operation for ${name} since the kraft.version range (min: ${range.min}, max: ${range.max}) ` +
        `doesn't support the finalized version ${history.kraftVersion}`,
    )
  }
  const seen = leader.followers.get(from)
  const isCaughtUp =
    seen !== undefined &&
    isSameReplica(seen.key, change.voter.key) &&
    seen.lastCaughtUpMs >= 0 &&
    nowMs - seen.lastFetchMs <= s.timeouts.fetchMs
  if (!isCaughtUp) {
    return endChange(
      t,
      leader,
      errors.REQUEST_TIMED_OUT,
      `Aborted add voter operation for ${name} since it is lagging behind`,
    )
  }
  const voter = { ...change.voter, kraftVersions: range }
  const offset = appendControl(t, [{ type: 'voters', voters: [...history.voters, voter] }])
  leader.change = { ...change, voter, offset }
  if (!change.ackWhenCommitted) answerChange(t, leader.change, errors.NONE, null)
}

export function receiveRemoveVoter(t: Turn, m: RemoveVoterRequest, token: number): void {
  const { s, nowMs } = t
  const refuse = (errorCode: number, errorMessage: string | null = null): void =>
    answer(t, token, { api: 'removeVoter', errorCode, errorMessage })
  const notLeader = whyNotLeader(s, s.epoch)
  if (notLeader !== null) return refuse(notLeader)
  const leader = s.role as LeaderRole
  if (m.voter.id < 0 || m.voter.directoryId === null) {
    return refuse(errors.INVALID_REQUEST, "Remove voter request didn't include a valid voter")
  }
  const refusal = whyNoChange(t, leader, 'removing')
  if (refusal !== null) return refuse(...refusal)
  const { voters } = s.history
  const voter = voters.find((v) => isSameReplica(v.key, m.voter))
  if (voter === undefined) {
    return refuse(
      errors.VOTER_NOT_FOUND,
      `Cannot remove voter ${nameOf(m.voter)} from the set of voters ${namesOf(voters)}`,
    )
  }
  if (voters.length === 1) {
    return refuse(errors.INVALID_REQUEST, `Cannot remove voter ${nameOf(m.voter)}: it is the only one`)
  }
  const offset = appendControl(t, [{ type: 'voters', voters: voters.filter((v) => v !== voter) }])
  leader.change = {
    api: 'removeVoter',
    token,
    voter,
    ackWhenCommitted: true,
    deadlineMs: nowMs + s.timeouts.requestMs,
    offset,
  }
}

/** Answered as soon as it is appended. With kraft.version 0 the leader only remembers it, for the upgrade. */
export function receiveUpdateVoter(t: Turn, m: UpdateVoterRequest, token: number): void {
  const { s } = t
  const reply = (errorCode: number): void => answer(t, token, { api: 'updateVoter', errorCode })
  const notLeader = whyNotLeader(s, m.epoch)
  if (notLeader !== null) return reply(notLeader)
  const leader = s.role as LeaderRole
  const { history } = s
  const { key, endpoints, kraftVersions } = m.voter
  const isRange = kraftVersions.min >= 0 && kraftVersions.max >= kraftVersions.min
  if (key.id < 0 || key.directoryId === null || endpointOf(s, endpoints) === null || !isRange) {
    return reply(errors.INVALID_REQUEST)
  }
  if (history.kraftVersion < kraftVersions.min || history.kraftVersion > kraftVersions.max) {
    return reply(errors.INVALID_REQUEST)
  }
  if (history.kraftVersion < 1) {
    if (history.voters.every((v) => v.key.id !== key.id)) return reply(errors.VOTER_NOT_FOUND)
    leader.told.set(key.id, m.voter)
    heard(t, leader, key)
    return reply(errors.NONE)
  }
  if (whyNoChange(t, leader, 'adding') !== null) return reply(errors.REQUEST_TIMED_OUT)
  const old = history.voters.find((v) => isSameReplica(v.key, key))
  if (old === undefined) return reply(errors.VOTER_NOT_FOUND)
  if (!isSameVoter(old, m.voter)) {
    appendControl(t, [{ type: 'voters', voters: history.voters.map((v) => (v === old ? m.voter : v)) }])
  }
  heard(t, leader, key)
  reply(errors.NONE)
}

/**
 * kraft.version 0 → 1: the configured voters become a VotersRecord, with the directory ids and endpoints that each has
 * told the leader. Null when it is done, or would be.
 */
export function upgradeRefusal(t: Turn, level: number): [code: number, message: string] | null {
  const { s } = t
  const { kraftVersion, voters } = s.history
  if (s.role.kind !== 'leader') return [errors.NOT_LEADER_OR_FOLLOWER, 'This node does not lead the metadata quorum']
  if (level === kraftVersion) return null
  if (level < kraftVersion) {
    return [
      errors.INVALID_UPDATE_VERSION,
      `Invalid upgrade from kraft.version ${kraftVersion} to ${level} because of the downgrade`,
    ]
  }
  if (level > 1) return [errors.INVALID_UPDATE_VERSION, `kraft.version ${level} is not known`]
  if (s.highWatermark <= s.role.epochStartOffset) {
    return [errors.REQUEST_TIMED_OUT, 'The leader has not committed a record of its epoch yet']
  }
  const { told } = s.role
  const missing = voters.filter((v) => {
    const known = v.key.id === s.local.key.id ? s.local : told.get(v.key.id)
    return known === undefined || known.kraftVersions.max < level || known.key.directoryId === null
  })
  if (missing.length === 0) return null
  return [
    errors.INVALID_UPDATE_VERSION,
    `Cannot upgrade kraft.version to ${level}: the voters ${missing.map((v) => v.key.id).join(', ')} have not told ` +
      'that they support it',
  ]
}

export function upgrade(t: Turn, level: number): void {
  const { s } = t
  if (s.role.kind !== 'leader' || level === s.history.kraftVersion) return
  const { told } = s.role
  const voters = s.history.voters.map((v) => (v.key.id === s.local.key.id ? s.local : told.get(v.key.id)!))
  appendControl(t, [
    { type: 'kraftVersion', level },
    { type: 'voters', voters },
  ])
}

/** The high watermark moved: the change may be committed, and a leader that is no voter any more hands over. */
export function changeCommitted(t: Turn, leader: LeaderRole): void {
  const { s } = t
  const { change } = leader
  if (change !== null && change.offset !== null && change.offset < s.highWatermark) {
    answerChange(t, change, errors.NONE, null)
    leader.change = null
  }
  if (!isVoter(s) && s.history.votersOffset < s.highWatermark) becomeResigned(t)
}

/** Who asked is told when it takes too long; the change itself goes on once its record is appended. */
export function pollChange(t: Turn, leader: LeaderRole): void {
  const { change } = leader
  if (change === null || change.deadlineMs > t.nowMs) return
  const message = 'Request timed out waiting for the voter change to be committed'
  if (change.offset === null) endChange(t, leader, errors.REQUEST_TIMED_OUT, message)
  else answerChange(t, change, errors.REQUEST_TIMED_OUT, message)
}

function endChange(t: Turn, leader: LeaderRole, errorCode: number, errorMessage: string): void {
  if (leader.change !== null) answerChange(t, leader.change, errorCode, errorMessage)
  leader.change = null
}

function answerChange(t: Turn, change: NonNullable<LeaderRole['change']>, code: number, message: string | null): void {
  if (change.token === null) return
  answer(t, change.token, { api: change.api, errorCode: code, errorMessage: message })
  change.token = null
}

/** The new voter could not be asked. */
export function failedApiVersions(t: Turn, to: number): void {
  const { role } = t.s
  if (role.kind !== 'leader' || role.change === null || role.change.offset !== null) return
  if (role.change.voter.key.id !== to) return
  endChange(
    t,
    role,
    errors.REQUEST_TIMED_OUT,
    `Aborted add voter operation for ${nameOf(role.change.voter.key)}: it could not be reached`,
  )
}

function nameOf(key: ReplicaKey): string {
  return `${key.id}${key.directoryId === null ? '' : `@${key.directoryId}`}`
}

function namesOf(voters: readonly Voter[]): string {
  return `[${voters.map((v) => nameOf(v.key)).join(', ')}]`
}
