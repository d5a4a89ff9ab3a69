import { errors } from '../protocol/index.ts'
import type { FetchedRecords, RaftRequest, RaftResponse } from './messages.ts'
import { QuorumChecks } from './quorum-checks.ts'
import { type NodeOptions, QuorumNode, type StoredBatch } from './quorum-node.ts'
import type { Destination } from './state.ts'
import type { SnapshotId, Voter } from './types.ts'

export interface Faults {
  /** Of a message: not to arrive, to arrive twice. */
  loss: number
  duplication: number
  delayMsMax: number
  diskMsMax: number
}

const noFaults: Faults = { loss: 0, duplication: 0, delayMsMax: 2, diskMsMax: 1 }

interface Due {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

type Snapshot = { id: SnapshotId; voters: readonly Voter[] | null; kraftVersion: number }

/**
 * A quorum in virtual time, decided by one seed: its network loses, delays, reorders, duplicates and cuts; its disks
 * forget what was not flushed. The nodes run the real step(). For tests.
 */
export class QuorumWorld {
  nowMs = 1000
  readonly nodes: QuorumNode[] = []
  /** Disks that are gone, for the checks. */
  readonly lost: QuorumNode[] = []
  readonly checks = new QuorumChecks(() => [...this.nodes, ...this.lost])
  faults: Faults = { ...noFaults }
  /** Directed pairs of ids between which nothing gets through. */
  readonly cuts = new Set<string>()
  #seed: number
  #due: Due[] = []
  #order = 0
  #tokens = 0
  readonly #requests = new Map<
    number,
    {
      readonly from: QuorumNode
      readonly life: number
      readonly as: number
      readonly requestId: number
      readonly message: RaftRequest
    }
  >()
  readonly #batches = new WeakMap<object, readonly StoredBatch[]>()
  readonly #snapshots = new Map<string, Snapshot>()
  readonly trace: string[] = []
  isTraced = false
  /** Told when a node begins to write what it must not forget: an instant at which to take the power. */
  onPromise: (node: QuorumNode) => void = () => undefined

  constructor(seed: number) {
    this.#seed = (seed * 2654435761) >>> 0 || 1
  }

  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  below(bound: number): number {
    return Math.floor(this.random() * bound)
  }

  diskMs(): number {
    return this.random() * this.faults.diskMsMax
  }

  add(options: NodeOptions): QuorumNode {
    const node = new QuorumNode(this, options)
    this.nodes.push(node)
    return node
  }

  say(line: () => string): void {
    if (this.isTraced) this.trace.push(`${this.nowMs.toFixed(1)} ${line()}`)
  }

  at(atMs: number, run: () => void): void {
    const due = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, run }
    const heap = this.#due
    heap.push(due)
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!isBefore(heap[i]!, heap[parent]!)) break
      ;[heap[i], heap[parent]] = [heap[parent]!, heap[i]!]
      i = parent
    }
  }

  #next(): Due | undefined {
    const heap = this.#due
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let i = 0; ; ) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child
      }
      if (least === i) return first
      ;[heap[i], heap[least]] = [heap[least]!, heap[i]!]
      i = least
    }
  }

  run(forMs: number, isDone: () => boolean = () => false): boolean {
    const untilMs = this.nowMs + forMs
    while (this.#due.length > 0 && this.#due[0]!.atMs <= untilMs) {
      const due = this.#next()!
      this.nowMs = due.atMs
      due.run()
      if (isDone()) return true
    }
    this.nowMs = untilMs
    return isDone()
  }

  get leader(): QuorumNode | null {
    const leaders = this.nodes.filter((n) => n.isUp && n.state.role.kind === 'leader')
    return leaders.toSorted((a, b) => b.state.epoch - a.state.epoch)[0] ?? null
  }

  // The network

  #reaches(from: number, to: number): boolean {
    return !this.cuts.has(`${from}>${to}`)
  }

  #deliver(from: number, to: number, run: () => void): void {
    const copies = this.random() < this.faults.duplication ? 2 : 1
    for (let i = 0; i < copies; i++) {
      if (this.random() < this.faults.loss) continue
      this.at(this.nowMs + 0.1 + this.random() * this.faults.delayMsMax, () => {
        if (this.#reaches(from, to)) run()
      })
    }
  }

  request(from: QuorumNode, to: Destination, requestId: number, message: RaftRequest): void {
    const target = this.nodes.findLast((n) => n.local.endpoints[0]!.port === to.port)
    const { life } = from
    this.say(() => `${from.id} → ${to.port - 9000} ${JSON.stringify(message)}`)
    if (target === undefined || !this.#reaches(from.id, target.id)) return
    this.#deliver(from.id, target.id, () => {
      if (!target.isUp) {
        this.#deliver(target.id, from.id, () => {
          if (from.life === life) from.event({ kind: 'failed', to: to.id, requestId, why: 'refused' })
        })
        return
      }
      const token = ++this.#tokens
      this.#requests.set(token, { from, life, as: to.id, requestId, message })
      if (message.api === 'apiVersions') {
        const { epoch } = target.state
        const kraftVersions = { min: 0, max: 1 }
        return this.answer(target, token, {
          api: 'apiVersions',
          errorCode: errors.NONE,
          epoch,
          leaderId: null,
          kraftVersions,
        })
      }
      target.receive(message, token)
    })
  }

  answer(by: QuorumNode, token: number, message: RaftResponse): void {
    const asked = this.#requests.get(token)
    if (asked === undefined) return
    this.#requests.delete(token)
    const { from, life, as, requestId } = asked
    this.say(() => `${by.id} ⇢ ${from.id} ${JSON.stringify({ ...message, records: message.records?.endOffset })}`)
    if (asked.message.api === 'vote' && !asked.message.isPreVote && message.isVoteGranted === true) {
      this.checks.voted(by, asked.message.epoch, asked.message.candidate)
    }
    this.#deliver(by.id, from.id, () => {
      if (from.life === life) from.answered(as, requestId, message)
    })
  }

  /** Asks a node as an administrator would; the answer comes to nobody. */
  ask(node: QuorumNode, message: RaftRequest, done: (m: RaftResponse) => void = () => undefined): void {
    const token = ++this.#tokens
    const asker = { life: 0, id: -99, answered: (_from: number, _id: number, m: RaftResponse) => done(m) }
    this.#requests.set(token, { from: asker as unknown as QuorumNode, life: 0, as: -99, requestId: 0, message })
    node.receive(message, token)
  }

  recordsOf(batches: readonly StoredBatch[]): FetchedRecords {
    const bytes = { bytes: new Uint8Array(0), from: 0, to: 0 }
    this.#batches.set(bytes, batches)
    return {
      baseOffset: batches[0]!.base,
      endOffset: batches.at(-1)!.end,
      lastEpoch: batches.at(-1)!.epoch,
      control: batches.flatMap((b) => b.control),
      bytes,
    }
  }

  batchesOf(bytes: object): readonly StoredBatch[] {
    return this.#batches.get(bytes)!
  }

  note(snapshot: Snapshot): void {
    this.#snapshots.set(`${snapshot.id.offset}-${snapshot.id.epoch}`, snapshot)
  }

  snapshot(id: SnapshotId): Snapshot {
    return this.#snapshots.get(`${id.offset}-${id.epoch}`)!
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
