import { errors } from '../../protocol/index.ts'
import type { KafkaError } from '../errors.ts'
import { type Cluster, topicError } from '../network/cluster.ts'
import type { Topics } from './types.ts'

/** What a consumer is subscribed to, and the metadata that it takes to know its topics. */
export class Subscription {
  readonly #cluster: Cluster
  readonly #excludesInternal: boolean
  #topics: Topics | null = null

  constructor(cluster: Cluster, excludesInternal: boolean) {
    this.#cluster = cluster
    this.#excludesInternal = excludesInternal
  }

  get isSet(): boolean {
    return this.#topics !== null
  }

  /** Instead of what was before; null = nothing. */
  set(topics: Topics | null): void {
    const before = this.#topics
    if (isNames(before)) for (const topic of before) this.#cluster.unwant(topic)
    else if (before !== null) this.#cluster.wantAll(false)
    this.#topics = topics
    if (isNames(topics)) for (const topic of topics) this.#cluster.want(topic)
    else if (topics !== null) this.#cluster.wantAll(true)
  }

  /** Names as given, or those that a RegExp matches at the moment; sorted. */
  names(): string[] {
    const wanted = this.#topics
    if (wanted === null || isPattern(wanted)) return []
    if (isNames(wanted)) return [...new Set(wanted)].sort()
    const names: string[] = []
    for (const topic of this.#cluster.metadata.topics.values()) {
      if (topic.isInternal && this.#excludesInternal) continue
      wanted.lastIndex = 0
      if (wanted.test(topic.name)) names.push(topic.name)
    }
    return names.sort()
  }

  /** For the broker to match; null = by name, or by a RegExp of our own. */
  pattern(): string | null {
    return this.#topics !== null && isPattern(this.#topics) ? this.#topics.pattern : null
  }

  /** A topic that was subscribed to by name and that the cluster will never hand out. */
  refused(): KafkaError | null {
    if (!isNames(this.#topics)) return null
    for (const topic of this.#topics) {
      const code = this.#cluster.metadata.errorOf(topic)
      if (code === errors.INVALID_TOPIC_EXCEPTION || code === errors.TOPIC_AUTHORIZATION_FAILED)
        return topicError(code, topic)
    }
    return null
  }
}

export function isPattern(topics: Topics): topics is { readonly pattern: string } {
  return 'pattern' in topics
}

function isNames(topics: Topics | null): topics is readonly string[] {
  return Array.isArray(topics)
}
