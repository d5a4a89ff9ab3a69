/** The cluster operator as a controller: gathers what there is, makes keys that are missing, asks the brokers, plans. */
import type { Env, LogFields } from '../env/index.ts'
import { type Action, type Controller, isApiError, type Kube, type Obj, type View } from '../kube-client/index.ts'
import type { KeySource } from '../pki/index.ts'
import { type Kafka, kafkaNodePools, kafkas, kafkaTopics, strimziPodSets } from '../resources/index.ts'
import { caMissing, entry, isCaMissing, makeCertificates } from './certificates.ts'
import { type OperatorConfig, watches } from './config.ts'
import { conflicts, secretConflicts } from './conflicts.ts'
import { leftOver } from './diff.ts'
import { type ClusterFacts, Observed } from './facts.ts'
import type { Bootstrap, FactsAsk, KafkaAction, KafkaAdmin } from './kafka-admin.ts'
import { configMaps, type Deployment, deployments, nodes, type Pod, pods, type Secret, secrets } from './kinds.ts'
import { isInWindow } from './maintenance.ts'
import { type Cluster, clusterOf } from './model/cluster.ts'
import { certificateNeeds, desired, managedKinds } from './model/desired.ts'
import type { Problem } from './model/problems.ts'
import { labelNames, names, ports } from './names.ts'
import { watchedBy, yields } from './ownership.ts'
import { hasSetQuotas, isPaused, planCluster, planRemains, type Remains, topicFinalizer, wantedPods } from './plan.ts'
import type { Condition } from './resource-types.ts'
import { isReady, outdated } from './roll.ts'
import { statusAction, withTimes } from './status.ts'

export interface OperatorWorld {
  readonly kube: Kube
  readonly keys: KeySource
  readonly admin: KafkaAdmin
  readonly config: OperatorConfig
  readonly env: Pick<Env, 'clock' | 'random' | 'logger'>
}

export type ClusterKey =
  | { readonly is: 'cluster'; readonly facts: ClusterFacts }
  | { readonly is: 'paused'; readonly kafka: Kafka }
  | { readonly is: 'gone'; readonly remains: Remains }

type Act = Action | ({ readonly of: string } & KafkaAction)

const keyOf = (o: Obj, name: string | undefined): string[] =>
  name === undefined ? [] : [`${o.metadata.namespace}/${name}`]

/** Of objects that belong to a Kafka by their labels. */
const byLabel = (o: Obj): string[] =>
  o.metadata.labels?.[labelNames.kind] === 'Kafka' ? keyOf(o, o.metadata.labels[labelNames.cluster]) : []

const usesSecret = (kafka: Kafka, name: string): boolean =>
  kafka.spec.kafka.listeners.some((l) => l.configuration?.brokerCertChainAndKey?.secretName === name)

