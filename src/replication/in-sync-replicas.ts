import { type ErrorCode, errors } from '../protocol/index.ts'

/** What a follower says with a fetch of one partition. */
export interface FollowerFetch {
  readonly id: number
  /** Of its registration; -1 = it does not say (Fetch before v15). */
  readonly brokerEpoch: number
  /** It has everything below, as durably as it promises. */
  readonly offset: number
  readonly logStartOffset: number
}

/** The ISR as the leader knows it to be committed, and the epochs that a change of it must carry. */
export interface CommittedIsr {
  readonly isr: readonly number[]
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  /** 0 RECOVERED, 1 RECOVERING. */
  readonly leaderRecoveryState: number
}

/** What AlterPartition is to be asked for. */
export interface IsrChange extends CommittedIsr {
  readonly isr: readonly number[]
  /** Of each member, in the order of `isr`; -1 = not known, then it is not checked (KIP-903). */
  readonly brokerEpochs: readonly number[]
}

interface Follower {
  brokerEpoch: number
  endOffset: number
  logStartOffset: number
  /** The last time at which it had all that the leader had then. */
  caughtUpMs: number
  lastFetchMs: number
  leaderEndAtLastFetch: number
}

export interface InSyncOptions {
  readonly brokerId: number
  /** replica.lag.time.max.ms */
  readonly lagMaxMs: number
  /** The epoch of a broker's registration when it may be in an ISR: registered, not fenced, not leaving; else null. */
  eligibleEpoch(brokerId: number): number | null
}

/**
 * What a leader knows of its followers, and which of them are in sync. Pure: time and offsets are told.
 *
 *   committed ──propose──▶ pending (one at a time) ──answered──▶ committed
 *
 * While a change is pending, the larger of the two sets counts for the high watermark: whoever may be in the committed
 * ISR must have a record before it is committed (KIP-497). A follower that is caught up but not in the ISR yet is waited
 * for as well, so that a slow one can get in.
 */
export class InSyncReplicas {
  readonly #o: InSyncOptions
  readonly #followers = new Map<number, Follower>()
  #committed: CommittedIsr
  /** The ISR that was asked for. */
  #pending: IsrChange | null = null

  constructor(options: InSyncOptions) {
    this.#o = options
    this.#committed = { isr: [], leaderEpoch: -1, partitionEpoch: -1, leaderRecoveryState: 0 }
  }

  get committed(): CommittedIsr {
    return this.#committed
  }

  get isPending(): boolean {
    return this.#pending !== null
  }

  /** Members of the committed ISR or of the one that was asked for. */
  isInMaximalIsr(id: number): boolean {
    return this.#committed.isr.includes(id) || this.#pending?.isr.includes(id) === true
  }

  /** A new leadership: of its followers nothing is known, and those in the ISR have their time to catch up. */
  lead(replicas: readonly number[], committed: CommittedIsr, nowMs: number): void {
    this.#followers.clear()
    this.#pending = null
    this.#committed = committed
    this.#assign(replicas, nowMs)
  }

  /** The metadata log has another state of this partition under the same leader. Older than what an answer said: ignored. */
  update(replicas: readonly number[], committed: CommittedIsr, nowMs: number): void {
    this.#assign(replicas, nowMs)
    if (committed.partitionEpoch <= this.#committed.partitionEpoch) return
    this.#committed = committed
    this.#pending = null
  }

  #assign(replicas: readonly number[], nowMs: number): void {
    const { brokerId } = this.#o
    for (const id of this.#followers.keys()) if (!replicas.includes(id)) this.#followers.delete(id)
    for (const id of replicas) {
      if (id === brokerId || this.#followers.has(id)) continue
      const isIn = this.#committed.isr.includes(id)
      this.#followers.set(id, {
        ...{ brokerEpoch: -1, endOffset: -1, logStartOffset: -1, caughtUpMs: isIn ? nowMs : Number.NEGATIVE_INFINITY },
        ...{ lastFetchMs: Number.NEGATIVE_INFINITY, leaderEndAtLastFetch: 0 },
      })
    }
  }

  /**
   * A follower fetched. NOT_LEADER_OR_FOLLOWER when it is no replica of this partition, or a former incarnation of itself
   * whose request came late.
   */
  fetched(fetch: FollowerFetch, leaderEndOffset: number, nowMs: number): ErrorCode {
    const follower = this.#followers.get(fetch.id)
    if (follower === undefined) return errors.NOT_LEADER_OR_FOLLOWER
    if (fetch.brokerEpoch !== -1 && fetch.brokerEpoch < follower.brokerEpoch) return errors.NOT_LEADER_OR_FOLLOWER
    follower.brokerEpoch = fetch.brokerEpoch
    if (fetch.offset >= leaderEndOffset) follower.caughtUpMs = Math.max(follower.caughtUpMs, nowMs)
    else if (fetch.offset >= follower.leaderEndAtLastFetch) {
      follower.caughtUpMs = Math.max(follower.caughtUpMs, follower.lastFetchMs)
    }
    follower.endOffset = fetch.offset
    follower.logStartOffset = fetch.logStartOffset
    follower.lastFetchMs = nowMs
    follower.leaderEndAtLastFetch = leaderEndOffset
    return errors.NONE
  }

