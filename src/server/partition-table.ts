import type { Uuid } from '../bytes/index.ts'
import type { Clock, Logger } from '../env/index.ts'
import type { LogConfig, LogStore } from '../log/index.ts'
import type { MetadataDelta, MetadataImage, PartitionImage, TopicImage } from '../metadata/index.ts'
import { Partition, type ReplicationPorts } from '../replication/index.ts'

export interface PartitionTableParts {
  readonly clock: Clock
  readonly store: LogStore
  readonly logger: Logger
  readonly ports: ReplicationPorts
  /** True under flush=sync: appends must be synced before they count. */
  readonly flushesToCommit: boolean
  /** The resolved configuration of a topic's logs. */
  logConfig(topic: string): LogConfig
  /** A replica lies in another directory than the image says. */
  misplaced(topicId: Uuid, index: number, directoryId: Uuid): void
  /** Told of each partition that is here, whenever its role changes, and when it goes. */
  readonly followers: { place(partition: Partition): void; remove(partition: Partition): void }
}

/** Told when this broker begins or ceases to lead a partition of an internal topic. */
export interface LeadershipListener {
  leads(partition: Partition): void
  resigns(topic: string, index: number): void
}

/** Logs being opened at a time; each costs some calls to the disk. */
const OPENED_AT_ONCE = 64
/** Between two looks at the time: partitions opened, told or deleted, and partitions looked at. */
const MOVED_PER_STEP = 16
const SEEN_PER_STEP = 1024

/** One topic that the image has moved and the table has still to follow, from partition `next` on. */
interface Due {
  readonly what: 'follow' | 'configure'
  readonly topicId: Uuid
  next: number
  /** What a topic's logs are to go by, once it is worked out. */
  config?: LogConfig
}

/** A topic that is gone: its partitions as they were here. */
interface DueDeletion {
  readonly what: 'delete'
  readonly partitions: readonly (Partition | undefined)[]
  next: number
}

/**
 * The partitions of this broker, kept as the committed image says: opened when a replica is placed here, told of
 * every change, deleted with their topic. One publication may move ten thousand of them, and opening touches the disk,
 * so the table follows the image in order and in slices; {@link PartitionTable.whenOpened} says when it is there.
 */
export class PartitionTable {
  readonly #parts: PartitionTableParts
  readonly #byTopicId = new Map<Uuid, (Partition | undefined)[]>()
  /** Partitions whose logs are being opened, as `topicId-index`. */
  readonly #opening = new Set<string>()
  readonly #listeners: LeadershipListener[] = []
  /** Partitions whose log could not be opened, by `topic-partition`. */
  readonly #offline = new Map<string, { readonly topicId: Uuid; readonly index: number; readonly code: string }>()
  /** In the order of the image's moves, from #nextDue on. */
  #due: (Due | DueDeletion)[] = []
  #nextDue = 0
  #isPumping = false
  #whenOpened: (() => void)[] = []
  #image: MetadataImage | null = null
  /** Grows with every change of configurations: a log that was being opened meanwhile is told afterwards. */
  #configured = 0

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

  /** Runs when the table has followed the image: at once when it has. */
  whenOpened(run: () => void): void {
    if (this.#isSettled) run()
    else this.#whenOpened.push(run)
  }

  get #isSettled(): boolean {
    return this.#due.length === 0 && this.#opening.size === 0
  }

  /** A few partitions are seen to in this turn, many in slices. */
  apply(image: MetadataImage, delta: MetadataDelta): void {
    this.#image = image
    for (const topic of delta.topicsDeleted.values()) {
      this.#due.push({ what: 'delete', partitions: this.#byTopicId.get(topic.id) ?? [], next: 0 })
      this.#byTopicId.delete(topic.id)
      this.#deleteOffline(topic)
    }
    for (const topicId of delta.topicsChanged) this.#due.push({ what: 'follow', topicId, next: 0 })
    this.#begin()
  }

  /** Topic or broker defaults moved: every log of these topics gets its configuration anew; null = of all topics. */
  configure(topics: Iterable<string> | null): void {
    const { topicsByName } = this.#image ?? {}
    const ids = topics === null ? [...this.#byTopicId.keys()] : [...topics].map((name) => topicsByName?.get(name)?.id)
    this.#configured++
    for (const topicId of ids) if (topicId !== undefined) this.#due.push({ what: 'configure', topicId, next: 0 })
    this.#begin()
  }

  #begin(): void {
    if (!this.#isPumping && !this.#step()) this.#pump()
  }

  #become(partition: Partition, image: PartitionImage): void {
    const led = partition.isLeader
    const epoch = partition.leaderEpoch
    partition.become(image)
    if (led && (!partition.isLeader || partition.leaderEpoch !== epoch)) this.#resigns(partition)
    if (partition.isLeader && (!led || partition.leaderEpoch !== epoch)) this.#leads(partition)
    this.#parts.followers.place(partition)
  }

