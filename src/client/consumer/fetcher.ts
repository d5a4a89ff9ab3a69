import { type Uuid, ZERO_UUID } from '../../bytes/index.ts'
import type { Clock } from '../../env/index.ts'
import { errors, Fetch, type RequestIn, type ResponseOf } from '../../protocol/index.ts'
import { brokerError, clientError, isKafkaError, type KafkaError } from '../errors.ts'
import type { Cluster } from '../network/cluster.ts'
import type { Node } from '../network/metadata.ts'
import { groupByTopic, type PartitionMap, partitionName, type TopicPartition } from '../topic-partition.ts'
import { CompletedFetch } from './completed-fetch.ts'
import type { PartitionState } from './position.ts'
import type { ConsumerRecord, Header } from './record.ts'
import type { Deserializer, OffsetReset } from './types.ts'

export interface FetcherOptions<K, V> {
  readonly minBytes: number
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly partitionMaxBytes: number
  readonly prefetchBytes: number
  readonly isReadCommitted: boolean
  readonly checkCrcs: boolean
  readonly rack: string
  readonly reset: OffsetReset
  readonly keyDeserializer: Deserializer<K> | null
  readonly valueDeserializer: Deserializer<V> | null
}

/** The first version that names topics by id. */
const BY_ID = 13
/**
 * Fetches have connections of their own, as a broker that waits for data answers nothing else meanwhile. `main` waits for
 * data; while it does, partitions that have room again are fetched by `extra`, which never waits.
 */
const LANES = { main: 'fetch', extra: 'fetch extra' } as const
type Lane = keyof typeof LANES
const NO_HEADERS: readonly Header[] = Object.freeze([])

interface Asked {
  readonly state: PartitionState
  readonly topicId: Uuid
  readonly offset: number
  readonly generation: number
}

type PartitionAnswer = ResponseOf<typeof Fetch>['responses'][number]['partitions'][number]

/**
 * Keeps a bounded stock of records: one fetch at a time to each broker, for all partitions that have room. Records of a
 * partition come in order; partitions take turns.
 */
export class Fetcher<K, V> {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #o: FetcherOptions<K, V>
  readonly #states: PartitionMap<PartitionState>
  readonly #notify: () => void
  readonly #busy: Readonly<Record<Lane, Set<number>>> = { main: new Set(), extra: new Set() }
  /** Partitions with something in their buffer; the first is being read. */
  #ring: PartitionState[] = []
  /** To be thrown by the next poll. */
  #errors: unknown[] = []
  #isRefreshing = false
  #isClosed = false
  /** There is room for more, or a broker became free. */
  isHungry = true

  constructor(cluster: Cluster, states: PartitionMap<PartitionState>, o: FetcherOptions<K, V>, notify: () => void) {
    this.#cluster = cluster
    this.#clock = cluster.env.clock
    this.#states = states
    this.#o = o
    this.#notify = notify
  }

  close(): void {
    this.#isClosed = true
  }

  // Asking

