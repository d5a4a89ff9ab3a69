import type { Uuid } from '../bytes/index.ts'
import type { MetadataDelta, TopicImage } from './image.ts'

/** Gathers what changed since the last publication; {@link DeltaTracker.take} hands it out and starts anew. */
export class DeltaTracker {
  #topicsChanged = new Set<Uuid>()
  #topicsCreated = new Set<Uuid>()
  #topicsDeleted = new Map<Uuid, TopicImage>()
  #topicIdsRemoved = new Set<Uuid>()
  #brokersChanged = new Set<number>()
  #configsChanged = new Set<string>()
  #isWhole: boolean
  features = false
  clientQuotas = false
  scram = false
  acls = false

  constructor(isWhole: boolean) {
    this.#isWhole = isWhole
  }

  /** Nothing was noted since the last take. (Features, quotas, SCRAM and ACLs count.) */
  get isEmpty(): boolean {
    return (
      !this.#isWhole &&
      this.#topicsChanged.size === 0 &&
      this.#topicsDeleted.size === 0 &&
      this.#brokersChanged.size === 0 &&
      this.#configsChanged.size === 0 &&
      !(this.features || this.clientQuotas || this.scram || this.acls)
    )
  }

  topicCreated(id: Uuid): void {
    this.#topicsCreated.add(id)
    this.#topicsChanged.add(id)
  }

  topicChanged(id: Uuid): void {
    this.#topicsChanged.add(id)
  }

  /** A topic that was never published is forgotten but for its id. */
  topicDeleted(topic: TopicImage): void {
    this.#topicsChanged.delete(topic.id)
    this.#topicIdsRemoved.add(topic.id)
    if (!this.#topicsCreated.delete(topic.id)) this.#topicsDeleted.set(topic.id, topic)
  }

  brokerChanged(id: number): void {
    this.#brokersChanged.add(id)
  }

  configChanged(key: string): void {
    this.#configsChanged.add(key)
  }

  take(): MetadataDelta {
    const delta: MetadataDelta = {
      topicsChanged: this.#topicsChanged,
      topicsCreated: this.#topicsCreated,
      topicsDeleted: this.#topicsDeleted,
      topicIdsRemoved: this.#topicIdsRemoved,
      brokersChanged: this.#brokersChanged,
      configsChanged: this.#configsChanged,
      featuresChanged: this.features,
      clientQuotasChanged: this.clientQuotas,
      scramChanged: this.scram,
      aclsChanged: this.acls,
      isWhole: this.#isWhole,
    }
    this.#topicsChanged = new Set()
    this.#topicsCreated = new Set()
    this.#topicsDeleted = new Map()
    this.#topicIdsRemoved = new Set()
    this.#brokersChanged = new Set()
    this.#configsChanged = new Set()
    this.#isWhole = false
    this.features = this.clientQuotas = this.scram = this.acls = false
    return delta
  }
}
