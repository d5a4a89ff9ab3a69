import { type Crc32c, UuidTable } from '../bytes/index.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { Address, Disk, Done, Env, Failure } from '../env/index.ts'
import { type LogStore, openLogStore } from '../log/index.ts'
import {
  configResourceKey,
  configResourceType,
  type MetadataDelta,
  type MetadataImage,
  MetadataLoader,
} from '../metadata/index.ts'
import { type ErrorCode, errors, type ListenerRole } from '../protocol/index.ts'
import type { LocalRaftNode } from '../raft/index.ts'
import type { Partition } from '../replication/index.ts'
import type { Authorizer } from '../security/index.ts'
import { Peer, software } from '../wire/index.ts'
import { advertisedApis, guardedHandlers, handlers } from './api/index.ts'
import { authorizerOf } from './authorizer.ts'
import { joinCluster, lifecycleOf } from './broker-join.ts'
import type { BrokerLifecycle } from './broker-lifecycle.ts'
import type { BrokerLiveness } from './broker-liveness.ts'
import { ClientQuotas } from './client-quotas.ts'
import type { Controller } from './controller.ts'
import type { ControllerChannel } from './controller-channel.ts'
import { Dispatcher } from './dispatch.ts'
import { FetchSessions } from './fetch-session.ts'
import type { Groups } from './groups.ts'
import { ImageWaiters } from './image-waiters.ts'
import { confirmRecovered } from './leader-recovery.ts'
import { type BoundListener, Listeners } from './listeners.ts'
import { LiveConfig } from './live-config.ts'
import { logStoreOptions } from './log-store-options.ts'
import type { MarkerWriter } from './marker-writer.ts'
import { closeParts, makeParts, type NodeParts, type PartsHost } from './node-parts.ts'
import { NodeSecurity } from './node-security.ts'
import { whyNotBuilt } from './not-built.ts'
import type { PartitionTable } from './partition-table.ts'
import { ProducerIds } from './producer-ids.ts'
import { openQuorum } from './quorum.ts'
import { allocateProducerIds } from './registration.ts'
import type { ReplicaMoves } from './replica-moves.ts'
import type { ReplicaThrottle } from './replica-throttle.ts'
import type { AdvertisedApi, Services } from './services.ts'
import { type NodeStorage, prepareStorage } from './storage.ts'
import { type TopicAsk, TopicMaker, type TopicRefusal } from './topic-maker.ts'
import type { Transactions } from './transactions.ts'

export interface NodeOptions {
  readonly env: Env
  readonly config: BrokerConfig
  readonly crc32c: Crc32c
  /** Nothing is ever synced and nothing outlives the process: `startKafka`. */
  readonly isEphemeral: boolean
  /** Where key stores are read; the node's own disk when it is not given. */
  readonly stores?: Pick<Disk, 'readAll'>
}

/** A broker, a controller, or both in one, running. */
export interface RunningNode {
  readonly clusterId: string
  readonly nodeId: number
  readonly listeners: readonly BoundListener[]
  /** The directories that hold its data. */
  readonly logDirectories: readonly string[]
  /** The cluster as far as this node knows it. */
  readonly image: MetadataImage
  /** Makes topics; those that exist already are left as they are. */
  makeTopics(asks: readonly TopicAsk[], done: (refusals: readonly TopicRefusal[]) => void): void
  /** The first half of a controlled shutdown: others lead what this broker led, and it serves on until it is stopped. */
  leave(done: () => void): void
  /** Controlled shutdown: leaves the cluster, flushes, writes the clean-shutdown marker. */
  stop(done: Done): void
}

/** How long the controller is waited for when a broker leaves in order. */
const CONTROLLED_SHUTDOWN_MS = 5_000
/** Beyond any replica.fetch.response.max.bytes that makes sense. */
const PEER_ANSWER_BYTES_MAX = 512 * 1024 * 1024
const PEER_CONNECT_TIMEOUT_MS = 10_000
const SESSION_EVICTION_MS = 120_000
/** What the key of a topic's configuration begins with. */
const TOPIC_CONFIG = configResourceKey(configResourceType.topic, '')

/**
 * Starts a node. In order, each step when the one before it is done:
 *
 *   storage formatted and locked ─▶ logs found ─▶ quorum ─▶ ports bound (nobody is served yet) ─▶ controller
 *   ─▶ image caught up ─▶ broker registered ─▶ its logs open ─▶ unfenced ─▶ connections are served
 *
 * Fails with a sentence for a person; everything opened until then is closed again.
 */
