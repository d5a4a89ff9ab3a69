import assert from 'node:assert/strict'
import { errors } from '../protocol/index.ts'
import type { ControlRecordAt, RaftRequest, RaftResponse } from './messages.ts'
import type { QuorumWorld } from './quorum-world.ts'
import {
  type Destination,
  newRaftState,
  type QuorumStateData,
  type RaftEffect,
  type RaftEvent,
  type RaftLogView,
  type RaftState,
  type RaftTimeouts,
} from './state.ts'
import { step } from './step.ts'
import type { ReplicaKey, SnapshotId, Voter } from './types.ts'
import { VoterHistory } from './voter-history.ts'

export interface StoredBatch {
  readonly base: number
  readonly end: number
  readonly epoch: number
  readonly value: string
  readonly control: readonly ControlRecordAt[]
}

interface StoredSnapshot {
  readonly id: SnapshotId
  readonly voters: readonly Voter[] | null
  readonly kraftVersion: number
}

/** A snapshot travels in this many pieces. */
const snapshotPieces = 3

export interface NodeOptions {
  readonly id: number
  readonly directoryId: string
  readonly voters: readonly Voter[]
  readonly kraftVersion: number
  readonly bootstrap: readonly Destination[]
  readonly joinsItself: boolean
  readonly timeouts?: Partial<RaftTimeouts>
  /** A broken step, for the proof that the checks see it. */
  readonly step?: typeof step
}

/**
 * One node of a {@link QuorumWorld}: the real step() on a disk and a network that the world decides over. It keeps apart
 * what is written and what is flushed; a crash takes what was not.
 */
export class QuorumNode implements RaftLogView {
  readonly id: number
  readonly key: ReplicaKey
  readonly local: Voter
  readonly name: string
  isUp = false
  life = 0
  state!: RaftState
  readonly #world: QuorumWorld
  readonly #options: NodeOptions
  /** quorum-state file on disk. */
  #persisted: QuorumStateData | null = null
  #batches: StoredBatch[] = []
  #start = 0
  #flushed = 0
  #snapshots: StoredSnapshot[] = []
  #held: { readonly after: number; readonly run: () => void }[] = []
  #wakeAtMs = Number.POSITIVE_INFINITY
  #proposal = ''
  #isFlushing = false
  outcome: number | null = null

