import type { MetadataImage } from '../../metadata/index.ts'
import type { ClassicGroup } from './classic/group.ts'
import type { ConsumerGroup } from './consumer/group.ts'
import { groupHash, racksOf, topicHash } from './consumer/topic-hash.ts'
import { OffsetStore } from './offsets/store.ts'
import type { Sweep } from './sweep.ts'

export type Group = ClassicGroup | ConsumerGroup

/** All that one partition of `__consumer_offsets` says, and the soft state around it. */
export class GroupState {
  /** Set after the replay: from then on records describe what decide has just done. */
  isLoaded = false
  readonly groups = new Map<string, Group>()
  readonly offsets = new OffsetStore()
  /** Soft: classic groups made in this turn, until their record is applied and they take their place. */
  readonly staged = new Map<string, ClassicGroup>()
  /** Soft: long work that goes on turn by turn. */
  readonly sweeps: Sweep[] = []
  /** Soft: the sweep whose step was taken last, until its records are known to be written. */
  lastSweep: Sweep | null = null
  /** Soft: large groups whose next target is being worked out. */
  readonly assigning = new Set<string>()
  /** Soft: offset of the last image in which topics were added; patterns resolved before it are out of date. */
  topicsAddedAt = -1
  /** Consumer groups with members that name a topic, or whose resolved patterns hold it. */
  readonly #subscribers = new Map<string, Set<string>>()
  /** Soft. */
  readonly #topicHashes = new Map<string, bigint>()

  subscribersOf(topic: string): ReadonlySet<string> {
    return this.#subscribers.get(topic) ?? noGroups
  }

  /** Does something that may change the topics of a group, and keeps the index by topic true. */
  changeTopics(group: ConsumerGroup, change: () => void): void {
    const before = [...group.topics.keys()]
    change()
    for (const topic of before) if (!group.topics.has(topic)) this.#unsubscribe(topic, group.id)
    for (const topic of group.topics.keys()) {
      const groups = this.#subscribers.get(topic)
      if (groups === undefined) this.#subscribers.set(topic, new Set([group.id]))
      else groups.add(group.id)
    }
  }

  #unsubscribe(topic: string, groupId: string): void {
    const groups = this.#subscribers.get(topic)
    groups?.delete(groupId)
    if (groups?.size !== 0) return
    this.#subscribers.delete(topic)
    this.#topicHashes.delete(topic)
  }

  forgetTopicHash(topic: string): void {
    this.#topicHashes.delete(topic)
  }

  /** The hash of those of the topics that exist. */
  hashOf(topics: Iterable<string>, image: MetadataImage): bigint {
    const hashes = new Map<string, bigint>()
    for (const name of topics) {
      const topic = image.topicsByName.get(name)
      if (topic === undefined) continue
      let hash = this.#topicHashes.get(name)
      if (hash === undefined) this.#topicHashes.set(name, (hash = topicHash(topic, racksOf(topic, image))))
      hashes.set(name, hash)
    }
    return groupHash(hashes)
  }
}

const noGroups: ReadonlySet<string> = new Set()
