import { type Crc32c, UuidTable } from '../bytes/index.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { Address, Done, Env, Failure } from '../env/index.ts'
import { type LogStore, openLogStore } from '../log/index.ts'
import { type MetadataDelta, type MetadataImage, MetadataLoader } from '../metadata/index.ts'
import { type ErrorCode, errors, type ListenerRole } from '../protocol/index.ts'
import { type LocalRaftNode, newUuid, openRaftNode } from '../raft/index.ts'
import type { Partition } from '../replication/index.ts'
import { Peer } from '../wire/index.ts'
import { advertisedApis, handlers } from './api/index.ts'
import { BrokerLifecycle } from './broker-lifecycle.ts'
import { Controller } from './controller.ts'
import { ControllerChannel } from './controller-channel.ts'
import { DirectoryAssignments } from './directory-assignments.ts'
import { Dispatcher } from './dispatch.ts'
import { FetchSessions } from './fetch-session.ts'
import { groupConfigOf } from './group-config.ts'
import { Groups } from './groups.ts'
import { ImageWaiters } from './image-waiters.ts'
import { confirmRecovered } from './leader-recovery.ts'
import { type BoundListener, Listeners } from './listeners.ts'
import { LiveConfig } from './live-config.ts'
import { logStoreOptions } from './log-store-options.ts'
import { MarkerWriter } from './marker-writer.ts'
import { whyNotBuilt } from './not-built.ts'
import { PartitionTable } from './partition-table.ts'
import { ProducerIds } from './producer-ids.ts'
import { allocateProducerIds, heartbeatBroker, registerBroker } from './registration.ts'
import { ReplicaMoves } from './replica-moves.ts'
import { Replication } from './replication.ts'
import type { AdvertisedApi, Services } from './services.ts'
import { type NodeStorage, prepareStorage } from './storage.ts'
import { type TopicAsk, TopicMaker, type TopicRefusal } from './topic-maker.ts'
import { transactionConfigOf } from './transaction-config.ts'
import { Transactions } from './transactions.ts'

export interface NodeOptions {
  readonly env: Env
  readonly config: BrokerConfig
  readonly crc32c: Crc32c
  /** Nothing is ever synced and nothing outlives the process: `startKafka`. */
  readonly isEphemeral: boolean
}

/** A broker and controller in one, running. */
export interface RunningNode {
  readonly clusterId: string
  readonly nodeId: number
  readonly listeners: readonly BoundListener[]
  /** The directories that hold its data. */
  readonly logDirectories: readonly string[]
  /** Makes topics; those that exist already are left as they are. */
  makeTopics(asks: readonly TopicAsk[], done: (refusals: readonly TopicRefusal[]) => void): void
  /** Controlled shutdown: leaves the cluster, flushes, writes the clean-shutdown marker. */
  stop(done: Done): void
}

/** How long the controller is waited for when a broker leaves in order. */
const CONTROLLED_SHUTDOWN_MS = 5_000
/** Beyond any replica.fetch.response.max.bytes that makes sense. */
const PEER_ANSWER_BYTES_MAX = 512 * 1024 * 1024
/** How this node names itself to others (KIP-511). */
const software = { name: 'millrace', version: '0.1.0' }
const SESSION_EVICTION_MS = 120_000

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

class Node implements RunningNode, Services {
  readonly env: Env
  readonly crc32c: Crc32c
  readonly nodeId: number
  readonly #options: NodeOptions
  readonly #live: LiveConfig
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
  #isStopping = false

