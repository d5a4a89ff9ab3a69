import type { Env } from '../../env/index.ts'
import { clientError, isKafkaError } from '../errors.ts'
import type { CommittedOffset, Committer } from '../group-offsets.ts'
import { offsetSpecs } from '../list-offsets.ts'
import { type CallOptions, Cluster } from '../network/cluster.ts'
import type { PartitionMetadata } from '../network/metadata.ts'
import { resolveOptions } from '../options.ts'
import { type PartitionMap, partitionName, type TopicPartition } from '../topic-partition.ts'
import { Condition, within } from '../waiting.ts'
import { Assignment } from './assignment.ts'
import { Commits } from './commits.ts'
import { Fetcher } from './fetcher.ts'
import { GroupSeat } from './group-seat.ts'
import { Locator } from './locator.ts'
import { committedOffsets, offsetsOf } from './offset-lookups.ts'
import { type ResolvedConsumerOptions, resolveConsumerOptions } from './options.ts'
import { PollLoop } from './poll-loop.ts'
import { Reading } from './reading.ts'
import type { ConsumerRecord } from './record.ts'
import { isPattern, Subscription } from './subscription.ts'
import type {
  ConsumerBatch,
  ConsumerOptions,
  OffsetAndMetadata,
  PartitionOffset,
  PollOptions,
  RebalanceListener,
  Topics,
} from './types.ts'

/**
 * Reads records, alone or as a member of a group.
 *
 * A position moves when a record is handed out; what was handed out before counts as processed when the next is asked
 * for. That is what auto-commit commits, and why rebalance callbacks only ever run inside `poll`, a step of an iteration,
 * or `close`: the application is never in the middle of a record then. One caller at a time.
 */
export class Consumer<K = Uint8Array, V = Uint8Array> implements AsyncIterable<ConsumerRecord<K, V>> {
  readonly #env: Env
  readonly #o: ResolvedConsumerOptions<K, V>
  readonly #cluster: Cluster
  readonly #woken = new Condition()
  readonly #subscription: Subscription
  readonly #assignment: Assignment
  readonly #commits: Commits
  readonly #seat: GroupSeat
  readonly #fetcher: Fetcher<K, V>
  readonly #locator: Locator
  readonly #loop: PollLoop<K, V>
  readonly #reading: Reading<K, V>
  #closing: Promise<void> | null = null

