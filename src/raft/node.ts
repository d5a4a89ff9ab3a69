import { type Crc32c, type Lease, crc32c as pureCrc32c, type Uuid } from '../bytes/index.ts'
import type { Clock } from '../env/index.ts'
import type { Log } from '../log/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import { BATCH_HEADER_BYTES, BatchBuilder } from '../records/index.ts'
import type { RecordBytes, ShardDraft } from '../runtime/index.ts'
import { CommittedReader, type CommittedSink } from './committed-reader.ts'
import { type AnswerTo, type DriverParts, RaftDriver, type RaftEnv } from './driver.ts'
import type { RaftRequest, RaftResponse } from './messages.ts'
import { describeQuorum } from './quorum-report.ts'
import type { QuorumWatch } from './quorum-watch.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import { knownLeader } from './state.ts'
import { isAtRest } from './step.ts'
import { leaderDestination } from './transitions.ts'
import type { Leadership, QuorumReport, RaftListener, RaftNode, SnapshotId, SnapshotSource, Voter } from './types.ts'
import { decodeRaftRequest } from './wire-requests.ts'
import { encodeRaftResponse, misdirected } from './wire-responses.ts'

export type { RaftEnv } from './driver.ts'

/** Largest batch that may be proposed (Kafka's MAX_BATCH_SIZE_BYTES). */
export const batchBytesMax = 8 * 1024 * 1024

/** How long a leader that closes waits for the other voters to hear of it. */
const farewellMs = 500

interface Listening {
  readonly listener: RaftListener
  reader: CommittedReader | null
  told: Leadership | null
}

/**
 * This node's place in the quorum: who listens is told of what is committed and of who leads; who proposes, asks or
 * calls from another node is answered. The protocol itself is in step(), its effects in {@link RaftDriver}.
 */
export class LocalRaftNode implements RaftNode {
  readonly nodeId: number
  readonly directoryId: Uuid
  readonly clusterId: string
  readonly #env: RaftEnv
  readonly #driver: RaftDriver
  readonly #watch: QuorumWatch
  readonly #log: Log
  readonly #snapshots: SnapshotStore
  readonly #crc32c: Crc32c
  readonly #listeners: Listening[] = []
  readonly #shards = new Set<{ committed(): void; lost(code: ErrorCode): void }>()
  #waiters: { readonly end: number; readonly settle: (code: ErrorCode) => void }[] = []
  #leadership: Leadership = { epoch: 0, leaderId: null, isActive: false }
  #publishedOffset = -1
  #closing: (() => void) | null = null

  constructor(parts: DriverParts, watch: QuorumWatch) {
    const { env, state, log, snapshots } = parts
    this.#watch = watch
    this.#env = env
    this.#log = log
    this.#snapshots = snapshots
    this.#crc32c = env.crc32c ?? pureCrc32c
    this.nodeId = state.local.key.id
    this.directoryId = state.local.key.directoryId ?? ''
    this.clusterId = state.clusterId
    this.#driver = new RaftDriver(parts)
    this.#driver.onLeadership = () => this.#leadershipMoved()
    this.#driver.onCommitted = () => this.#committedMoved()
    this.#driver.onSnapshotLoaded = () => this.#reopenReaders()
  }

  get kraftVersion(): number {
    return this.#driver.state.history.kraftVersion
  }
  get voters(): readonly Voter[] {
    return this.#driver.state.history.voters
  }
  get leadership(): Leadership {
    return this.#leadership
  }
  get leaderEndpoint(): { readonly id: number; readonly host: string; readonly port: number } | null {
    const { state } = this.#driver
    const leaderId = knownLeader(state)
    if (leaderId === null) return null
    if (leaderId !== this.nodeId) return leaderDestination(state)
    const own = state.local.endpoints.find((e) => e.name === state.listener)
    return own === undefined ? null : { id: leaderId, host: own.host, port: own.port }
  }
  get committedOffset(): number {
    return this.#driver.state.highWatermark
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
    this.#driver.start()
    // A follower goes on in the epoch that it knew before: nothing moved, and it is news all the same.
    this.#leadershipMoved()
  }

  propose(records: readonly RecordBytes[], ifEpoch: number, wallMs: number): { base: number; end: number } | ErrorCode {
    const draft = this.draft(ifEpoch, wallMs, sizeHint(records))
    for (const record of records) draft.add(record)
    return draft.append()
  }

  draft(ifEpoch: number, wallMs: number, bytes: number): ShardDraft {
    const baseOffset = this.#log.endOffset
    const builder = new BatchBuilder({ baseOffset, leaderEpoch: ifEpoch }, BATCH_HEADER_BYTES + bytes)
    return {
      add: ({ key, value }) => builder.append(wallMs, key, value),
      append: () => {
        if (this.#driver.isClosed || this.#log.endOffset !== baseOffset) return errors.NOT_LEADER_OR_FOLLOWER
        if (builder.sizeBytes > batchBytesMax) return errors.RECORD_LIST_TOO_LARGE
        return this.#driver.propose(builder.build(this.#crc32c), ifEpoch)
      },
    }
  }

  listen(listener: RaftListener): void {
    const entry: Listening = { listener, reader: null, told: null }
    this.#listeners.push(entry)
    this.#openListener(entry)
  }

  #openListener(entry: Listening): void {
    const { listener } = entry
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

  /** A snapshot took the place of the log: everyone begins anew with it, and is told nothing more of what was before. */
  #reopenReaders(): void {
    for (const entry of this.#listeners) {
      entry.reader?.stop()
      entry.reader = null
      this.#openListener(entry)
    }
  }

