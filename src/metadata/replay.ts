import type { Uuid } from '../bytes/index.ts'
import { DeltaTracker } from './delta.ts'
import {
  type AclImage,
  type BrokerImage,
  type ClientQuotaImage,
  type ConfigImage,
  type ControllerImage,
  configResourceKey,
  configResourceType,
  type DelegationTokenImage,
  type MetadataDelta,
  type MetadataImage,
  type PartitionImage,
  type ScramCredentialImage,
  type TopicImage,
} from './image.ts'
import { changePartition, clearElr, partitionOf } from './partition-state.ts'
import type { FeatureRangeRecord, MetadataRecord, MetadataRecordValues } from './record.ts'

type V = MetadataRecordValues

/**
 * A record that contradicts the state it is applied to. The log is wrong or this program is: the node must stop, since
 * every later answer would stand on it.
 */
export class MetadataReplayError extends Error {
  override readonly name = 'MetadataReplayError'
  readonly code = 'METADATA_REPLAY'
}

/**
 * Metadata as the sum of its records. Whoever owns one feeds it records in offset order and nothing else; readers see it
 * as a {@link MetadataImage}. TopicImage, PartitionImage, BrokerImage … objects that were readable at a takeDelta (or at
 * any time when deltas are not tracked) never change afterwards.
 *
 * With `tracksDelta`, call {@link MetadataState.takeDelta} after each run of records that belongs together. Without it
 * (the controller), changing one partition of a topic copies the topic's array of partitions.
 */
export class MetadataState implements MetadataImage {
  #offset = -1
  #epoch = -1
  #nextProducerId = 0
  #features = new Map<string, number>()
  #brokers = new Map<number, BrokerImage>()
  #controllers = new Map<number, ControllerImage>()
  #topicsByName = new Map<string, TopicImage>()
  #topicsById = new Map<Uuid, TopicImage>()
  #configs = new Map<string, ConfigImage>()
  #quotas = new Map<string, ClientQuotaImage>()
  #quotaList: readonly ClientQuotaImage[] | null = null
  #scram = new Map<string, ScramCredentialImage>()
  #scramList: readonly ScramCredentialImage[] | null = null
  #acls = new Map<Uuid, AclImage>()
  #tokens = new Map<string, DelegationTokenImage>()
  readonly #delta: DeltaTracker | null
  /** Topics whose partitions array no reader has seen yet: it may grow and change in place. */
  readonly #unseen = new Set<Uuid>()
  #transaction: { offset: number; name: string | null; records: Buffered[] } | null = null

  constructor(options: { readonly tracksDelta: boolean }) {
    this.#delta = options.tracksDelta ? new DeltaTracker(true) : null
  }