  /** The directories of earlier topics are out of the way: those that stood in it are opened now. */
  reopen(): void {
    const topicIds = new Set<Uuid>()
    for (const [key, { topicId, code }] of [...this.#offline]) {
      if (code !== 'ETOPICID') continue
      this.#offline.delete(key)
      topicIds.add(topicId)
    }
    for (const topicId of topicIds) this.#due.push({ what: 'follow', topicId, next: 0 })
    if (topicIds.size > 0) this.#pump()
  }

  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    this.#parts.clock.slice(() => {
      this.#isPumping = !this.#step()
      return !this.#isPumping
    })
  }

  /** True when nothing more is due, or nothing can be done before a log that is being opened is there. */
  #step(): boolean {
    let moved = 0
    for (let seen = 0; seen < SEEN_PER_STEP && moved < MOVED_PER_STEP; seen++) {
      const due = this.#due[this.#nextDue]
      if (due === undefined) {
        this.#due = []
        this.#nextDue = 0
        this.#settleOpened()
        return true
      }
      if (this.#opening.size >= OPENED_AT_ONCE) return true
      if (due.what === 'delete') {
        if (due.next >= due.partitions.length) this.#nextDue++
        else moved += this.#delete(due.partitions[due.next++])
        continue
      }
      const topic = this.#image?.topicsById.get(due.topicId)
      if (topic === undefined || due.next >= topic.partitions.length) this.#nextDue++
      else if (due.what === 'follow') moved += this.#follow(topic, due.next++)
      else moved += this.#configure(topic, due)
    }
    return false
  }

  /** How much it had to do. */
  #configure(topic: TopicImage, due: Due): number {
    const partition = this.byId(due.topicId, due.next++)
    if (partition === undefined) return 0
    partition.configure((due.config ??= this.#parts.logConfig(topic.name)))
    return 1
  }

  /** How much it had to do. */
  #follow(topic: TopicImage, index: number): number {
    const image = topic.partitions[index]!
    if (!image.replicas.includes(this.#parts.ports.brokerId)) return this.#moveAway(topic, index)
    let partitions = this.#byTopicId.get(topic.id)
    if (partitions === undefined) this.#byTopicId.set(topic.id, (partitions = new Array(topic.partitions.length)))
    const partition = partitions[index]
    if (partition !== undefined && partition.image !== image) this.#become(partition, image)
    else if (partition === undefined && !this.isOffline(topic.name, index)) this.#open(topic, index, image)
    else return 0
    return 1
  }

  /** The replica that was here is another broker's now. */
  #moveAway(topic: TopicImage, index: number): number {
    const partitions = this.#byTopicId.get(topic.id)
    const partition = partitions?.[index]
    if (partitions === undefined || partition === undefined) return 0
    partitions[index] = undefined
    return this.#delete(partition)
  }

  #open(topic: TopicImage, index: number, image: PartitionImage): void {
    const topicId = topic.id
    const key = `${topicId}-${index}`
    if (this.#opening.has(key)) return
    const { store, ports, flushesToCommit } = this.#parts
    const directoryId = image.directories[image.replicas.indexOf(ports.brokerId)]
    const known = directoryId !== undefined && store.dirs.some((dir) => dir.id === directoryId)
    if (!known && this.#mayLieInFailed(topic.name, index, image)) {
      return this.#isOffline(topic, index, 'EOFFLINE', 'the log directory that holds it is not online')
    }
    const config = this.#parts.logConfig(topic.name)
    const configured = this.#configured
    this.#opening.add(key)
    store.open(
      { topic: topic.name, partition: index, topicId, config, ...(known ? { directoryId } : {}) },
      (failure, log) => {
        this.#opening.delete(key)
        if (failure !== null) {
          this.#isOffline(topic, index, failure.code, failure.message)
        } else {
          const identity = { topicId, topic: topic.name, index }
          const partition = new Partition({ ...identity, log, ports, image, flushesToCommit })
          if (configured !== this.#configured) partition.configure(this.#parts.logConfig(topic.name))
          this.#opened(topic, index, partition)
        }
        if (this.#due.length > 0) this.#pump()
        else this.#settleOpened()
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

  #opened(topic: TopicImage, index: number, partition: Partition): void {
    // The image may have moved while the log was being opened.
    const now = this.#image?.topicsById.get(topic.id)?.partitions[index]
    const partitions = this.#byTopicId.get(topic.id)
    if (now === undefined || partitions === undefined || !now.replicas.includes(this.#parts.ports.brokerId)) {
      partition.leave()
      this.#parts.store.delete(topic.name, index, (failure) => this.#deleted(partition, failure?.message ?? null))
      return
    }
    partitions[index] = partition
    if (partition.image !== now) partition.become(now)
    if (now.directories[now.replicas.indexOf(this.#parts.ports.brokerId)] !== partition.log.directoryId) {
      this.#parts.misplaced(topic.id, index, partition.log.directoryId)
    }
    if (partition.isLeader) this.#leads(partition)
    this.#parts.followers.place(partition)
  }

  #settleOpened(): void {
    if (!this.#isSettled) return
    const runs = this.#whenOpened
    this.#whenOpened = []
    for (const run of runs) run()
  }

  /** How much it had to do. */
  #delete(partition: Partition | undefined): number {
    if (partition === undefined) return 0
    if (partition.isLeader) this.#resigns(partition)
    partition.leave()
    this.#parts.followers.remove(partition)
    this.#parts.store.delete(partition.topic, partition.index, (failure) =>
      this.#deleted(partition, failure?.message ?? null),
    )
    return 1
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
