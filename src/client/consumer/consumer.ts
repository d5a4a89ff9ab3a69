import type { Env } from '../../env/index.ts'
import { errors } from '../../protocol/index.ts'
import { cooperativeStickyAssignor, rangeAssignor } from '../assignors/index.ts'
import { brokerError, clientError, isKafkaError, type KafkaError } from '../errors.ts'
import {
  type CommitItem,
  type CommittedOffset,
  type Committer,
  commitOffsets,
  fetchCommitted,
} from '../group-offsets.ts'
import { listOffsets, offsetSpecs } from '../list-offsets.ts'
import { type CallOptions, Cluster, topicError } from '../network/cluster.ts'
import type { PartitionMetadata } from '../network/metadata.ts'
import { positive, resolveOptions } from '../options.ts'
import { PartitionMap, partitionName, type TopicPartition } from '../topic-partition.ts'
import { Condition, within } from '../waiting.ts'
import { ClassicMember } from './classic-member.ts'
import { Fetcher } from './fetcher.ts'
import { Locator } from './locator.ts'
import type { Membership, MembershipHost } from './membership.ts'
import { PartitionState } from './position.ts'
import type { ConsumerRecord } from './record.ts'
import { ServerMember } from './server-member.ts'
import type { ConsumerOptions, OffsetAndMetadata, PartitionOffset, RebalanceListener, Topics } from './types.ts'

export interface PollOptions {
  /** Longest wait for the first record. Default: until there is one. */
  readonly timeoutMs?: number
  readonly maxRecords?: number
  readonly signal?: AbortSignal | undefined
}

/** Records of one partition, in order; what `batches()` gives. */
export interface ConsumerBatch<K, V> extends TopicPartition {
  readonly records: readonly ConsumerRecord<K, V>[]
}

/**
 * Reads records, alone or as a member of a group.
 *
 * A position moves when a record is handed out; what was handed out before counts as processed when the next is asked
 * for. That is what auto-commit commits, and why rebalance callbacks only ever run inside `poll`, a step of an iteration,
 * or `close`: the application is never in the middle of a record then. One caller at a time.
 */
export class Consumer<K = Uint8Array, V = Uint8Array> implements AsyncIterable<ConsumerRecord<K, V>> {
  readonly #env: Env
  readonly #o: ConsumerOptions<K, V>
  readonly #cluster: Cluster
  readonly #states = new PartitionMap<PartitionState>()
  readonly #fetcher: Fetcher<K, V>
  readonly #locator: Locator
  readonly #woken = new Condition()
  readonly #maxPollRecords: number
  readonly #autoCommits: boolean
  readonly #autoCommitIntervalMs: number
  #subscription: Topics | null = null
  #listener: RebalanceListener
  #membership: Membership | null = null
  #hasMetadata = false
  #isPolling = false
  /** Met while a poll had records to hand out: for the next one. */
  #postponed: unknown = null
  #nextCommitMs: number
  /** What was committed last: unchanged positions are not committed again. */
  readonly #committed = new PartitionMap<number>()
  /** Commits go out in the order in which they were asked for. */
  #commits: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | null = null

