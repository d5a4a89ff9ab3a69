import { type Crc32c, crc32c as pureCrc32c, type Uuid } from '../bytes/index.ts'
import type { Clock, Disk, Logger } from '../env/index.ts'
import type { Log } from '../log/index.ts'
import { type ErrorCode, errorName, errors } from '../protocol/index.ts'
import { BatchBuilder } from '../records/index.ts'
import type { RecordBytes } from '../runtime/index.ts'
import { CommittedReader, type CommittedSink } from './committed-reader.ts'
import { encodeControlBatch } from './control-records.ts'
import { encodeQuorumState } from './quorum-state.ts'
import { isBootstrapSnapshot } from './snapshot-name.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import type {
  FollowerProgress,
  RaftEffect,
  RaftEvent,
  RaftLogView,
  RaftRequest,
  RaftResponse,
  RaftState,
} from './state.ts'
import { step } from './step.ts'
import type {
  Leadership,
  QuorumReport,
  RaftListener,
  RaftNode,
  ReplicaKey,
  ReplicaReport,
  SnapshotId,
  SnapshotSource,
  Voter,
} from './types.ts'

export interface NodeParts {
  readonly env: RaftEnv
  readonly state: RaftState
  readonly log: Log
  readonly snapshots: SnapshotStore
  /** `__cluster_metadata-0` */
  readonly directory: string
}

/** What the raft node needs of the world. `halt` ends the node: its state can no longer be trusted. */
export interface RaftEnv {
  readonly clock: Clock
  readonly disk: Disk
  readonly logger: Logger
  halt(reason: string): never
  /** The native one, where there is one. */
  readonly crc32c?: Crc32c
}

/** Largest batch that may be proposed (Kafka's MAX_BATCH_SIZE_BYTES). */
export const batchBytesMax = 8 * 1024 * 1024

/**
 * The shell around step(): it owns the log, the quorum-state file and the snapshots, turns what they report into events
 * and carries out the effects. Appends of one turn share one flush.
 */
export class LocalRaftNode implements RaftNode {
  readonly nodeId: number
  readonly directoryId: Uuid
  readonly clusterId: string
  readonly #env: RaftEnv
  readonly #state: RaftState
  readonly #log: Log
  readonly #view: RaftLogView
  readonly #snapshots: SnapshotStore
  readonly #directory: string
  readonly #crc32c: Crc32c
  readonly #listeners: { listener: RaftListener; reader: CommittedReader | null; told: Leadership | null }[] = []
  readonly #shards = new Set<{ committed(): void; lost(code: ErrorCode): void }>()
  #proposed: Uint8Array | null = null
  #outcome: { base: number; end: number } | ErrorCode = errors.NOT_LEADER_OR_FOLLOWER
  #leadership: Leadership = { epoch: 0, leaderId: null, isActive: false }
  #isClosed = false
  #tokens = 0
  #publishedOffset = -1
  readonly #replies = new Map<number, (answer: RaftResponse) => void>()

