/** What is said of a Kafka and its pools. Times move only when what they belong to does. */
import { type Action, type KindRef, type Obj, timestampMs, timestampOf } from '../kube-client/index.ts'
import { kafkaNodePools } from '../resources/index.ts'
import { operatorVersion } from './config.ts'
import { refOf } from './diff.ts'
import type { ClusterFacts } from './facts.ts'
import { stableJson } from './hash.ts'
import { type Deployment, deployments, pods, services } from './kinds.ts'
import { nodeAddress, nodePortOf } from './model/advertised.ts'
import type { Cluster } from './model/cluster.ts'
import { hasEntityOperator } from './model/entity-operator.ts'
import { labelsOf, selectorOf, selectorText } from './model/labels.ts'
import { bootstrapServiceName, hasOwnServices } from './model/listeners.ts'
import type { Problem } from './model/problems.ts'
import { labelNames, names } from './names.ts'
import type { Condition, KafkaNodePool, KafkaStatus, Listener, ListenerStatus } from './resource-types.ts'
import { isReady, type RollStep, stuckBecause } from './roll.ts'

/** With the times of the conditions that were there before, where nothing but the time would differ. */
export function withTimes(
  now: readonly Condition[],
  before: readonly Condition[] | undefined,
  nowMs: number,
): Condition[] {
  const time = timestampOf(nowMs)
  return now.map((c) => {
    const same = before?.find(
      (b) => b.type === c.type && b.status === c.status && b.reason === c.reason && b.message === c.message,
    )
    return { ...c, lastTransitionTime: same?.lastTransitionTime ?? time }
  })
}

/** Writes the fields that differ, and takes away those that are no more said. null: nothing differs. */
export function statusAction(kind: KindRef, object: Obj, status: object): Action | null {
  const before = (object['status'] ?? {}) as Record<string, unknown>
  const patch: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(status)) {
    if (stableJson(before[name]) !== stableJson(value)) patch[name] = value
  }
  for (const name of Object.keys(before)) if (!(name in status)) patch[name] = null
  if (Object.keys(patch).length === 0) return null
  return { do: 'merge', kind, ref: refOf(object), patch: { status: patch }, subresource: 'status' }
}

/** What is still missing: null = all is as wanted and can be used. */
export function notYet(f: ClusterFacts, c: Cluster, step: RollStep, waiting: readonly string[]): string | null {
  if (waiting.length > 0) return `waiting for ${waiting.join(', ')}`
  if (step.next === 'wait') return step.why
  if (step.next === 'restart') return `pod ${step.node.pod} is restarted: ${step.reasons.join(', ')}`
  if (step.next === 'alter') return 'the configuration of brokers is changed'
  if (!f.brokers) return f.silence === null ? 'no broker answers' : `no broker answers: ${f.silence}`
  const absent = c.nodes.filter((n) => n.isBroker && !f.brokers?.brokers.some((b) => b.id === n.id && !b.isFenced))
  if (absent.length > 0) return `broker ${absent.map((n) => n.id).join(', ')} has not joined the cluster`
  return null
}

/** Of the entity operator; asked once the nodes are ready. */
export function entityOperatorNotYet(f: ClusterFacts, c: Cluster): string | null {
  if (!hasEntityOperator(c.kafka)) return null
  const d: Deployment | undefined = f.observed.get(deployments, names.entityOperator(c.name))
  const isCurrent = d !== undefined && (d.status?.observedGeneration ?? 0) >= (d.metadata.generation ?? 0)
  return isCurrent && (d.status?.readyReplicas ?? 0) > 0 && (d.status?.updatedReplicas ?? 1) > 0
    ? null
    : `deployment ${names.entityOperator(c.name)} is not ready`
}

/** What will not get better by waiting, or has been waited for too long. */
function stuck(f: ClusterFacts, c: Cluster): Problem | null {
  for (const node of c.nodes) {
    const pod = f.observed.get(pods, node.pod)
    if (!pod || isReady(pod)) continue
    const because = stuckBecause(pod)
    if (because) return { reason: 'PodStuck', message: `pod ${node.pod} cannot start: ${because}` }
    const since =
      pod.status?.conditions?.find((x) => x.type === 'Ready')?.lastTransitionTime ??
      pod.metadata.creationTimestamp ??
      ''
    if (since !== '' && f.nowMs - timestampMs(since) > f.config.operationTimeoutMs) {
      return {
        reason: 'TimeoutException',
        message: `pod ${node.pod} is not ready since ${since}; kubectl logs ${node.pod} -n ${c.namespace} says why`,
      }
    }
  }
  return null
}