  /** Starts every fetch that may be started. Returns the monotonic time at which more could be; Infinity = on events. */
  fetchMore(): number {
    if (this.#isClosed) return Number.POSITIVE_INFINITY
    this.isHungry = false
    const nowMs = this.#clock.monoMs()
    const byNode = { main: new Map<number, PartitionState[]>(), extra: new Map<number, PartitionState[]>() }
    let buffered = 0
    let againMs = Number.POSITIVE_INFINITY
    for (const state of this.#states.values()) buffered += state.bufferedBytes
    if (buffered >= this.#o.prefetchBytes) return againMs
    for (const state of this.#states.values()) {
      if (!state.isFetchable || state.isFetching || state.bufferedBytes >= this.#o.partitionMaxBytes) continue
      if (state.retryMs > nowMs) {
        againMs = Math.min(againMs, state.retryMs)
        continue
      }
      const node = this.#replicaOf(state, nowMs)
      if (node === null) {
        this.#learnLeaders()
        continue
      }
      const lane: Lane = this.#busy.main.has(node.id) ? 'extra' : 'main'
      if (lane === 'extra' && (state.isAtEnd || this.#busy.extra.has(node.id))) continue
      const list = byNode[lane].get(node.id)
      if (list) list.push(state)
      else byNode[lane].set(node.id, [state])
    }
    for (const [id, states] of byNode.main) void this.#fetch(id, states, 'main')
    for (const [id, states] of byNode.extra) void this.#fetch(id, states, 'extra')
    return againMs
  }

  /** The leader, or for a while the replica that it named as nearer (KIP-392). */
  #replicaOf(state: PartitionState, nowMs: number): Node | null {
    if (state.preferredReplica >= 0 && nowMs < state.preferredUntilMs) {
      const near = this.#cluster.metadata.nodes.get(state.preferredReplica)
      if (near) return near
    }
    return this.#cluster.metadata.leaderOf(state.topic, state.partition) ?? null
  }

  /** Never rejects. */
  async #fetch(node: number, states: readonly PartitionState[], lane: Lane): Promise<void> {
    this.#busy[lane].add(node)
    // the ids of now: metadata may forget the topic while the connection is waited for
    const asked = states.map((state) => {
      const topicId = this.#cluster.metadata.topics.get(state.topic)?.id ?? ZERO_UUID
      return { state, topicId, offset: state.fetchOffset, generation: state.fetchGeneration }
    })
    for (const state of states) state.isFetching = true
    try {
      const haveIds = asked.every(({ topicId }) => topicId !== ZERO_UUID)
      const timeoutMs = this.#cluster.options.requestTimeoutMs + this.#o.maxWaitMs
      const cap = haveIds ? Number.POSITIVE_INFINITY : BY_ID - 1
      let isById = false
      const answer = await this.#cluster.ask(
        node,
        Fetch,
        (version) => {
          isById = version >= BY_ID
          return this.#request(asked, isById, lane === 'main' ? this.#o.maxWaitMs : 0)
        },
        { timeoutMs, cap, lane: LANES[lane] },
      )
      this.#answered(answer, asked, isById)
    } catch (error) {
      this.#failed(asked, error)
    } finally {
      for (const state of states) state.isFetching = false
      this.#busy[lane].delete(node)
      this.isHungry = true
      if (!this.#isClosed) this.#notify()
    }
  }

  #request(asked: readonly Asked[], isById: boolean, maxWaitMs: number): RequestIn<typeof Fetch> {
    const byTopic = groupByTopic(asked.map((a) => ({ ...a, topic: a.state.topic })))
    return {
      maxWaitMs,
      minBytes: this.#o.minBytes,
      maxBytes: this.#o.maxBytes,
      isolationLevel: this.#o.isReadCommitted ? 1 : 0,
      rackId: this.#o.rack,
      topics: [...byTopic].map(([topic, list]) => ({
        ...(isById ? { topicId: list[0]!.topicId } : { topic }),
        partitions: list.map((a) => ({
          partition: a.state.partition,
          currentLeaderEpoch: this.#cluster.metadata.partition(topic, a.state.partition)?.leaderEpoch ?? -1,
          fetchOffset: a.offset,
          partitionMaxBytes: this.#o.partitionMaxBytes,
        })),
      })),
    }
  }

  // Answers

  #failed(asked: readonly Asked[], error: unknown): void {
    if (this.#isClosed) return
    if (!isKafkaError(error) || !error.isRetriable) this.#errors.push(error)
    const retryMs = this.#clock.monoMs() + this.#cluster.options.retryBackoffMs
    for (const { state } of asked) {
      state.retryMs = retryMs
      state.preferredReplica = -1
    }
    this.#cluster.distrust()
    this.#learnLeaders()
  }

  #answered(answer: ResponseOf<typeof Fetch>, asked: readonly Asked[], isById: boolean): void {
    if (answer.errorCode !== errors.NONE) return this.#failed(asked, brokerError(answer.errorCode))
    const endpoints: Node[] = answer.nodeEndpoints.map((n) => ({
      id: n.nodeId,
      host: n.host,
      port: n.port,
      rack: n.rack,
    }))
    for (const topic of answer.responses) {
      const isOf = (a: Asked) => (isById ? a.topicId === topic.topicId : a.state.topic === topic.topic)
      for (const p of topic.partitions) {
        const ask = asked.find((a) => a.state.partition === p.partitionIndex && isOf(a))
        // void meanwhile: revoked, or read on from elsewhere
        if (!ask || ask.generation !== ask.state.fetchGeneration || !this.#isAssigned(ask.state)) continue
        if (p.errorCode === errors.NONE) this.#received(ask, p)
        else this.#refused(ask, p, endpoints)
      }
    }
  }

  #isAssigned(state: PartitionState): boolean {
    return this.#states.get(state.topic, state.partition) === state
  }

  #received(ask: Asked, p: PartitionAnswer): void {
    const { state } = ask
    state.highWatermark = p.highWatermark
    state.lastStableOffset = p.lastStableOffset
    state.logStartOffset = p.logStartOffset
    if (p.preferredReadReplica >= 0) {
      state.preferredReplica = p.preferredReadReplica
      state.preferredUntilMs = this.#clock.monoMs() + this.#cluster.options.metadataMaxAgeMs
    }
    state.isAtEnd = p.records === null || p.records.from === p.records.to
    if (p.records === null || state.isAtEnd) return
    const fetch = new CompletedFetch(state, p.records, ask.offset, {
      heavy: this.#cluster.env.heavy,
      crc32c: this.#o.checkCrcs ? this.#cluster.options.crc32c : null,
      aborted: this.#o.isReadCommitted ? (p.abortedTransactions ?? []) : null,
      notify: this.#notify,
    })
    if (fetch.isTooSmall) {
      const what = `The batch at offset ${ask.offset} of ${partitionName(state)}`
      this.#errors.push(
        clientError(
          'BROKEN_RECORDS',
          `${what} is larger than what may be fetched (${this.#o.partitionMaxBytes} bytes)`,
        ),
      )
      state.retryMs = this.#clock.monoMs() + this.#cluster.options.retryBackoffMaxMs
      return
    }
    state.fetchOffset = Math.max(fetch.endOffset(), state.fetchOffset)
    state.buffer.push(fetch)
    state.bufferedBytes += fetch.bytes
    if (!this.#ring.includes(state)) this.#ring.push(state)
  }

  #refused(ask: Asked, p: PartitionAnswer, endpoints: readonly Node[]): void {
    const { state } = ask
    const { leaderId, leaderEpoch } = p.currentLeader
    const isHinted = this.#cluster.noteLeader(state.topic, state.partition, leaderId, leaderEpoch, endpoints)
    if (p.errorCode === errors.OFFSET_OUT_OF_RANGE) return this.#outOfRange(ask)
    const error = brokerError(p.errorCode)
    const isPassing = error.isRetriable || p.errorCode === errors.UNKNOWN_SERVER_ERROR
    if (!isPassing) this.#errors.push(brokerError(p.errorCode, `${error.message} (${partitionName(state)})`))
    if (isHinted) return
    state.preferredReplica = -1
    state.retryMs = this.#clock.monoMs() + this.#cluster.options.retryBackoffMs
    this.#cluster.distrust()
    this.#learnLeaders()
  }

