/** One pass over a cluster: from facts to what is done next. Pure. */
import { type Action, type EventNote, type Obj, type Pass, timestampOf } from '../kube-client/index.ts'
import { kafkaNodePools, kafkas, kafkaTopics, nodePoolsFromLegacy, strimziPodSets } from '../resources/index.ts'
import { deletion, diff, leftOver, refOf } from './diff.ts'
import type { ClusterFacts } from './facts.ts'
import { fingerprint, stableJson } from './hash.ts'
import type { KafkaAction } from './kafka-admin.ts'
import { claims, pods, secrets } from './kinds.ts'
import { type Cluster, clusterOf } from './model/cluster.ts'
import { type Desired, desired } from './model/desired.ts'
import { volumesOf } from './model/storage.ts'
import { annotations, labelNames, names } from './names.ts'
import { type RollStep, roll } from './roll.ts'
import { entityOperatorNotYet, notYet, poolStatus, status, statusAction } from './status.ts'

/** A step on Kubernetes or on Kafka. */
export type Step = Action | KafkaAction

export interface ClusterPass {
  readonly actions: readonly Step[]
  readonly events: readonly EventNote[]
  readonly wakeInMs: number
}

export interface Plan extends ClusterPass {
  readonly cluster: Cluster
  readonly desired: Desired
  readonly step: RollStep
  /** null: all is as wanted. */
  readonly missing: string | null
}

/** Pods as the desired sets have them, by name. */
export function wantedPods(d: Desired): ReadonlyMap<string, Obj> {
  const found = new Map<string, Obj>()
  for (const { kind, object } of d.objects) {
    if (kind !== strimziPodSets) continue
    for (const pod of (object as unknown as { spec: { pods: readonly Obj[] } }).spec.pods)
      found.set(pod.metadata.name, pod)
  }
  return found
}

export const isPaused = (object: Obj): boolean => object.metadata.annotations?.[annotations.pause] === 'true'

/**
 * Node pools that an old Kafka means. They are the Kafka's own; what is written in it goes on into them, and pools of
 * somebody else's with these names are left alone.
 */
function legacyPools(f: ClusterFacts): Action[] {
  return nodePoolsFromLegacy(f.kafka).flatMap((pool): Action[] => {
    const there = f.pools.find((p) => p.metadata.name === pool.metadata.name)
    const now = fingerprint(stableJson(pool.spec))
    const metadata = { annotations: { [annotations.desiredHash]: now } }
    if (!there) {
      const noted = { ...pool.metadata, annotations: { ...pool.metadata.annotations, ...metadata.annotations } }
      return [{ do: 'create', kind: kafkaNodePools, object: { ...pool, metadata: noted } }]
    }
    const isOwned = there.metadata.ownerReferences?.some((o) => o.uid === f.kafka.metadata.uid)
    // who scales a pool by hand scales it until the Kafka says another number
    const last = there.metadata.annotations?.[annotations.desiredHash]
    if (!isOwned || last === now) return []
    return [{ do: 'merge', kind: kafkaNodePools, ref: refOf(there), patch: { metadata, spec: pool.spec } }]
  })
}