  constructor(world: QuorumWorld, options: NodeOptions) {
    this.#world = world
    this.#options = options
    this.id = options.id
    this.key = { id: options.id, directoryId: options.directoryId }
    this.local = {
      key: this.key,
      endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 9000 + options.id }],
      kraftVersions: { min: 0, max: 1 },
    }
    this.name = `node ${options.id}@${options.directoryId}`
  }

  // RaftLogView

  get startOffset(): number {
    return this.#start
  }
  get endOffset(): number {
    return this.#batches.at(-1)?.end ?? this.#start
  }
  get flushedOffset(): number {
    return this.#flushed
  }
  get lastEpoch(): number {
    return Math.max(this.#batches.at(-1)?.epoch ?? 0, this.latestSnapshot?.epoch ?? 0)
  }
  get latestSnapshot(): SnapshotId | null {
    return this.#snapshots.at(-1)?.id ?? null
  }
  epochEnd(epoch: number): { epoch: number; endOffset: number } {
    const last = this.#batches.findLast((b) => b.epoch <= epoch)
    if (last !== undefined) return { epoch: last.epoch, endOffset: last.end }
    const at = this.#snapshots.find((s) => s.id.offset === this.#start && s.id.epoch <= epoch)
    return at === undefined ? { epoch: -1, endOffset: -1 } : { epoch: at.id.epoch, endOffset: this.#start }
  }

  batchesFrom(offset: number): readonly StoredBatch[] {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#batches[middle]!.base < offset) low = middle + 1
      else high = middle
    }
    return low === 0 ? this.#batches : this.#batches.slice(low)
  }

  start(): void {
    const { voters, kraftVersion, bootstrap, joinsItself, timeouts } = this.#options
    const history = new VoterHistory({ voters, kraftVersion })
    const snapshot = this.#snapshots.at(-1)
    if (snapshot !== undefined) {
      history.load(snapshot.id.offset, snapshot.voters, snapshot.kraftVersion)
      if (this.endOffset < snapshot.id.offset) this.#beginAt(snapshot.id.offset)
    }
    for (const batch of this.#batches) {
      if (snapshot !== undefined && batch.end <= snapshot.id.offset) continue
      for (const at of batch.control) history.append(at)
    }
    this.isUp = true
    this.life++
    this.#world.say(
      () => `${this.name} starts with ${this.#start}..${this.endOffset} ${JSON.stringify(this.#persisted)}`,
    )
    this.#held = []
    this.#isFlushing = false
    this.#flushed = Math.min(this.#flushed, this.endOffset)
    this.state = newRaftState({
      clusterId: 'cluster',
      local: this.local,
      listener: 'CONTROLLER',
      bootstrap,
      joinsItself,
      jitter: () => this.#world.random(),
      persisted: this.#persisted,
      history,
      ...(timeouts === undefined ? {} : { timeouts }),
    })
    if (this.#flushed < this.endOffset) this.#flush()
    this.event({ kind: 'started' })
  }

  /** The process ends; with a power cut, also what was written and not flushed. */
  stop(isPowerCut: boolean): void {
    this.isUp = false
    this.life++
    this.#wakeAtMs = Number.POSITIVE_INFINITY
    if (!isPowerCut) return
    while (this.#batches.length > 0 && this.endOffset > this.#flushed && this.#world.random() < 0.8) this.#batches.pop()
  }

  /** As a start would find them. */
  storedVoters(): readonly Voter[] {
    const snapshot = this.#snapshots.at(-1)
    const from = snapshot?.id.offset ?? 0
    let voters = snapshot?.voters ?? this.#options.voters
    for (const batch of this.#batches) {
      if (batch.base < from) continue
      for (const { record } of batch.control) if (record.type === 'voters') voters = record.voters
    }
    return voters
  }

  propose(value: string): boolean {
    this.#proposal = value
    this.outcome = null
    this.event({ kind: 'propose', ifEpoch: this.state.epoch })
    return this.outcome === null
  }

  /** Of everything committed; the log before it goes too, now and then. */
  takeSnapshot(cutsLog: boolean): void {
    const offset = this.state.highWatermark
    const last = this.#batches.findLast((b) => b.end <= offset)
    if (last === undefined || last.end <= (this.latestSnapshot?.offset ?? 0)) return
    const { voters, kraftVersion } = this.state.history.at(last.end)
    this.#snapshots.push({ id: { offset: last.end, epoch: last.epoch }, voters, kraftVersion })
    this.state.history.trimBefore(last.end)
    if (!cutsLog) return
    this.#snapshots = this.#snapshots.slice(-1)
    this.#batches = this.#batches.filter((b) => b.base >= last.end)
    this.#start = last.end
  }

  event(event: RaftEvent): void {
    if (!this.isUp) return
    const run = this.#options.step ?? step
    const { history } = this.state
    const before = history.voters
    const wasAt = history.votersOffset
    const effects = run(this.state, event, this, this.#world.nowMs)
    const { role } = this.state
    if (history.voters !== before && role.kind === 'leader' && history.votersOffset > wasAt && wasAt >= 0) {
      this.#world.checks.votersChanged(this, before, history.voters, wasAt)
    }
    for (const effect of effects) {
      if (effect.kind !== 'answer' && effect.kind !== 'send')
        this.#world.say(() => `${this.name} ${JSON.stringify(effect)}`)
      this.#carryOut(effect)
    }
    this.#arm()
  }

  #arm(): void {
    const { wakeAtMs } = this.state
    if (wakeAtMs === this.#wakeAtMs) return
    this.#wakeAtMs = wakeAtMs
    if (wakeAtMs === Number.POSITIVE_INFINITY) return
    this.#world.at(
      wakeAtMs,
      this.#alive(() => {
        if (this.#wakeAtMs !== wakeAtMs) return
        this.#wakeAtMs = Number.POSITIVE_INFINITY
        this.event({ kind: 'tick' })
      }),
    )
  }

  #alive(run: () => void): () => void {
    const { life } = this
    return () => {
      if (this.life === life) run()
    }
  }

  #disk(run: () => void): void {
    this.#world.at(this.#world.nowMs + this.#world.diskMs(), this.#alive(run))
  }

  #carryOut(effect: RaftEffect): void {
    const world = this.#world
    switch (effect.kind) {
      case 'send':
        this.#hold(effect.after, () => world.request(this, effect.to, effect.requestId, effect.message))
        return
      case 'answer':
        this.#hold(effect.after, () => world.answer(this, effect.token, effect.message))
        return
      case 'persistQuorumState':
        world.onPromise(this)
        this.#disk(() => {
          // One at a time: a later one may have overtaken it.
          if (effect.version <= this.state.syncedVersion) return
          this.#persisted = effect.state
          this.event({ kind: 'quorumStateSynced', version: effect.version })
          const ready = this.#held.filter((h) => h.after <= this.state.syncedVersion)
          this.#held = this.#held.filter((h) => h.after > this.state.syncedVersion)
          for (const { run } of ready) run()
        })
        return
      case 'appendProposed':
        this.#append(effect.epoch, this.#proposal, 1, [])
        return
      case 'appendControl': {
        const base = this.endOffset
        const control = effect.records.map((record, i) => ({ offset: base + i, record }))
        this.#append(effect.epoch, JSON.stringify(effect.records), effect.records.length, control)
        return
      }
      case 'appendFetched': {
        const batches = world.batchesOf(effect.records.bytes)
        assert.equal(batches[0]!.base, this.endOffset)
        for (const batch of batches) assert.ok(batch.epoch >= this.lastEpoch, 'epochs never go back')
        this.#batches.push(...batches)
        this.#flush()
        return
      }
      case 'refused':
        this.outcome = effect.code
        return
      case 'truncate':
        this.#disk(() => {
          this.#batches = this.#batches.filter((b) => b.end <= effect.to)
          this.#flushed = Math.min(this.#flushed, this.endOffset)
          this.event({ kind: 'truncated' })
        })
        return
      case 'storePiece': {
        const { id, position, size } = effect.piece
        this.#disk(() => this.event({ kind: 'pieceStored', id, end: position + 1, size }))
        return
      }
      case 'loadSnapshot':
        this.#disk(() => {
          const found = world.snapshot(effect.id)
          this.#snapshots = [found]
          this.#beginAt(effect.id.offset)
          this.#flushed = effect.id.offset
          this.event({
            kind: 'snapshotLoaded',
            id: effect.id,
            voters: found.voters,
            kraftVersion: found.kraftVersion,
          })
        })
        return
      case 'answerFetch': {
        const { epoch } = this.state
        this.#hold(effect.after, () =>
          this.#after(world.random() * 0.3, () => {
            if (this.state.role.kind !== 'leader' || this.state.epoch !== epoch) {
              return world.answer(this, effect.token, { ...effect.message, errorCode: errors.NOT_LEADER_OR_FOLLOWER })
            }
            const all = this.batchesFrom(effect.from).filter((b) => b.end <= effect.upTo)
            const batches = all.slice(0, 1 + Math.floor(world.random() * 8))
            if (batches[0]?.base !== effect.from)
              return world.answer(this, effect.token, { ...effect.message, records: null })
            world.answer(this, effect.token, { ...effect.message, records: world.recordsOf(batches) })
          }),
        )
        return
      }
      case 'answerSnapshot': {
        const found = this.#snapshots.find((s) => s.id.offset === effect.id.offset && s.id.epoch === effect.id.epoch)
        if (found === undefined) {
          return world.answer(this, effect.token, { ...effect.message, errorCode: errors.SNAPSHOT_NOT_FOUND })
        }
        const bytes = { bytes: new Uint8Array(1), from: 0, to: 1 }
        const piece = { id: effect.id, position: effect.position, size: snapshotPieces, bytes }
        world.note(found)
        this.#hold(effect.after, () => world.answer(this, effect.token, { ...effect.message, piece }))
        return
      }
      case 'committed':
        world.checks.sawCommitted(this, effect.offset, this.state.role.kind === 'leader')
        return
      case 'leadership':
        // Before that is on disk nobody can know of it: a sole voter that dies here leads the same epoch again.
        if (effect.leaderId === this.id)
          this.#hold(this.state.persistVersion, () => world.checks.elected(this, effect.epoch))
        return
      case 'halt':
        assert.fail(`${this.name}: ${effect.reason}`)
    }
  }

  #after(ms: number, run: () => void): void {
    this.#world.at(this.#world.nowMs + ms, this.#alive(run))
  }

  #hold(after: number, run: () => void): void {
    if (after > this.state.syncedVersion) this.#held.push({ after, run })
    else run()
  }

  #append(epoch: number, value: string, count: number, control: readonly ControlRecordAt[]): void {
    const base = this.endOffset
    this.#batches.push({ base, end: base + count, epoch, value, control })
    this.#world.at(
      this.#world.nowMs,
      this.#alive(() => this.event({ kind: 'logFlushed', offset: this.#flushed })),
    )
    this.#flush()
  }

  #flush(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    const end = this.endOffset
    this.#disk(() => {
      this.#isFlushing = false
      this.#flushed = Math.max(this.#flushed, Math.min(end, this.endOffset))
      this.event({ kind: 'logFlushed', offset: this.#flushed })
      if (this.#flushed < this.endOffset) this.#flush()
    })
  }

  #beginAt(offset: number): void {
    this.#batches = []
    this.#start = offset
  }

  receive(message: RaftRequest, token: number): void {
    this.event({ kind: 'received', message, token })
  }

  answered(from: number, requestId: number, message: RaftResponse): void {
    this.event({ kind: 'answered', from, requestId, message })
  }
}