  get offset(): number {
    return this.#offset
  }
  get epoch(): number {
    return this.#epoch
  }
  get features(): ReadonlyMap<string, number> {
    return this.#features
  }
  get brokers(): ReadonlyMap<number, BrokerImage> {
    return this.#brokers
  }
  get controllers(): ReadonlyMap<number, ControllerImage> {
    return this.#controllers
  }
  get topicsByName(): ReadonlyMap<string, TopicImage> {
    return this.#topicsByName
  }
  get topicsById(): ReadonlyMap<Uuid, TopicImage> {
    return this.#topicsById
  }
  get configs(): ReadonlyMap<string, ConfigImage> {
    return this.#configs
  }
  get clientQuotas(): readonly ClientQuotaImage[] {
    return (this.#quotaList ??= [...this.#quotas.values()])
  }
  get scramCredentials(): readonly ScramCredentialImage[] {
    return (this.#scramList ??= [...this.#scram.values()])
  }
  get acls(): ReadonlyMap<Uuid, AclImage> {
    return this.#acls
  }
  get delegationTokens(): ReadonlyMap<string, DelegationTokenImage> {
    return this.#tokens
  }
  get nextProducerId(): number {
    return this.#nextProducerId
  }

  /** Offset of the BeginTransaction whose records are waiting for their end; -1 = none. */
  get openTransactionOffset(): number {
    return this.#transaction?.offset ?? -1
  }

  /** True when something that a delta tells changed since the last {@link takeDelta}. */
  get hasChanged(): boolean {
    return this.#delta !== null && !this.#delta.isEmpty
  }

  /** What changed since the last call. Whatever readers get to see from now on is no longer changed in place. */
  takeDelta(): MetadataDelta {
    if (this.#delta === null) throw new Error('this state does not track deltas')
    this.#unseen.clear()
    return this.#delta.take()
  }

  /** A copy that stands still: maps are copied, what they hold is shared. O(entries), no partition is touched. */
  freeze(): MetadataImage {
    this.#unseen.clear()
    return {
      offset: this.#offset,
      epoch: this.#epoch,
      features: new Map(this.#features),
      brokers: new Map(this.#brokers),
      controllers: new Map(this.#controllers),
      topicsByName: new Map(this.#topicsByName),
      topicsById: new Map(this.#topicsById),
      configs: new Map(this.#configs),
      clientQuotas: this.clientQuotas,
      scramCredentials: this.scramCredentials,
      acls: new Map(this.#acls),
      delegationTokens: new Map(this.#tokens),
      nextProducerId: this.#nextProducerId,
    }
  }

  /**
   * Applies one record. Those between BeginTransaction and EndTransaction show all at once at the end, and not at all
   * after AbortTransaction (KIP-868). Throws {@link MetadataReplayError}.
   */
  apply(record: MetadataRecord, offset: number, epoch: number): void {
    const transaction = this.#transaction
    switch (record.type) {
      case 'BeginTransactionRecord':
        if (transaction !== null) {
          fail(`BeginTransactionRecord at offset ${offset} inside the transaction begun at ${transaction.offset}`)
        }
        this.#transaction = { offset, name: record.value.name, records: [] }
        return
      case 'EndTransactionRecord':
        if (transaction === null) fail(`EndTransactionRecord at offset ${offset} without a transaction`)
        this.#transaction = null
        for (const r of transaction.records) this.#applyNow(r.record, r.offset)
        break
      case 'AbortTransactionRecord':
        if (transaction === null) fail(`AbortTransactionRecord at offset ${offset} without a transaction`)
        this.#transaction = null
        break
      default:
        if (transaction !== null) {
          transaction.records.push({ record, offset })
          return
        }
        this.#applyNow(record, offset)
    }
    this.#offset = offset
    this.#epoch = epoch
  }

  /** Says that the state stands for everything up to `offset`, inclusive: control records and snapshots move it too. */
  settleAt(offset: number, epoch: number): void {
    this.#offset = offset
    this.#epoch = epoch
  }

  #applyNow(record: MetadataRecord, offset: number): void {
    switch (record.type) {
      case 'TopicRecord':
        return this.#topic(record.value)
      case 'PartitionRecord':
        return this.#partition(record.value)
      case 'PartitionChangeRecord':
        return this.#partitionChange(record.value, offset)
      case 'RemoveTopicRecord':
        return this.#removeTopic(record.value.topicId, offset)
      case 'ConfigRecord':
        return this.#config(record.value)
      case 'RegisterBrokerRecord':
        return this.#registerBroker(record.value)
      case 'BrokerRegistrationChangeRecord':
        return this.#changeBroker(record.value, offset)
      case 'FenceBrokerRecord':
        return this.#fence(record.value, true, offset)
      case 'UnfenceBrokerRecord':
        return this.#fence(record.value, false, offset)
      case 'UnregisterBrokerRecord':
        this.#brokerOf(record.value.brokerId, record.value.brokerEpoch, record.type, offset)
        this.#brokers.delete(record.value.brokerId)
        this.#delta?.brokerChanged(record.value.brokerId)
        return
      case 'RegisterControllerRecord':
        return this.#registerController(record.value)
      case 'FeatureLevelRecord':
        if (record.value.featureLevel === 0) this.#features.delete(record.value.name)
        else this.#features.set(record.value.name, record.value.featureLevel)
        if (this.#delta !== null) this.#delta.features = true
        return
      case 'ProducerIdsRecord':
        this.#nextProducerId = record.value.nextProducerId
        return
      case 'ClientQuotaRecord':
        return this.#clientQuota(record.value)
      case 'UserScramCredentialRecord': {
        const { name: user, ...rest } = record.value
        this.#scram.set(`${record.value.mechanism}:${user}`, { user, ...rest })
        return this.#scramChanged()
      }
      case 'RemoveUserScramCredentialRecord': {
        const { name, mechanism } = record.value
        if (!this.#scram.delete(`${mechanism}:${name}`)) {
          fail(
            `RemoveUserScramCredentialRecord at offset ${offset}: ${name} has no credential of mechanism ${mechanism}`,
          )
        }
        return this.#scramChanged()
      }
      case 'AccessControlEntryRecord':
        this.#acls.set(record.value.id, record.value)
        if (this.#delta !== null) this.#delta.acls = true
        return
      case 'RemoveAccessControlEntryRecord':
        if (!this.#acls.delete(record.value.id)) {
          fail(`RemoveAccessControlEntryRecord at offset ${offset}: no ACL has the id ${record.value.id}`)
        }
        if (this.#delta !== null) this.#delta.acls = true
        return
      case 'DelegationTokenRecord':
        this.#tokens.set(record.value.tokenId, record.value)
        return
      case 'RemoveDelegationTokenRecord':
        this.#tokens.delete(record.value.tokenId)
        return
      case 'ClearElrRecord':
        return this.#clearElr(record.value.topicName, offset)
      case 'NoOpRecord':
      // Written by the ZooKeeper migration of 3.x; means nothing since 4.0.
      case 'ZkMigrationStateRecord':
        return
      case 'BeginTransactionRecord':
      case 'EndTransactionRecord':
      case 'AbortTransactionRecord':
        fail(`${record.type} at offset ${offset} inside a transaction`)
    }
  }

  #topic({ name, topicId: id }: V['TopicRecord']): void {
    const topic: TopicImage = { id, name, partitions: [] }
    this.#topicsById.set(id, topic)
    this.#topicsByName.set(name, topic)
    if (this.#delta !== null) {
      this.#unseen.add(id)
      this.#delta.topicCreated(id)
    }
  }

  #partition(record: V['PartitionRecord']): void {
    const { topicId, partitionId } = record
    const topic = this.#topicsById.get(topicId)
    if (topic === undefined) fail(`PartitionRecord: no topic has the id ${topicId}`)
    this.#set(topic, partitionId, partitionOf(record))
  }

  #partitionChange(record: V['PartitionChangeRecord'], offset: number): void {
    const { topicId, partitionId } = record
    const topic = this.#topicsById.get(topicId)
    const before = topic?.partitions[partitionId]
    if (topic === undefined || before === undefined) {
      fail(`PartitionChangeRecord at offset ${offset}: no partition ${partitionId} in topic id ${topicId}`)
    }
    this.#set(topic, partitionId, changePartition(before, record))
  }

  #set(topic: TopicImage, partitionId: number, partition: PartitionImage): void {
    const count = topic.partitions.length
    if (partitionId < 0 || partitionId > count) {
      fail(`partition ${partitionId} of topic ${topic.name} comes when there are ${count}`)
    }
    // Growing a fresh topic in place keeps the creation of 10,000 partitions linear.
    const isFresh = this.#unseen.has(topic.id)
    if (isFresh || (this.#delta === null && partitionId === count)) {
      ;(topic.partitions as PartitionImage[])[partitionId] = partition
    } else {
      const partitions = topic.partitions.slice()
      partitions[partitionId] = partition
      const next: TopicImage = { id: topic.id, name: topic.name, partitions }
      this.#topicsById.set(topic.id, next)
      this.#topicsByName.set(topic.name, next)
      if (this.#delta !== null) this.#unseen.add(topic.id)
    }
    this.#delta?.topicChanged(topic.id)
  }

  #removeTopic(id: Uuid, offset: number): void {
    const topic = this.#topicsById.get(id)
    if (topic === undefined) fail(`RemoveTopicRecord at offset ${offset}: no topic has the id ${id}`)
    this.#topicsById.delete(id)
    if (this.#topicsByName.get(topic.name)?.id === id) this.#topicsByName.delete(topic.name)
    this.#unseen.delete(id)
    this.#delta?.topicDeleted(topic)
    const key = configResourceKey(configResourceType.topic, topic.name)
    if (this.#configs.delete(key)) this.#delta?.configChanged(key)
  }

  #clearElr(topicName: string, offset: number): void {
    const one = topicName === '' ? null : this.#topicsByName.get(topicName)
    if (one === undefined) fail(`ClearElrRecord at offset ${offset}: no topic is named ${topicName}`)
    for (const topic of one === null ? [...this.#topicsById.values()] : [one]) {
      const partitions = topic.partitions.map((p) => clearElr(p) ?? p)
      if (partitions.every((p, i) => p === topic.partitions[i])) continue
      const next: TopicImage = { id: topic.id, name: topic.name, partitions }
      this.#topicsById.set(topic.id, next)
      this.#topicsByName.set(topic.name, next)
      this.#delta?.topicChanged(topic.id)
    }
  }

  #config({ resourceType: type, resourceName: name, name: key, value }: V['ConfigRecord']): void {
    const at = configResourceKey(type, name)
    const values = new Map(this.#configs.get(at)?.values)
    if (value === null) values.delete(key)
    else values.set(key, value)
    if (values.size === 0) this.#configs.delete(at)
    else this.#configs.set(at, { type, name, values })
    this.#delta?.configChanged(at)
  }

  #registerBroker(record: V['RegisterBrokerRecord']): void {
    this.#brokers.set(record.brokerId, {
      id: record.brokerId,
      epoch: record.brokerEpoch,
      incarnationId: record.incarnationId,
      endpoints: record.endPoints,
      supportedFeatures: featureRanges(record.features),
      rack: record.rack,
      isFenced: record.fenced,
      isInControlledShutdown: record.inControlledShutdown,
      directories: record.logDirs,
      cordonedDirectories: record.cordonedLogDirs ?? [],
    })
    this.#delta?.brokerChanged(record.brokerId)
  }

  #brokerOf(id: number, epoch: number, what: string, offset: number): BrokerImage {
    const broker = this.#brokers.get(id)
    if (broker === undefined) fail(`${what} at offset ${offset}: no broker ${id} is registered`)
    if (broker.epoch !== epoch) {
      fail(`${what} at offset ${offset}: broker ${id} has epoch ${broker.epoch}, not ${epoch}`)
    }
    return broker
  }

  #changeBroker(record: V['BrokerRegistrationChangeRecord'], offset: number): void {
    const before = this.#brokerOf(record.brokerId, record.brokerEpoch, 'BrokerRegistrationChangeRecord', offset)
    this.#brokers.set(before.id, {
      ...before,
      isFenced: record.fenced === 0 ? before.isFenced : record.fenced > 0,
      isInControlledShutdown: before.isInControlledShutdown || record.inControlledShutdown === 1,
      directories: record.logDirs.length === 0 ? before.directories : record.logDirs,
      cordonedDirectories: record.cordonedLogDirs ?? before.cordonedDirectories,
    })
    this.#delta?.brokerChanged(before.id)
  }

  /** FenceBroker and UnfenceBroker: written before 3.3 only, still legal in a log. */
  #fence({ id, epoch }: V['FenceBrokerRecord'], isFenced: boolean, offset: number): void {
    const before = this.#brokerOf(id, epoch, isFenced ? 'FenceBrokerRecord' : 'UnfenceBrokerRecord', offset)
    this.#brokers.set(id, { ...before, isFenced })
    this.#delta?.brokerChanged(id)
  }

  #registerController(record: V['RegisterControllerRecord']): void {
    this.#controllers.set(record.controllerId, {
      id: record.controllerId,
      incarnationId: record.incarnationId,
      endpoints: record.endPoints,
      supportedFeatures: featureRanges(record.features),
    })
  }

  #clientQuota(record: V['ClientQuotaRecord']): void {
    const entity = new Map(
      record.entity.map((e) => [e.entityType, e.entityName] as const).sort((a, b) => (a[0] < b[0] ? -1 : 1)),
    )
    const at = JSON.stringify([...entity])
    const values = new Map(this.#quotas.get(at)?.values)
    if (record.remove) values.delete(record.key)
    else values.set(record.key, record.value)
    if (values.size === 0) this.#quotas.delete(at)
    else this.#quotas.set(at, { entity, values })
    this.#quotaList = null
    if (this.#delta !== null) this.#delta.clientQuotas = true
  }

  #scramChanged(): void {
    this.#scramList = null
    if (this.#delta !== null) this.#delta.scram = true
  }
}

interface Buffered {
  readonly record: MetadataRecord
  readonly offset: number
}

function featureRanges(list: readonly FeatureRangeRecord[]): BrokerImage['supportedFeatures'] {
  return new Map(list.map((f) => [f.name, { min: f.minSupportedVersion, max: f.maxSupportedVersion }]))
}

function fail(reason: string): never {
  throw new MetadataReplayError(reason)
}
