import { type Crc32c, crc32c as pureCrc32c, type Slice } from '../bytes/index.ts'
import type { Clock, Disk, Failure, Logger, Timer } from '../env/index.ts'
import type { Log, ReadInto } from '../log/index.ts'
import { type ErrorCode, errorName, errors } from '../protocol/index.ts'
import { encodeControlBatch } from './control-records.ts'
import type { RaftRequest, RaftResponse, SnapshotPiece } from './messages.ts'
import { readSnapshotFacts } from './quorum-facts.ts'
import { encodeQuorumState } from './quorum-state.ts'
import { isBootstrapSnapshot, snapshotFileName } from './snapshot-name.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import type { QuorumStateData, RaftEffect, RaftEvent, RaftLogView, RaftState } from './state.ts'
import { step } from './step.ts'
import type { RaftTransport } from './transport.ts'
import type { SnapshotId } from './types.ts'

/** What the raft node needs of the world. `halt` ends the node: its state can no longer be trusted. */
export interface RaftEnv {
  readonly clock: Clock
  readonly disk: Disk
  readonly logger: Logger
  halt(reason: string): never
  /** The native one, where there is one. */
  readonly crc32c?: Crc32c
}

export interface DriverParts {
  readonly env: RaftEnv
  readonly state: RaftState
  readonly log: Log
  readonly snapshots: SnapshotStore
  /** `__cluster_metadata-0` */
  readonly directory: string
  /** Null = a quorum of this node alone, which talks to nobody. */
  readonly transport: RaftTransport | null
}

/** Bytes that go with an answer. */
export interface AnswerParts {
  readonly records: readonly Slice[]
  readonly piece: { readonly bytes: Uint8Array; readonly size: number; readonly position: number } | null
  /** To be called when the records are sent; null = nothing is lent. */
  readonly release: (() => void) | null
}

export type AnswerTo = (message: RaftResponse, parts: AnswerParts) => void

export type Appended = { readonly base: number; readonly end: number } | ErrorCode

const nothing: AnswerParts = Object.freeze({ records: [], piece: null, release: null })

/** What one answer to a fetch holds at most (Kafka's MAX_FETCH_SIZE_BYTES); one batch may always pass it. */
const fetchBytesMax = 8 * 1024 * 1024

/**
 * Feeds step() with events and carries its effects out: on the log, the quorum-state file, the snapshots, the network and
 * the clock. First what changes disk and log, then what others may hear of it: whoever reacts to that by a call of his own
 * finds everything done.
 */
export class RaftDriver {
  onLeadership: () => void = () => undefined
  onCommitted: () => void = () => undefined
  /** The log begins anew behind a snapshot. */
  onSnapshotLoaded: () => void = () => undefined
  readonly view: RaftLogView
  readonly state: RaftState
  readonly #parts: DriverParts
  readonly #env: RaftEnv
  readonly #log: Log
  readonly #crc32c: Crc32c
  readonly #asked = new Map<number, AnswerTo>()
  /** What waits for a quorum-state to be on disk. */
  #held: { readonly after: number; readonly run: () => void }[] = []
  #toPersist: { readonly state: QuorumStateData; readonly version: number } | null = null
  #isPersisting = false
  #timer: Timer | null = null
  #timerMs = Number.POSITIVE_INFINITY
  #tokens = 0
  #proposed: Uint8Array | null = null
  #outcome: Appended = errors.NOT_LEADER_OR_FOLLOWER
  #refusal: string | null = null
  #isClosed = false

  constructor(parts: DriverParts) {
    const { env, log, snapshots } = parts
    this.#parts = parts
    this.#env = env
    this.#log = log
    this.state = parts.state
    this.#crc32c = env.crc32c ?? pureCrc32c
    this.view = viewOf(log, snapshots)
    log.onProgress = () => this.progressed()
    log.onFailure = (failure) => this.#env.halt(`the metadata log failed: ${failure.message}`)
  }

