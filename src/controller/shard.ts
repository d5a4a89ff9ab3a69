import { encodeMetadataRecord, MetadataDecoder, type MetadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import {
  afterPieces,
  type Decision,
  isPieces,
  type Now,
  type Pieces,
  type RecordCodec,
  type Shard,
  type TimerAsk,
  type Token,
} from '../runtime/index.ts'
import { activationRecords } from './activation.ts'
import { type AskDecided, decideAsk } from './decide-ask.ts'
import { balanceLeaders, electionsPerCheckMax, electUnclean } from './elect-leaders.ts'
import { failedAnswer } from './failed-answer.ts'
import type { AskInput, ControllerAnswer, ControllerInput, EventInput } from './inputs.ts'
import type { ControllerOptions } from './options.ts'
import { fenceBroker } from './standing.ts'
import { ControllerState } from './state.ts'

/** A record and the metadata.version it is written under; a decoded one has no use for that (-1). */
export interface ControllerRecord {
  readonly record: MetadataRecord
  readonly metadataVersion: number
}

export type ControllerShard = Shard<ControllerState, ControllerInput, ControllerAnswer, ControllerRecord>

interface Decided {
  readonly records: readonly MetadataRecord[]
  /** Behind them, made one by one. */
  readonly rest: Iterable<MetadataRecord>
  readonly answer: ControllerAnswer
  readonly timers: readonly TimerAsk[]
}

/**
 * The active controller: decides what the requests that reach a controller come to, as metadata records. Only apply
 * changes metadata, so a standby that replays the log, and this node after a restart, know the same.
 */
export function controllerShard(options: ControllerOptions): ControllerShard {
  return {
    empty: () => new ControllerState(),
    decide(state, input, to, now) {
      state.settle()
      state.noteEndOffset(options.quorum().endOffset)
      // An input that comes before anything was written is decided as of after the opening, in the same batch.
      const opening = activationRecords(state, options)
      const opened = opening.length === 0 ? state : state.after(opening)
      const { metadataVersion } = opened
      const decision = ({ records, rest, answer, timers }: Decided): ControllerDecision => ({
        records: opening.map((record) => ({ record, metadataVersion })),
        rest: versioned(records, rest, metadataVersion),
        replies: to === 0 ? noReplies : [{ to, answer }],
        timers,
      })
      const decided = decide(opened, options, input, now)
      return isPieces(decided) ? afterPieces(decided, decision) : decision(decided)
    },
    apply: (state, { record }, at) => state.apply(record, at.offset, at.epoch),
    loaded: (state, now) => loadedTimers(state, options, now),
    timer: inputOfTimer,
    failed: failedAnswer,
    describe: ({ kind }) => kind,
  }
}

type ControllerDecision = Decision<ControllerInput, ControllerAnswer, ControllerRecord>

function* versioned(
  first: readonly MetadataRecord[],
  rest: Iterable<MetadataRecord>,
  metadataVersion: number,
): Generator<ControllerRecord, undefined> {
  for (const record of first) yield { record, metadataVersion }
  for (const record of rest) yield { record, metadataVersion }
  return undefined
}

const noReplies: readonly { readonly to: Token; readonly answer: ControllerAnswer }[] = []

/** Metadata records as the log has them. Throws UnknownMetadataRecordError for one from the future. */
export function controllerCodec(): RecordCodec<ControllerRecord> {
  const decoder = new MetadataDecoder()
  return {
    encode: ({ record, metadataVersion }) => ({ key: null, value: encodeMetadataRecord(record, metadataVersion) }),
    decode: ({ value }) => ({ record: decoder.decode(value), metadataVersion: -1 }),
  }
}

function decide(
  state: ControllerState,
  options: ControllerOptions,
  input: ControllerInput,
  now: Now,
): Decided | Pieces<Decided> {
  switch (input.kind) {
    case 'activate':
    case 'sessionDue':
    case 'brokerRefused':
    case 'balanceDue':
    case 'uncleanDue':
    case 'idleDue':
      return decideEvent(state, options, input, now)
    default: {
      const asked = decideAsk(state, options, input, now)
      const decided = ({ records, rest, answer }: AskDecided): Decided => ({
        ...{ records, rest, answer },
        timers: timersAfter(state, options, input, answer, now),
      })
      return isPieces(asked) ? afterPieces(asked, decided) : decided(asked)
    }
  }
}

const sessionPrefix = 'session:'

/** A broker that was heard of will be looked after when its session ends; the first follower starts the idle records. */
function timersAfter(
  state: ControllerState,
  options: ControllerOptions,
  input: AskInput,
  answer: ControllerAnswer,
  now: Now,
): TimerAsk[] {
  switch (input.kind) {
    case 'brokerHeartbeat': {
      if (answer.kind !== 'brokerHeartbeat' || answer.response.errorCode !== errors.NONE) return []
      return [sessionTimer(options, input.request.brokerId, now.monoMs)]
    }
    case 'brokerRegistration':
      return input.request.brokerId === options.nodeId || followers(state, options) > 0 ? [] : idleTimers(options, now)
    case 'controllerRegistration':
      return input.request.controllerId === options.nodeId || followers(state, options) > 0
        ? []
        : idleTimers(options, now)
    default:
      return []
  }
}

function sessionTimer({ config }: ControllerOptions, brokerId: number, heardMonoMs: number): TimerAsk {
  return { key: sessionPrefix + brokerId, atMonoMs: heardMonoMs + config.brokerSessionTimeoutMs + 1 }
}

/** Nodes besides this one that read the metadata log. */
function followers(state: ControllerState, { nodeId, quorum }: ControllerOptions): number {
  const ids = new Set([...state.image.brokers.keys(), ...state.image.controllers.keys(), ...quorum().voterIds])
  ids.delete(nodeId)
  return ids.size
}

/** Idle records tell followers that the leader is there; a node alone has nobody to tell. */
function idleTimers({ config }: ControllerOptions, now: Now): TimerAsk[] {
  const intervalMs = config.metadataMaxIdleIntervalMs
  return intervalMs > 0 ? [{ key: 'idle', atMonoMs: now.monoMs + intervalMs }] : []
}

function balanceTimers({ config }: ControllerOptions, now: Now): TimerAsk[] {
  if (!config.autoLeaderRebalanceEnable) return []
  return [{ key: 'balance', atMonoMs: now.monoMs + config.leaderImbalanceCheckIntervalSeconds * 1000 }]
}

function uncleanTimers({ config }: ControllerOptions, now: Now): TimerAsk[] {
  return [{ key: 'unclean', atMonoMs: now.monoMs + config.uncleanLeaderElectionIntervalMs }]
}

/** A new controller knows of no heartbeat: every broker in service gets a whole session to be heard of. */
function loadedTimers(state: ControllerState, options: ControllerOptions, now: Now): TimerAsk[] {
  const timers: TimerAsk[] = [
    { key: 'activate', atMonoMs: now.monoMs },
    ...balanceTimers(options, now),
    ...uncleanTimers(options, now),
  ]
  for (const { id, epoch, isFenced } of state.image.brokers.values()) {
    if (isFenced) continue
    state.sessions.touch(id, epoch, now.monoMs, null)
    timers.push(sessionTimer(options, id, now.monoMs))
  }
  if (followers(state, options) > 0) timers.push(...idleTimers(options, now))
  return timers
}

function inputOfTimer(key: string): EventInput {
  if (key.startsWith(sessionPrefix)) return { kind: 'sessionDue', brokerId: Number(key.slice(sessionPrefix.length)) }
  if (key === 'balance') return { kind: 'balanceDue' }
  if (key === 'unclean') return { kind: 'uncleanDue' }
  return { kind: key === 'idle' ? 'idleDue' : 'activate' }
}

function decideEvent(
  state: ControllerState,
  options: ControllerOptions,
  input: EventInput,
  now: Now,
): Decided | Pieces<Decided> {
  const answer: ControllerAnswer = { kind: 'none' }
  const decided = (rest: Iterable<MetadataRecord>, timers: readonly TimerAsk[]): Decided => ({
    records: [],
    rest,
    answer,
    timers,
  })
  /** What one check could not finish goes on at once. */
  const again = (found: Pieces<MetadataRecord[]>, key: string, later: readonly TimerAsk[]) =>
    afterPieces(found, (records) =>
      decided(records, records.length >= electionsPerCheckMax ? [{ key, atMonoMs: now.monoMs }] : later),
    )
  switch (input.kind) {
    case 'activate':
      return decided([], [])
    case 'sessionDue': {
      const broker = state.image.brokers.get(input.brokerId)
      if (broker === undefined || broker.isFenced) return decided([], [])
      const { brokerSessionTimeoutMs } = options.config
      if (!state.sessions.isAlive(broker.id, broker.epoch, now.monoMs, brokerSessionTimeoutMs)) {
        return decided(fenceBroker(state, options, broker.id), [])
      }
      return decided([], [sessionTimer(options, broker.id, state.sessions.lastHeardMonoMs(broker.id)!)])
    }
    case 'brokerRefused': {
      const broker = state.image.brokers.get(input.brokerId)
      const isSame = broker?.epoch === input.brokerEpoch && !broker.isFenced
      if (!isSame || !options.config.millraceFenceOnRefused) return decided([], [])
      state.sessions.remove(input.brokerId)
      return decided(fenceBroker(state, options, input.brokerId), [])
    }
    case 'balanceDue':
      return again(balanceLeaders(state, options), 'balance', balanceTimers(options, now))
    case 'uncleanDue':
      return again(electUnclean(state, options), 'unclean', uncleanTimers(options, now))
    case 'idleDue': {
      if (followers(state, options) === 0) return decided([], [])
      return decided([{ type: 'NoOpRecord', value: {} }], idleTimers(options, now))
    }
  }
}
