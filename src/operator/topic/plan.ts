/**
 * One KafkaTopic against its topic in Kafka. The resource is the only truth: what differs in Kafka is changed, what cannot
 * be changed is said in the status. Pure.
 */
import type { Action } from '../../kube-client/index.ts'
import { type KafkaTopic, kafkaTopics } from '../../resources/index.ts'
import { refOf } from '../diff.ts'
import type { ConfigChange, KafkaFailure, TopicAction, TopicFacts } from '../kafka-admin.ts'
import { annotations } from '../names.ts'
import { isPaused, topicFinalizer } from '../plan.ts'
import type { Condition } from '../resource-types.ts'
import { sameSetting } from '../roll.ts'
import { statusAction, withTimes } from '../status.ts'
import type { TopicConfig } from './config.ts'

export interface TopicView {
  readonly resource: KafkaTopic
  /** null: there is no such topic. */
  readonly topic: TopicFacts | null
  /** Other resources that mean the same topic. */
  readonly siblings: readonly KafkaTopic[]
  /** What Kafka answered the last time, to this generation of the resource; null: nothing was refused. */
  readonly failure: KafkaFailure | null
  /** Brokers that replicas can go to. */
  readonly brokers: readonly number[]
}

export interface TopicPass {
  readonly actions: readonly (Action | TopicAction)[]
  readonly wakeInMs: number
}

export const topicNameOf = (t: KafkaTopic): string => t.spec.topicName ?? t.metadata.name

const isManaged = (t: KafkaTopic): boolean => t.metadata.annotations?.[annotations.managed] !== 'false'

const textOf = (value: unknown): string =>
  Array.isArray(value) ? value.map(textOf).join(',') : typeof value === 'string' ? value : JSON.stringify(value)

/** The resource that a topic belongs to when several name it: the oldest. */
const isFirst = (a: KafkaTopic, b: KafkaTopic): boolean => {
  const [x, y] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  return x === y ? a.metadata.name < b.metadata.name : x < y
}

interface Saying {
  readonly conditions: readonly Condition[]
  readonly more?: object
}

const ready: Condition = { type: 'Ready', status: 'True' }
const notReady = (reason: string, message: string): Condition => ({ type: 'Ready', status: 'False', reason, message })

const finalizers = (t: KafkaTopic, list: readonly string[]): Action => ({
  do: 'merge',
  kind: kafkaTopics,
  ref: refOf(t),
  patch: {
    metadata: {
      finalizers: list,
      ...(t.metadata.resourceVersion === undefined ? {} : { resourceVersion: t.metadata.resourceVersion }),
    },
  },
})

/** What a person asked for and the operator may set. */
function wantedConfig(t: KafkaTopic, c: TopicConfig): { config: Map<string, string>; ignored: string[] } {
  const config = new Map<string, string>()
  const ignored: string[] = []
  for (const [key, value] of Object.entries(t.spec.config ?? {})) {
    if (value === null || value === undefined) continue
    if (c.alterable && !c.alterable.has(key)) ignored.push(key)
    else config.set(key, textOf(value))
  }
  return { config, ignored }
}

export function configChanges(wanted: ReadonlyMap<string, string>, topic: TopicFacts, c: TopicConfig): ConfigChange[] {
  const changes: ConfigChange[] = []
  for (const [key, value] of wanted) {
    if (!sameSetting(topic.config.get(key) ?? null, value)) changes.push({ key, value })
  }
  for (const key of topic.config.keys()) {
    if (!wanted.has(key) && (!c.alterable || c.alterable.has(key))) changes.push({ key, value: null })
  }
  return changes
}