  handle(apiKey: number, request: unknown, send: (answer: unknown, lease: Lease | null) => void): void {
    const message = decodeRaftRequest(apiKey, request)
    if (message === null) return send(misdirected(apiKey), null)
    this.#driver.receive(message, (answer, { records, piece, release }) => {
      const logStartOffset = this.#log.startOffset
      const said: RaftResponse = { ...answer, api: message.api }
      const body = encodeRaftResponse(said, message, { records, logStartOffset, piece })
      send(body, release === null ? null : { slices: [], release })
    })
  }

  /** A message of another node of the quorum, in the quorum's own words. */
  receive(message: RaftRequest, reply: AnswerTo): void {
    this.#driver.receive(message, reply)
  }

  upgradeKraftVersion(level: number, validateOnly: boolean): { code: ErrorCode; message: string | null } | null {
    if (this.#driver.isClosed) return { code: errors.NOT_LEADER_OR_FOLLOWER, message: null }
    return this.#driver.upgrade(level, validateOnly)
  }

  resign(): void {
    this.#driver.feed({ kind: 'resign' })
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
      if (this.#driver.isClosed) return
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

  whenCommitted(end: number, settle: (code: ErrorCode) => void): void {
    this.#waiters.push({ end, settle })
    this.#env.clock.atTurnEnd(() => this.#settle())
  }

  /** Those whose records are committed and told; all of them with the code when this node leads no more. */
  #settle(lost: ErrorCode = errors.NONE): void {
    const ready = this.#waiters.filter(({ end }) => lost !== errors.NONE || end <= this.#publishedOffset)
    if (ready.length === 0) return
    this.#waiters = this.#waiters.filter((w) => !ready.includes(w))
    for (const { settle } of ready) settle(lost)
  }

  attach(shard: { committed(): void; lost(code: ErrorCode): void }): void {
    this.#shards.add(shard)
  }

  snapshotsFrom(source: SnapshotSource): void {
    const { history } = this.#driver.state
    this.#snapshots.takeFrom(source, (id) => {
      const facts = history.at(id.offset)
      history.trimBefore(id.offset)
      return facts
    })
  }

  takeSnapshot(done: (failure: string | null, id: SnapshotId | null) => void): void {
    this.#snapshots.take(done)
  }

  describeQuorum(): QuorumReport {
    return describeQuorum(this.#driver.state, this.#log.endOffset, this.#env.clock)
  }

  close(done: (failure: string | null) => void): void {
    if (this.#driver.isClosed || this.#closing !== null) return done(null)
    this.#driver.feed({ kind: 'close' })
    const finish = (): void => {
      if (this.#driver.isClosed) return
      this.#driver.close()
      this.#watch.close()
      for (const { reader } of this.#listeners) reader?.stop()
      this.#snapshots.close(() => done(null))
    }
    this.#closing = finish
    if (isAtRest(this.#driver.state)) return finish()
    const { clock } = this.#env
    const untilMs = clock.monoMs() + farewellMs
    const look = (): void => {
      if (isAtRest(this.#driver.state) || clock.monoMs() >= untilMs) finish()
      else clock.at(clock.monoMs() + 10, look)
    }
    look()
  }

  #leadershipMoved(): void {
    const { state } = this.#driver
    const now = { epoch: state.epoch, leaderId: knownLeader(state) }
    if (this.#closing === null && now.leaderId === null) this.#watch.look()
    const before = this.#leadership
    if (now.epoch === before.epoch && now.leaderId === before.leaderId) return
    this.#leadership = { ...now, isActive: false }
    if (now.leaderId === this.nodeId) {
      this.#env.logger.info('Leads the metadata quorum', { nodeId: this.nodeId, epoch: now.epoch })
    } else {
      if (now.leaderId !== null) {
        this.#env.logger.info('Follows the leader of the metadata quorum', { leaderId: now.leaderId, epoch: now.epoch })
      }
      for (const shard of [...this.#shards]) shard.lost(errors.NOT_LEADER_OR_FOLLOWER)
      this.#settle(errors.NOT_CONTROLLER)
    }
    this.#tellListeners()
  }

  #committedMoved(): void {
    const { role } = this.#driver.state
    if (role.kind === 'leader' && !this.#leadership.isActive && this.#leadership.leaderId === this.nodeId) {
      if (this.#driver.state.highWatermark > role.epochStartOffset) {
        this.#leadership = { ...this.#leadership, isActive: true }
      }
    }
    this.#tellListeners()
    this.#publish()
  }

  /**
   * At the end of a turn, after every listener has heard: those who wait for their records. An answer is never ahead of
   * the image, also when telling took several turns.
   */
  #publish(): void {
    let offset = this.#driver.state.highWatermark
    for (const { reader } of this.#listeners) offset = Math.min(offset, reader?.position ?? -1)
    if (offset <= this.#publishedOffset) return
    this.#publishedOffset = offset
    for (const shard of [...this.#shards]) shard.committed()
    this.#settle()
    this.#snapshots.takeWhenDue()
  }

  #tellListeners(): void {
    const { highWatermark } = this.#driver.state
    for (const entry of this.#listeners) {
      if (entry.reader === null) continue
      if (highWatermark >= 0) entry.reader.advanceTo(highWatermark)
      if (entry.told !== this.#leadership) {
        entry.told = this.#leadership
        entry.listener.leadership(this.#leadership)
      }
    }
  }
}

function sizeHint(records: readonly RecordBytes[]): number {
  let bytes = 0
  for (const { key, value } of records) bytes += 32 + (key?.length ?? 0) + (value?.length ?? 0)
  return bytes
}
