/** The topic operator as a controller: a key is a KafkaTopic; what is asked of Kafka goes out in batches. */
import type { Env } from '../../env/index.ts'
import {
  type Action,
  type Controller,
  type Kube,
  matchesLabels,
  parseLabelSelector,
  type View,
} from '../../kube-client/index.ts'
import { type KafkaTopic, kafkaTopics } from '../../resources/index.ts'
import { bootstrapOf } from '../access.ts'
import { Batcher } from '../batcher.ts'
import type {
  Bootstrap,
  Found,
  KafkaAdmin,
  KafkaFailure,
  KafkaResult,
  TopicAction,
  TopicFacts,
} from '../kafka-admin.ts'
import type { TopicConfig } from './config.ts'
import { planTopic, type TopicView, topicNameOf } from './plan.ts'

export interface TopicWorld {
  readonly kube: Kube
  readonly admin: KafkaAdmin
  readonly config: TopicConfig
  readonly env: Pick<Env, 'clock' | 'logger'>
}

interface Refusal {
  readonly uid: string | undefined
  readonly generation: number | undefined
  readonly failure: KafkaFailure
  /** Until then Kafka is not asked the same again. */
  readonly untilMs: number
}

const passingMs = 10_000

class TopicsOfCluster {
  readonly #world: TopicWorld
  readonly #describe: Batcher<string, Found<TopicFacts>>
  readonly #change: Batcher<TopicAction, KafkaResult>
  readonly #refusals = new Map<string, Refusal>()
  #bootstrap: Bootstrap | null = null
  #brokers: readonly number[] = []
  /** Resources by the topic that they name, as of so many changes. */
  #byTopic: ReadonlyMap<string, readonly KafkaTopic[]> = new Map()
  #indexedAt = -1
  changes = 0

  constructor(world: TopicWorld) {
    this.#world = world
    const { clock } = world.env
    const limits = { max: world.config.batchMax, lingerMs: world.config.batchLingerMs }
    this.#describe = new Batcher(clock, limits, async (names) => {
      const found = await world.admin.topics(await this.reach(), names)
      return names.map((name) => found.get(name) ?? { found: null, error: null })
    })
    this.#change = new Batcher(clock, limits, async (actions) => {
      // what is of one kind goes out together
      const sorted = actions
        .map((action, i) => ({ action, i }))
        .sort((a, b) => (a.action.kafka < b.action.kafka ? -1 : a.action.kafka > b.action.kafka ? 1 : a.i - b.i))
      const results = await world.admin.apply(
        await this.reach(),
        sorted.map((s) => s.action),
      )
      const inOrder: KafkaResult[] = []
      sorted.forEach(({ i }, at) => {
        inOrder[i] = results[at] ?? { error: null }
      })
      return inOrder
    })
  }

  /** Rejects while the Secrets are not there. Read anew from time to time: certificates are renewed. */
  async reach(): Promise<Bootstrap> {
    this.#bootstrap ??= await bootstrapOf(this.#world.kube, this.#world.config.access)
    if (!this.#bootstrap) throw new Error('the Secrets with the certificates for the brokers are not there yet')
    return this.#bootstrap
  }

  forget(): void {
    this.#bootstrap = null
  }

  async brokers(): Promise<readonly number[]> {
    const ask = { partitions: false, settingsOf: [], defaultUserQuotas: false }
    const { brokers } = await this.#world.admin.facts(await this.reach(), ask)
    this.#brokers = brokers.filter((b) => !b.isFenced).map((b) => b.id)
    return this.#brokers
  }

  siblings(view: View, t: KafkaTopic): readonly KafkaTopic[] {
    if (this.#indexedAt !== this.changes) {
      const { namespace, labels } = this.#world.config
      const byTopic = new Map<string, KafkaTopic[]>()
      for (const other of view.list(kafkaTopics, { namespace, labels })) {
        const name = topicNameOf(other)
        const list = byTopic.get(name)
        if (list) list.push(other)
        else byTopic.set(name, [other])
      }
      this.#byTopic = byTopic
      this.#indexedAt = this.changes
    }
    return (this.#byTopic.get(topicNameOf(t)) ?? []).filter((o) => o.metadata.name !== t.metadata.name)
  }

  async gather(view: View, resource: KafkaTopic): Promise<TopicView> {
    const key = resource.metadata.name
    const siblings = this.siblings(view, resource)
    const refusal = this.#refusals.get(key)
    const isSame = refusal?.generation === resource.metadata.generation && refusal?.uid === resource.metadata.uid
    const failed = refusal && isSame && this.#world.env.clock.monoMs() < refusal.untilMs ? refusal.failure : null
    try {
      const { found, error } = await this.#describe.ask(topicNameOf(resource))
      const target = resource.spec.replicas
      const needsBrokers = found !== null && target !== undefined && found.replicas.some((r) => r.length !== target)
      return {
        resource,
        topic: found,
        siblings,
        failure: error ?? failed,
        brokers: needsBrokers ? await this.brokers() : [],
      }
    } catch (problem) {
      this.forget()
      const message = `Kafka does not answer: ${(problem as Error).message}`
      return { resource, topic: null, siblings, failure: { code: 'TIMED_OUT', message, isPassing: true }, brokers: [] }
    }
  }

  async change(key: string, resource: KafkaTopic, action: TopicAction): Promise<void> {
    const { error } = await this.#change.ask(action)
    const { clock, logger } = this.#world.env
    if (!error) {
      this.#refusals.delete(key)
      logger.info('Kafka was changed', { topic: action.topic, what: action.kafka })
      return
    }
    const waitMs = error.isPassing ? passingMs : this.#world.config.fullReconciliationIntervalMs
    this.#refusals.set(key, {
      uid: resource.metadata.uid,
      generation: resource.metadata.generation,
      failure: error,
      untilMs: clock.monoMs() + waitMs,
    })
    // the next pass says it in the status
    logger.warn('Kafka refused a change of a topic', { topic: action.topic, what: action.kafka, code: error.code })
  }

  delete(key: string): void {
    this.#refusals.delete(key)
  }
}

type Act = Action | ({ readonly of: KafkaTopic } & TopicAction)

export function topicController(world: TopicWorld): Controller<TopicView, Act> {
  const { config, env } = world
  const topics = new TopicsOfCluster(world)
  const selector = { namespace: config.namespace, labels: config.labels }
  const required = parseLabelSelector(config.labels)
  return {
    name: 'strimzi-topic-operator',
    concurrency: 2 * config.batchMax,
    inputs: [
      {
        kind: kafkaTopics,
        selector,
        keys: (o) => {
          topics.changes++
          return [o.metadata.name]
        },
      },
    ],
    gather: async (key, view) => {
      const resource = view.get(kafkaTopics, { namespace: config.namespace, name: key })
      // one of another cluster, or of none, is not looked at, whatever led to it
      if (!resource || !matchesLabels(required, resource.metadata.labels)) {
        topics.delete(key)
        return null
      }
      return topics.gather(view, resource)
    },
    plan: (_key, facts) => {
      const { actions, wakeInMs } = planTopic(facts, config, env.clock.wallMs())
      return { actions: actions.map((a): Act => ('kafka' in a ? { ...a, of: facts.resource } : a)), wakeInMs }
    },
    execute: async (action, kube) => {
      if ('kafka' in action) await topics.change(action.of.metadata.name, action.of, action)
      else await kube.apply(action)
    },
  }
}