/** As few replicas as possible move: some are dropped from the end, or the brokers with the fewest get one more. */
export function withReplicas(
  replicas: readonly (readonly number[])[],
  count: number,
  brokers: readonly number[],
): number[][] {
  const load = new Map(brokers.map((id) => [id, 0]))
  for (const id of replicas.flat()) load.set(id, (load.get(id) ?? 0) + 1)
  return replicas.map((list) => {
    const now = list.slice(0, count)
    while (now.length < count) {
      const free = brokers.filter((id) => !now.includes(id))
      free.sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0) || a - b)
      const [next] = free
      if (next === undefined) break
      load.set(next, (load.get(next) ?? 0) + 1)
      now.push(next)
    }
    return now
  })
}

export function planTopic(v: TopicView, c: TopicConfig, nowMs: number): TopicPass {
  const { resource: t } = v
  const has = t.metadata.finalizers ?? []
  const without = has.filter((name) => name !== topicFinalizer)
  if (t.metadata.deletionTimestamp !== undefined) return planDeletion(v, c, nowMs)
  if (isPaused(t)) return said(t, { conditions: [{ type: 'ReconciliationPaused', status: 'True' }] }, [], c, nowMs)
  if (!isManaged(t)) {
    const actions = without.length < has.length ? [finalizers(t, without)] : []
    return said(t, { conditions: [{ type: 'Unmanaged', status: 'True' }] }, actions, c, nowMs)
  }
  const first = v.siblings.find((s) => isManaged(s) && s.metadata.deletionTimestamp === undefined && isFirst(s, t))
  if (first) {
    const message = `the topic ${topicNameOf(t)} is managed by KafkaTopic ${first.metadata.namespace}/${first.metadata.name}`
    return said(t, { conditions: [notReady('ResourceConflict', message)] }, [], c, nowMs)
  }
  const before = t.status?.topicName
  if (before !== undefined && before !== topicNameOf(t)) {
    const message = `spec.topicName was ${before} and cannot become ${topicNameOf(t)}; change it back, or make another KafkaTopic`
    return said(t, { conditions: [notReady('NotSupported', message)] }, [], c, nowMs)
  }
  const actions: (Action | TopicAction)[] = []
  if (c.usesFinalizers && without.length === has.length) actions.push(finalizers(t, [...has, topicFinalizer]))
  if (v.failure) {
    const saying = { conditions: [notReady('KafkaError', v.failure.message)], more: facts(v) }
    return {
      ...said(t, saying, actions, c, nowMs),
      wakeInMs: v.failure.isPassing ? 10_000 : c.fullReconciliationIntervalMs,
    }
  }
  return planManaged(v, c, nowMs, actions)
}

function planManaged(v: TopicView, c: TopicConfig, nowMs: number, actions: (Action | TopicAction)[]): TopicPass {
  const { resource: t, topic } = v
  const name = topicNameOf(t)
  const { config, ignored } = wantedConfig(t, c)
  const warnings: Condition[] = ignored.map((key) => ({
    type: 'Warning',
    status: 'True',
    reason: 'InvalidConfig',
    message: `spec.config: ${key} is not among the keys that may be set for topics here; ignored.`,
  }))
  if (!topic) {
    actions.push({
      kafka: 'createTopic',
      topic: name,
      partitions: t.spec.partitions ?? null,
      replicas: t.spec.replicas ?? null,
      config: Object.fromEntries(config),
    })
    // what became of it is seen by the next pass
    return { actions, wakeInMs: 0 }
  }
  const wrong: Condition[] = []
  const changes = configChanges(config, topic, c)
  if (changes.length > 0) actions.push({ kafka: 'alterTopic', topic: name, changes })
  const { partitions } = t.spec
  let isMore = false
  if (partitions !== undefined && partitions > topic.replicas.length) {
    actions.push({ kafka: 'addPartitions', topic: name, partitions })
    isMore = true
  } else if (partitions !== undefined && partitions < topic.replicas.length) {
    const message = `the topic has ${topic.replicas.length} partitions; it cannot have fewer (spec.partitions: ${partitions})`
    wrong.push(notReady('NotSupported', message))
  }
  const change = replicaChange(v)
  if (change?.refused) wrong.push(change.refused)
  if (change?.actions) actions.push(...change.actions)
  const isChanging = changes.length > 0 || isMore || (change?.actions?.length ?? 0) > 0
  if (isChanging && wrong.length === 0) return { actions, wakeInMs: 0 }
  const saying = {
    conditions: [...(wrong.length > 0 ? wrong.slice(0, 1) : [ready]), ...warnings],
    more: { ...facts(v), ...(change?.status ? { replicasChange: change.status } : {}) },
  }
  const pass = said(t, saying, actions, c, nowMs)
  return change?.status ? { ...pass, wakeInMs: 2000 } : pass
}

