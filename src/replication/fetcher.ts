import type { Slice, Uuid } from '../bytes/index.ts'
import type { Clock, Failure, Logger, Timer } from '../env/index.ts'
import type { Log } from '../log/index.ts'
import { type ErrorCode, errorName, errors, Fetch, ListOffsets, type ResponseOf } from '../protocol/index.ts'
import { BATCH_HEADER_BYTES, batchBytes } from '../records/index.ts'
import type { Peer } from '../wire/index.ts'
import { FollowerSession, type WantedPartition } from './follower-session.ts'
import { truncationOffset } from './truncation.ts'

/** A partition of which this broker is a follower. */
export interface Followed {
  readonly topicId: Uuid
  readonly topic: string
  readonly index: number
  readonly log: Log
  readonly leaderEpoch: number
  /** This broker is in the ISR. */
  readonly isInSync: boolean
  /** Whole batches from the leader; NONE, or why the log does not take them. */
  appendFromLeader(batches: Slice): ErrorCode
  /** What the leader says of itself; the follower's high watermark and log start follow. */
  heardFromLeader(said: { readonly highWatermark: number; readonly logStartOffset: number }): void
}

export interface FetcherOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** The leader. */
  readonly leaderId: number
  readonly peer: Pick<Peer, 'ask'>
  readonly brokerId: number
  brokerEpoch(): number
  /** replica.fetch.wait.max.ms, .min.bytes, .response.max.bytes, .max.bytes (per partition), .backoff.ms */
  readonly waitMaxMs: number
  readonly minBytes: number
  readonly responseMaxBytes: number
  readonly partitionMaxBytes: number
  readonly backoffMs: number
  /** Of replicas that are not in sync (KIP-73): how long to wait before the next fetch, and what was fetched. */
  readonly throttle: {
    waitMs(topic: string, index: number): number
    note(topic: string, index: number, bytes: number): void
  }
}

/** busy: its log is being cut, synced, or asked for; delayed: after an error, until the time. */
type Phase = { kind: 'ready' } | { kind: 'busy' } | { kind: 'delayed'; untilMs: number }

interface Tracked {
  readonly key: string
  readonly partition: Followed
  /** The leader epoch it was given with: an answer under another is of the past. */
  readonly leaderEpoch: number
  phase: Phase
}

type FetchAnswer = ResponseOf<typeof Fetch>
type PartitionAnswer = FetchAnswer['responses'][number]['partitions'][number]

const ready: Phase = { kind: 'ready' }
const busy: Phase = { kind: 'busy' }
const LATEST = -1
const EARLIEST = -2

/**
 * Copies from one leader all partitions that this broker follows there: one fetch in flight, its batches appended as
 * bytes, the next one sent when they are as durable here as an acknowledgement must be, since a fetch offset is one
 * (KIP-101, KIP-227, KIP-595's diverging epochs).
 *
 *   ready ──fetched──▶ appended ──durable──▶ ready
 *     ├──diverging epoch──▶ busy: truncated ──▶ ready
 *     ├──OFFSET_OUT_OF_RANGE──▶ busy: leader's offsets asked for, truncated or begun anew ──▶ ready
 *     ├──FENCED_LEADER_EPOCH──▶ left alone until the metadata log gives another epoch
 *     └──any other error──▶ delayed ──replica.fetch.backoff.ms──▶ ready
 */
export class Fetcher {
  readonly #o: FetcherOptions
  readonly #tracked = new Map<string, Tracked>()
  readonly #session = new FollowerSession()
  /** Under which the session's partitions were named: another one has to name them all anew (KIP-903). */
  #sessionBrokerEpoch = -1
  #isAsking = false
  #isClosed = false
  #isPumpDue = false
  #timer: Timer | null = null
  /** After a failed connection nothing is fetched before. */
  #restUntilMs = 0

  constructor(options: FetcherOptions) {
    this.#o = options
  }

