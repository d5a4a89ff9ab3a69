import type { Uuid } from '../bytes/index.ts'
import {
  type BrokerConfig,
  type ConfigEntry,
  describeTopicConfigs,
  followDynamic,
  type TopicConfig,
  topicConfigOf,
} from '../config/index.ts'
import {
  configResourceKey,
  configResourceType,
  type MetadataImage,
  type MetadataRecord,
  MetadataState,
  metadataVersionIn,
  type PartitionImage,
  type TopicImage,
} from '../metadata/index.ts'
import { BrokerSessions } from './broker-sessions.ts'
import { foldedName } from './topic-name.ts'

export type Values = ReadonlyMap<string, string>
const noValues: ReadonlyMap<string, string> = new Map()

/**
 * What a controller knows: metadata with its uncommitted records (hard), and which brokers were heard of lately (soft,
 * started afresh by a new controller, which only delays fencing).
 */
export class ControllerState {
  readonly #metadata: MetadataState
  readonly sessions: BrokerSessions
  /** Offset of each broker's newest registration record: a broker that is caught up to it may be unfenced. */
  readonly #registrationOffsets = new Map<number, number>()
  #nextOffset = 0
  /** This node's configuration with dynamic values; null = to be worked out anew. */
  #config: BrokerConfig | null = null
  /** Of topics with values of their own: elections ask for every partition. */
  readonly #topicConfigs = new Map<string, TopicConfig>()
  /** Of a topic without values of its own, as CreateTopics answers it. */
  #plainEntries: readonly ConfigEntry[] | null = null

  /** Topics by their folded names; null = to be gathered anew. */
  #topicsFolded: Map<string, string> | null = null

  constructor(sessions: BrokerSessions = new BrokerSessions()) {
    this.#metadata = new MetadataState({ tracksDelta: true })
    this.sessions = sessions
  }

  get image(): MetadataImage {
    return this.#metadata
  }

  /** Offset that the next record gets at the earliest: greater than that of any record before, so it names an epoch. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** The log ends there: control records of the quorum, which no controller applies, take offsets too. */
  noteEndOffset(offset: number): void {
    this.#nextOffset = Math.max(this.#nextOffset, offset)
  }

