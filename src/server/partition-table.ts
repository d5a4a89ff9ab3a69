import type { Uuid } from '../bytes/index.ts'
import type { Logger } from '../env/index.ts'
import type { LogConfig, LogStore } from '../log/index.ts'
import type { MetadataDelta, MetadataImage, PartitionImage, TopicImage } from '../metadata/index.ts'
import { Partition } from '../replication/index.ts'

export interface PartitionTableParts {
  readonly store: LogStore
  readonly brokerId: number
  readonly logger: Logger
  /** True under flush=sync: appends must be synced before they count. */
  readonly flushesToCommit: boolean
  /** The resolved configuration of a topic's logs. */
  logConfig(topic: string): LogConfig
}

/** Told when this broker begins or ceases to lead a partition of an internal topic. */
export interface LeadershipListener {
  leads(partition: Partition): void
  resigns(topic: string, index: number): void
}

/**
 * The partitions of this broker, kept as the committed image says: opened when a replica is placed here, told of
 * every change, deleted with their topic. Opening touches the disk, so a partition is missing for some turns after the
 * image has it; {@link PartitionTable.whenOpened} says when all are there.
 */
export class PartitionTable {
  readonly #parts: PartitionTableParts
  readonly #byTopicId = new Map<Uuid, (Partition | undefined)[]>()
  readonly #listeners: LeadershipListener[] = []
  /** Partitions whose log could not be opened, as `topic-partition`. */
  readonly #offline = new Set<string>()
  #opening = 0
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
    if (partitions === undefined) this.#byTopicId.set(topic.id, (partitions = []))
    for (let index = 0; index < topic.partitions.length; index++) {
      const image = topic.partitions[index]!
      if (!image.replicas.includes(this.#parts.brokerId)) continue
      const partition = partitions[index]
      if (partition === undefined) this.#open(topic, index, image)
      else if (partition.image !== image) this.#become(partition, image)
    }
  }

  #become(partition: Partition, image: PartitionImage): void {
    const led = partition.isLeader
    const epoch = partition.leaderEpoch
    partition.become(image)
    if (led && (!partition.isLeader || partition.leaderEpoch !== epoch)) this.#resigns(partition)
    if (partition.isLeader && (!led || partition.leaderEpoch !== epoch)) this.#leads(partition)
  }

  #open(topic: TopicImage, index: number, image: PartitionImage): void {
    const { store, brokerId, logger, flushesToCommit } = this.#parts
    const directoryId = image.directories[image.replicas.indexOf(brokerId)]
    this.#opening++
    const config = this.#parts.logConfig(topic.name)
    const known = directoryId !== undefined && store.dirs.some((dir) => dir.id === directoryId)
    store.open(
      { topic: topic.name, partition: index, topicId: topic.id, config, ...(known ? { directoryId } : {}) },
      (failure, log) => {
        if (failure !== null) {
          this.#offline.add(`${topic.name}-${index}`)
          logger.error('Cannot open the log of a partition; it stays offline', {
            topic: topic.name,
            partition: index,
            code: failure.code,
            reason: failure.message,
          })
        } else
          this.#opened(
            topic,
            index,
            new Partition({ topicId: topic.id, topic: topic.name, index, log, brokerId, image, flushesToCommit }),
          )
        this.#opening--
        if (this.#opening === 0) this.#settleOpened()
      },
    )
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
    for (const partition of partitions) {
      if (partition === undefined) continue
      if (partition.isLeader) this.#resigns(partition)
      partition.leave()
      this.#parts.store.delete(partition.topic, partition.index, (failure) =>
        this.#deleted(partition, failure?.message ?? null),
      )
    }
  }

  #deleted(partition: Partition, failure: string | null): void {
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
