import type { Uuid } from '../bytes/index.ts'
import type { Clock, Logger } from '../env/index.ts'
import type { LogConfig, LogStore } from '../log/index.ts'
import type { MetadataDelta, MetadataImage, PartitionImage, TopicImage } from '../metadata/index.ts'
import { Partition } from '../replication/index.ts'

export interface PartitionTableParts {
  readonly clock: Clock
  readonly store: LogStore
  readonly brokerId: number
  readonly logger: Logger
  /** True under flush=sync: appends must be synced before they count. */
  readonly flushesToCommit: boolean
  /** The resolved configuration of a topic's logs. */
  logConfig(topic: string): LogConfig
  /** A replica lies in another directory than the image says. */
  misplaced(topicId: Uuid, index: number, directoryId: Uuid): void
}

/** Told when this broker begins or ceases to lead a partition of an internal topic. */
export interface LeadershipListener {
  leads(partition: Partition): void
  resigns(topic: string, index: number): void
}

/** Logs being opened at a time; each costs some calls to the disk. */
const OPENED_AT_ONCE = 64
/** Between two looks at the time. */
const OPENED_PER_STEP = 16

/**
 * The partitions of this broker, kept as the committed image says: opened when a replica is placed here, told of
 * every change, deleted with their topic. Opening touches the disk, so a partition is missing for some turns after the
 * image has it; {@link PartitionTable.whenOpened} says when all are there.
 */
export class PartitionTable {
  readonly #parts: PartitionTableParts
  readonly #byTopicId = new Map<Uuid, (Partition | undefined)[]>()
  /** Those in #toOpen and in flight, as `topicId-index`. */
  readonly #pending = new Set<string>()
  readonly #listeners: LeadershipListener[] = []
  /** Partitions whose log could not be opened, by `topic-partition`. */
  readonly #offline = new Map<string, { readonly topicId: Uuid; readonly index: number; readonly code: string }>()
  /** Partitions whose logs are still to be opened; read from #nextToOpen on. */
  #toOpen: { topicId: Uuid; index: number }[] = []
  #nextToOpen = 0
  /** To be opened, or being opened. */
  #opening = 0
  #inFlight = 0
  #isPumping = false
  #whenOpened: (() => void)[] = []
  #image: MetadataImage | null = null

  constructor(parts: PartitionTableParts) {
    this.#parts = parts
  }

  on(listener: LeadershipListener): void {
    this.#listeners.push(listener)
  }

  byId(topicId: Uuid, index: number): Partition | undefined {
    return this.#byTopicId.get(topicId)?.[index]
  }

  byName(topic: string, index: number): Partition | undefined {
    const id = this.#image?.topicsByName.get(topic)?.id
    return id === undefined ? undefined : this.byId(id, index)
  }

  /** Its log could not be opened. */
  isOffline(topic: string, index: number): boolean {
    return this.#offline.has(`${topic}-${index}`)
  }

  *all(): Iterable<Partition> {
    for (const partitions of this.#byTopicId.values()) {
      for (const partition of partitions) if (partition !== undefined) yield partition
    }
  }

  /** Runs when no opening is under way: at once when none is. */
  whenOpened(run: () => void): void {
    if (this.#opening === 0) run()
    else this.#whenOpened.push(run)
  }

  apply(image: MetadataImage, delta: MetadataDelta): void {
    this.#image = image
    for (const topic of delta.topicsDeleted.values()) this.#delete(topic)
    for (const id of delta.topicsChanged) {
      const topic = image.topicsById.get(id)
      if (topic !== undefined) this.#change(topic)
    }
  }

  /** Topic or broker defaults moved: every log of the topic gets its configuration anew; null = of all topics. */
  configure(topic: string | null): void {
    for (const partition of this.all()) {
      if (topic === null || partition.topic === topic) partition.log.configure(this.#parts.logConfig(partition.topic))
    }
  }

  #change(topic: TopicImage): void {
    let partitions = this.#byTopicId.get(topic.id)
    if (partitions === undefined) this.#byTopicId.set(topic.id, (partitions = new Array(topic.partitions.length)))
    for (let index = 0; index < topic.partitions.length; index++) {
      const image = topic.partitions[index]!
      if (!image.replicas.includes(this.#parts.brokerId)) continue
      const partition = partitions[index]
      if (partition === undefined) {
        if (!this.isOffline(topic.name, index)) this.#openLater(topic.id, index)
      } else if (partition.image !== image) this.#become(partition, image)
    }
  }

  #become(partition: Partition, image: PartitionImage): void {
    const led = partition.isLeader
    const epoch = partition.leaderEpoch
    partition.become(image)
    if (led && (!partition.isLeader || partition.leaderEpoch !== epoch)) this.#resigns(partition)
    if (partition.isLeader && (!led || partition.leaderEpoch !== epoch)) this.#leads(partition)
  }

  /** The directories of earlier topics are out of the way: those that stood in it are opened now. */
  reopen(): void {
    for (const [key, { topicId, index, code }] of [...this.#offline]) {
      if (code !== 'ETOPICID') continue
      this.#offline.delete(key)
      this.#openLater(topicId, index)
    }
  }

  /** Ten thousand logs are not opened in one turn: so many at a time, in slices. */
  #openLater(topicId: Uuid, index: number): void {
    const key = `${topicId}-${index}`
    if (this.#pending.has(key)) return
    this.#pending.add(key)
    this.#toOpen.push({ topicId, index })
    this.#opening++
    this.#pump()
  }

  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    this.#parts.clock.slice(() => {
      for (let count = 0; count < OPENED_PER_STEP; count++) {
        const next = this.#inFlight < OPENED_AT_ONCE ? this.#toOpen[this.#nextToOpen] : undefined
        if (next === undefined) {
          this.#isPumping = false
          return true
        }
        this.#nextToOpen++
        if (this.#nextToOpen === this.#toOpen.length) {
          this.#toOpen = []
          this.#nextToOpen = 0
        }
        this.#open(next.topicId, next.index)
      }
      return false
    })
  }