/** Only the first of each pair is written; the rest waits for a pass that sees it. */
export function planCluster(f: ClusterFacts): Plan {
  const legacy = legacyPools(f)
  const isPoolMissing = legacy.some((a) => a.do === 'create')
  const worked = clusterOf(f)
  // pools that come with this pass are no reason to refuse anything
  const c = isPoolMissing ? { ...worked, refused: [] } : worked
  const first: Desired = isPoolMissing
    ? { objects: [], warnings: c.warnings, refused: [], waiting: ['node pools'] }
    : desired(f, c, false)
  const wanted = wantedPods(first)
  const step: RollStep = first.refused.length > 0 || !f.certificates ? { next: 'nothing' } : roll(f, c, wanted)
  const nodesMissing = first.refused.length > 0 ? null : notYet(f, c, step, first.waiting)
  const d = isPoolMissing ? first : desired(f, c, nodesMissing === null)
  const missing = nodesMissing ?? entityOperatorNotYet(f, c)

  const actions: Step[] = []
  const events: EventNote[] = []
  const { status: said, isReady } = status(f, c, { warnings: d.warnings, missing })
  const statusWrite = statusAction(kafkas, f.kafka, said)
  // the id of the cluster and the ids of nodes stand in statuses before anything is made with them
  const isFirst = f.kafka.status?.clusterId === undefined
  actions.push(...legacy)
  if (isFirst && statusWrite) actions.push(atVersion(f.kafka, statusWrite))
  if (d.refused.length === 0 && !isPoolMissing) {
    for (const pool of f.pools) {
      const write = poolStatus(f, c, pool)
      if (write) actions.push(atVersion(pool, write))
    }
    actions.push(...diff(d.objects, f.observed))
    if (f.certificates) {
      actions.push(...answeredAnnotations(f))
      const isNodesThere = first.waiting.length === 0
      if (isNodesThere) actions.push(...leftOver(d.objects, f.observed, f.config))
    }
    actions.push(...manualRolls(f, c))
    if (step.next === 'restart') {
      const { node, pod, reasons } = step
      if (reasons.includes('DeletePodAndPvc')) {
        for (const { name } of volumesOf(node.pool.spec.storage)) {
          const claim = f.observed.get(claims, `${name}-${node.pod}`)
          if (claim && claim.metadata.deletionTimestamp === undefined) actions.push(deletion(claims, claim))
        }
      }
      actions.push(deletion(pods, pod))
      const note = `Pod ${node.pod} is restarted: ${reasons.join(', ')}`
      for (const reason of reasons) events.push({ about: pod, type: 'Normal', reason, note })
    }
    if (step.next === 'alter') actions.push(...step.alter)
    if (isReady) actions.push(...whenReady(f, c))
  }
  if (!isFirst && statusWrite) actions.push(statusWrite)
  return {
    actions,
    events,
    wakeInMs: isReady ? f.config.fullReconciliationIntervalMs : wakeSoon(f, c, missing),
    cluster: c,
    desired: d,
    step,
    missing,
  }
}

/** Refused when the object is another by now: an id that was given meanwhile is not given anew. */
function atVersion(object: Obj, action: Action): Action {
  const { resourceVersion } = object.metadata
  if (action.do !== 'merge' || resourceVersion === undefined) return action
  return { ...action, patch: { ...action.patch, metadata: { resourceVersion } } }
}

/** Most news come by themselves; only what brokers say must be asked for again. */
function wakeSoon(f: ClusterFacts, c: Cluster, missing: string | null): number {
  // what is of somebody else's and goes does not tell whom it was in the way of
  if (c.refused.some((p) => p.reason === 'ResourceConflict')) return 5000
  if (c.refused.length > 0 || missing === null) return f.config.fullReconciliationIntervalMs
  const areUp = c.nodes.every((n) => f.observed.get(pods, n.pod)?.status?.phase === 'Running')
  return areUp ? 300 : 2000
}

/** Once all is well: brokers that are gone are forgotten, the metadata version follows, default quotas are set. */
function whenReady(f: ClusterFacts, c: Cluster): Step[] {
  const facts = f.brokers
  if (!facts) return []
  const actions: Step[] = []
  const wanted = new Set(c.nodes.filter((n) => n.isBroker).map((n) => n.id))
  for (const broker of facts.brokers) {
    if (!wanted.has(broker.id) && broker.isFenced) actions.push({ kafka: 'unregisterBroker', id: broker.id })
  }
  if (facts.metadataVersion !== null && majorOf(facts.metadataVersion) !== majorOf(c.metadataVersion)) {
    const isDowngrade = numberOf(c.metadataVersion) < numberOf(facts.metadataVersion)
    actions.push({ kafka: 'setMetadataVersion', version: c.metadataVersion, isDowngrade })
  }
  actions.push(...defaultQuotas(f, c, facts.defaultUserQuotas))
  return actions
}

/** Whether the operator has set default user quotas that it has not taken back. */
export const hasSetQuotas = (f: ClusterFacts): boolean =>
  f.observed.get(secrets, names.trustBundle(f.kafka.metadata.name))?.metadata.annotations?.[
    annotations.defaultUserQuotas
  ] !== undefined

/**
 * Default user quotas follow the Kafka, and go with `spec.kafka.quotas`. A note is made before they are set, so that those
 * which a person gave a cluster without `spec.kafka.quotas` stay.
 */