  start(): void {
    this.feed({ kind: 'started' })
    this.progressed()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  propose(batch: Uint8Array, ifEpoch: number): Appended {
    if (this.#isClosed) return errors.NOT_LEADER_OR_FOLLOWER
    this.#proposed = batch
    this.feed({ kind: 'propose', ifEpoch })
    this.#proposed = null
    return this.#outcome
  }

  /** Null = done, or possible when it is only asked. */
  upgrade(level: number, validateOnly: boolean): { readonly code: ErrorCode; readonly message: string | null } | null {
    this.#outcome = errors.NONE
    this.#refusal = null
    this.feed({ kind: 'upgrade', level, validateOnly })
    const outcome = this.#outcome
    return typeof outcome !== 'number' || outcome === errors.NONE ? null : { code: outcome, message: this.#refusal }
  }

  receive(message: RaftRequest, reply: AnswerTo): void {
    if (this.#isClosed) {
      const { api } = message
      return reply({ api, errorCode: errors.BROKER_NOT_AVAILABLE, epoch: this.state.epoch, leaderId: null }, nothing)
    }
    const token = ++this.#tokens
    this.#asked.set(token, reply)
    this.feed({ kind: 'received', message, token })
  }

  feed(event: RaftEvent): void {
    if (this.#isClosed) return
    const effects = step(this.state, event, this.view, this.#env.clock.monoMs())
    for (const effect of effects) this.#changeDisk(effect)
    this.#persist()
    for (const effect of effects) this.#tell(effect)
    this.#arm()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#held = []
    this.#parts.transport?.close()
    const { epoch } = this.state
    for (const reply of this.#asked.values()) {
      reply({ api: 'fetch', errorCode: errors.BROKER_NOT_AVAILABLE, epoch, leaderId: null }, nothing)
    }
    this.#asked.clear()
  }

  progressed(): void {
    if (this.#log.durableOffset < this.#log.writtenOffset) this.#log.requestFlush()
    this.#noteHighWatermark()
    this.feed({ kind: 'logFlushed', offset: this.#log.durableOffset })
  }

  /**
   * What the log itself notes as committed is checkpointed, and a start refuses a log that ends before it: never more
   * than this disk holds, although others may hold more.
   */
  #noteHighWatermark(): void {
    const offset = Math.min(this.state.highWatermark, this.#log.durableOffset)
    if (offset > this.#log.highWatermark) this.#log.setHighWatermark(offset)
  }

  #arm(): void {
    const { wakeAtMs } = this.state
    if (wakeAtMs === this.#timerMs || this.#isClosed) return
    this.#timer?.cancel()
    this.#timer = null
    this.#timerMs = wakeAtMs
    if (wakeAtMs === Number.POSITIVE_INFINITY) return
    this.#timer = this.#env.clock.at(wakeAtMs, () => {
      this.#timerMs = Number.POSITIVE_INFINITY
      this.feed({ kind: 'tick' })
    })
  }

  #changeDisk(effect: RaftEffect): void {
    switch (effect.kind) {
      case 'persistQuorumState':
        this.#toPersist = effect
        return
      case 'appendProposed':
        this.#outcome = this.#append(this.#proposed!, effect.epoch)
        return
      case 'refused':
        this.#outcome = effect.code
        this.#refusal = effect.message
        return
      case 'appendControl': {
        const at = { baseOffset: this.#log.endOffset, leaderEpoch: effect.epoch }
        const batch = encodeControlBatch(effect.records, this.#env.clock.wallMs(), at, this.#crc32c)
        const outcome = this.#append(batch, effect.epoch)
        if (typeof outcome === 'number') {
          this.#env.halt(`the metadata log refused a control batch of epoch ${effect.epoch}: ${errorName(outcome)}`)
        }
        return
      }
      case 'appendFetched': {
        const { bytes, baseOffset } = effect.records
        const appended = this.#log.appendAsFollower(bytes)
        if (typeof appended === 'number') {
          this.#env.halt(`the metadata log refused fetched records at ${baseOffset}: ${errorName(appended)}`)
        }
        this.#log.requestFlush()
        this.#parts.snapshots.noteAppended(bytes.to - bytes.from)
        return
      }
      case 'truncate':
        this.#env.logger.info('Truncates the metadata log', { to: effect.to, end: this.#log.endOffset })
        this.#log.truncateTo(effect.to, (failure) => {
          if (failure !== null) this.#env.halt(`the metadata log could not be truncated: ${failure.message}`)
          this.feed({ kind: 'truncated' })
        })
        return
      case 'storePiece':
        return this.#storePiece(effect.piece)
      case 'loadSnapshot':
        return this.#loadSnapshot(effect.id)
      case 'halt':
        this.#env.halt(effect.reason)
        return
      default:
        return
    }
  }

  #tell(effect: RaftEffect): void {
    const { transport } = this.#parts
    switch (effect.kind) {
      case 'send': {
        const { to, requestId, message } = effect
        if (transport === null) return
        return this.#hold(effect.after, () =>
          transport.send(to, message, this.state.timeouts.requestMs, (why, answer) => {
            if (answer !== null) this.feed({ kind: 'answered', from: to.id, requestId, message: answer })
            else this.feed({ kind: 'failed', to: to.id, requestId, why: why ?? 'lost' })
          }),
        )
      }
      case 'answer':
        return this.#hold(effect.after, () => this.#answer(effect.token, effect.message, nothing))
      case 'answerFetch':
        return this.#hold(effect.after, () => this.#answerFetch(effect))
      case 'answerSnapshot':
        return this.#hold(effect.after, () => this.#answerSnapshot(effect))
      case 'committed':
        this.#noteHighWatermark()
        return this.onCommitted()
      case 'leadership':
        return this.onLeadership()
      default:
        return
    }
  }

  #hold(after: number, run: () => void): void {
    if (after > this.state.syncedVersion) this.#held.push({ after, run })
    else run()
  }

  /** One write at a time; what comes meanwhile is written as its newest. */
  #persist(): void {
    const next = this.#toPersist
    if (next === null || this.#isPersisting) return
    this.#toPersist = null
    this.#isPersisting = true
    const { voters, kraftVersion } = this.state.history
    const ids = voters.map((v) => v.key.id)
    const bytes = encodeQuorumState(next.state, kraftVersion, ids)
    this.#env.disk.replace(`${this.#parts.directory}/quorum-state`, bytes, (failure) => {
      if (failure !== null) this.#env.halt(`quorum-state could not be written: ${failure.message}`)
      this.#isPersisting = false
      this.feed({ kind: 'quorumStateSynced', version: next.version })
      this.#release()
      this.#persist()
    })
  }

  #release(): void {
    const { syncedVersion } = this.state
    const ready = this.#held.filter((h) => h.after <= syncedVersion)
    this.#held = this.#held.filter((h) => h.after > syncedVersion)
    for (const { run } of ready) if (!this.#isClosed) run()
  }

  #append(batch: Uint8Array, epoch: number): Appended {
    const bytes = { bytes: batch, from: 0, to: batch.length }
    const appended = this.#log.append(bytes, epoch, 'raft', this.#env.clock.wallMs())
    if (typeof appended === 'number') return appended
    this.#log.requestFlush()
    this.#parts.snapshots.noteAppended(batch.length)
    return { base: appended.firstOffset, end: appended.lastOffset + 1 }
  }