  /** Begins to follow, or goes on under another leader epoch. */
  follow(partition: Followed): void {
    const key = keyOf(partition.topicId, partition.index)
    this.#tracked.set(key, { key, partition, leaderEpoch: partition.leaderEpoch, phase: ready })
    this.#pumpLater()
  }

  unfollow(topicId: Uuid, index: number): void {
    this.#tracked.delete(keyOf(topicId, index))
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#tracked.clear()
  }

  #pumpLater(): void {
    if (this.#isPumpDue || this.#isClosed) return
    this.#isPumpDue = true
    this.#o.clock.atTurnEnd(() => {
      this.#isPumpDue = false
      this.#pump()
    })
  }

  #pump(): void {
    if (this.#isAsking || this.#isClosed) return
    const { clock } = this.#o
    const nowMs = clock.monoMs()
    if (nowMs < this.#restUntilMs) return this.#wakeAt(this.#restUntilMs)
    const wanted = new Map<string, WantedPartition>()
    let isAnyAppending = false
    let againMs = Number.POSITIVE_INFINITY
    for (const one of this.#tracked.values()) {
      const { phase } = one
      if (phase.kind === 'busy') continue
      if (phase.kind === 'delayed' && phase.untilMs > nowMs) {
        againMs = Math.min(againMs, phase.untilMs)
        continue
      }
      const { log, topic, index, isInSync } = one.partition
      const throttledMs = isInSync ? 0 : this.#o.throttle.waitMs(topic, index)
      if (throttledMs > 0) {
        againMs = Math.min(againMs, nowMs + throttledMs)
        continue
      }
      one.phase = ready
      if (log.failure !== null) {
        this.#tracked.delete(one.key)
        continue
      }
      if (log.durableOffset < log.endOffset) isAnyAppending = true
      wanted.set(one.key, wantedOf(one))
    }
    if (againMs !== Number.POSITIVE_INFINITY) this.#wakeAt(againMs)
    // Whoever's log becomes durable says so: see `goOn`.
    if (isAnyAppending || wanted.size === 0) return
    this.#fetch(wanted)
  }

  /** The log of a followed partition moved, or failed: what was waited for may be there, or never come. */
  goOn(): void {
    this.#pumpLater()
  }

  #wakeAt(monoMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#o.clock.at(monoMs, () => this.#pump())
  }

  #fetch(wanted: ReadonlyMap<string, WantedPartition>): void {
    const o = this.#o
    this.#isAsking = true
    const brokerEpoch = o.brokerEpoch()
    if (brokerEpoch !== this.#sessionBrokerEpoch) this.#session.restart()
    this.#sessionBrokerEpoch = brokerEpoch
    const { topics, forgotten } = this.#session.next(wanted, o.partitionMaxBytes)
    const body = (version: number) => ({
      ...(version >= 15
        ? { replicaState: { replicaId: o.brokerId, replicaEpoch: brokerEpoch } }
        : { replicaId: o.brokerId }),
      ...{ maxWaitMs: o.waitMaxMs, minBytes: o.minBytes, maxBytes: o.responseMaxBytes, isolationLevel: 0 },
      ...{ sessionId: this.#session.id, sessionEpoch: this.#session.epoch, topics, forgottenTopicsData: forgotten },
    })
    o.peer.ask(Fetch, body, (failure, got) => {
      this.#isAsking = false
      if (this.#isClosed) return
      if (failure !== null) this.#rest(failure)
      else this.#answered(wanted, got.answer)
      this.#pumpLater()
    })
  }

  #rest(failure: Failure): void {
    const { logger, clock, leaderId, backoffMs } = this.#o
    logger.info('Cannot fetch from the leader; trying again', { leaderId, reason: failure.message })
    this.#session.restart()
    this.#restUntilMs = clock.monoMs() + backoffMs
  }

  #answered(wanted: ReadonlyMap<string, WantedPartition>, answer: FetchAnswer): void {
    if (answer.errorCode !== errors.NONE) {
      this.#session.restart()
      if (!sessionErrors.has(answer.errorCode)) {
        const { logger, clock, leaderId, backoffMs } = this.#o
        logger.warn('The leader refuses to be fetched from', { leaderId, error: errorName(answer.errorCode) })
        this.#restUntilMs = clock.monoMs() + backoffMs
      }
      return
    }
    this.#session.answered(answer.sessionId)
    for (const { topicId, topic, partitions } of answer.responses) {
      for (const one of partitions) {
        const asked = find(wanted, topicId, topic, one.partitionIndex)
        const tracked = asked === undefined ? undefined : this.#tracked.get(keyOf(asked.topicId, asked.index))
        if (asked === undefined || tracked === undefined || tracked.phase.kind !== 'ready') continue
        if (tracked.leaderEpoch !== asked.currentLeaderEpoch) continue
        if (tracked.partition.log.endOffset !== asked.fetchOffset) continue
        this.#take(tracked, one)
      }
    }
  }

  #take(tracked: Tracked, answer: PartitionAnswer): void {
    const { partition } = tracked
    const { errorCode } = answer
    if (errorCode === errors.NONE) {
      if (answer.divergingEpoch.epoch >= 0) return this.#diverged(tracked, answer.divergingEpoch)
      const taken = this.#append(partition, answer)
      if (taken !== errors.NONE) return this.#delay(tracked, taken)
      partition.heardFromLeader(answer)
      return
    }
    if (errorCode === errors.OFFSET_OUT_OF_RANGE) return this.#outOfRange(tracked)
    // Another leader epoch is on its way in the metadata log.
    if (errorCode === errors.FENCED_LEADER_EPOCH) tracked.phase = busy
    else this.#delay(tracked, errorCode)
  }

  #append(partition: Followed, { records }: PartitionAnswer): ErrorCode {
    const batches = wholeBatches(records)
    if (batches === null) return errors.NONE
    this.#o.throttle.note(partition.topic, partition.index, batches.to - batches.from)
    return partition.appendFromLeader(batches)
  }

  #delay(tracked: Tracked, errorCode: ErrorCode): void {
    const { logger, clock, backoffMs, leaderId } = this.#o
    const { topic, index } = tracked.partition
    const fields = { topic, partition: index, leaderId, error: errorName(errorCode) }
    if (expectedErrors.has(errorCode)) logger.debug('A partition is not to be had from its leader yet', fields)
    else logger.warn('Cannot copy a partition from its leader; trying again', fields)
    tracked.phase = { kind: 'delayed', untilMs: clock.monoMs() + backoffMs }
  }

  #diverged(tracked: Tracked, leader: { epoch: number; endOffset: number }): void {
    const { log } = tracked.partition
    this.#truncate(tracked, truncationOffset(log, leader), { leaderLastEpoch: leader.epoch })
  }

  #truncate(tracked: Tracked, to: number, why: Readonly<Record<string, number>>): void {
    const { partition } = tracked
    const { log, topic, index } = partition
    const fields = { topic, partition: index, to, end: log.endOffset, highWatermark: log.highWatermark, ...why }
    if (to < log.highWatermark)
      this.#o.logger.warn('Cutting committed records: the leader was elected uncleanly', fields)
    else if (to < log.endOffset) this.#o.logger.info('Cutting what the leader does not have', fields)
    tracked.phase = busy
    log.truncateTo(to, (failure) => this.#cutDone(tracked, failure))
  }

  #cutDone(tracked: Tracked, failure: Failure | null): void {
    if (this.#tracked.get(tracked.key) !== tracked) return
    if (failure !== null) {
      this.#delay(tracked, errors.KAFKA_STORAGE_ERROR)
    } else tracked.phase = ready
    this.#pumpLater()
  }

  /**
   * The log ends beyond the leader's end (it was elected uncleanly), or before the leader's start (this replica was away
   * while the leader deleted).
   */
  #outOfRange(tracked: Tracked): void {
    tracked.phase = busy
    this.#leaderOffset(tracked, LATEST, (latest) => {
      const { log } = tracked.partition
      if (latest < log.endOffset) return this.#truncate(tracked, latest, { leaderEnd: latest })
      this.#leaderOffset(tracked, EARLIEST, (earliest) => {
        if (earliest <= log.endOffset) return this.#cutDone(tracked, null)
        const { topic, index } = tracked.partition
        const fields = { topic, partition: index, end: log.endOffset, leaderStart: earliest }
        this.#o.logger.info('Starting anew where the leader starts', fields)
        log.truncateFullyAndStartAt(earliest, (failure) => this.#cutDone(tracked, failure))
      })
    })
  }

  #leaderOffset(tracked: Tracked, timestamp: number, done: (offset: number) => void): void {
    const { topic, index } = tracked.partition
    const { peer, brokerId } = this.#o
    const partitions = [{ partitionIndex: index, currentLeaderEpoch: tracked.leaderEpoch, timestamp }]
    const body = () => ({ replicaId: brokerId, isolationLevel: 0, topics: [{ name: topic, partitions }] })
    peer.ask(ListOffsets, body, (failure, got) => {
      if (this.#isClosed || this.#tracked.get(tracked.key) !== tracked) return
      const found = failure === null ? got.answer.topics[0]?.partitions[0] : undefined
      if (found?.errorCode === errors.NONE) return done(found.offset)
      this.#delay(tracked, found?.errorCode ?? errors.NETWORK_EXCEPTION)
      this.#pumpLater()
    })
  }
}