function defaultQuotas(f: ClusterFacts, c: Cluster, have: Readonly<Record<string, number>> | null): Step[] {
  const asked = c.kafka.spec.kafka.quotas
  const quotas = asked?.type === 'kafka' ? asked : null
  const isNoted = hasSetQuotas(f)
  const bundle = f.observed.get(secrets, names.trustBundle(c.name))
  if (have === null || !bundle || (quotas === null && !isNoted)) return []
  const wanted: Readonly<Record<string, number | null>> = {
    producer_byte_rate: quotas?.producerByteRate ?? null,
    consumer_byte_rate: quotas?.consumerByteRate ?? null,
    request_percentage: quotas?.requestPercentage ?? null,
    controller_mutation_rate: quotas?.controllerMutationRate ?? null,
  }
  const differing = Object.entries(wanted).filter(([k, v]) => (have[k] ?? null) !== v)
  const note = (value: string | null): Step => ({
    do: 'merge',
    kind: secrets,
    ref: refOf(bundle),
    patch: { metadata: { annotations: { [annotations.defaultUserQuotas]: value } } },
  })
  const actions: Step[] = []
  if (quotas !== null && !isNoted) actions.push(note('set'))
  if (differing.length > 0) actions.push({ kafka: 'setDefaultUserQuotas', quotas: Object.fromEntries(differing) })
  // only when Kafka is seen without them: a change that was refused is asked for again
  if (quotas === null && differing.length === 0) actions.push(note(null))
  return actions
}

/** `4.3-IV0` and `4.3` are the same wish. */
const majorOf = (version: string): string => version.replace(/-IV\d+$/, '')
const numberOf = (version: string): number => {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) * 1000 + Number(minor)
}

/** A wish that was annotated and is fulfilled by this pass is taken off, so that it is not fulfilled again. */
function answeredAnnotations(f: ClusterFacts): Action[] {
  const c = f.kafka.metadata.name
  const actions: Action[] = []
  for (const secret of f.observed.list(secrets)) {
    const noted = secret.metadata.annotations ?? {}
    const done = [annotations.forceRenew, annotations.forceReplace].filter((a) => noted[a] === 'true')
    if (done.length === 0) continue
    if (
      ![names.clusterCaCert(c), names.clusterCaKey(c), names.clientsCaCert(c), names.clientsCaKey(c)].includes(
        secret.metadata.name,
      )
    ) {
      if (secret.metadata.labels?.[labelNames.kind] !== 'Kafka') continue
    }
    const patch = { metadata: { annotations: Object.fromEntries(done.map((a) => [a, null])) } }
    actions.push({ do: 'merge', kind: secrets, ref: refOf(secret), patch })
  }
  return actions
}

/** A pod set annotated for a manual roll notes when it began, and loses both notes when all its pods are younger. */
function manualRolls(f: ClusterFacts, c: Cluster): Action[] {
  return f.observed.list(strimziPodSets).flatMap((set): Action[] => {
    const noted = set.metadata.annotations ?? {}
    if (noted[annotations.manualRoll] !== 'true') return []
    const began = noted[annotations.rolledBefore]
    const note = (values: Readonly<Record<string, string | null>>): Action => ({
      do: 'merge',
      kind: strimziPodSets,
      ref: refOf(set),
      patch: { metadata: { annotations: values } },
    })
    if (began === undefined) return [note({ [annotations.rolledBefore]: timestampOf(f.nowMs) })]
    const ofSet = c.nodes.filter((n) => names.podSet(c.name, n.pool.metadata.name) === set.metadata.name)
    const isDone = ofSet.every((n) => (f.observed.get(pods, n.pod)?.metadata.creationTimestamp ?? '') > began)
    return isDone ? [note({ [annotations.manualRoll]: null, [annotations.rolledBefore]: null })] : []
  })
}

/** What is left of a Kafka that is gone: brokers stop before controllers, topics are let go, then the rest goes. */
export interface Remains {
  readonly podSets: readonly Obj[]
  readonly pods: readonly Obj[]
  /** KafkaTopics with the topic operator's finalizer. */
  readonly topics: readonly Obj[]
  /** Objects of node pools that outlive it, and claims that were to go with it. */
  readonly others: readonly Action[]
}

export const topicFinalizer = 'strimzi.io/topic-operator'

export function planRemains(r: Remains): Pass {
  const actions: Action[] = []
  const isBroker = (o: Obj): boolean => {
    const made = (o as { spec?: { pods?: readonly Obj[] } }).spec?.pods ?? [o]
    return made.some((p) => p.metadata.labels?.[labelNames.brokerRole] === 'true')
  }
  const areBrokersGone = !r.pods.some(isBroker)
  for (const set of r.podSets) {
    if (set.metadata.deletionTimestamp !== undefined) continue
    if (isBroker(set) || areBrokersGone) actions.push(deletion(strimziPodSets, set))
  }
  for (const topic of r.topics) {
    const finalizers = (topic.metadata.finalizers ?? []).filter((name) => name !== topicFinalizer)
    actions.push({ do: 'merge', kind: kafkaTopics, ref: refOf(topic), patch: { metadata: { finalizers } } })
  }
  if (r.pods.length === 0 && r.podSets.length === 0) actions.push(...r.others)
  return { actions, wakeInMs: 1000 }
}
