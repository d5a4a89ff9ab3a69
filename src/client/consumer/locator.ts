import type { Clock } from '../../env/index.ts'
import { clientError, isKafkaError, type Outcome } from '../errors.ts'
import { type CommittedOffset, type FetchOffsetsOptions, fetchCommitted } from '../group-offsets.ts'
import { type IsolationLevel, listOffsets, offsetSpecs } from '../list-offsets.ts'
import type { Cluster } from '../network/cluster.ts'
import { type PartitionMap, partitionName } from '../topic-partition.ts'
import type { PartitionState } from './position.ts'
import type { OffsetReset } from './types.ts'

/** Finds positions for partitions that have none: the group's committed offset, else as autoOffsetReset says. */
export class Locator {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #states: PartitionMap<PartitionState>
  readonly #groupId: string | null
  readonly #reset: OffsetReset
  readonly #isolationLevel: IsolationLevel
  readonly #member: () => FetchOffsetsOptions
  readonly #notify: () => void
  #errors: unknown[] = []

  constructor(
    cluster: Cluster,
    states: PartitionMap<PartitionState>,
    o: {
      readonly groupId: string | null
      readonly reset: OffsetReset
      readonly isolationLevel: IsolationLevel
      /** Who asks, for the consumer protocol. */
      readonly member: () => FetchOffsetsOptions
      readonly notify: () => void
    },
  ) {
    this.#cluster = cluster
    this.#clock = cluster.env.clock
    this.#states = states
    this.#groupId = o.groupId
    this.#reset = o.reset
    this.#isolationLevel = o.isolationLevel
    this.#member = o.member
    this.#notify = o.notify
  }

  /** Starts what is owed. Throws what an earlier search met. Returns when to call again at the latest (monotonic). */
  locateMore(): number {
    if (this.#errors.length > 0) throw this.#errors.shift()
    const nowMs = this.#clock.monoMs()
    let againMs = Number.POSITIVE_INFINITY
    const committed: PartitionState[] = []
    const byReset: PartitionState[] = []
    for (const state of this.#states.values()) {
      if (state.position !== null || state.isLocating || state.want === null) continue
      if (state.retryMs > nowMs) {
        againMs = Math.min(againMs, state.retryMs)
        continue
      }
      if (state.want === 'committed' && this.#groupId === null) state.want = this.#reset
      if (state.want === 'committed') committed.push(state)
      else byReset.push(state)
    }
    if (committed.length > 0) void this.#run(committed, () => this.#fromCommitted(committed))
    if (byReset.length > 0) void this.#run(byReset, () => this.#fromReset(byReset))
    return againMs
  }

  /** Never rejects. */
  async #run(states: readonly PartitionState[], locate: () => Promise<void>): Promise<void> {
    for (const state of states) state.isLocating = true
    try {
      await locate()
    } catch (error) {
      if (!isKafkaError(error) || !error.isRetriable) this.#errors.push(error)
      this.#retryLater(states)
    } finally {
      for (const state of states) state.isLocating = false
      this.#notify()
    }
  }

  #retryLater(states: readonly PartitionState[]): void {
    const retryMs = this.#clock.monoMs() + this.#cluster.options.retryBackoffMs
    for (const state of states) state.retryMs = retryMs
  }

  async #fromCommitted(states: readonly PartitionState[]): Promise<void> {
    const generations = states.map((s) => s.fetchGeneration)
    const found = await fetchCommitted(this.#cluster, this.#groupId!, states, {
      requireStable: true,
      ...this.#member(),
    })
    for (const [i, state] of states.entries()) {
      if (state.fetchGeneration !== generations[i] || state.want !== 'committed') continue
      this.#applyCommitted(state, found.get(state.topic, state.partition))
    }
  }

  #applyCommitted(state: PartitionState, found: Outcome<CommittedOffset> | undefined): void {
    if (found === undefined) {
      if (this.#reset === 'none') {
        this.#errors.push(
          clientError(
            'NO_OFFSET',
            `The group has committed no offset for ${partitionName(state)}, and autoOffsetReset is 'none'`,
          ),
        )
        state.retryMs = this.#clock.monoMs() + this.#cluster.options.retryBackoffMaxMs
      } else state.want = this.#reset
    } else if (found.error !== null) {
      if (!found.error.isRetriable) this.#errors.push(found.error)
      this.#retryLater([state])
    } else {
      state.seek({ offset: found.value.offset, leaderEpoch: found.value.leaderEpoch ?? -1 })
    }
  }

  async #fromReset(states: readonly PartitionState[]): Promise<void> {
    const generations = states.map((s) => s.fetchGeneration)
    const asks = states.map((s) => ({ topic: s.topic, partition: s.partition, timestamp: this.#timestampOf(s.want) }))
    const found = await listOffsets(this.#cluster, asks, {
      isolationLevel: this.#isolationLevel,
      timeoutMs: this.#cluster.options.requestTimeoutMs,
    })
    for (const [i, state] of states.entries()) {
      if (state.fetchGeneration !== generations[i]) continue
      const result = found.get(state.topic, state.partition)
      if (result === undefined || result.error !== null) {
        if (result?.error && !result.error.isRetriable) this.#errors.push(result.error)
        this.#retryLater([state])
      } else if (result.value.offset < 0) {
        // no record is that young: begin at the end
        state.want = 'latest'
      } else state.seek({ offset: result.value.offset, leaderEpoch: result.value.leaderEpoch })
    }
  }

  #timestampOf(want: PartitionState['want']): number {
    if (want === 'earliest') return offsetSpecs.earliest
    if (typeof want === 'object' && want !== null) return this.#clock.wallMs() - want.durationMs
    if (want === 'none') throw clientError('NO_OFFSET', "A partition has no position, and autoOffsetReset is 'none'")
    return offsetSpecs.latest
  }
}