const sessionErrors: ReadonlySet<ErrorCode> = new Set([
  errors.FETCH_SESSION_ID_NOT_FOUND,
  errors.INVALID_FETCH_SESSION_EPOCH,
  errors.FETCH_SESSION_TOPIC_ID_ERROR,
])

/** The leader hears of a new topic or epoch a moment later than this follower, or earlier. */
const expectedErrors: ReadonlySet<ErrorCode> = new Set([
  errors.NOT_LEADER_OR_FOLLOWER,
  errors.UNKNOWN_LEADER_EPOCH,
  errors.UNKNOWN_TOPIC_OR_PARTITION,
  errors.UNKNOWN_TOPIC_ID,
])

function keyOf(topicId: Uuid, index: number): string {
  return `${topicId}-${index}`
}

/** Before Fetch v13 the answer names topics, from then on it gives their ids. */
function find(
  wanted: ReadonlyMap<string, WantedPartition>,
  topicId: Uuid,
  topic: string,
  index: number,
): WantedPartition | undefined {
  if (topic === '') return wanted.get(keyOf(topicId, index))
  for (const one of wanted.values()) if (one.topic === topic && one.index === index) return one
  return undefined
}

function wantedOf({ partition, leaderEpoch }: Tracked): WantedPartition {
  const { topicId, topic, index, log } = partition
  return {
    ...{ topicId, topic, index, currentLeaderEpoch: leaderEpoch },
    fetchOffset: log.endOffset,
    lastFetchedEpoch: log.latestEpoch,
    logStartOffset: log.startOffset,
    highWatermark: log.highWatermark,
  }
}

/** An answer may end in the middle of a batch. Null when there is no whole one. */
function wholeBatches(records: Slice | null): Slice | null {
  if (records === null) return null
  const { bytes, from, to } = records
  let end = from
  while (to - end >= BATCH_HEADER_BYTES) {
    const size = batchBytes(bytes, end)
    // What is no batch is left to the log, which says what is wrong with it.
    if (size < BATCH_HEADER_BYTES) return { bytes, from, to }
    if (size > to - end) break
    end += size
  }
  return end === from ? null : { bytes, from, to: end }
}