export function startNode(options: NodeOptions, done: Done<RunningNode>): void {
  new Node(options).start(done)
}

class Node implements RunningNode, Services, PartsHost {
  readonly env: Env
  readonly crc32c: Crc32c
  readonly nodeId: number
  readonly isEphemeral: boolean
  readonly live: LiveConfig
  readonly security: NodeSecurity
  readonly authorizer: Authorizer | null
  readonly quotas: ClientQuotas
  readonly #loader = new MetadataLoader()
  readonly #waiters: ImageWaiters
  readonly sessions: FetchSessions
  readonly topicMaker: TopicMaker
  readonly producerIds: ProducerIds
  readonly #uuids = new UuidTable()
  /** Open from before the other parts are. */
  #store: LogStore | null = null
  #parts: NodeParts | null = null
  #listeners: Listeners | null = null
  #lifecycle: BrokerLifecycle | null = null
  /** Topics whose deletion was seen, until the stray directories have been looked for. */
  #removedIds: Set<string> | null = new Set()
  #isStopping = false
  #knowsAcls = false
  #hasLeft = false

  constructor(options: NodeOptions) {
    const { env, config } = options
    this.env = env
    this.crc32c = options.crc32c
    this.isEphemeral = options.isEphemeral
    this.nodeId = config.nodeId
    this.live = new LiveConfig(config, env.logger)
    this.security = new NodeSecurity({ ...env, disk: options.stores ?? env.disk }, config, () => this.image)
    this.quotas = new ClientQuotas({
      samples: config.quotaWindowNum,
      sampleMs: config.quotaWindowSizeSeconds * 1000,
    })
    const authorizer = authorizerOf(config)
    this.authorizer = typeof authorizer === 'string' ? null : authorizer
    this.#waiters = new ImageWaiters(env.clock)
    this.sessions = new FetchSessions(config.maxIncrementalFetchSessionCacheSlots, SESSION_EVICTION_MS, () =>
      env.random.below(0x7fffffff),
    )
    this.topicMaker = new TopicMaker(this, this.#waiters)
    this.producerIds = new ProducerIds((done) =>
      allocateProducerIds(this.controller, this.nodeId, this.brokerEpoch, done),
    )
  }

  // Services: what handlers see.

  get config(): BrokerConfig {
    return this.live.now
  }
  get fileConfig(): BrokerConfig {
    return this.live.file
  }
  get image(): MetadataImage {
    return this.#loader.image
  }
  get clusterId(): string {
    return this.#opened.storage.clusterId
  }
  get store(): LogStore {
    return this.#opened.store
  }
  get raft(): LocalRaftNode {
    return this.#opened.raft
  }
  get controller(): ControllerChannel {
    return this.#opened.channel
  }
  get localController(): Controller {
    return this.#opened.controller
  }
  get partitions(): PartitionTable {
    return this.#opened.partitions
  }
  get moves(): ReplicaMoves {
    return this.#opened.moves
  }
  get liveness(): BrokerLiveness {
    return this.#opened.liveness
  }
  get throttle(): ReplicaThrottle {
    return this.#opened.throttle
  }
  get groups(): Groups {
    return this.#opened.groups
  }
  get transactions(): Transactions {
    return this.#opened.transactions
  }
  get markerWriter(): MarkerWriter {
    return this.#opened.markerWriter
  }

  findById(topicId: string, index: number): Partition | ErrorCode {
    const topic = this.image.topicsById.get(topicId)
    if (topic === undefined) return errors.UNKNOWN_TOPIC_ID
    return (
      this.partitions.byId(topicId, index) ?? this.#whyMissing(topic.name, topic.partitions[index] !== undefined, index)
    )
  }

  findByName(name: string, index: number): Partition | ErrorCode {
    const topic = this.image.topicsByName.get(name)
    if (topic === undefined) return errors.UNKNOWN_TOPIC_OR_PARTITION
    return this.partitions.byId(topic.id, index) ?? this.#whyMissing(name, topic.partitions[index] !== undefined, index)
  }

  #whyMissing(topic: string, exists: boolean, index: number): ErrorCode {
    if (!exists) return errors.UNKNOWN_TOPIC_OR_PARTITION
    return this.partitions.isOffline(topic, index) ? errors.KAFKA_STORAGE_ERROR : errors.NOT_LEADER_OR_FOLLOWER
  }