  /** The leader is about to append at `leaderEndOffset`: whoever has all until there begins to lag now, not before. */
  appending(leaderEndOffset: number, nowMs: number): void {
    for (const follower of this.#followers.values()) {
      if (follower.endOffset === leaderEndOffset) follower.caughtUpMs = nowMs
    }
  }

  /** Below: every replica that counts has it. `ownDurable` is what this leader itself contributes. */
  highWatermark(ownDurable: number, leaderEndOffset: number, nowMs: number): number {
    let lowest = ownDurable
    for (const [id, follower] of this.#followers) {
      if (follower.endOffset >= lowest) continue
      if (this.isInMaximalIsr(id) || this.#mayJoinSoon(id, follower, leaderEndOffset, nowMs))
        lowest = follower.endOffset
    }
    return lowest
  }

  #mayJoinSoon(id: number, follower: Follower, leaderEndOffset: number, nowMs: number): boolean {
    return this.#isCaughtUp(follower, leaderEndOffset, nowMs) && this.#isEligible(id, follower)
  }

  #isCaughtUp(follower: Follower, leaderEndOffset: number, nowMs: number): boolean {
    return follower.endOffset === leaderEndOffset || nowMs - follower.caughtUpMs <= this.#o.lagMaxMs
  }

  #isEligible(id: number, { brokerEpoch }: Follower): boolean {
    const epoch = this.#o.eligibleEpoch(id)
    return epoch !== null && (brokerEpoch === -1 || brokerEpoch === epoch)
  }

  /** Followers in the committed ISR whose log has this offset or ends there. */
  *inSyncAt(offset: number): Iterable<{ readonly id: number; readonly endOffset: number }> {
    for (const [id, { endOffset, logStartOffset }] of this.#followers) {
      if (!this.#committed.isr.includes(id)) continue
      if (offset >= logStartOffset && offset <= endOffset) yield { id, endOffset }
    }
  }

  /** The lowest log start offset of all replicas, for DeleteRecords; `own` is the leader's. */
  lowWatermark(own: number): number {
    let lowest = own
    for (const [id, { logStartOffset }] of this.#followers) {
      if (this.#o.eligibleEpoch(id) !== null) lowest = Math.min(lowest, logStartOffset)
    }
    return lowest
  }

  /**
   * The follower that just fetched goes into the ISR when it has all that is committed and begins no earlier than this
   * leader's epoch. Null: nothing to ask for, or a change is pending.
   */
  expansion(id: number, highWatermark: number, epochStartOffset: number): IsrChange | null {
    const follower = this.#followers.get(id)
    if (this.#pending !== null || follower === undefined || this.#committed.isr.includes(id)) return null
    if (follower.endOffset < highWatermark || follower.endOffset < epochStartOffset) return null
    if (!this.#isEligible(id, follower)) return null
    return this.#propose([...this.#committed.isr, id])
  }

  /** The first that may come into the ISR now, of those that have all there is. As {@link expansion}. */
  anyExpansion(leaderEndOffset: number, highWatermark: number, epochStartOffset: number): IsrChange | null {
    for (const [id, { endOffset }] of this.#followers) {
      const change = endOffset === leaderEndOffset ? this.expansion(id, highWatermark, epochStartOffset) : null
      if (change !== null) return change
    }
    return null
  }

  /** Without those that lag for longer than allowed. Null: all are in sync, or a change is pending. */
  shrinkage(leaderEndOffset: number, nowMs: number): IsrChange | null {
    if (this.#pending !== null) return null
    const { isr } = this.#committed
    const inSync = isr.filter((id) => {
      const follower = this.#followers.get(id)
      return id === this.#o.brokerId || (follower !== undefined && this.#isCaughtUp(follower, leaderEndOffset, nowMs))
    })
    return inSync.length === isr.length ? null : this.#propose(inSync)
  }

  #propose(isr: readonly number[]): IsrChange {
    const brokerEpochs = isr.map((id) => {
      if (id === this.#o.brokerId) return this.#o.eligibleEpoch(id) ?? -1
      return this.#followers.get(id)?.brokerEpoch ?? -1
    })
    this.#pending = { ...this.#committed, isr, brokerEpochs }
    return this.#pending
  }

  /**
   * The controller answered the pending change. `now` is what is committed when it granted it. Refusals that only say that
   * this leader is behind leave the change pending, so that the larger set goes on to count: the metadata log will tell.
   */
  answered(change: IsrChange, errorCode: ErrorCode, now: CommittedIsr | null): void {
    if (this.#pending !== change) return
    if (now !== null && errorCode === errors.NONE) {
      this.#pending = null
      if (now.leaderEpoch === this.#committed.leaderEpoch && now.partitionEpoch >= this.#committed.partitionEpoch) {
        this.#committed = now
      }
    } else if (!waitsForMetadata.has(errorCode)) this.#pending = null
  }
}

/** The change was refused because the partition is another one by now. */
const waitsForMetadata: ReadonlySet<ErrorCode> = new Set([
  errors.FENCED_LEADER_EPOCH,
  errors.INVALID_UPDATE_VERSION,
  errors.NEW_LEADER_ELECTED,
  errors.INVALID_REQUEST,
])
