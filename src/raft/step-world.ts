import assert from 'node:assert/strict'
import type { RaftRequest, RaftResponse } from './messages.ts'
import {
  newRaftState,
  type QuorumStateData,
  type RaftEffect,
  type RaftEvent,
  type RaftLogView,
  type RaftState,
} from './state.ts'
import { step } from './step.ts'
import type { SnapshotId, Voter } from './types.ts'
import { VoterHistory } from './voter-history.ts'

export const directories = ['lJNiOm5TR2GFjkqbYVJP0A', 'commlsOaXbXwFKoJiPnfIw', '8-2SxgkRR12GKyQlsrKX_w'] as const

export function voter(id: number, directory: number | null = 0): Voter {
  return {
    key: { id, directoryId: directory === null ? null : directories[directory]! },
    endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 9000 + id }],
    kraftVersions: { min: 0, max: 1 },
  }
}

/** A log of which the test says what it holds: ten records of epoch 4 to begin with, all flushed. */
export class LogOf implements RaftLogView {
  startOffset = 0
  endOffset = 10
  flushedOffset = 10
  latestSnapshot: SnapshotId | null = null
  /** Start offsets by epoch. */
  epochs: [epoch: number, start: number][] = [[4, 0]]

  get lastEpoch(): number {
    return this.epochs.at(-1)?.[0] ?? this.latestSnapshot?.epoch ?? 0
  }

  epochEnd(epoch: number): { epoch: number; endOffset: number } {
    const i = this.epochs.findLastIndex(([e]) => e <= epoch)
    if (i < 0) return { epoch: -1, endOffset: -1 }
    return { epoch: this.epochs[i]![0], endOffset: this.epochs[i + 1]?.[1] ?? this.endOffset }
  }

  /** As the shell would: records of `epoch` up to `end`, flushed. */
  append(epoch: number, end: number, isFlushed = true): void {
    if (this.lastEpoch !== epoch) this.epochs.push([epoch, this.endOffset])
    this.endOffset = end
    if (isFlushed) this.flushedOffset = end
  }
}

export interface Given {
  readonly voters?: readonly Voter[]
  readonly local?: Voter
  readonly kraftVersion?: number
  readonly persisted?: QuorumStateData
  readonly joinsItself?: boolean
}

/** One node, its log, and the time; nothing happens that the test does not say. */
export class OneNode {
  readonly s: RaftState
  readonly log = new LogOf()
  nowMs = 0
  #token = 0

  constructor(o: Given = {}) {
    const voters = o.voters ?? [voter(1), voter(2), voter(3)]
    this.s = newRaftState({
      clusterId: 'cluster',
      local: o.local ?? voter(1),
      listener: 'CONTROLLER',
      joinsItself: o.joinsItself ?? false,
      jitter: () => 0.5,
      persisted: o.persisted ?? { leaderId: -1, leaderEpoch: 4, votedKey: null },
      history: new VoterHistory({ voters, kraftVersion: o.kraftVersion ?? 1 }),
    })
  }

  do(event: RaftEvent): RaftEffect[] {
    return step(this.s, event, this.log, this.nowMs)
  }

  /** Time goes by until `ms` from the start, with every tick that was asked for. */
  until(ms: number): RaftEffect[] {
    const effects: RaftEffect[] = []
    while (this.s.wakeAtMs <= ms) {
      this.nowMs = this.s.wakeAtMs
      effects.push(...this.do({ kind: 'tick' }))
    }
    this.nowMs = ms
    return effects
  }

  synced(): RaftEffect[] {
    return this.do({ kind: 'quorumStateSynced', version: this.s.persistVersion })
  }

  /** What came in, and what is answered at once. */
  ask(message: RaftRequest): { answer: RaftResponse | null; after: number; effects: RaftEffect[]; token: number } {
    const token = ++this.#token
    const effects = this.do({ kind: 'received', message, token })
    const found = effects.find((e) => e.kind === 'answer' && e.token === token)
    return found?.kind === 'answer'
      ? { answer: found.message, after: found.after, effects, token }
      : { answer: null, after: -1, effects, token }
  }

  /** The answer to what was last sent to that node. */
  answered(from: number, m: Partial<RaftResponse> & Pick<RaftResponse, 'api'>): RaftEffect[] {
    const requestId = this.s.peers.get(from)?.requestId ?? -1
    const message = { errorCode: 0, epoch: this.s.epoch, leaderId: null, ...m }
    return this.do({ kind: 'answered', from, requestId, message })
  }

  failed(to: number, why: 'refused' | 'lost' | 'timeout'): RaftEffect[] {
    return this.do({ kind: 'failed', to, requestId: this.s.peers.get(to)?.requestId ?? -1, why })
  }

  /** Elected in epoch 5, its first record flushed at offset 10, its quorum-state on disk. */
  static leader(o: Given = {}): OneNode {
    const n = new OneNode(o)
    n.do({ kind: 'started' })
    if (n.s.role.kind !== 'leader') {
      n.until(200)
      n.answered(2, { api: 'vote', isVoteGranted: true })
      n.answered(2, { api: 'vote', isVoteGranted: true })
      if ((o.voters?.length ?? 3) > 3) {
        n.answered(3, { api: 'vote', isVoteGranted: true })
      }
    }
    assert.equal(n.s.role.kind, 'leader')
    n.synced()
    n.log.append(n.s.epoch, n.s.history.votersOffset >= 10 ? 13 : 11)
    n.do({ kind: 'logFlushed', offset: n.log.endOffset })
    return n
  }

  /** Follows node 2 in epoch 5. */
  static follower(o: Given = {}): OneNode {
    const n = new OneNode(o)
    n.do({ kind: 'started' })
    n.ask({
      api: 'beginQuorumEpoch',
      clusterId: 'cluster',
      epoch: 5,
      leaderId: 2,
      intendedVoter: null,
      endpoints: voter(2).endpoints,
    })
    n.synced()
    assert.equal(n.s.role.kind, 'follower')
    return n
  }
}

export function kinds(effects: readonly RaftEffect[]): string[] {
  return effects.map((e) => (e.kind === 'send' ? `${e.message.api} to ${e.to.id}` : e.kind))
}

export function sent<K extends RaftRequest['api']>(
  effects: readonly RaftEffect[],
  api: K,
): (RaftRequest & { readonly api: K }) | undefined {
  for (const effect of effects) {
    if (effect.kind === 'send' && effect.message.api === api) return effect.message as RaftRequest & { readonly api: K }
  }
  return undefined
}