  advertised(role: ListenerRole): readonly AdvertisedApi[] {
    return advertisedApis(role, this.config.unstableApiVersionsEnable)
  }

  // RunningNode: what the owner sees.

  get listeners(): readonly BoundListener[] {
    return this.#listeners?.bound ?? []
  }
  get logDirectories(): readonly string[] {
    return this.fileConfig.logDirectories
  }

  get #opened(): NodeParts {
    if (this.#parts === null) throw new Error('the node is not open')
    return this.#parts
  }

  get brokerEpoch(): number {
    return this.#lifecycle?.brokerEpoch ?? -1
  }

  start(done: Done<RunningNode>): void {
    const fail = (failure: Failure): void => this.stop(() => done(failure, undefined as never))
    const { env, isEphemeral, crc32c } = this
    const refusal = whyNotBuilt(this.fileConfig) ?? this.security.refusal
    if (refusal !== null) return fail({ code: 'ENOTBUILT', message: refusal, retry: 'never' })
    prepareStorage(env, this.fileConfig, (storageFailure, storage) => {
      if (storageFailure !== null) return fail(storageFailure)
      openLogStore(
        { ...env, crc32c },
        logStoreOptions(this.fileConfig, storage.clusterId, isEphemeral),
        (storeFailure, store) => {
          if (storeFailure !== null) return fail(storeFailure)
          this.#store = store
          this.#openQuorum(storage, store, (failure) => {
            if (failure !== null) return fail(failure)
            this.#bind((bindFailure) => {
              if (bindFailure !== null) return fail(bindFailure)
              this.#listeners?.serve('controller')
              this.#join((why) => {
                if (why !== null) return fail({ code: 'ESTART', message: why, retry: 'never' })
                this.#listeners?.serve('broker')
                env.logger.info('Kafka Server started', { nodeId: this.nodeId, clusterId: storage.clusterId })
                done(null, this)
              })
            })
          })
        },
      )
    })
  }

  #openQuorum(storage: NodeStorage, store: LogStore, done: (failure: Failure | null) => void): void {
    const { env, crc32c, isEphemeral } = this
    const net = this.security.controllers
    const handshake = this.security.handshakes.controller
    openQuorum(
      { env: { ...env, net }, crc32c, isEphemeral, config: this.fileConfig, storage, store, handshake },
      (failure, raft) => {
        if (failure !== null) return done(failure)
        const parts = makeParts(this, storage, store, raft)
        this.#parts = parts
        const loader = this.#loader
        loader.on((image, delta) => this.#publish(image, delta))
        raft.listen({
          beginSnapshot: (id, timestamp) => loader.beginSnapshot(id, timestamp),
          endSnapshot: (id) => loader.endSnapshot(id),
          committed: (batch) => loader.committed(batch),
          committedTo: (endOffset, epoch) => loader.committedTo(endOffset, epoch),
          leadership: (now) => {
            parts.controller.leadership(now)
            parts.channel.leadershipChanged()
            // The new controller knows this broker by its connection: see BrokerLiveness.
            if (now.leaderId !== null) this.#lifecycle?.beatNow()
          },
        })
        raft.snapshotsFrom(loader)
        done(null)
      },
    )
  }

  /** Another node of the cluster: a broker on the listener between brokers, or a controller on theirs. */
  connect(address: Address, to: 'broker' | 'controller'): Peer {
    const { clock, random } = this.env
    const handshake = this.security.handshakes[to]
    const net = to === 'broker' ? this.security.brokers : this.security.controllers
    const { replicaSocketTimeoutMs } = this.fileConfig
    return new Peer({
      ...{ net, clock, random, address, software, uuids: this.#uuids, clientId: `broker-${this.nodeId}` },
      ...{ connectTimeoutMs: PEER_CONNECT_TIMEOUT_MS, requestTimeoutMs: replicaSocketTimeoutMs },
      ...{ backoffMs: { first: 50, most: 1000 }, frameBytesMax: PEER_ANSWER_BYTES_MAX },
      ...(handshake === null ? {} : { handshake }),
    })
  }

  /** Each publication goes through the node's parts in the order in which they build on each other. */
  #publish(image: MetadataImage, delta: MetadataDelta): void {
    const { partitions, replication, groups, registrar, channel: controller } = this.#opened
    if (delta.clientQuotasChanged) this.quotas.use(image.clientQuotas)
    if (this.authorizer !== null) this.#authorize(this.authorizer, image, delta)
    for (const id of delta.topicIdsRemoved) this.#removedIds?.add(id)
    if (this.live.apply(image, delta.configsChanged)) {
      partitions.configure(null)
      const own = image.configs.get(configResourceKey(configResourceType.broker, `${this.nodeId}`))
      this.security.reload(this.live.now, own?.values.keys() ?? [])
    }
    partitions.apply(image, delta)
    replication.publish(delta, () => partitions.all())
    const configured = [...delta.configsChanged].filter((key) => key.startsWith(TOPIC_CONFIG))
    if (configured.length > 0) partitions.configure(configured.map((key) => key.slice(TOPIC_CONFIG.length)))
    groups.apply(delta)
    const { nodeId, brokerEpoch } = this
    const { clock, logger } = this.env
    partitions.whenOpened(() => confirmRecovered({ clock, controller, logger, nodeId, brokerEpoch }, image, delta))
    registrar.publish(image)
    this.#waiters.publish(image)
  }

  #authorize(authorizer: Authorizer, image: MetadataImage, delta: MetadataDelta): void {
    if (!delta.aclsChanged && this.#knowsAcls) return
    authorizer.use(image.acls.values())
    if (this.#knowsAcls) this.sessions.clear()
    this.#knowsAcls = true
  }

  #bind(done: (failure: Failure | null) => void): void {
    const dispatcher = new Dispatcher(
      this,
      this.authorizer === null ? handlers : guardedHandlers,
      this.#uuids,
      this.env.logger,
    )
    this.#listeners = new Listeners({ env: this.env, config: this.fileConfig, dispatcher, security: this.security })
    this.#listeners.bind(done)
  }

  #join(done: (failure: string | null) => void): void {
    const parts = this.#opened
    parts.registrar.start(this.listeners)
    if (!this.fileConfig.isBroker) return done(null)
    const join = {
      ...{ env: this.env, config: this.fileConfig, parts, waiters: this.#waiters, listeners: this.listeners },
      image: () => this.image,
      removedIds: () => this.#removedIds ?? new Set<string>(),
    }
    this.#lifecycle = lifecycleOf(join)
    parts.store.onDirectoryFailure = () => this.#lostDirectory(parts.store)
    joinCluster(this.#lifecycle, join, (why) => {
      this.#removedIds = null
      done(why)
    })
  }

  /** The partitions of one failed directory go to other replicas where there are any; without any directory no broker is left. */
  #lostDirectory(store: LogStore): void {
    if (this.#isStopping) return
    if (store.dirs.every((dir) => dir.failure !== null)) this.env.halt('all log directories have failed')
    this.#lifecycle?.beatNow()
  }

  makeTopics(asks: readonly TopicAsk[], done: (refusals: readonly TopicRefusal[]) => void): void {
    this.topicMaker.create(asks, done)
  }

  leave(done: () => void): void {
    if (this.#lifecycle === null || this.#hasLeft || this.#isStopping) return done()
    this.#hasLeft = true
    this.#lifecycle.shutDown(CONTROLLED_SHUTDOWN_MS, done)
  }

  stop(done: Done): void {
    if (this.#isStopping) return done(null)
    this.#isStopping = true
    const { logger } = this.env
    const store = this.#store
    if (store === null) return done(null)
    // A broker that never got an epoch leaves the directories as the one before it did.
    const brokerEpoch = this.brokerEpoch >= 0 ? this.brokerEpoch : store.previousBrokerEpoch
    const parts = this.#parts
    if (parts === null) return store.close(brokerEpoch, done)
    const close = () => {
      this.#listeners?.refuse()
      parts.moves.close(closeAll)
    }
    const closeAll = () => {
      this.#listeners?.close()
      closeParts(parts)
      parts.raft.close((raftFailure) => {
        if (raftFailure !== null) logger.error('The metadata log did not close in order', { reason: raftFailure })
        parts.store.close(brokerEpoch, (failure) => {
          logger.info('Shut down completed', { nodeId: this.nodeId })
          done(failure, undefined)
        })
      })
    }
    logger.info('Shutting down', { nodeId: this.nodeId })
    if (this.#lifecycle === null || this.#hasLeft) close()
    else this.#lifecycle.shutDown(CONTROLLED_SHUTDOWN_MS, close)
  }
}