  constructor(env: Env, options: ConsumerOptions<K, V>) {
    this.#env = env
    this.#o = options
    this.#cluster = new Cluster(resolveOptions(env, options))
    this.#cluster.autoCreateTopics = options.allowAutoCreateTopics ?? true
    this.#maxPollRecords = Math.max(positive('maxPollRecords', options.maxPollRecords, 500), 1)
    this.#autoCommits = (options.autoCommit ?? true) && options.groupId !== undefined
    this.#autoCommitIntervalMs = positive('autoCommitIntervalMs', options.autoCommitIntervalMs, 5000)
    this.#nextCommitMs = env.clock.monoMs() + this.#autoCommitIntervalMs
    this.#listener = options.rebalanceListener ?? {}
    const reset = options.autoOffsetReset ?? 'latest'
    const isolationLevel = options.isolationLevel ?? 'read_uncommitted'
    const notify = () => this.#woken.notify()
    this.#fetcher = new Fetcher(
      this.#cluster,
      this.#states,
      {
        minBytes: positive('fetchMinBytes', options.fetchMinBytes, 1),
        maxWaitMs: positive('fetchMaxWaitMs', options.fetchMaxWaitMs, 500),
        maxBytes: positive('fetchMaxBytes', options.fetchMaxBytes, 52_428_800),
        partitionMaxBytes: positive('partitionFetchMaxBytes', options.partitionFetchMaxBytes, 1_048_576),
        prefetchBytes: positive('prefetchBytes', options.prefetchBytes, 33_554_432),
        isReadCommitted: isolationLevel === 'read_committed',
        checkCrcs: options.checkCrcs ?? true,
        rack: options.rack ?? '',
        reset,
        keyDeserializer: options.keyDeserializer ?? null,
        valueDeserializer: options.valueDeserializer ?? null,
      },
      notify,
    )
    this.#locator = new Locator(this.#cluster, this.#states, {
      groupId: options.groupId ?? null,
      reset,
      isolationLevel,
      member: () => {
        const who = this.#membership?.committer()
        return who && options.groupProtocol === 'consumer'
          ? { memberId: who.memberId, memberEpoch: who.generation }
          : {}
      },
      notify,
    })
    void this.#watchMetadata()
    if (options.topics !== undefined) this.subscribe(options.topics)
  }

  // What to read

  /** Joins the group for these topics, instead of what was subscribed to before. */
  subscribe(topics: Topics, listener?: RebalanceListener): void {
    this.#checkOpen()
    if (this.#o.groupId === undefined) throw clientError('INVALID_STATE', 'To subscribe, a consumer needs a groupId')
    if (this.#subscription === null && this.#states.size > 0) {
      throw clientError('INVALID_STATE', 'Partitions were assigned by hand; unsubscribe first')
    }
    if (isPattern(topics) && this.#o.groupProtocol !== 'consumer') {
      throw clientError(
        'INVALID_ARGUMENT',
        "Only groupProtocol 'consumer' has patterns that the broker matches; give a RegExp",
      )
    }
    this.#unwantSubscription()
    if (listener !== undefined) this.#listener = listener
    this.#subscription = topics
    if (Array.isArray(topics)) for (const topic of topics) this.#cluster.want(topic)
    else this.#cluster.wantAll(true)
    this.#hasMetadata = false
    this.#membership?.subscriptionChanged()
    this.#woken.notify()
  }

  /** Leaves the group, or forgets what was assigned by hand. */
  async unsubscribe(): Promise<void> {
    await this.#leave()
    this.#unwantSubscription()
    this.#subscription = null
    this.#replaceStates([])
  }

  /** Reads exactly these partitions; no group decides. */
  assign(partitions: readonly TopicPartition[]): void {
    this.#checkOpen()
    if (this.#subscription !== null) throw clientError('INVALID_STATE', 'The consumer is subscribed; unsubscribe first')
    for (const { topic } of this.#states.keys()) this.#cluster.unwant(topic)
    for (const { topic } of partitions) this.#cluster.want(topic)
    this.#replaceStates(partitions)
    this.#hasMetadata = false
    this.#woken.notify()
  }

  assignment(): TopicPartition[] {
    return [...this.#states.keys()]
  }

  /** The topics subscribed to: names as given, or those a RegExp matches at the moment. */
  subscription(): string[] {
    return this.#subscription === null ? [] : this.#topics()
  }

  // Reading

  /**
   * Up to `maxRecords` records that are here, waiting for the first one. An empty array after `timeoutMs`. Rejects with
   * what a fetch, a rebalance or the group met, and with the signal's reason.
   */
  async poll(o: PollOptions = {}): Promise<ConsumerRecord<K, V>[]> {
    const records: ConsumerRecord<K, V>[] = []
    const most = o.maxRecords ?? this.#maxPollRecords
    const first = await this.#take(o)
    if (first === null) return records
    for (let record: ConsumerRecord<K, V> | null = first; record !== null; ) {
      records.push(record)
      if (records.length >= most) break
      try {
        record = this.#fetcher.next()
      } catch (error) {
        // what was read before it is handed out first; the next poll meets the error
        this.#postponed = error
        break
      }
    }
    if (this.#fetcher.isHungry) this.#fetcher.fetchMore()
    return records
  }

  /** Record by record, for ever: `for await (const record of consumer)`. Ends when the consumer is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ConsumerRecord<K, V>> {
    return this.records()
  }

  /** The same with an end: rejects with the signal's reason. */
  records(o: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<ConsumerRecord<K, V>> {
    const iterator: AsyncIterableIterator<ConsumerRecord<K, V>> = {
      next: () => {
        if (this.#closing !== null) return Promise.resolve(DONE)
        const record = this.#isWorkDue() || o.signal?.aborted ? null : this.#fetcher.next()
        if (record !== null) return Promise.resolve({ value: record, done: false })
        return this.#nextSlowly(o)
      },
      return: () => Promise.resolve(DONE),
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  async #nextSlowly(o: PollOptions): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    try {
      const record = await this.#take(o)
      return record === null ? DONE : { value: record, done: false }
    } catch (error) {
      if (this.#closing !== null && isKafkaError(error) && error.code === 'CLOSED') return DONE
      throw error
    }
  }

  /** Polls for ever; each poll's records of one partition are one batch. */
  async *batches(o: PollOptions = {}): AsyncGenerator<ConsumerBatch<K, V>, void, void> {
    while (this.#closing === null) {
      let records: ConsumerRecord<K, V>[]
      try {
        records = await this.poll(o)
      } catch (error) {
        if (this.#closing !== null && isKafkaError(error) && error.code === 'CLOSED') return
        throw error
      }
      for (let from = 0; from < records.length; ) {
        const { topic, partition } = records[from]!
        let to = from + 1
        while (to < records.length && records[to]!.partition === partition && records[to]!.topic === topic) to++
        yield { topic, partition, records: records.slice(from, to) }
        from = to
      }
    }
  }

  /** The next record; null when the time is over. */
  async #take(o: PollOptions): Promise<ConsumerRecord<K, V> | null> {
    this.#checkOpen()
    if (this.#isPolling)
      throw clientError('INVALID_STATE', 'The consumer is being read from already; one caller at a time')
    if (this.#subscription === null && this.#states.size === 0) {
      throw clientError('INVALID_STATE', 'The consumer is not subscribed to any topics or assigned any partitions')
    }
    this.#isPolling = true
    try {
      const deadlineMs = this.#env.clock.monoMs() + (o.timeoutMs ?? Number.POSITIVE_INFINITY)
      for (;;) {
        o.signal?.throwIfAborted()
        const isReady = await this.#work(deadlineMs, o.signal)
        if (this.#postponed !== null) {
          const error = this.#postponed
          this.#postponed = null
          throw error
        }
        this.#checkOpen()
        const againMs = isReady
          ? Math.min(this.#locator.locateMore(), this.#fetcher.fetchMore())
          : Number.POSITIVE_INFINITY
        const record = this.#fetcher.next()
        if (record !== null) return record
        if (isReady && this.#fetcher.isHungry) continue
        if (this.#env.clock.monoMs() >= deadlineMs) return null
        await this.#sleepUntil(
          Math.min(deadlineMs, againMs, this.#autoCommits ? this.#nextCommitMs : againMs),
          o.signal,
        )
      }
    } finally {
      this.#isPolling = false
    }
  }

  async #sleepUntil(ms: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await within(this.#env.clock, this.#woken.wait(), { deadlineMs: ms, signal, what: 'poll' })
    } catch (error) {
      if (!isKafkaError(error) || error.code !== 'TIMED_OUT') throw error
    }
  }

  #isWorkDue(): boolean {
    if (this.#fetcher.isHungry || this.#isPolling || this.#postponed !== null || !this.#hasMetadata) return true
    const nowMs = this.#env.clock.monoMs()
    if (this.#autoCommits && nowMs >= this.#nextCommitMs) return true
    if (this.#membership === null) return false
    this.#membership.polled()
    return this.#membership.isStepDue
  }

  /** What a poll owes to group and offsets. Says whether there is metadata to work with. */
  async #work(deadlineMs: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.#hasMetadata) {
      const { options } = this.#cluster
      try {
        await within(this.#env.clock, this.#cluster.refresh(), { deadlineMs, signal, what: 'Metadata' })
        this.#hasMetadata = true
      } catch (error) {
        if (!isKafkaError(error) || !error.isRetriable) throw error
        if (error.code !== 'TIMED_OUT')
          await this.#sleepUntil(Math.min(deadlineMs, this.#env.clock.monoMs() + options.retryBackoffMs), signal)
        return false
      }
    }
    if (this.#subscription !== null) {
      this.#membership ??= this.#join()
      this.#membership.polled()
      while (this.#membership?.isStepDue) await this.#membership.step()
    }
    if (this.#autoCommits && this.#env.clock.monoMs() >= this.#nextCommitMs) {
      this.#nextCommitMs = this.#env.clock.monoMs() + this.#autoCommitIntervalMs
      void this.#autoCommit()
    }
    return true
  }

  #join(): Membership {
    const o = this.#o
    const common = {
      groupId: o.groupId!,
      instanceId: o.groupInstanceId ?? null,
      maxPollIntervalMs: positive('maxPollIntervalMs', o.maxPollIntervalMs, 300_000),
      rack: o.rack ?? null,
    }
    if (o.groupProtocol === 'consumer') {
      return new ServerMember(this.#cluster, { ...common, remoteAssignor: o.groupRemoteAssignor ?? null }, this.#host)
    }
    return new ClassicMember(
      this.#cluster,
      {
        ...common,
        assignors: o.assignors ?? [rangeAssignor, cooperativeStickyAssignor],
        sessionTimeoutMs: positive('sessionTimeoutMs', o.sessionTimeoutMs, 45_000),
        heartbeatIntervalMs: positive('heartbeatIntervalMs', o.heartbeatIntervalMs, 3000),
      },
      this.#host,
    )
  }

  readonly #host: MembershipHost = {
    topics: () => this.#topics(),
    pattern: () => (this.#subscription !== null && isPattern(this.#subscription) ? this.#subscription.pattern : null),
    owned: () => [...this.#states.keys()],
    autoCommit: () => this.#autoCommit(),
    revoke: async (partitions) => {
      for (const p of partitions) {
        const state = this.#states.get(p.topic, p.partition)
        if (state) state.isRevoking = true
      }
      await this.#listener.revoked?.(partitions)
      for (const p of partitions) this.#states.delete(p.topic, p.partition)
    },
    lose: async (partitions) => {
      if (partitions.length === 0) return
      // commits would be refused, and what others may have read meanwhile is not to be handed out again
      for (const p of partitions) this.#states.delete(p.topic, p.partition)
      await (this.#listener.lost ? this.#listener.lost(partitions) : this.#listener.revoked?.(partitions))
    },
    assign: async (all, added) => {
      this.#replaceStates(all)
      await this.#listener.assigned?.(added)
    },
    notify: () => this.#woken.notify(),
  }

  /** Partitions that stay keep their position and what was fetched. */
  #replaceStates(partitions: readonly TopicPartition[]): void {
    const before = new PartitionMap<PartitionState>()
    for (const state of this.#states.values()) before.set(state.topic, state.partition, state)
    this.#states.clear()
    for (const { topic, partition } of partitions) {
      this.#states.set(topic, partition, before.get(topic, partition) ?? new PartitionState(topic, partition))
    }
    for (const { topic, partition } of before.keys()) {
      if (!this.#states.has(topic, partition)) this.#committed.delete(topic, partition)
    }
    this.#fetcher.isHungry = true
  }

  #topics(): string[] {
    const wanted = this.#subscription
    if (wanted === null || isPattern(wanted)) return []
    if (Array.isArray(wanted)) return [...new Set(wanted as readonly string[])].sort()
    const names: string[] = []
    for (const topic of this.#cluster.metadata.topics.values()) {
      if (topic.isInternal && (this.#o.excludeInternalTopics ?? true)) continue
      const pattern = wanted as RegExp
      pattern.lastIndex = 0
      if (pattern.test(topic.name)) names.push(topic.name)
    }
    return names.sort()
  }

  #unwantSubscription(): void {
    const before = this.#subscription
    if (before === null) return
    if (Array.isArray(before)) for (const topic of before) this.#cluster.unwant(topic)
    else this.#cluster.wantAll(false)
  }

  async #watchMetadata(): Promise<void> {
    for (;;) {
      try {
        await this.#cluster.changed()
      } catch {
        return // closed: the only way to end
      }
      this.#postponed ??= this.#refusedTopic()
      this.#membership?.metadataChanged()
    }
  }

  /** A topic that was subscribed to by name and that the cluster will never hand out. */
  #refusedTopic(): KafkaError | null {
    if (!Array.isArray(this.#subscription)) return null
    for (const topic of this.#subscription as readonly string[]) {
      const code = this.#cluster.metadata.errorOf(topic)
      if (code === errors.INVALID_TOPIC_EXCEPTION || code === errors.TOPIC_AUTHORIZATION_FAILED)
        return topicError(code, topic)
    }
    return null
  }

  // Positions

  /** Reads on from this offset. */
  seek(partition: TopicPartition, to: number | OffsetAndMetadata): void {
    const { offset, leaderEpoch } = typeof to === 'number' ? { offset: to, leaderEpoch: -1 } : to
    if (!(Number.isSafeInteger(offset) && offset >= 0))
      throw clientError('INVALID_ARGUMENT', `Not an offset: ${offset}`)
    this.#state(partition).seek({ offset, leaderEpoch: leaderEpoch ?? -1 })
    this.#moved()
  }

  /** Takes effect with the next poll; all assigned partitions when none is named. */
  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment()): void {
    for (const p of partitions) this.#state(p).lose('earliest')
    this.#moved()
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment()): void {
    for (const p of partitions) this.#state(p).lose('latest')
    this.#moved()
  }

  /** The offset of the next record; waits until it is known. */
  async position(partition: TopicPartition, o: CallOptions = {}): Promise<number> {
    const deadlineMs = this.#env.clock.monoMs() + (o.timeoutMs ?? this.#cluster.options.apiTimeoutMs)
    for (;;) {
      const state = this.#state(partition)
      if (state.position !== null) return state.position.offset
      if (this.#env.clock.monoMs() >= deadlineMs) {
        throw clientError('NOT_IN_TIME', `The position of ${partitionName(partition)} could not be determined in time`)
      }
      if (!this.#hasMetadata) {
        await this.#cluster.retry('Metadata', o, () => this.#cluster.refresh())
        this.#hasMetadata = true
      }
      const againMs = this.#locator.locateMore()
      await this.#sleepUntil(Math.min(deadlineMs, againMs), o.signal ?? undefined)
    }
  }

  /** Records between the position and the end as of the last fetch; null = not known yet. */
  currentLag(partition: TopicPartition): number | null {
    const state = this.#state(partition)
    const end = this.#o.isolationLevel === 'read_committed' ? state.lastStableOffset : state.highWatermark
    return state.position === null || end < 0 ? null : Math.max(end - state.position.offset, 0)
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const p of partitions) this.#state(p).isPaused = true
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const p of partitions) this.#state(p).isPaused = false
    this.#moved()
  }

  paused(): TopicPartition[] {
    return [...this.#states.values()].filter((s) => s.isPaused).map(({ topic, partition }) => ({ topic, partition }))
  }

  #state(p: TopicPartition): PartitionState {
    const state = this.#states.get(p.topic, p.partition)
    if (!state) throw clientError('INVALID_STATE', `${partitionName(p)} is not assigned to this consumer`)
    return state
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
    this.#checkOpen()
    const who = this.#committer()
    const items: readonly CommitItem[] = offsets ?? this.#positions()
    if (items.length === 0) return Promise.resolve()
    return this.#inOrder(() =>
      this.#cluster.retry('OffsetCommit', o, async () => {
        const codes = await commitOffsets(this.#cluster, who, items)
        this.#noteCommitted(items, codes)
      }),
    )
  }

  #inOrder<T>(commit: () => Promise<T>): Promise<T> {
    const next = this.#commits.then(commit, commit)
    this.#commits = next.catch(() => {})
    return next
  }

  #noteCommitted(items: readonly CommitItem[], codes: PartitionMap<number>): void {
    for (const { topic, partition, offset } of items) {
      const code = codes.get(topic, partition) ?? errors.UNKNOWN_TOPIC_OR_PARTITION
      if (code === errors.NONE) this.#committed.set(topic, partition, offset)
    }
    for (const [p, code] of codes) {
      if (code === errors.NONE) continue
      this.#membership?.commitRefused(code)
      const error = brokerError(code)
      throw brokerError(code, `Committing offsets of ${partitionName(p)}: ${error.message}`)
    }
  }

  #positions(): CommitItem[] {
    const items: CommitItem[] = []
    for (const { topic, partition, position } of this.#states.values()) {
      if (position !== null)
        items.push({ topic, partition, offset: position.offset, leaderEpoch: position.leaderEpoch })
    }
    return items
  }

  /** Never rejects. */
  async #autoCommit(): Promise<void> {
    if (!this.#autoCommits) return
    const items = this.#positions().filter((i) => this.#committed.get(i.topic, i.partition) !== i.offset)
    if (items.length === 0) return
    const who = this.#committer()
    try {
      await this.#inOrder(() =>
        this.#cluster.retry('OffsetCommit', { timeoutMs: this.#autoCommitIntervalMs }, async () => {
          this.#noteCommitted(items, await commitOffsets(this.#cluster, who, items))
        }),
      )
    } catch (error) {
      if (!isKafkaError(error)) throw error
      this.#env.logger.warn('Automatic offset commit failed', {
        logger: 'client.consumer',
        group: who.groupId,
        error: error.code,
        reason: error.message,
      })
    }
  }

  #committer(): Committer {
    if (this.#o.groupId === undefined) throw clientError('INVALID_STATE', 'To commit, a consumer needs a groupId')
    const nobody = { groupId: this.#o.groupId, memberId: '', generation: -1, instanceId: null }
    return this.#membership?.committer() ?? nobody
  }

  /** What the group has committed; partitions without are not in the map. */
  async committed(partitions: readonly TopicPartition[], o: CallOptions = {}): Promise<PartitionMap<CommittedOffset>> {
    const { groupId } = this.#committer()
    const found = await this.#cluster.retry('OffsetFetch', o, () =>
      fetchCommitted(this.#cluster, groupId, partitions, { requireStable: true }),
    )
    const offsets = new PartitionMap<CommittedOffset>()
    for (const [p, result] of found) {
      if (result.error !== null) throw result.error
      offsets.set(p.topic, p.partition, result.value)
    }
    return offsets
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

  async #listed(
    partitions: readonly TopicPartition[],
    timestamp: number,
    o: CallOptions,
  ): Promise<PartitionMap<number>> {
    const asks = partitions.map((p) => ({ topic: p.topic, partition: p.partition, timestamp }))
    const found = await listOffsets(this.#cluster, asks, { ...o, isolationLevel: this.#o.isolationLevel })
    const offsets = new PartitionMap<number>()
    for (const [p, result] of found) {
      if (result.error !== null) throw result.error
      offsets.set(p.topic, p.partition, result.value.offset)
    }
    return offsets
  }

  async partitionsFor(topic: string, o: CallOptions = {}): Promise<readonly PartitionMetadata[]> {
    return (await this.#cluster.topic(topic, o)).partitions
  }

  /** Member id and generation (or member epoch), as of now. */
  groupMetadata(): Committer {
    return this.#committer()
  }

  /** Asks the group to rebalance, at the next poll. */
  enforceRebalance(reason = 'its application asked for it'): void {
    this.#membership?.rejoin(reason)
  }

  // End

  #checkOpen(): void {
    if (this.#closing !== null) throw clientError('CLOSED', 'The consumer is closed')
  }

  /** Commits what was processed (if that is automatic), leaves the group, disconnects. */
  close(o: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (this.#closing === null) {
      const deadlineMs = this.#env.clock.monoMs() + (o.timeoutMs ?? 30_000)
      this.#closing = this.#close(deadlineMs)
    }
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(deadlineMs: number): Promise<void> {
    try {
      await within(this.#env.clock, this.#leave(), { deadlineMs, what: 'Leaving the group' })
    } catch (error) {
      if (!isKafkaError(error) || error.code !== 'TIMED_OUT') throw error
    } finally {
      this.#fetcher.close()
      this.#cluster.close()
      this.#woken.fail(clientError('CLOSED', 'The consumer is closed'))
    }
  }

  async #leave(): Promise<void> {
    const membership = this.#membership
    await this.#autoCommit()
    await this.#commits
    if (membership === null) return
    const owned = this.assignment()
    if (owned.length > 0) await this.#host.revoke(owned)
    this.#membership = null
    await membership.leave()
  }
}

const DONE = { value: undefined, done: true } as const

function isPattern(topics: Topics): topics is { readonly pattern: string } {
  return 'pattern' in topics
}