  constructor(parts: NodeParts) {
    const { env, state, log } = parts
    this.#env = env
    this.#state = state
    this.#log = log
    this.#snapshots = parts.snapshots
    this.#directory = parts.directory
    this.#crc32c = env.crc32c ?? pureCrc32c
    this.nodeId = state.local.key.id
    this.directoryId = state.local.key.directoryId ?? ''
    this.clusterId = state.clusterId
    const snapshots = this.#snapshots
    this.#view = {
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
        return Math.max(log.latestEpoch, snapshots.latest?.epoch ?? 0)
      },
      get latestSnapshot() {
        const { latest } = snapshots
        return latest === null || isBootstrapSnapshot(latest) ? null : latest
      },
      epochEnd: (epoch) => log.epochEnd(epoch),
    }
    log.onProgress = () => this.#progressed()
    log.onFailure = (failure) => this.#env.halt(`the metadata log failed: ${failure.message}`)
  }

  get kraftVersion(): number {
    return this.#state.kraftVersion
  }
  get voters(): readonly Voter[] {
    return this.#state.voters
  }
  get leadership(): Leadership {
    return this.#leadership
  }
  get committedOffset(): number {
    return this.#state.highWatermark
  }
  get publishedOffset(): number {
    return this.#publishedOffset
  }
  get endOffset(): number {
    return this.#log.endOffset
  }
  get log(): Log {
    return this.#log
  }
  get clock(): Clock {
    return this.#env.clock
  }

  start(): void {
    this.#step({ kind: 'started' })
    this.#progressed()
  }

  propose(records: readonly RecordBytes[], ifEpoch: number, wallMs: number): { base: number; end: number } | ErrorCode {
    if (this.#isClosed) return errors.NOT_LEADER_OR_FOLLOWER
    const builder = new BatchBuilder({ baseOffset: this.#log.endOffset, leaderEpoch: ifEpoch }, sizeHint(records))
    for (const { key, value } of records) builder.append(wallMs, key, value)
    if (builder.sizeBytes > batchBytesMax) return errors.RECORD_LIST_TOO_LARGE
    this.#proposed = builder.build(this.#crc32c)
    this.#step({ kind: 'propose', ifEpoch })
    this.#proposed = null
    return this.#outcome
  }

  listen(listener: RaftListener): void {
    const entry = { listener, reader: null as CommittedReader | null, told: null as Leadership | null }
    this.#listeners.push(entry)
    const sink: CommittedSink = {
      beginSnapshot: (id, timestamp) => listener.beginSnapshot(id, timestamp),
      endSnapshot: (id) => listener.endSnapshot(id),
      committed: (batch) => listener.committed(batch),
      committedTo: (endOffset, epoch) => {
        listener.committedTo(endOffset, epoch)
        this.#publish()
      },
    }
    this.#openReader(sink, (reader) => {
      entry.reader = reader
      this.#tellListeners()
    })
  }

  /** A message of another node of the quorum. */
  receive(message: RaftRequest, reply: (answer: RaftResponse) => void): void {
    const token = ++this.#tokens
    this.#replies.set(token, reply)
    this.#step({ kind: 'received', message, token })
  }

  /** Reads snapshot and log from the start: up to `upTo`, then `done`. For a shard's replay. */
  readAll(upTo: number, committed: RaftListener['committed'], done: (failure: string | null) => void): void {
    const finish = (failure: string | null): void => {
      reader?.stop()
      done(failure)
    }
    let reader: CommittedReader | null = null
    const sink = {
      beginSnapshot: () => undefined,
      endSnapshot: () => undefined,
      committed,
      committedTo: (endOffset: number) => {
        if (endOffset >= upTo) finish(null)
      },
    }
    this.#openReader(
      sink,
      (made) => {
        reader = made
        made.advanceTo(upTo)
      },
      finish,
    )
  }

  #openReader(
    sink: CommittedSink,
    made: (reader: CommittedReader) => void,
    onFault: (reason: string) => void = (reason) => this.#env.halt(reason),
  ): void {
    this.#snapshots.readLatest((failure, snapshot) => {
      if (this.#isClosed) return
      if (failure !== null) return onFault(`the newest metadata snapshot could not be read: ${failure.message}`)
      made(
        new CommittedReader({
          log: this.#log,
          clock: this.#env.clock,
          sink,
          from: this.#log.startOffset,
          snapshot,
          onFault,
        }),
      )
    })
  }

  attach(shard: { committed(): void; lost(code: ErrorCode): void }): void {
    this.#shards.add(shard)
  }

  snapshotsFrom(source: SnapshotSource): void {
    this.#snapshots.takeFrom(source, () => this.#voterFacts())
  }

  takeSnapshot(done: (failure: string | null, id: SnapshotId | null) => void): void {
    this.#snapshots.take(done)
  }

  #voterFacts(): { kraftVersion: number; voters: readonly Voter[] } {
    return { kraftVersion: this.#state.kraftVersion, voters: this.#state.voters }
  }

  describeQuorum(): QuorumReport {
    const { voters, highWatermark, role } = this.#state
    const { clock } = this.#env
    const aheadMs = clock.wallMs() - clock.monoMs()
    const wall = (monoMs: number): number => (monoMs < 0 ? -1 : Math.floor(monoMs + aheadMs))
    const followers = role.kind === 'leader' ? role.followers : new Map<number, FollowerProgress>()
    const report = (replica: ReplicaKey): ReplicaReport => {
      if (replica.id === this.nodeId) {
        const nowMs = clock.wallMs()
        return { replica, logEndOffset: this.#log.endOffset, lastFetchMs: nowMs, lastCaughtUpMs: nowMs }
      }
      const seen = followers.get(replica.id)
      return {
        replica,
        logEndOffset: seen?.endOffset ?? -1,
        lastFetchMs: wall(seen?.lastFetchMs ?? -1),
        lastCaughtUpMs: wall(seen?.lastCaughtUpMs ?? -1),
      }
    }
    const observers = [...followers.values()].filter((f) => voters.every((v) => v.key.id !== f.key.id))
    return {
      leaderId: this.#leadership.leaderId ?? -1,
      leaderEpoch: this.#leadership.epoch,
      highWatermark,
      voters: voters.map((v) => report(v.key)),
      observers: observers.map((o) => report(o.key)),
      nodes: voters.map((v) => ({ nodeId: v.key.id, endpoints: v.endpoints })),
    }
  }

  close(done: (failure: string | null) => void): void {
    if (this.#isClosed) return done(null)
    this.#step({ kind: 'resign' })
    this.#isClosed = true
    for (const { reader } of this.#listeners) reader?.stop()
    this.#snapshots.close(() => done(null))
  }

  #step(event: RaftEvent): void {
    if (this.#isClosed) return
    for (const effect of step(this.#state, event, this.#view, this.#env.clock.monoMs())) this.#carryOut(effect)
  }

  #carryOut(effect: RaftEffect): void {
    switch (effect.kind) {
      case 'persistQuorumState': {
        const { kraftVersion, voters } = this.#state
        const epoch = effect.state.leaderEpoch
        const bytes = encodeQuorumState(
          effect.state,
          kraftVersion,
          voters.map((v) => v.key.id),
        )
        this.#env.disk.replace(`${this.#directory}/quorum-state`, bytes, (failure) => {
          if (failure !== null) this.#env.halt(`quorum-state could not be written: ${failure.message}`)
          this.#step({ kind: 'quorumStateSynced', epoch })
        })
        return
      }
      case 'appendProposed':
        this.#outcome = this.#append(this.#proposed!, effect.epoch)
        return
      case 'refuseProposed':
        this.#outcome = effect.code
        return
      case 'appendControl': {
        const wallMs = this.#env.clock.wallMs()
        const at = { baseOffset: this.#log.endOffset, leaderEpoch: effect.epoch }
        const outcome = this.#append(encodeControlBatch(effect.records, wallMs, at, this.#crc32c), effect.epoch)
        if (typeof outcome === 'number') {
          this.#env.halt(`the metadata log refused the first batch of epoch ${effect.epoch}: ${errorName(outcome)}`)
        }
        return
      }
      case 'committed':
        this.#log.setHighWatermark(effect.offset)
        this.#committedMoved()
        return
      case 'leadership':
        this.#leadership = { epoch: effect.epoch, leaderId: effect.leaderId, isActive: false }
        if (effect.leaderId === this.nodeId) {
          this.#env.logger.info('Leads the metadata quorum', { nodeId: this.nodeId, epoch: effect.epoch })
        }
        if (effect.leaderId !== this.nodeId) for (const s of [...this.#shards]) s.lost(errors.NOT_LEADER_OR_FOLLOWER)
        this.#tellListeners()
        return
      case 'answer': {
        const reply = this.#replies.get(effect.token)
        this.#replies.delete(effect.token)
        reply?.(effect.message)
        return
      }
    }
  }

  #append(batch: Uint8Array, epoch: number): { base: number; end: number } | ErrorCode {
    const bytes = { bytes: batch, from: 0, to: batch.length }
    const appended = this.#log.append(bytes, epoch, 'raft', this.#env.clock.wallMs())
    if (typeof appended === 'number') return appended
    this.#log.requestFlush()
    this.#snapshots.noteAppended(batch.length)
    return { base: appended.firstOffset, end: appended.lastOffset + 1 }
  }

  #progressed(): void {
    if (this.#log.durableOffset < this.#log.writtenOffset) this.#log.requestFlush()
    this.#step({ kind: 'logFlushed', offset: this.#log.durableOffset })
  }

  #committedMoved(): void {
    if (this.#state.role.kind === 'leader' && !this.#leadership.isActive) {
      this.#leadership = { ...this.#leadership, isActive: true }
    }
    this.#tellListeners()
    this.#publish()
  }

  /**
   * At the end of a turn, after every listener has heard: those who wait for their records. An answer is never ahead of
   * the image, also when telling took several turns.
   */
  #publish(): void {
    let offset = this.#state.highWatermark
    for (const { reader } of this.#listeners) offset = Math.min(offset, reader?.position ?? -1)
    if (offset <= this.#publishedOffset) return
    this.#publishedOffset = offset
    for (const shard of [...this.#shards]) shard.committed()
    this.#snapshots.takeWhenDue()
  }

  #tellListeners(): void {
    for (const entry of this.#listeners) {
      if (entry.reader === null) continue
      if (this.#state.highWatermark >= 0) entry.reader.advanceTo(this.#state.highWatermark)
      if (entry.told !== this.#leadership) {
        entry.told = this.#leadership
        entry.listener.leadership(this.#leadership)
      }
    }
  }
}

function sizeHint(records: readonly RecordBytes[]): number {
  let bytes = 128
  for (const { key, value } of records) bytes += 32 + (key?.length ?? 0) + (value?.length ?? 0)
  return bytes
}