export function clusterController(world: OperatorWorld): Controller<ClusterKey, Act> {
  const { config, env } = world
  /** How the brokers of a key were last reached. */
  const bootstraps = new Map<string, Bootstrap>()
  return {
    name: config.name,
    concurrency: 4,
    inputs: [
      { kind: kafkas, keys: (o) => keyOf(o, o.metadata.name) },
      { kind: kafkaNodePools, keys: (o) => keyOf(o, o.metadata.labels?.[labelNames.cluster]) },
      { kind: pods, keys: byLabel },
      {
        kind: secrets,
        keys: (o, view) => {
          const owned = byLabel(o)
          if (owned.length > 0) return owned
          const users = view.list(kafkas, { namespace: o.metadata.namespace ?? null })
          return users.filter((k) => usesSecret(k, o.metadata.name)).flatMap((k) => keyOf(k, k.metadata.name))
        },
      },
      ...managedKinds.filter((k) => k !== secrets && k !== deployments).map((kind) => ({ kind, keys: byLabel })),
      {
        kind: deployments,
        keys: (o, view) =>
          watchedBy(o as Deployment) === undefined
            ? byLabel(o)
            : view.list(kafkas).flatMap((k) => keyOf(k, k.metadata.name)),
      },
      { kind: nodes, keys: (_o, view) => view.list(kafkas).flatMap((k) => keyOf(k, k.metadata.name)) },
      {
        // only those whose cluster is gone
        kind: kafkaTopics,
        keys: (o, view) => {
          const cluster = o.metadata.labels?.[labelNames.cluster]
          const isAlive = cluster && view.get(kafkas, { namespace: o.metadata.namespace ?? null, name: cluster })
          return isAlive || !o.metadata.finalizers?.includes(topicFinalizer) ? [] : keyOf(o, cluster)
        },
      },
    ],
    gather: async (key, view) => {
      const [namespace = '', name = ''] = key.split('/')
      if (!watches(config, namespace) || yields(config, view, namespace)) return null
      const kafka = view.get(kafkas, { namespace, name })
      if (!kafka || kafka.metadata.deletionTimestamp !== undefined) {
        bootstraps.delete(key)
        const remains = remainsOf(view, namespace, name, config)
        // a view may be late; what is deleted here does not come back
        const now = remains && (await world.kube.get(kafkas, { namespace, name }))
        return now && now.metadata.deletionTimestamp === undefined ? null : remains
      }
      if (isPaused(kafka)) return { is: 'paused', kafka }
      const facts = await gatherCluster(world, view, kafka, (b) => bootstraps.set(key, b))
      return { is: 'cluster', facts }
    },
    plan: (key, found) => {
      if (found.is === 'gone') return planRemains(found.remains)
      if (found.is === 'paused') return { actions: pausedStatus(found.kafka, env.clock.wallMs()) }
      const { actions, events, wakeInMs } = planCluster(found.facts)
      return { actions: actions.map((a): Act => ('kafka' in a ? { ...a, of: key } : a)), events, wakeInMs }
    },
    execute: async (action, kube) => {
      if (!('kafka' in action)) {
        await apply(kube, action)
        const what = told(action)
        if (what !== null) env.logger.info(what.message, what.fields)
        return
      }
      const bootstrap = bootstraps.get(action.of)
      if (!bootstrap) return
      const [result] = await world.admin.apply(bootstrap, [action])
      if (result?.error) {
        const { code, message } = result.error
        env.logger.warn('A change of the Kafka cluster was refused', {
          cluster: action.of,
          what: action.kafka,
          code,
          message,
        })
      } else env.logger.info('Kafka was changed', { cluster: action.of, what: action.kafka })
    },
  }
}

/** What a person wants to find in the log: what came, what went, and how the resource is. */
function told(action: Action): { message: string; fields: LogFields } | null {
  if (action.do === 'create') {
    const { namespace = '', name } = action.object.metadata
    return { message: 'Created', fields: { kind: action.kind.kind, namespace, name } }
  }
  if (action.do === 'delete') {
    return {
      message: 'Deleted',
      fields: { kind: action.kind.kind, namespace: action.ref.namespace, name: action.ref.name },
    }
  }
  if (action.do !== 'merge' || action.kind !== kafkas) return null
  const { conditions = [] } = (action.patch['status'] ?? {}) as { conditions?: readonly Condition[] }
  const [main] = conditions
  if (!main) return null
  const { namespace, name } = action.ref
  return {
    message: `Kafka is ${main.type}`,
    fields: { namespace, name, reason: main.reason ?? '', message: main.message ?? '' },
  }
}

/** What is gone already need not be deleted. */
async function apply(kube: Kube, action: Action): Promise<void> {
  try {
    await kube.apply(action)
  } catch (problem) {
    if (action.do === 'delete' && isApiError(problem) && problem.reason === 'NotFound') return
    throw problem
  }
}

function pausedStatus(kafka: Kafka, nowMs: number) {
  const now = [{ type: 'ReconciliationPaused', status: 'True' }]
  const before = kafka.status
  const write = statusAction(kafkas, kafka, { ...before, conditions: withTimes(now, before?.conditions, nowMs) })
  return write ? [write] : []
}

