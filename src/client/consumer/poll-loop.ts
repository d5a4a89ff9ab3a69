import { clientError, isKafkaError } from '../errors.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import { type Condition, within } from '../waiting.ts'
import type { Assignment } from './assignment.ts'
import type { Commits } from './commits.ts'
import type { Fetcher } from './fetcher.ts'
import type { GroupSeat } from './group-seat.ts'
import type { Locator } from './locator.ts'
import type { ConsumerRecord } from './record.ts'
import type { Subscription } from './subscription.ts'
import type { PollOptions } from './types.ts'

export interface PollParts<K, V> {
  readonly subscription: Subscription
  readonly assignment: Assignment
  readonly commits: Commits
  readonly seat: GroupSeat
  readonly locator: Locator
  readonly fetcher: Fetcher<K, V>
}

/**
 * What a caller that wants a record waits for, in this order: metadata, the group, due commits, positions, fetches.
 * Until the cluster has said who it is, its silence is an error after apiTimeoutMs; later, brokers that are away are
 * waited for.
 */
export class PollLoop<K, V> {
  readonly #cluster: Cluster
  readonly #parts: PollParts<K, V>
  readonly #woken: Condition
  #hasMetadata = false
  /** Monotonic; since when metadata has been asked for in vain. */
  #deafSinceMs: number | null = null
  #isPolling = false
  /** Met while a poll had records to hand out: for the next one. */
  #postponed: unknown = null
  #closed: unknown = null

  constructor(cluster: Cluster, woken: Condition, parts: PollParts<K, V>) {
    this.#cluster = cluster
    this.#woken = woken
    this.#parts = parts
    void this.#watchMetadata()
  }

  /** What to read has changed: metadata of it is needed before anything else. */
  restart(): void {
    this.#hasMetadata = false
    this.#woken.notify()
  }

  /** No more reading from here on; a poll that waits meets the error. */
  close(error: unknown): void {
    this.#closed = error
    this.#woken.fail(error)
  }

  get isClosed(): boolean {
    return this.#closed !== null
  }

  postpone(error: unknown): void {
    this.#postponed = error
  }

  /** A record that is here, when nothing else is due before it. */
  takeNow(): ConsumerRecord<K, V> | null {
    return this.#isWorkDue() ? null : this.#parts.fetcher.next()
  }

  /** The next record; null when the time is over. */
  async take(o: PollOptions): Promise<ConsumerRecord<K, V> | null> {
    this.#check()
    const { clock } = this.#cluster.env
    const { commits, fetcher, locator } = this.#parts
    this.#isPolling = true
    try {
      const deadlineMs = clock.monoMs() + (o.timeoutMs ?? Number.POSITIVE_INFINITY)
      for (;;) {
        o.signal?.throwIfAborted()
        const isReady = await this.#work(deadlineMs, o.signal)
        this.#throwPostponed()
        if (this.#closed !== null) throw this.#closed
        const againMs = isReady ? Math.min(locator.locateMore(), fetcher.fetchMore()) : 0
        const record = fetcher.next()
        if (record !== null) return record
        if (isReady && fetcher.isHungry) continue
        if (clock.monoMs() >= deadlineMs) return null
        if (!isReady) continue // it has been waited for
        await this.sleepUntil(Math.min(deadlineMs, againMs, commits.isAutomatic ? commits.nextMs : againMs), o.signal)
      }
    } finally {
      this.#isPolling = false
    }
  }

  #check(): void {
    if (this.#closed !== null) throw this.#closed
    if (this.#isPolling)
      throw clientError('INVALID_STATE', 'The consumer is being read from already; one caller at a time')
    const { subscription, assignment } = this.#parts
    if (!subscription.isSet && assignment.states.size === 0) {
      throw clientError(
        'INVALID_STATE',
        'The consumer is not subscribed to any topics or assigned any partitions: give topics, or call subscribe or assign',
      )
    }
  }

  #throwPostponed(): void {
    if (this.#postponed === null) return
    const error = this.#postponed
    this.#postponed = null
    throw error
  }

  #isWorkDue(): boolean {
    const { commits, fetcher, seat } = this.#parts
    if (fetcher.isHungry || this.#isPolling || this.#postponed !== null || !this.#hasMetadata) return true
    if (commits.isAutomatic && this.#cluster.env.clock.monoMs() >= commits.nextMs) return true
    if (seat.membership === null) return false
    seat.membership.polled()
    return seat.isStepDue
  }

  /** What a poll owes to group and offsets. Says whether there is metadata to work with. */
  async #work(deadlineMs: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.#hasMetadata && !(await this.#learn(deadlineMs, signal))) return false
    if (this.#parts.subscription.isSet) await this.#parts.seat.work(signal)
    this.#parts.commits.autoIfDue()
    return true
  }

  async #learn(deadlineMs: number, signal: AbortSignal | undefined): Promise<boolean> {
    const { clock } = this.#cluster.env
    const { apiTimeoutMs, retryBackoffMs } = this.#cluster.options
    this.#deafSinceMs ??= clock.monoMs()
    const deafMs = this.#deafSinceMs + apiTimeoutMs
    try {
      const o = { deadlineMs: Math.min(deadlineMs, deafMs), signal, what: 'Metadata' }
      await within(clock, this.#cluster.refresh(), o)
      this.#hasMetadata = true
      this.#deafSinceMs = null
      return true
    } catch (error) {
      if (!isKafkaError(error) || !error.isRetriable) throw error
      if (clock.monoMs() >= deafMs) {
        this.#deafSinceMs = null
        throw this.#cluster.unanswered('The consumer', apiTimeoutMs, error)
      }
      await this.sleepUntil(Math.min(deadlineMs, clock.monoMs() + retryBackoffMs), signal)
      return false
    }
  }

  /** For calls outside of a poll that need to know the partitions' leaders. */
  async learn(o: CallOptions): Promise<void> {
    if (this.#hasMetadata) return
    await this.#cluster.retry('Metadata', o, () => this.#cluster.refresh())
    this.#hasMetadata = true
  }

  /** Until this time or until something happens. */
  async sleepUntil(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
    try {
      await within(this.#cluster.env.clock, this.#woken.wait(), { deadlineMs: ms, signal, what: 'poll' })
    } catch (error) {
      if (!isKafkaError(error) || error.code !== 'TIMED_OUT') throw error
    }
  }

  async #watchMetadata(): Promise<void> {
    for (;;) {
      try {
        await this.#cluster.changed()
      } catch {
        return // closed: the only way to end
      }
      this.#postponed ??= this.#parts.subscription.refused()
      this.#parts.seat.membership?.metadataChanged()
    }
  }
}