  get metadataVersion(): number {
    return metadataVersionIn(this.#metadata)
  }

  /** Offset of a BeginTransaction without end; -1 = none. */
  get openTransactionOffset(): number {
    return this.#metadata.openTransactionOffset
  }

  /** KIP-966 is on: partitions below min ISR remember who could lead them. */
  get isElrEnabled(): boolean {
    return (this.image.features.get('eligible.leader.replicas.version') ?? 0) > 0
  }

  apply(record: MetadataRecord, offset: number, epoch: number): void {
    if (record.type === 'RemoveTopicRecord') this.#forgetFolded(record.value.topicId)
    this.#metadata.apply(record, offset, epoch)
    this.#nextOffset = Math.max(this.#nextOffset, offset + 1)
    switch (record.type) {
      case 'TopicRecord':
        this.#topicsFolded?.set(foldedName(record.value.name), record.value.name)
        return
      case 'RegisterBrokerRecord':
        this.#registrationOffsets.set(record.value.brokerId, offset)
        this.sessions.registered(record.value.brokerId)
        return
      case 'BrokerRegistrationChangeRecord':
        if (record.value.fenced === 1) this.sessions.fenced(record.value.brokerId)
        return
      case 'UnregisterBrokerRecord':
        this.#registrationOffsets.delete(record.value.brokerId)
        this.sessions.remove(record.value.brokerId)
        return
      case 'ConfigRecord':
        if (record.value.resourceType === configResourceType.broker) this.#forgetConfigs()
        else this.#topicConfigs.delete(record.value.resourceName)
        return
      case 'RemoveTopicRecord':
        this.#forgetConfigs()
        return
      case 'BeginTransactionRecord':
      case 'EndTransactionRecord':
      case 'AbortTransactionRecord':
        this.#topicsFolded = null
        this.#forgetConfigs()
        return
    }
  }

  /**
   * The state as it will be once the records that open an empty log are applied; sessions are shared. A state that has
   * been opened before is itself: what may still come is the end of a predecessor's transaction, which changes nothing.
   */
  after(opening: readonly MetadataRecord[]): ControllerState {
    if (this.image.features.size > 0) return this
    const next = new ControllerState(this.sessions)
    next.#nextOffset = this.#nextOffset
    for (const record of opening) {
      if (record.type === 'AbortTransactionRecord') next.#nextOffset++
      else next.apply(record, next.#nextOffset, this.image.epoch)
    }
    return next
  }

  /** Called between decisions: what was applied is now shown, and no longer changed in place. */
  settle(): void {
    if (this.#metadata.hasChanged) this.#metadata.takeDelta()
  }

  registrationOffset(brokerId: number): number | null {
    return this.#registrationOffsets.get(brokerId) ?? null
  }

  values(type: number, name: string): Values {
    return this.image.configs.get(configResourceKey(type, name))?.values ?? noValues
  }

  /** This node's configuration in force. */
  config(file: BrokerConfig): BrokerConfig {
    this.#config ??= followDynamic(
      file,
      this.values(configResourceType.broker, ''),
      this.values(configResourceType.broker, String(file.nodeId)),
    ).config
    return this.#config
  }

  topicConfig(file: BrokerConfig, topic: string): TopicConfig {
    const { topicDefaults } = this.config(file)
    const own = this.values(configResourceType.topic, topic)
    if (own.size === 0) return topicDefaults
    let config = this.#topicConfigs.get(topic)
    if (config === undefined) {
      config = topicConfigOf(topicDefaults, own)
      this.#topicConfigs.set(topic, config)
    }
    return config
  }

  /** What a new topic with these values of its own will have, by name. */
  topicEntries(file: BrokerConfig, own: Values): readonly ConfigEntry[] {
    if (own.size === 0 && this.#plainEntries !== null) return this.#plainEntries
    const node = {
      file,
      current: this.config(file),
      cluster: this.values(configResourceType.broker, ''),
      broker: this.values(configResourceType.broker, String(file.nodeId)),
    }
    const entries = describeTopicConfigs(node, own).sort((a, b) => (a.name < b.name ? -1 : 1))
    if (own.size === 0) this.#plainEntries = entries
    return entries
  }

  /** An existing topic whose name folds into the same. */
  topicFoldedLike(name: string): string | undefined {
    if (this.#topicsFolded === null) {
      this.#topicsFolded = new Map()
      for (const other of this.image.topicsByName.keys()) this.#topicsFolded.set(foldedName(other), other)
    }
    return this.#topicsFolded.get(foldedName(name))
  }

  #forgetFolded(topicId: Uuid): void {
    const name = this.image.topicsById.get(topicId)?.name
    if (name !== undefined) this.#topicsFolded?.delete(foldedName(name))
  }

  #forgetConfigs(): void {
    this.#config = null
    this.#plainEntries = null
    this.#topicConfigs.clear()
  }

  /** Unfenced and not on its way out: may lead and join the ISR. */
  isActive(brokerId: number): boolean {
    const broker = this.image.brokers.get(brokerId)
    return broker !== undefined && !broker.isFenced && !broker.isInControlledShutdown
  }

  /** Every partition for which `test` holds, topics in the order of their creation. */
  partitionsWhere(test: (partition: PartitionImage) => boolean): PartitionAt[] {
    const found: PartitionAt[] = []
    for (const topic of this.image.topicsById.values()) {
      for (let index = 0; index < topic.partitions.length; index++) {
        const partition = topic.partitions[index]!
        if (test(partition)) found.push({ topic, index, partition })
      }
    }
    return found
  }

  leadsAny(brokerId: number): boolean {
    for (const topic of this.image.topicsById.values()) {
      if (topic.partitions.some((p) => p.leader === brokerId)) return true
    }
    return false
  }
}

export interface PartitionAt {
  readonly topic: TopicImage
  readonly index: number
  readonly partition: PartitionImage
}