function remainsOf(view: View, namespace: string, name: string, config: OperatorConfig): ClusterKey | null {
  const labels = `${labelNames.cluster}=${name}`
  const ofKafka = { namespace, labels: `${labels},${labelNames.kind}=Kafka` }
  const podSets = view.list(strimziPodSets, ofKafka)
  const nodePods = view
    .list(pods, ofKafka)
    .filter((p) => p.metadata.labels?.[labelNames.controller] === 'strimzipodset')
  const topics = view
    .list(kafkaTopics, { namespace, labels })
    .filter((t) => t.metadata.finalizers?.includes(topicFinalizer))
  const left = managedKinds.filter((kind) => kind !== strimziPodSets).flatMap((kind) => view.list(kind, ofKafka))
  const others = leftOver([], new Observed(left), config)
  if (podSets.length === 0 && topics.length === 0 && others.length === 0) return null
  return { is: 'gone', remains: { podSets, pods: nodePods, topics, others } }
}

function observe(view: View, kafka: Kafka): Observed {
  const namespace = kafka.metadata.namespace ?? null
  const labels = `${labelNames.cluster}=${kafka.metadata.name}`
  const found: Obj[] = [...view.list(nodes)]
  for (const kind of [...managedKinds, pods]) found.push(...view.list(kind, { namespace, labels }))
  for (const l of kafka.spec.kafka.listeners) {
    const custom = l.configuration?.brokerCertChainAndKey?.secretName
    const secret = custom === undefined ? undefined : view.get(secrets, { namespace, name: custom })
    if (secret) found.push(secret)
  }
  return new Observed(found)
}

/** 22 characters, as Kafka writes a uuid. */
function newClusterId(env: OperatorWorld['env']): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const bytes = env.random.bytes(new Uint8Array(22))
  // the last digit holds two bits; the first is no dash, which a command line would take for an option
  return [...bytes].map((b, i) => alphabet[i === 21 ? (b & 3) << 4 : i === 0 ? b % 52 : b & 63]).join('')
}

async function clusterIdOf(world: OperatorWorld, kafka: Kafka, observed: Observed): Promise<string> {
  const told = observed.list(configMaps).find((m) => m.data?.['cluster.id'] !== undefined)
  const known = kafka.status?.clusterId ?? told?.data?.['cluster.id']
  if (known !== undefined) return known
  // the view may be late: an id that was given is never given anew
  const now = await world.kube.get(kafkas, { namespace: kafka.metadata.namespace ?? null, name: kafka.metadata.name })
  return now?.status?.clusterId ?? newClusterId(world.env)
}

/** The Secrets of the CAs as they are now, not as a late view has them: a second CA would part the cluster. */
async function liveCas(world: OperatorWorld, kafka: Kafka, observed: Observed): Promise<ReadonlyMap<string, Secret>> {
  const c = kafka.metadata.name
  const found = new Map<string, Secret>()
  for (const name of [names.clusterCaCert(c), names.clusterCaKey(c), names.clientsCaCert(c), names.clientsCaKey(c)]) {
    const secret =
      observed.get(secrets, name) ??
      (await world.kube.get(secrets, { namespace: kafka.metadata.namespace ?? null, name }))
    if (secret) found.set(name, secret)
  }
  return found
}