  #open(topicId: Uuid, index: number): void {
    const topic = this.#image?.topicsById.get(topicId)
    const image = topic?.partitions[index]
    // Deleted, or moved away, while it waited for its turn.
    if (topic === undefined || image === undefined) return this.#ended(topicId, index)
    const { store, brokerId, flushesToCommit } = this.#parts
    const directoryId = image.directories[image.replicas.indexOf(brokerId)]
    const known = directoryId !== undefined && store.dirs.some((dir) => dir.id === directoryId)
    if (!known && this.#mayLieInFailed(topic.name, index, image)) {
      this.#isOffline(topic, index, 'EOFFLINE', 'the log directory that holds it is not online')
      return this.#ended(topicId, index)
    }
    const config = this.#parts.logConfig(topic.name)
    this.#inFlight++
    store.open(
      { topic: topic.name, partition: index, topicId, config, ...(known ? { directoryId } : {}) },
      (failure, log) => {
        this.#inFlight--
        if (failure !== null) {
          this.#isOffline(topic, index, failure.code, failure.message)
        } else {
          const identity = { topicId, topic: topic.name, index }
          this.#opened(topic, index, new Partition({ ...identity, log, brokerId, image, flushesToCommit }))
        }
        this.#ended(topicId, index)
      },
    )
  }

  /**
   * A directory that failed at the start has no id. A log that is nowhere else and not new is in it, and an empty one made
   * in its place would hide it.
   */
  #mayLieInFailed(topic: string, index: number, { partitionEpoch }: PartitionImage): boolean {
    const { dirs, found } = this.#parts.store
    if (partitionEpoch === 0 || !dirs.some((dir) => dir.failure !== null && dir.id === '')) return false
    return !found.some((log) => log.topic === topic && log.partition === index)
  }

  #isOffline(topic: TopicImage, index: number, code: string, reason: string): void {
    this.#offline.set(`${topic.name}-${index}`, { topicId: topic.id, index, code })
    const fields = { topic: topic.name, partition: index, code, reason }
    this.#parts.logger.error('Cannot open the log of a partition; it stays offline', fields)
  }

  #ended(topicId: Uuid, index: number): void {
    this.#pending.delete(`${topicId}-${index}`)
    this.#opening--
    if (this.#opening === 0) this.#settleOpened()
    else this.#pump()
  }

  #opened(topic: TopicImage, index: number, partition: Partition): void {
    // The image may have moved while the log was being opened.
    const now = this.#image?.topicsById.get(topic.id)?.partitions[index]
    const partitions = this.#byTopicId.get(topic.id)
    if (now === undefined || partitions === undefined) {
      partition.leave()
      this.#parts.store.delete(topic.name, index, (failure) => this.#deleted(partition, failure?.message ?? null))
      return
    }
    partitions[index] = partition
    if (partition.image !== now) partition.become(now)
    if (now.directories[now.replicas.indexOf(this.#parts.brokerId)] !== partition.log.directoryId) {
      this.#parts.misplaced(topic.id, index, partition.log.directoryId)
    }
    if (partition.isLeader) this.#leads(partition)
  }

  #settleOpened(): void {
    const runs = this.#whenOpened
    this.#whenOpened = []
    for (const run of runs) run()
  }

  #delete(topic: TopicImage): void {
    const partitions = this.#byTopicId.get(topic.id) ?? []
    this.#byTopicId.delete(topic.id)
    this.#deleteOffline(topic)
    for (const partition of partitions) {
      if (partition === undefined) continue
      if (partition.isLeader) this.#resigns(partition)
      partition.leave()
      this.#parts.store.delete(partition.topic, partition.index, (failure) =>
        this.#deleted(partition, failure?.message ?? null),
      )
    }
  }

  /** A damaged log goes with its topic all the same: it must not stand in the way of the next of that name. */
  #deleteOffline(topic: TopicImage): void {
    for (const [key, { topicId, index, code }] of [...this.#offline]) {
      if (topicId !== topic.id) continue
      this.#offline.delete(key)
      if (code !== 'ECORRUPTLOG') continue
      this.#parts.store.delete(topic.name, index, (failure) =>
        this.#deleted({ topic: topic.name, index }, failure?.message ?? null),
      )
    }
  }

  #deleted(partition: { readonly topic: string; readonly index: number }, failure: string | null): void {
    const fields = { topic: partition.topic, partition: partition.index }
    if (failure === null) this.#parts.logger.debug('Deleted a partition', fields)
    else this.#parts.logger.error('Cannot delete the directory of a partition', { ...fields, reason: failure })
  }

  #leads(partition: Partition): void {
    for (const listener of this.#listeners) listener.leads(partition)
  }

  #resigns(partition: Partition): void {
    for (const listener of this.#listeners) listener.resigns(partition.topic, partition.index)
  }
}