const facts = (v: TopicView): object =>
  v.topic
    ? { topicName: v.topic.name, topicId: v.topic.id }
    : v.resource.status?.topicId
      ? { topicName: topicNameOf(v.resource) }
      : {}

interface ReplicaChange {
  readonly actions?: readonly TopicAction[]
  readonly status?: object
  readonly refused?: Condition
}

function replicaChange(v: TopicView): ReplicaChange | null {
  const { topic, resource: t } = v
  const target = t.spec.replicas
  if (!topic || target === undefined) return null
  const ongoing = { targetReplicas: target, state: 'ongoing', message: 'replicas are being moved' } as const
  if (topic.isReassigned) return { status: ongoing }
  if (topic.replicas.every((list) => list.length === target)) return null
  if (target > v.brokers.length) {
    const message = `spec.replicas: ${target} replicas need as many brokers; there are ${v.brokers.length}`
    return { refused: notReady('NotSupported', message) }
  }
  return {
    actions: [{ kafka: 'reassign', topic: topic.name, replicas: withReplicas(topic.replicas, target, v.brokers) }],
    status: ongoing,
  }
}

function planDeletion(v: TopicView, c: TopicConfig, nowMs: number): TopicPass {
  const { resource: t } = v
  const has = t.metadata.finalizers ?? []
  const without = has.filter((name) => name !== topicFinalizer)
  if (without.length === has.length) return { actions: [], wakeInMs: c.fullReconciliationIntervalMs }
  // another resource still means this topic, or nobody may delete it: only the resource goes
  const isShared = v.siblings.some((s) => isManaged(s) && s.metadata.deletionTimestamp === undefined)
  const isOurs = isManaged(t) && !isPaused(t) && !isShared
  if (!isOurs || v.topic === null)
    return { actions: [finalizers(t, without)], wakeInMs: c.fullReconciliationIntervalMs }
  if (v.failure) {
    const saying = { conditions: [notReady('KafkaError', v.failure.message)], more: facts(v) }
    return { ...said(t, saying, [], c, nowMs), wakeInMs: 10_000 }
  }
  // the next pass sees that it is gone, and lets go
  return { actions: [{ kafka: 'deleteTopic', topic: topicNameOf(t) }], wakeInMs: 0 }
}

function said(
  t: KafkaTopic,
  { conditions, more }: Saying,
  actions: readonly (Action | TopicAction)[],
  c: TopicConfig,
  nowMs: number,
): TopicPass {
  const kept = more ?? {
    ...(t.status?.topicName === undefined ? {} : { topicName: t.status.topicName }),
    ...(t.status?.topicId === undefined ? {} : { topicId: t.status.topicId }),
  }
  const write = statusAction(kafkaTopics, t, {
    conditions: withTimes(conditions, t.status?.conditions, nowMs),
    ...(t.metadata.generation === undefined ? {} : { observedGeneration: t.metadata.generation }),
    ...kept,
  })
  return { actions: write ? [...actions, write] : actions, wakeInMs: c.fullReconciliationIntervalMs }
}

/** The plans of many, one behind the other. */
export function planTopics(batch: readonly TopicView[], c: TopicConfig, nowMs: number): TopicPass {
  const passes = batch.map((v) => planTopic(v, c, nowMs))
  return { actions: passes.flatMap((p) => p.actions), wakeInMs: Math.min(...passes.map((p) => p.wakeInMs)) }
}