export async function gatherCluster(
  world: OperatorWorld,
  view: View,
  kafka: Kafka,
  reached: (bootstrap: Bootstrap) => void,
): Promise<ClusterFacts> {
  const { config, env } = world
  const namespace = kafka.metadata.namespace ?? null
  const pools = view.list(kafkaNodePools, { namespace, labels: `${labelNames.cluster}=${kafka.metadata.name}` })
  const observed = observe(view, kafka)
  const nowMs = env.clock.wallMs()
  const clusterId = await clusterIdOf(world, kafka, observed)
  const living = pools.filter((p) => p.metadata.deletionTimestamp === undefined)
  const first: ClusterFacts = {
    ...{
      kafka,
      pools: living,
      observed,
      brokers: null,
      silence: null,
      certificates: null,
      clusterId,
      problems: [],
      config,
      nowMs,
    },
  }
  const c = clusterOf(first)
  if (c.refused.some((p) => p.reason !== 'ScaleDownPreventionCheck') && observed.list(pods).length === 0) return first
  const taken = secretConflicts(view, first, c)
  if (taken.length > 0) return { ...first, problems: taken }
  const cas = await liveCas(world, kafka, observed)
  const problems: Problem[] = []
  let facts = first
  try {
    const certificates = await makeCertificates(world.keys, env.random, {
      kafka,
      config,
      secret: (name) => cas.get(name) ?? observed.get(secrets, name),
      pods: observed.list<Pod>(pods).filter((p) => p.metadata.labels?.[labelNames.controller] === 'strimzipodset'),
      nodes: c.nodes,
      needs: certificateNeeds(first, c),
      nowMs,
      mayRenew: isInWindow(kafka.spec.maintenanceTimeWindows ?? [], nowMs),
    })
    facts = { ...first, certificates }
    problems.push(...conflicts(view, facts, c))
  } catch (problem) {
    if (!isCaMissing(problem)) throw problem
    problems.push(caMissing(problem))
  }
  const bootstrap = bootstrapOf(facts, c)
  if (bootstrap === null) return { ...facts, problems }
  reached(bootstrap)
  const asked = await ask(world, bootstrap, whatToAsk(facts, c))
  return { ...facts, problems, ...asked }
}

/** The brokers that are ready, reached as `cluster-operator` with the certificate that they know already. */
export function bootstrapOf(f: ClusterFacts, c: Cluster): Bootstrap | null {
  const operator = f.observed.get(secrets, names.operatorCerts(c.name))
  const bundle = f.observed.get(secrets, names.trustBundle(c.name))
  const cert = entry(operator, 'cluster-operator.crt')
  const key = entry(operator, 'cluster-operator.key')
  const trustedCerts = entry(bundle, 'cluster-ca.crt')
  const up = f.observed
    .list(pods)
    .filter((p) => p.metadata.labels?.[labelNames.brokerRole] === 'true' && isReady(p))
    .map((p) => `${p.metadata.name}.${names.brokersService(c.name)}.${c.namespace}.svc:${ports.replication}`)
  if (up.length === 0 || cert === null || key === null || trustedCerts === null) return null
  return { servers: up.sort().join(','), tls: { trustedCerts, cert, key } }
}

/** The state of all partitions is much: it is asked for only when somebody is to stop. */
function whatToAsk(f: ClusterFacts, c: Cluster): FactsAsk {
  const wanted = wantedPods(desired({ ...f, problems: [] }, c, false))
  const isShrinking = c.warnings.some((w) => w.reason === 'ScaleDownPreventionCheck')
  const running = f.observed.list(pods).filter(isReady)
  const isTold = f.kafka.metadata.generation !== f.kafka.status?.observedGeneration
  const isConverged = f.kafka.status?.conditions?.some((x) => x.type === 'Ready') && !isTold
  return {
    partitions: isShrinking || outdated(f, c, wanted).length > 0,
    settingsOf: isConverged
      ? []
      : c.nodes.filter((n) => n.isBroker && running.some((p) => p.metadata.name === n.pod)).map((n) => n.id),
    defaultUserQuotas: f.kafka.spec.kafka.quotas?.type === 'kafka' || hasSetQuotas(f),
  }
}

async function ask(
  world: OperatorWorld,
  bootstrap: Bootstrap,
  what: FactsAsk,
): Promise<Pick<ClusterFacts, 'brokers' | 'silence'>> {
  try {
    return { brokers: await world.admin.facts(bootstrap, what), silence: null }
  } catch (problem) {
    // brokers that do not answer are a fact as well
    return { brokers: null, silence: (problem as Error).message }
  }
}