  constructor(env: Env, options: ConsumerOptions<K, V>) {
    const o = resolveConsumerOptions(options)
    const { groupId } = o
    const cluster = new Cluster(resolveOptions(env, options))
    const notify = () => this.#woken.notify()
    this.#env = env
    this.#o = o
    this.#cluster = cluster
    cluster.autoCreateTopics = o.allowAutoCreateTopics
    cluster.warnsOfTopics = true
    this.#subscription = new Subscription(cluster, o.excludeInternalTopics)
    this.#assignment = new Assignment(cluster, (topic, partition) => this.#commits.forget(topic, partition))
    const { states } = this.#assignment
    const membership = () => this.#seat.membership
    const intervalMs = o.autoCommitIntervalMs
    this.#commits = new Commits(cluster, states, { groupId, membership, isAutomatic: o.autoCommits, intervalMs })
    this.#fetcher = new Fetcher(cluster, states, o.fetcher, notify)
    this.#locator = new Locator(cluster, states, {
      groupId,
      reset: o.reset,
      isolationLevel: o.isReadCommitted ? 'read_committed' : 'read_uncommitted',
      member: () => {
        const who = o.isServerGroup ? membership()?.committer() : undefined
        return who ? { memberId: who.memberId, memberEpoch: who.generation } : {}
      },
      notify,
    })
    this.#seat = new GroupSeat(cluster, o, {
      subscription: this.#subscription,
      assignment: this.#assignment,
      commits: this.#commits,
      notify,
      assigned: () => this.#moved(),
    })
    this.#loop = new PollLoop(cluster, this.#woken, {
      subscription: this.#subscription,
      assignment: this.#assignment,
      commits: this.#commits,
      seat: this.#seat,
      locator: this.#locator,
      fetcher: this.#fetcher,
    })
    this.#reading = new Reading(this.#loop, this.#fetcher, o.maxPollRecords)
    if (options.topics !== undefined) this.subscribe(options.topics)
  }

  // What to read

  /** Joins the group for these topics, instead of what was subscribed to before. */
  subscribe(topics: Topics, listener?: RebalanceListener): void {
    this.#checkOpen()
    if (this.#o.groupId === null) throw clientError('INVALID_STATE', 'To subscribe, a consumer needs a groupId')
    if (!this.#subscription.isSet && this.#assignment.states.size > 0) {
      throw clientError('INVALID_STATE', 'Partitions were assigned by hand; unsubscribe first')
    }
    if (typeof topics === 'string' || typeof topics !== 'object' || topics === null) {
      throw clientError('INVALID_ARGUMENT', 'topics are a list of names, a RegExp, or { pattern }')
    }
    if (isPattern(topics) && !this.#o.isServerGroup) {
      throw clientError(
        'INVALID_ARGUMENT',
        "Only groupProtocol 'consumer' has patterns that the broker matches; give a RegExp",
      )
    }
    if (listener !== undefined) this.#seat.listener = listener
    this.#subscription.set(topics)
    this.#loop.restart()
    this.#seat.membership?.subscriptionChanged()
  }

  /** Leaves the group, or forgets what was assigned by hand. */
  async unsubscribe(o: CallOptions = {}): Promise<void> {
    const deadlineMs = this.#deadline(o.timeoutMs ?? this.#cluster.options.apiTimeoutMs)
    await within(this.#env.clock, this.#seat.leave(), { deadlineMs, signal: o.signal, what: 'Leaving the group' })
    this.#subscription.set(null)
    this.#assignment.assignByHand([])
    this.#fetcher.isHungry = true
  }

  /** Reads exactly these partitions; no group decides. */
  assign(partitions: readonly TopicPartition[]): void {
    this.#checkOpen()
    if (this.#subscription.isSet) throw clientError('INVALID_STATE', 'The consumer is subscribed; unsubscribe first')
    this.#assignment.assignByHand(partitions)
    this.#fetcher.isHungry = true
    this.#loop.restart()
  }

  assignment(): TopicPartition[] {
    return this.#assignment.partitions()
  }

  /** The topics subscribed to: names as given, or those a RegExp matches at the moment. */
  subscription(): string[] {
    return this.#subscription.names()
  }

  // Reading

  /**
   * Up to `maxRecords` records that are here, waiting for the first one. An empty array after `timeoutMs`. Rejects with
   * what a fetch, a rebalance or the group met, and with the signal's reason.
   */
  poll(o: PollOptions = {}): Promise<ConsumerRecord<K, V>[]> {
    return this.#reading.poll(o)
  }

  /**
   * Record by record, for ever: `for await (const record of consumer)`. Ends when the consumer is closed. Leaving the loop
   * leaves the consumer as it is: another loop reads on after the record that was handed out last.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ConsumerRecord<K, V>> {
    return this.records()
  }

  /** The same with an end: rejects with the signal's reason. */
  records(o: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<ConsumerRecord<K, V>> {
    return this.#reading.records(o)
  }

  /**
   * Batch by batch, for ever: up to `maxRecords` records of one partition that are here. Only records of batches that
   * were handed out count as read. With `timeoutMs` it ends when nothing came for so long.
   */
  batches(o: PollOptions = {}): AsyncGenerator<ConsumerBatch<K, V>, void, void> {
    return this.#reading.batches(o)
  }

  // Positions

  /** Reads on from this offset. */
  seek(partition: TopicPartition, to: number | OffsetAndMetadata): void {
    const { offset, leaderEpoch } = typeof to === 'number' ? { offset: to, leaderEpoch: -1 } : to
    if (!(Number.isSafeInteger(offset) && offset >= 0))
      throw clientError('INVALID_ARGUMENT', `Not an offset: ${offset}`)
    this.#assignment.state(partition).seek({ offset, leaderEpoch: leaderEpoch ?? -1 })
    this.#moved()
  }

  /** Takes effect with the next poll; all assigned partitions when none is named. */
  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment()): void {
    for (const p of partitions) this.#assignment.state(p).lose('earliest')
    this.#moved()
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment()): void {
    for (const p of partitions) this.#assignment.state(p).lose('latest')
    this.#moved()
  }

  /** The offset of the next record; waits until it is known. */
  async position(partition: TopicPartition, o: CallOptions = {}): Promise<number> {
    const deadlineMs = this.#deadline(o.timeoutMs ?? this.#cluster.options.apiTimeoutMs)
    for (;;) {
      const state = this.#assignment.state(partition)
      if (state.position !== null) return state.position.offset
      if (this.#env.clock.monoMs() >= deadlineMs) {
        throw clientError('NOT_IN_TIME', `The position of ${partitionName(partition)} could not be determined in time`)
      }
      await this.#loop.learn(o)
      await this.#loop.sleepUntil(Math.min(deadlineMs, this.#locator.locateMore()), o.signal)
    }
  }

  /** Records between the position and the end as of the last fetch; null = not known yet. */
  currentLag(partition: TopicPartition): number | null {
    const state = this.#assignment.state(partition)
    const end = this.#o.isReadCommitted ? state.lastStableOffset : state.highWatermark
    return state.position === null || end < 0 ? null : Math.max(end - state.position.offset, 0)
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const p of partitions) this.#assignment.state(p).isPaused = true
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const p of partitions) this.#assignment.state(p).isPaused = false
    this.#moved()
  }

  paused(): TopicPartition[] {
    return [...this.#assignment.states.values()]
      .filter((s) => s.isPaused)
      .map(({ topic, partition }) => ({ topic, partition }))
  }

  #moved(): void {
    this.#fetcher.isHungry = true
    this.#woken.notify()
  }

  // Offsets

  /**
   * Commits these offsets, or the positions of all assigned partitions. Resolves when the group has them. Rejects with
   * UNKNOWN_MEMBER_ID or ILLEGAL_GENERATION when the partitions are somebody else's by now, with REBALANCE_IN_PROGRESS
   * when they may become so: poll, then decide again.
   */
  commit(offsets?: readonly PartitionOffset[], o: CallOptions = {}): Promise<void> {
    // a listener may commit what close takes away
    if (this.#cluster.isClosed) this.#checkOpen()
    return this.#commits.commit(offsets, o)
  }

  /** What the group has committed; partitions without are not in the map. */
  committed(partitions: readonly TopicPartition[], o: CallOptions = {}): Promise<PartitionMap<CommittedOffset>> {
    const { groupId } = this.#commits.committer()
    return committedOffsets(this.#cluster, groupId, partitions, o)
  }

  beginningOffsets(partitions: readonly TopicPartition[], o: CallOptions = {}): Promise<PartitionMap<number>> {
    return this.#listed(partitions, offsetSpecs.earliest, o)
  }

  /** Under read_committed, the last stable offset. */
  endOffsets(partitions: readonly TopicPartition[], o: CallOptions = {}): Promise<PartitionMap<number>> {
    return this.#listed(partitions, offsetSpecs.latest, o)
  }

  /** First offset at or after the wall time; -1 when there is none. */
  offsetsForTime(
    partitions: readonly TopicPartition[],
    wallMs: number,
    o: CallOptions = {},
  ): Promise<PartitionMap<number>> {
    return this.#listed(partitions, wallMs, o)
  }

  #listed(partitions: readonly TopicPartition[], timestamp: number, o: CallOptions): Promise<PartitionMap<number>> {
    const isolationLevel = this.#o.isReadCommitted ? 'read_committed' : 'read_uncommitted'
    return offsetsOf(this.#cluster, partitions, timestamp, { ...o, isolationLevel })
  }

  async partitionsFor(topic: string, o: CallOptions = {}): Promise<readonly PartitionMetadata[]> {
    return (await this.#cluster.topic(topic, o)).partitions
  }

  /** Member id and generation (or member epoch), as of now. */
  groupMetadata(): Committer {
    return this.#commits.committer()
  }

  /** Asks the group to rebalance, at the next poll. */
  enforceRebalance(reason = 'its application asked for it'): void {
    this.#seat.membership?.rejoin(reason)
  }

  // End

  #checkOpen(): void {
    if (this.#closing !== null) throw clientError('CLOSED', 'The consumer is closed')
  }

  #deadline(timeoutMs: number): number {
    return this.#env.clock.monoMs() + timeoutMs
  }

  /**
   * Commits what was processed (if that is automatic), leaves the group, disconnects. What takes longer than `timeoutMs`
   * (default 30000), or is under way when the signal is aborted, is given up: the group then notices by itself.
   */
  close(o: CallOptions = {}): Promise<void> {
    this.#closing ??= this.#close(o)
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(o: CallOptions): Promise<void> {
    const deadlineMs = this.#deadline(o.timeoutMs ?? 30_000)
    // nothing is handed out any more that the last commit would not know of
    this.#loop.close(clientError('CLOSED', 'The consumer is closed'))
    try {
      await within(this.#env.clock, this.#seat.leave(), { deadlineMs, signal: o.signal, what: 'Leaving the group' })
    } catch (error) {
      const isGivenUp = o.signal?.aborted || (isKafkaError(error) && error.code === 'TIMED_OUT')
      if (!isGivenUp) throw error
    } finally {
      this.#fetcher.close()
      this.#cluster.close()
    }
  }
}