  #answer(token: number, message: RaftResponse, parts: AnswerParts): void {
    const reply = this.#asked.get(token)
    this.#asked.delete(token)
    if (reply === undefined) parts.release?.()
    else reply(message, parts)
  }

  #answerFetch({ token, from, upTo, bytesMax, message }: RaftEffect & { kind: 'answerFetch' }): void {
    const into: ReadInto = { slices: [], release: () => undefined }
    const ask = { from, upTo, bytesMax: Math.max(0, Math.min(bytesMax, fetchBytesMax)), atLeastOne: true }
    const finish = (failure: Failure | null): void => {
      const { role, epoch } = this.state
      const isLeader = role.kind === 'leader' && epoch === message.epoch && !this.#isClosed
      if (isLeader && failure === null) {
        return this.#answer(token, message, { ...nothing, records: into.slices, release: () => into.release() })
      }
      into.release()
      // The log may have moved away under the read: the next fetch is told so.
      const errorCode = isLeader ? errors.NONE : errors.NOT_LEADER_OR_FOLLOWER
      this.#answer(token, { ...message, errorCode, records: null }, nothing)
    }
    if (this.#log.read(ask, into, finish)) finish(null)
  }

  #answerSnapshot({ token, id, position, bytesMax, message }: RaftEffect & { kind: 'answerSnapshot' }): void {
    const refuse = (errorCode: ErrorCode): void => this.#answer(token, { ...message, errorCode }, nothing)
    if (position < 0) return refuse(errors.POSITION_OUT_OF_RANGE)
    const count = Math.max(0, Math.min(bytesMax, fetchBytesMax))
    this.#parts.snapshots.readPiece(id, position, count, (failure, piece) => {
      if (failure !== null) return refuse(errors.UNKNOWN_SERVER_ERROR)
      if (piece === null) return refuse(errors.SNAPSHOT_NOT_FOUND)
      if (position >= piece.size) return refuse(errors.POSITION_OUT_OF_RANGE)
      this.#answer(token, message, { ...nothing, piece: { ...piece, position } })
    })
  }

  #storePiece({ id, position, size, bytes }: SnapshotPiece): void {
    const part = bytes.bytes.subarray(bytes.from, bytes.to)
    this.#parts.snapshots.storePiece(id, position, part, (failure) => {
      if (failure !== null) this.#env.halt(`a metadata snapshot could not be stored: ${failure.message}`)
      this.feed({ kind: 'pieceStored', id, end: position + part.length, size })
    })
  }

  #loadSnapshot(id: SnapshotId): void {
    const { snapshots } = this.#parts
    const fail = (failure: Failure): never =>
      this.#env.halt(`the metadata snapshot ${snapshotFileName(id)} could not be loaded: ${failure.message}`)
    snapshots.readReceived(id, (failure, bytes) => {
      if (this.#isClosed) return
      if (failure !== null) return fail(failure)
      let facts: ReturnType<typeof readSnapshotFacts>
      try {
        facts = readSnapshotFacts(bytes, this.#crc32c)
      } catch (thrown) {
        const reason = (thrown as Error).message
        this.#env.logger.warn('A metadata snapshot came damaged', { name: snapshotFileName(id), reason })
        return snapshots.dropReceived(id, () => this.feed({ kind: 'snapshotRefused', id }))
      }
      snapshots.adoptReceived(id, bytes.length, (adoptFailure) => {
        if (this.#isClosed) return
        if (adoptFailure !== null) return fail(adoptFailure)
        this.#env.logger.info('Loaded a metadata snapshot', { name: snapshotFileName(id), bytes: bytes.length })
        this.onSnapshotLoaded()
        this.feed({ kind: 'snapshotLoaded', id, ...facts })
      })
    })
  }
}

/** The log as step() sees it: together with the snapshot at its start. */
function viewOf(log: Log, snapshots: SnapshotStore): RaftLogView {
  const latest = (): SnapshotId | null => {
    const id = snapshots.latest
    return id === null || isBootstrapSnapshot(id) ? null : id
  }
  return {
    get startOffset() {
      return log.startOffset
    },
    get endOffset() {
      return log.endOffset
    },
    get flushedOffset() {
      return log.durableOffset
    },
    get lastEpoch() {
      return Math.max(log.latestEpoch, latest()?.epoch ?? 0, 0)
    },
    get latestSnapshot() {
      return latest()
    },
    epochEnd: (epoch) => {
      const found = log.epochEnd(epoch)
      const oldest = snapshots.ids.find((id) => !isBootstrapSnapshot(id))
      if (oldest === undefined) return found
      // The log says of what is older than itself that it ends where the log begins. It may have ended before.
      if (epoch < oldest.epoch) return { epoch: -1, endOffset: -1 }
      const isBegin = found.endOffset === oldest.offset && found.epoch === epoch
      return isBegin || found.epoch < 0 ? { epoch: oldest.epoch, endOffset: oldest.offset } : found
    },
  }
}