function listenerStatus(f: ClusterFacts, c: Cluster, l: Listener): ListenerStatus | null {
  const certificates = l.tls && f.certificates ? [customOr(f, l)] : undefined
  const service = bootstrapServiceName(c.name, l)
  const at = (addresses: { host: string; port: number }[]): ListenerStatus => ({
    name: l.name,
    addresses,
    bootstrapServers: addresses.map((a) => `${a.host}:${a.port}`).join(','),
    ...(certificates ? { certificates } : {}),
  })
  if (!hasOwnServices(l) || l.type === 'cluster-ip') {
    const domain = l.configuration?.useServiceDnsDomain ? `.${f.config.clusterDomain}` : ''
    return at([{ host: `${service}.${c.namespace}.svc${domain}`, port: l.port }])
  }
  const port = nodePortOf(f.observed.get(services, service), l.port)
  const host = nodeAddress(f, l)
  return port === null || host === null ? null : at([{ host, port }])
}

const customOr = (f: ClusterFacts, l: Listener): string =>
  f.certificates?.listeners.get(`${l.name}-${l.port}`)?.certPem ?? f.certificates?.clusterCa.cert ?? ''

export interface Said {
  readonly status: KafkaStatus
  readonly isReady: boolean
}

export interface StatusAsk {
  readonly warnings: readonly Condition[]
  /** null: all that was wanted is there. */
  readonly missing: string | null
}

/**
 * Ready stays Ready while a change is carried out in order; `observedGeneration` tells what it is said of. NotReady comes
 * with what a person has to do something about, and at first, until the cluster is ready for the first time.
 */
export function status(f: ClusterFacts, c: Cluster, o: StatusAsk): Said {
  const before = f.kafka.status
  const generation = f.kafka.metadata.generation
  const wasReady = before?.conditions?.some((x) => x.type === 'Ready' && x.status === 'True') ?? false
  const problem = c.refused[0] ?? (o.missing === null ? null : stuck(f, c))
  const main: Condition = problem
    ? { type: 'NotReady', status: 'True', reason: problem.reason, message: allMessages(c, problem) }
    : o.missing === null || wasReady
      ? { type: 'Ready', status: 'True' }
      : {
          type: 'NotReady',
          status: 'True',
          reason: 'Creating',
          message: `Kafka cluster is being deployed: ${o.missing}`,
        }
  const isDone = problem === null && o.missing === null
  const isObserved = isDone || problem !== null || !wasReady
  const observedGeneration = isObserved ? generation : before?.observedGeneration
  const listeners = isDone
    ? c.kafka.spec.kafka.listeners.flatMap((l) => listenerStatus(f, c, l) ?? [])
    : (before?.listeners ?? [])
  const metadataVersion = f.brokers?.metadataVersion ?? before?.kafkaMetadataVersion
  const warnings = c.refused.length > 0 ? [] : o.warnings
  const said: KafkaStatus = {
    conditions: withTimes([main, ...warnings], before?.conditions, f.nowMs),
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    clusterId: f.clusterId,
    ...(c.pools.length > 0 ? { kafkaNodePools: c.pools.map((p) => ({ name: p.metadata.name })) } : {}),
    ...(listeners.length > 0 ? { listeners } : {}),
    ...(isDone
      ? { kafkaVersion: c.version.version, operatorLastSuccessfulVersion: operatorVersion }
      : {
          ...(before?.kafkaVersion === undefined ? {} : { kafkaVersion: before.kafkaVersion }),
          ...(before?.operatorLastSuccessfulVersion === undefined
            ? {}
            : { operatorLastSuccessfulVersion: before.operatorLastSuccessfulVersion }),
        }),
    ...(metadataVersion === undefined ? {} : { kafkaMetadataVersion: metadataVersion }),
  }
  return { status: said, isReady: isDone }
}

const allMessages = (c: Cluster, problem: Problem): string =>
  c.refused.length > 1 ? c.refused.map((p) => p.message).join('; ') : problem.message

/** A pool's status keeps the ids that its nodes have: it is written before the nodes are made. */
export function poolStatus(f: ClusterFacts, c: Cluster, pool: KafkaNodePool): Action | null {
  const ids = c.ids.get(pool.metadata.name)
  if (!ids) return null
  const labels = {
    ...labelsOf(c.kafka, { cluster: c.name, name: names.kafka(c.name), type: 'kafka', managedBy: f.config.name }),
    [labelNames.poolName]: pool.metadata.name,
  }
  return statusAction(kafkaNodePools, pool, {
    nodeIds: ids.desired,
    clusterId: f.clusterId,
    roles: pool.spec.roles,
    replicas: ids.desired.length,
    labelSelector: selectorText(selectorOf(labels)),
    ...(pool.metadata.generation === undefined ? {} : { observedGeneration: pool.metadata.generation }),
  })
}
