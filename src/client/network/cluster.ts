import type { Uuid } from '../../bytes/index.ts'
import type { Address, Clock, Env, Timer } from '../../env/index.ts'
import {
  type AnyApi,
  DescribeCluster,
  type ErrorCode,
  errorName,
  errors,
  FindCoordinator,
  Metadata,
  type RequestIn,
  type ResponseOf,
} from '../../protocol/index.ts'
import { brokerError, clientError, isKafkaError, type KafkaError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { backoffMs, Condition, sleep, within } from '../waiting.ts'
import type { Connection } from './connection.ts'
import { MetadataCache, type Node, type TopicMetadata } from './metadata.ts'
import { ConnectionPool } from './pool.ts'
import { gathered, unansweredError } from './unreachable.ts'
import type { BrokerVersions } from './versions.ts'

/** Which broker a request goes to. */
export type Target = number | 'any' | 'controller' | Node

export interface CallOptions {
  readonly signal?: AbortSignal | null | undefined
  /** For the whole call with its retries; default apiTimeoutMs. */
  readonly timeoutMs?: number | undefined
}

export interface AskOptions {
  /** Lowest and highest version to use. */
  readonly floor?: number
  readonly cap?: number
  /** For this answer; default requestTimeoutMs. */
  readonly timeoutMs?: number
  readonly lane?: string
}

/** A request, or how to make one for the version that both sides speak. */
export type Body<P extends AnyApi> = RequestIn<P> | BodyOfVersion<P>
type BodyOfVersion<P extends AnyApi> = (version: number, versions: BrokerVersions) => RequestIn<P>

export type CoordinatorKind = 'group' | 'transaction'
const coordinatorKinds: Readonly<Record<CoordinatorKind, number>> = { group: 0, transaction: 1 }

/** The brokers as one client sees them: who leads what, how to reach it, and how to ask again. */
export class Cluster {
  readonly metadata = new MetadataCache()
  readonly pool: ConnectionPool
  readonly options: ResolvedOptions
  readonly env: Env
  readonly #clock: Clock
  /** Topics whose metadata is kept, with how often each was asked for. */
  readonly #wanted = new Map<string, number>()
  #wantsAll = false
  #refreshing: Promise<void> | null = null
  /** Another refresh is owed: something was asked for after the running one was sent. */
  #isStale = false
  #refreshTimer: Timer | null = null
  #lastReachedMs: number
  /** Monotonic; of the first refresh in vain since the last that was answered. */
  #deafSinceMs: number | null = null
  readonly #changed = new Condition()
  readonly #coordinators = new Map<string, Node>()
  #isClosed = false
  /** Whether unknown topics may be created by asking for them (producers, and consumers that allow it). */
  autoCreateTopics = false
  /** Whether a wanted topic that cannot be had is said in the log: for those who wait until it is there. */
  warnsOfTopics = false
  #warnedOf = ''

  /** Asks controllers, which know the nodes of their quorum and no topics. */
  readonly isOfControllers: boolean

  constructor(options: ResolvedOptions, isOfControllers = false) {
    this.isOfControllers = isOfControllers
    this.options = options
    this.env = options.env
    this.#clock = options.env.clock
    this.pool = new ConnectionPool(options)
    this.#lastReachedMs = this.#clock.monoMs()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#refreshTimer?.cancel()
    this.pool.close()
    this.#changed.fail(clientError('CLOSED', 'The client is closed'))
  }

  // Requests

  /** One request to one broker, no retry. The body may depend on the version that both sides speak. */
  async ask<P extends AnyApi>(target: Target, api: P, body: Body<P>, o: AskOptions = {}): Promise<ResponseOf<P>> {
    const connection = await this.connection(target, o.lane)
    const version = connection.versions.pick(api, o.floor, o.cap)
    const request: RequestIn<P> =
      typeof body === 'function' ? (body as BodyOfVersion<P>)(version, connection.versions) : body
    const answer = await connection.send(api, version, request, o.timeoutMs ?? this.options.requestTimeoutMs)
    this.#lastReachedMs = this.#clock.monoMs()
    return answer
  }

  async connection(target: Target, lane?: string): Promise<Connection> {
    if (typeof target === 'object') return this.pool.get(target, lane)
    if (target === 'any') return this.#anyConnection(lane)
    if (this.metadata.nodes.size === 0) await this.refresh()
    const id = target === 'controller' ? this.metadata.controllerId : target
    const node = this.metadata.nodes.get(id)
    if (node) return this.pool.get(node, lane)
    if (target === 'controller') return this.#anyConnection(lane)
    throw clientError('CONNECTION_FAILED', `Broker ${id} is not in the cluster's metadata`)
  }

  /**
   * Calls `attempt` until it succeeds, fails for good, or the time is over; between attempts it backs off, and renews
   * metadata when the error says so.
   */
  async retry<T>(what: string, o: CallOptions, attempt: (deadlineMs: number) => Promise<T>): Promise<T> {
    const timeoutMs = o.timeoutMs ?? this.options.apiTimeoutMs
    const deadlineMs = this.#clock.monoMs() + timeoutMs
    const { retryBackoffMs, retryBackoffMaxMs } = this.options
    for (let attempts = 0; ; attempts++) {
      o.signal?.throwIfAborted()
      try {
        return await within(this.#clock, attempt(deadlineMs), { signal: o.signal, deadlineMs, what })
      } catch (error) {
        if (!isKafkaError(error) || !error.isRetriable || this.#isClosed) throw error
        const wait = backoffMs(attempts, retryBackoffMs, retryBackoffMaxMs, this.env.random.next())
        if (this.#clock.monoMs() + wait >= deadlineMs) throw this.unanswered(what, timeoutMs, error)
        await sleep(this.#clock, wait, o.signal)
        if (error.advice === 'refresh') await this.#refreshQuietly(deadlineMs, o.signal)
      }
    }
  }

  /** The error of a call whose time is over, when `error` is what it met last. */
  unanswered(what: string, timeoutMs: number, error: unknown): KafkaError {
    return unansweredError(what, timeoutMs, error, this.pool.failures(), this.options.bootstrap)
  }

  /** Why brokers cannot be reached at the moment; null when all that were tried could be. */
  whyUnreachable(): { reason: string; hint: string | undefined } | null {
    return gathered(this.pool.failures())
  }

  async #refreshQuietly(deadlineMs: number, signal: AbortSignal | null | undefined): Promise<void> {
    try {
      await within(this.#clock, this.refresh(), { deadlineMs, signal, what: 'Metadata' })
    } catch (error) {
      if (!isKafkaError(error) || !error.isRetriable) throw error
    }
  }

  /** Known brokers in random order, least busy of the open ones first; bootstrap servers when none is known. */
  async #anyConnection(lane: string | undefined): Promise<Connection> {
    const candidates: Address[] = [...this.metadata.nodes.values()]
    if (candidates.length === 0) candidates.push(...this.options.bootstrap)
    let best: Connection | null = null
    for (const at of candidates) {
      const open = this.pool.peek(at, lane)
      if (open && (best === null || open.inFlight < best.inFlight)) best = open
    }
    if (best) return best
    let lastError: unknown = null
    const start = this.env.random.below(candidates.length)
    for (let i = 0; i < candidates.length; i++) {
      try {
        return await this.pool.get(candidates[(start + i) % candidates.length]!, lane)
      } catch (error) {
        if (!isKafkaError(error) || error.code === 'CLOSED') throw error
        // one host that may come back is worth more than many that do not exist
        if (lastError === null || error.isRetriable) lastError = error
      }
    }
    this.#maybeRebootstrap()
    throw lastError
  }

  /** KIP-899: no known broker could be reached, so what the bootstrap servers say counts. */
  #maybeRebootstrap(): void {
    if (this.metadata.nodes.size === 0) return
    this.env.logger.warn('No known broker can be reached; starting over from the bootstrap servers', {
      logger: 'client.cluster',
      sinceMs: Math.round(this.#clock.monoMs() - this.#lastReachedMs),
    })
    this.rebootstrap()
  }

  rebootstrap(): void {
    this.metadata.forgetNodes()
    this.#coordinators.clear()
  }

  // Metadata

  /** Keeps the topic's metadata fresh until {@link Cluster.unwant}. */
  want(topic: string): void {
    const count = this.#wanted.get(topic) ?? 0
    this.#wanted.set(topic, count + 1)
    if (count === 0) this.#isStale = true
  }

  unwant(topic: string): void {
    const count = this.#wanted.get(topic) ?? 0
    if (count > 1) this.#wanted.set(topic, count - 1)
    else if (this.#wanted.delete(topic) && !this.#wantsAll) this.metadata.forget(topic)
  }

  /** All topics of the cluster, for subscriptions by pattern. */
  wantAll(isWanted: boolean): void {
    if (isWanted && !this.#wantsAll) this.#isStale = true
    this.#wantsAll = isWanted
  }

  /** Resolves at the next change of metadata; rejects when the client is closed. */
  changed(): Promise<void> {
    return this.#changed.wait()
  }

  /** Says that what is known may be wrong: the next {@link Cluster.refresh} asks anew. */
  distrust(): void {
    this.#isStale = true
  }

  /** Metadata no older than this call. One request at a time serves all who ask. */
  async refresh(): Promise<void> {
    if (this.#refreshing !== null) {
      // the running one may have been sent before the caller's reason arose
      this.#isStale = true
      return this.#refreshing
    }
    this.#refreshing = this.#refreshUntilFresh()
    try {
      await this.#refreshing
      this.#deafSinceMs = null
    } catch (error) {
      this.#heardNothing()
      throw error
    } finally {
      this.#refreshing = null
    }
  }

  /** KIP-1102: brokers that are known but tell nothing for long are given up for the bootstrap servers. */
  #heardNothing(): void {
    const nowMs = this.#clock.monoMs()
    this.#deafSinceMs ??= nowMs
    if (nowMs - this.#deafSinceMs < this.options.rebootstrapTriggerMs) return
    this.#deafSinceMs = null
    this.#maybeRebootstrap()
  }

  async #refreshUntilFresh(): Promise<void> {
    do {
      this.#isStale = false
      await this.#refreshOnce()
    } while (this.#isStale)
  }

  async #refreshOnce(): Promise<void> {
    if (this.isOfControllers) return this.#refreshQuorum()
    const wanted = this.#wantsAll ? null : new Set(this.#wanted.keys())
    const answer = await this.ask('any', Metadata, (version) => ({
      topics: wanted === null ? (version === 0 ? [] : null) : [...wanted].map((name) => ({ name })),
      allowAutoTopicCreation: this.autoCreateTopics,
    }))
    if (answer.errorCode === errors.REBOOTSTRAP_REQUIRED) {
      this.rebootstrap()
      throw brokerError(errors.REBOOTSTRAP_REQUIRED)
    }
    if (answer.errorCode !== errors.NONE) throw brokerError(answer.errorCode)
    if (answer.brokers.length === 0) throw brokerError(errors.LEADER_NOT_AVAILABLE, 'The broker knows no broker yet')
    this.metadata.update(answer, wanted, this.#clock.monoMs())
    if (this.warnsOfTopics) this.#warnOfTopics()
    this.#armRefresh()
    this.#changed.notify()
  }

  /** Once for each change, not at every refresh. */
  #warnOfTopics(): void {
    const issues = [...this.#wanted.keys()].flatMap((topic) => {
      const code = this.metadata.errorOf(topic)
      return code === undefined ? [] : [`${topic}=${errorName(code)}`]
    })
    const text = issues.length === 0 ? '' : `{${issues.join(', ')}}`
    if (text !== '' && text !== this.#warnedOf) {
      this.env.logger.warn(`The metadata response from the cluster reported a recoverable issue: ${text}`, {
        logger: 'client.cluster',
        clientId: this.options.clientId,
      })
    }
    this.#warnedOf = text
  }

  async #refreshQuorum(): Promise<void> {
    const answer = await this.ask('any', DescribeCluster, { endpointType: 2 }, { floor: 1 })
    if (answer.errorCode !== errors.NONE) throw brokerError(answer.errorCode, answer.errorMessage)
    const brokers = answer.brokers.map((b) => ({ nodeId: b.brokerId, host: b.host, port: b.port, rack: b.rack }))
    const { clusterId, controllerId } = answer
    this.metadata.update({ ...Metadata.response.absent, brokers, clusterId, controllerId }, null, this.#clock.monoMs())
    this.#armRefresh()
    this.#changed.notify()
  }

  /** Age: metadata is renewed by itself while there is something to know. */
  #armRefresh(): void {
    this.#refreshTimer?.cancel()
    this.#refreshTimer = this.#clock.at(this.#clock.monoMs() + this.options.metadataMaxAgeMs, () => {
      this.#refreshTimer = null
      if (this.#isClosed) return
      this.refresh().catch(() => {
        if (!this.#isClosed) this.#armRefresh()
      })
    })
  }

  noteLeader(
    topic: string,
    partition: number,
    leader: number,
    leaderEpoch: number,
    endpoints: readonly Node[],
  ): boolean {
    const isNews = this.metadata.hintLeader(topic, partition, leader, leaderEpoch, endpoints)
    if (isNews) this.#changed.notify()
    return isNews
  }

  /** The topic, once the cluster has it; a topic that does not exist is waited for until the time is over. */
  async topic(name: string, o: CallOptions = {}): Promise<TopicMetadata> {
    const known = this.metadata.topics.get(name)
    if (known) return known
    this.want(name)
    try {
      return await this.retry(`Metadata of topic ${name}`, o, async () => {
        await this.refresh()
        const topic = this.metadata.topics.get(name)
        if (topic) return topic
        throw topicError(this.metadata.errorOf(name) ?? errors.UNKNOWN_TOPIC_OR_PARTITION, name)
      })
    } finally {
      this.unwant(name)
    }
  }

  nameOf(id: Uuid): string | undefined {
    return this.metadata.nameOf(id)
  }

  // Coordinators

  /** The coordinator of a group or a transactional id; remembered until {@link Cluster.forgetCoordinator}. */
  async coordinator(kind: CoordinatorKind, key: string): Promise<Node> {
    const known = this.#coordinators.get(`${kind} ${key}`)
    if (known) return known
    const found = await this.findCoordinators(kind, [key])
    const first = found.get(key)
    if (!first) throw brokerError(errors.COORDINATOR_NOT_AVAILABLE)
    if (first.errorCode !== errors.NONE) throw brokerError(first.errorCode, first.errorMessage)
    this.#coordinators.set(`${kind} ${key}`, first.node)
    return first.node
  }

  async findCoordinators(
    kind: CoordinatorKind,
    keys: readonly string[],
  ): Promise<Map<string, { node: Node; errorCode: number; errorMessage: string | null }>> {
    const connection = await this.connection('any')
    const version = connection.versions.pick(FindCoordinator)
    const keyType = coordinatorKinds[kind]
    const result = new Map<string, { node: Node; errorCode: number; errorMessage: string | null }>()
    // version 4 and up ask about many at once
    const asks = version >= 4 ? [keys] : keys.map((key) => [key])
    for (const part of asks) {
      const body = version >= 4 ? { keyType, coordinatorKeys: part } : { keyType, key: part[0]! }
      const answer = await connection.send(FindCoordinator, version, body, this.options.requestTimeoutMs)
      const rows = version >= 4 ? answer.coordinators : [{ ...answer, key: part[0]! }]
      for (const { key, nodeId: id, host, port, errorCode, errorMessage } of rows) {
        result.set(key, { node: { id, host, port, rack: null }, errorCode, errorMessage })
      }
    }
    return result
  }

  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.#coordinators.delete(`${kind} ${key}`)
  }

  /**
   * Asks the coordinator, and finds it anew when it has moved or cannot be reached. `codeOf` tells the answer's error
   * code, 0 when it is none of the whole request.
   */
  async askCoordinator<P extends AnyApi>(
    kind: CoordinatorKind,
    key: string,
    api: P,
    body: Body<P>,
    codeOf: (answer: ResponseOf<P>) => number,
    o: AskOptions = {},
  ): Promise<ResponseOf<P>> {
    const node = await this.coordinator(kind, key)
    try {
      const answer = await this.ask(node, api, body, o)
      const code = codeOf(answer)
      if (code === errors.NOT_COORDINATOR || code === errors.COORDINATOR_NOT_AVAILABLE) {
        this.forgetCoordinator(kind, key)
        throw brokerError(code)
      }
      if (code === errors.COORDINATOR_LOAD_IN_PROGRESS) throw brokerError(code)
      return answer
    } catch (error) {
      if (isKafkaError(error) && error.number === -1 && error.isRetriable) this.forgetCoordinator(kind, key)
      throw error
    }
  }
}

/** In the words of Java's clients, where they name the topic. */
export function topicError(code: ErrorCode, topic: string): KafkaError {
  if (code === errors.INVALID_TOPIC_EXCEPTION) return brokerError(code, `Invalid topics: [${topic}]`)
  if (code === errors.TOPIC_AUTHORIZATION_FAILED)
    return brokerError(code, `Not authorized to access topics: [${topic}]`)
  return brokerError(code)
}