  #outOfRange(ask: Asked): void {
    const { state } = ask
    if (state.preferredReplica >= 0) {
      // a follower may lag behind what the leader has
      state.preferredReplica = -1
      return
    }
    // what is buffered before it is still good
    if (state.buffer.length > 0 || state.position?.offset !== ask.offset) {
      state.retryMs = this.#clock.monoMs() + this.#cluster.options.retryBackoffMs
      return
    }
    if (this.#o.reset === 'none') {
      state.retryMs = this.#clock.monoMs() + this.#cluster.options.retryBackoffMaxMs
      const text = `Offset ${ask.offset} of ${partitionName(state)} is out of range, and autoOffsetReset is 'none'`
      this.#errors.push(brokerError(errors.OFFSET_OUT_OF_RANGE, text))
      return
    }
    this.#cluster.env.logger.info('Offset is out of range; resetting', {
      logger: 'client.consumer',
      partition: partitionName(state),
      offset: ask.offset,
    })
    state.lose(this.#o.reset)
  }

  #learnLeaders(): void {
    if (this.#isRefreshing || this.#isClosed) return
    this.#isRefreshing = true
    const settled = () => {
      this.#isRefreshing = false
      const retryMs = this.#clock.monoMs() + this.#cluster.options.retryBackoffMs
      for (const state of this.#states.values()) {
        if (!this.#cluster.metadata.leaderOf(state.topic, state.partition)) state.retryMs = retryMs
      }
      if (!this.#isClosed) this.#notify()
    }
    this.#cluster.refresh().then(settled, settled)
  }

  // Handing out

  /**
   * The next record that is here, and moves its partition's position past it; with `only`, if it is of that partition.
   * Throws what a fetch met.
   */
  next(only: TopicPartition | null = null): ConsumerRecord<K, V> | null {
    if (this.#errors.length > 0) throw this.#errors.shift()
    let passed = 0
    while (this.#ring.length > 0 && passed < this.#ring.length) {
      const state = this.#ring[0]!
      if (only !== null && (state.partition !== only.partition || state.topic !== only.topic)) return null
      const fetch = this.#isAssigned(state) ? state.buffer[0] : undefined
      if (fetch === undefined || fetch.generation !== state.fetchGeneration) {
        this.#ring.shift()
        continue
      }
      if (!state.isFetchable) {
        this.#rotate()
        passed++
        continue
      }
      const step = fetch.advance()
      if (step === 'record') return this.#record(state, fetch)
      if (step === 'wait') {
        this.#rotate()
        passed++
        continue
      }
      state.buffer.shift()
      state.bufferedBytes -= fetch.bytes
      this.isHungry = true
      if (fetch.error !== null) throw this.#gaveUp(state, fetch.error)
      state.position!.offset = Math.max(state.position!.offset, fetch.nextOffset)
      this.#rotate()
    }
    return null
  }

  #rotate(): void {
    this.#ring.push(this.#ring.shift()!)
  }

  /** What is broken stays broken: the position stays before it until someone seeks past it. */
  #gaveUp(state: PartitionState, error: KafkaError): KafkaError {
    state.seek(state.position!)
    state.retryMs = this.#clock.monoMs() + this.#cluster.options.retryBackoffMaxMs
    return error
  }

  #record(state: PartitionState, fetch: CompletedFetch): ConsumerRecord<K, V> {
    const cursor = fetch.cursor!
    const { key, value } = cursor
    const { keyDeserializer, valueDeserializer } = this.#o
    const { offset } = cursor
    let record: ConsumerRecord<K, V>
    try {
      record = {
        topic: state.topic,
        partition: state.partition,
        offset,
        timestamp: cursor.timestamp,
        timestampType: fetch.isAppendTime ? 'LogAppendTime' : 'CreateTime',
        key: (key === null || keyDeserializer === null ? key : keyDeserializer(key, state)) as K | null,
        value: (value === null || valueDeserializer === null ? value : valueDeserializer(value, state)) as V | null,
        headers: cursor.headerCount === 0 ? NO_HEADERS : cursor.headers(),
        leaderEpoch: fetch.leaderEpoch,
      }
    } catch (thrown) {
      const what = `The record at offset ${offset} of ${partitionName(state)} cannot be deserialized`
      throw this.#gaveUp(state, clientError('DESERIALIZATION', `${what}: ${thrown}. Seek past it to go on`, thrown))
    }
    const position = state.position!
    position.offset = offset + 1
    position.leaderEpoch = fetch.leaderEpoch
    return record
  }
}