  constructor(options: NodeOptions) {
    const { env, config } = options
    this.#options = options
    this.env = env
    this.crc32c = options.crc32c
    this.nodeId = config.nodeId
    this.#live = new LiveConfig(config, env.logger)
    this.#waiters = new ImageWaiters(env.clock)
    this.sessions = new FetchSessions(config.maxIncrementalFetchSessionCacheSlots, SESSION_EVICTION_MS, () =>
      env.random.below(0x7fffffff),
    )
    this.topicMaker = new TopicMaker(this, this.#waiters)
    this.producerIds = new ProducerIds((done) =>
      allocateProducerIds(this.controller, this.nodeId, this.#brokerEpoch(), done),
    )
  }

  // Services: what handlers see.

  get config(): BrokerConfig {
    return this.#live.now
  }
  get fileConfig(): BrokerConfig {
    return this.#live.file
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

  #brokerEpoch(): number {
    return this.#lifecycle?.brokerEpoch ?? -1
  }

  start(done: Done<RunningNode>): void {
    const fail = (failure: Failure): void => this.stop(() => done(failure, undefined as never))
    const { env } = this
    const { isEphemeral, crc32c } = this.#options
    const refusal = whyNotBuilt(this.fileConfig)
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
    const { env } = this
    const config = this.fileConfig
    const { crc32c, isEphemeral } = this.#options
    const directory = { id: storage.metadataDirectoryId, path: config.metadataDirectory }
    openRaftNode(
      {
        env: { clock: env.clock, disk: env.disk, logger: env.logger, halt: env.halt, crc32c },
        store,
        clusterId: storage.clusterId,
        nodeId: this.nodeId,
        directory,
        staticVoters: config.voters.length > 0 ? config.voters : null,
        endpoints: config.advertisedControllerEndpoints.map((e) => ({ name: e.listener, host: e.host, port: e.port })),
        isEphemeral,
        segmentBytes: config.metadataLogSegmentBytes,
        segmentMs: config.metadataLogSegmentMs,
        snapshots: {
          bytesBetween: config.metadataLogMaxRecordBytesBetweenSnapshots,
          intervalMs: config.metadataLogMaxSnapshotIntervalMs,
          retentionBytes: config.metadataMaxRetentionBytes,
          retentionMs: config.metadataMaxRetentionMs,
        },
        timeouts: {
          electionMs: config.controllerQuorumElectionTimeoutMs,
          backoffMaxMs: config.controllerQuorumElectionBackoffMaxMs,
          fetchMs: config.controllerQuorumFetchTimeoutMs,
          requestMs: config.controllerQuorumRequestTimeoutMs,
          retryMs: config.controllerQuorumRetryBackoffMs,
          fetchBytesMax: config.controllerQuorumFetchMaxBytes,
          snapshotBytesMax: config.controllerQuorumFetchSnapshotMaxBytes,
        },
        network: {
          net: env.net,
          random: env.random,
          listener: config.controllerListeners[0] ?? 'CONTROLLER',
          bootstrap: config.bootstrapControllers,
          canBeVoter: config.isController,
          joinsItself: config.isController && config.controllerQuorumAutoJoinEnable,
          software,
        },
      },
      (failure, raft) => {
        if (failure !== null) return done(failure)
        const controller = new Controller({
          ...{ env, config, raft, bootstrapRecords: storage.bootstrapRecords },
          activated: () => channel.leadershipChanged(),
        })
        const channel: ControllerChannel = new ControllerChannel({
          ...{ clock: env.clock, logger: env.logger, nodeId: this.nodeId, clientId: `broker-${this.nodeId}` },
          ...{ local: controller, timeoutMs: config.requestTimeoutMs },
          leader: () => raft.leaderEndpoint,
          connect: (address) => this.#connect(address),
        })
        const assignments = new DirectoryAssignments({
          clock: env.clock,
          logger: env.logger,
          controller: channel,
          brokerId: this.nodeId,
          brokerEpoch: () => this.#brokerEpoch(),
        })
        const replication = new Replication({
          ...{ env, config, controller: channel, clusterId: storage.clusterId },
          image: () => this.image,
          brokerEpoch: () => this.#brokerEpoch(),
          connect: (address) => this.#connect(address),
        })
        const partitions = new PartitionTable({
          clock: env.clock,
          store,
          ports: replication.ports,
          followers: replication.followers,
          logger: env.logger,
          flushesToCommit: !isEphemeral && config.millraceFlush === 'sync',
          logConfig: (topic) => this.#live.logConfig(topic),
          misplaced: (topicId, index, directoryId) => assignments.note(topicId, index, directoryId),
        })
        const moves = new ReplicaMoves({
          clock: env.clock,
          logger: env.logger,
          store,
          assignments,
          config: () => this.config,
        })
        const groups = new Groups({
          env,
          crc32c,
          config: groupConfigOf(() => this.config),
          image: () => this.image,
        })
        const markerWriter = new MarkerWriter(env.clock, crc32c, groups)
        const transactions = new Transactions({
          env,
          crc32c,
          config: transactionConfigOf(() => this.config),
          image: () => this.image,
          producerIds: this.producerIds,
          deliver: (leader, order, { topic, partition }, done) => {
            const found = leader === this.nodeId ? this.findByName(topic, partition) : errors.NOT_LEADER_OR_FOLLOWER
            if (typeof found === 'number') done(found)
            else markerWriter.write(found, order, done)
          },
        })
        partitions.on(groups)
        partitions.on(transactions)
        replication.watchLag(() => partitions.all())
        this.#parts = {
          storage,
          store,
          raft,
          controller,
          channel,
          assignments,
          replication,
          partitions,
          moves,
          groups,
          transactions,
          markerWriter,
        }
        this.#loader.on((image, delta) => this.#publish(image, delta))
        const loader = this.#loader
        raft.listen({
          beginSnapshot: (id, timestamp) => loader.beginSnapshot(id, timestamp),
          endSnapshot: (id) => loader.endSnapshot(id),
          committed: (batch) => loader.committed(batch),
          committedTo: (endOffset, epoch) => loader.committedTo(endOffset, epoch),
          leadership: (now) => {
            controller.leadership(now)
            channel.leadershipChanged()
          },
        })
        raft.snapshotsFrom(this.#loader)
        done(null)
      },
    )
  }

  /** Another broker of the cluster, on the listener between brokers. */
  #connect(address: Address): Peer {
    const { net, clock, random } = this.env
    const { replicaSocketTimeoutMs } = this.fileConfig
    return new Peer({
      ...{
        net,
        clock,
        random,
        address,
        clientId: `broker-${this.nodeId}`,
        software,
        backoffMs: { first: 50, most: 1000 },
      },
      ...{ connectTimeoutMs: 10_000, requestTimeoutMs: replicaSocketTimeoutMs, frameBytesMax: PEER_ANSWER_BYTES_MAX },
      uuids: this.#uuids,
    })
  }

  /** Each publication goes through the node's parts in the order in which they build on each other. */
  #publish(image: MetadataImage, delta: MetadataDelta): void {
    const { partitions, replication, groups } = this.#opened
    if (this.#live.apply(image, delta.configsChanged)) partitions.configure(null)
    partitions.apply(image, delta)
    replication.publish(delta, () => partitions.all())
    for (const key of delta.configsChanged) if (key.startsWith('2:')) partitions.configure(key.slice(2))
    groups.apply(delta)
    const { nodeId } = this
    const { channel: controller } = this.#opened
    const { logger } = this.env
    const recovered = () =>
      confirmRecovered({ controller, logger, nodeId, brokerEpoch: this.#brokerEpoch() }, image, delta)
    partitions.whenOpened(recovered)
    this.#waiters.publish(image)
  }

  #bind(done: (failure: Failure | null) => void): void {
    const dispatcher = new Dispatcher(this, handlers, this.#uuids, this.env.logger)
    this.#listeners = new Listeners({ env: this.env, config: this.fileConfig, dispatcher })
    this.#listeners.bind(done)
  }

  #join(done: (failure: string | null) => void): void {
    const { env } = this
    const { channel, partitions, storage, store } = this.#opened
    const config = this.fileConfig
    if (!config.isBroker) return done(null)
    const incarnationId = newUuid(env.random)
    const lifecycle = new BrokerLifecycle({
      clock: env.clock,
      logger: env.logger,
      nodeId: this.nodeId,
      waiters: this.#waiters,
      imageOffset: () => this.image.offset,
      heartbeatIntervalMs: config.brokerHeartbeatIntervalMs,
      registrationTimeoutMs: config.initialBrokerRegistrationTimeoutMs,
      offlineDirectories: () => store.dirs.flatMap((dir) => (dir.failure !== null && dir.id !== '' ? dir.id : [])),
      whenOpened: (run) => partitions.whenOpened(run),
      port: {
        register: (formerEpoch, registered) =>
          registerBroker(
            channel,
            {
              config,
              clusterId: storage.clusterId,
              incarnationId,
              directoryIds: store.dirs.flatMap((dir) => (dir.failure === null ? dir.id : [])),
              previousBrokerEpoch: formerEpoch === -1 ? store.previousBrokerEpoch : formerEpoch,
              listeners: this.listeners,
            },
            registered,
          ),
        heartbeat: (ask, answered) => heartbeatBroker(channel, this.nodeId, ask, answered),
      },
    })
    this.#lifecycle = lifecycle
    store.onDirectoryFailure = () => this.#lostDirectory(store)
    lifecycle.start((why) => {
      if (why !== null) return done(why)
      this.#opened.assignments.send()
      store.removeStrays(
        (found) => this.#isWanted(found),
        (strayFailure, count) => {
          if (strayFailure !== null)
            env.logger.warn('Cannot set stray partition directories aside', { reason: strayFailure.message })
          else if (count > 0) env.logger.warn('Set stray partition directories aside', { count })
          partitions.reopen()
          partitions.whenOpened(() => {
            this.#opened.moves.resume((topic, index) => partitions.byName(topic, index))
            done(null)
          })
        },
      )
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

  #isWanted(found: { topic: string; partition: number; topicId: string | null }): boolean {
    const topic = this.image.topicsByName.get(found.topic)
    if (topic === undefined) return false
    if (found.topicId !== null && found.topicId !== topic.id) return false
    return topic.partitions[found.partition]?.replicas.includes(this.nodeId) === true
  }

  stop(done: Done): void {
    if (this.#isStopping) return done(null)
    this.#isStopping = true
    const { logger } = this.env
    const store = this.#store
    if (store === null) return done(null)
    // A broker that never got an epoch leaves the directories as the one before it did.
    const brokerEpoch = this.#brokerEpoch() >= 0 ? this.#brokerEpoch() : store.previousBrokerEpoch
    const parts = this.#parts
    if (parts === null) return store.close(brokerEpoch, done)
    const close = () => parts.moves.close(closeAll)
    const closeAll = () => {
      this.#listeners?.close()
      parts.transactions.close()
      parts.groups.close()
      parts.assignments.close()
      parts.replication.close()
      parts.channel.close()
      parts.controller.close()
      parts.raft.close((raftFailure) => {
        if (raftFailure !== null) logger.error('The metadata log did not close in order', { reason: raftFailure })
        parts.store.close(brokerEpoch, (failure) => {
          logger.info('Shut down completed', { nodeId: this.nodeId })
          done(failure, undefined)
        })
      })
    }
    logger.info('Shutting down', { nodeId: this.nodeId })
    this.#listeners?.refuse()
    if (this.#lifecycle === null) close()
    else this.#lifecycle.shutDown(CONTROLLED_SHUTDOWN_MS, close)
  }
}

interface NodeParts {
  readonly storage: NodeStorage
  readonly store: LogStore
  readonly raft: LocalRaftNode
  readonly controller: Controller
  readonly channel: ControllerChannel
  readonly assignments: DirectoryAssignments
  readonly replication: Replication
  readonly partitions: PartitionTable
  readonly moves: ReplicaMoves
  readonly groups: Groups
  readonly transactions: Transactions
  readonly markerWriter: MarkerWriter
}
