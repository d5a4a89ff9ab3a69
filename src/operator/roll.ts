/**
 * What may be done next to nodes that run something else than they should: at most one restart at a time, and none that
 * would take a partition below its min.insync.replicas or the quorum below its majority. A function of what is seen: a
 * roll that is interrupted goes on where it was.
 *
 * Order: what is down anyway; brokers; controllers; the active controller last.
 */
import { type Obj, timestampMs } from '../kube-client/index.ts'
import { strimziPodSets } from '../resources/index.ts'
import type { ClusterFacts } from './facts.ts'
import type { KafkaAction } from './kafka-admin.ts'
import { type Pod, pods } from './kinds.ts'
import type { Cluster } from './model/cluster.ts'
import type { NodeRef } from './model/listeners.ts'
import { isDynamic } from './model/server-config.ts'
import { annotations, names } from './names.ts'

export type RestartReason =
  | 'CaCertHasOldGeneration'
  | 'CaCertRemoved'
  | 'ClusterCaCertKeyReplaced'
  | 'ConfigChangeRequiresRestart'
  | 'KafkaCertificatesChanged'
  | 'ManualRollingUpdate'
  | 'PodHasOldRevision'
  | 'PodUnresponsive'
  | 'DeletePodAndPvc'

export type RollStep =
  | { readonly next: 'nothing' }
  | { readonly next: 'wait'; readonly why: string }
  | { readonly next: 'alter'; readonly alter: readonly KafkaAction[] }
  | { readonly next: 'restart'; readonly pod: Pod; readonly node: NodeRef; readonly reasons: readonly RestartReason[] }

export const isReady = (pod: Pod | undefined): boolean =>
  pod?.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false

const stuckReasons: readonly string[] = [
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
]

/** Why a pod will not become ready by waiting; null: it may. */
export function stuckBecause(pod: Pod): string | null {
  for (const container of pod.status?.containerStatuses ?? []) {
    const waiting = container.state?.waiting
    if (waiting && stuckReasons.includes(waiting.reason ?? '')) {
      return `${waiting.reason}${waiting.message ? `: ${waiting.message}` : ''}`
    }
  }
  const scheduled = pod.status?.conditions?.find((c) => c.type === 'PodScheduled' && c.status === 'False')
  return scheduled?.reason === 'Unschedulable' ? `Unschedulable: ${scheduled.message ?? ''}` : null
}

const differences: readonly (readonly [annotation: string, reason: RestartReason])[] = [
  [annotations.revision, 'PodHasOldRevision'],
  [annotations.clusterCaKeyGeneration, 'ClusterCaCertKeyReplaced'],
  [annotations.clusterCaCertGeneration, 'CaCertHasOldGeneration'],
  [annotations.clientsCaCertGeneration, 'CaCertHasOldGeneration'],
  [annotations.trustHash, 'CaCertRemoved'],
  [annotations.configurationHash, 'ConfigChangeRequiresRestart'],
  [annotations.serverCertHash, 'KafkaCertificatesChanged'],
  [annotations.customCertHashes, 'KafkaCertificatesChanged'],
]

export function restartReasons(
  f: ClusterFacts,
  c: Cluster,
  node: NodeRef,
  pod: Pod,
  want: Obj | undefined,
): RestartReason[] {
  const found = new Set<RestartReason>()
  const noted = pod.metadata.annotations ?? {}
  const wanted = want?.metadata.annotations
  if (wanted) {
    for (const [annotation, reason] of differences) if (noted[annotation] !== wanted[annotation]) found.add(reason)
    // other certificates to trust are news of their own only when no generation moved
    if (found.has('CaCertHasOldGeneration') || found.has('ClusterCaCertKeyReplaced')) found.delete('CaCertRemoved')
  }
  const set = f.observed.get(strimziPodSets, names.podSet(c.name, node.pool.metadata.name))
  if ([pod, set].some((o) => o?.metadata.annotations?.[annotations.manualRoll] === 'true')) {
    const since = set?.metadata.annotations?.[annotations.rolledBefore]
    const isSetOnly = noted[annotations.manualRoll] !== 'true'
    // a set's annotation concerns the pods that are older than the roll that it began
    if (!isSetOnly || since === undefined || (pod.metadata.creationTimestamp ?? '') <= since)
      found.add('ManualRollingUpdate')
  }
  if (noted[annotations.deletePodAndClaim] === 'true') found.add('DeletePodAndPvc')
  if (needsSettingsRestart(f, c, node)) found.add('ConfigChangeRequiresRestart')
  return [...found]
}

/** Keys of the user's that a running broker has otherwise: what can be changed in it, and what only a restart forgets. */
function settingsOf(f: ClusterFacts, c: Cluster, node: NodeRef) {
  const changes: { key: string; value: string | null }[] = []
  let isRestartNeeded = false
  const there = f.brokers?.settings?.get(node.id)
  if (!there || !node.isBroker) return { changes, isRestartNeeded }
  const byKey = new Map(there.map((s) => [s.key, s]))
  for (const [key, value] of c.user.entries) {
    if (isDynamic(key) && !sameSetting(byKey.get(key)?.value ?? null, value)) changes.push({ key, value })
  }
  for (const setting of there) {
    if (c.user.entries.has(setting.key) || !isDynamic(setting.key) || isOwn(setting.key)) continue
    if (setting.source === 'dynamic') changes.push({ key: setting.key, value: null })
    if (setting.source === 'static' || setting.isAlsoStatic) isRestartNeeded = true
  }
  return { changes, isRestartNeeded }
}

/** Brokers tell values in their own way: `1e3` as 1000, lists without spaces. */
export function sameSetting(a: string | null, b: string): boolean {
  if (a === null) return false
  const plain = (text: string): string => text.trim().replace(/\s*,\s*/g, ',')
  if (plain(a) === plain(b) || plain(a).toLowerCase() === plain(b).toLowerCase()) return true
  return a.trim() !== '' && b.trim() !== '' && Number(a) === Number(b)
}

/** With eligible leader replicas (KIP-966) the controller knows one value of these for all brokers. */
const clusterWide: ReadonlySet<string> = new Set(['min.insync.replicas'])

/** Dynamic keys that the operator's own part of the configuration has. */
const isOwn = (key: string): boolean =>
  /^(listeners|advertised\.listeners|listener\.|ssl\.|sasl\.|log\.dirs?$|principal\.)/.test(key)

const needsSettingsRestart = (f: ClusterFacts, c: Cluster, node: NodeRef): boolean =>
  settingsOf(f, c, node).isRestartNeeded

export interface Outdated {
  readonly node: NodeRef
  readonly pod: Pod
  readonly reasons: readonly RestartReason[]
}

/** Pods that run something else than they should. */
export function outdated(f: ClusterFacts, c: Cluster, wanted: ReadonlyMap<string, Obj>): Outdated[] {
  return c.nodes.flatMap((node) => {
    const pod = f.observed.get(pods, node.pod)
    if (!pod || pod.metadata.deletionTimestamp !== undefined) return []
    const reasons = restartReasons(f, c, node, pod, wanted.get(node.pod))
    return reasons.length === 0 ? [] : [{ node, pod, reasons }]
  })
}

/** Why this broker cannot go now; null: it can. A partition that cannot stay available in any case does not count. */
export function brokerHolds(f: ClusterFacts, node: NodeRef): string | null {
  if (!node.isBroker) return null
  const partitions = f.brokers?.partitions
  if (!partitions) return 'the state of the partitions is not known'
  const held = partitions.filter((p) => {
    if (!p.replicas.includes(node.id) || p.replicas.length <= p.minInSync) return false
    return p.inSync.filter((id) => id !== node.id).length < p.minInSync
  })
  if (held.length === 0) return null
  const some = held.slice(0, 3).map((p) => `${p.topic}-${p.partition}`)
  return `${held.length} partition${held.length === 1 ? '' : 's'} would have less than min.insync.replicas in sync (${some.join(', ')}${held.length > 3 ? '…' : ''})`
}

/** controller.quorum.fetch.timeout.ms */
const caughtUpWithinMs = 2000

export function controllerHolds(f: ClusterFacts, node: NodeRef): string | null {
  if (!node.isController) return null
  const facts = f.brokers
  if (!facts) return 'the state of the quorum is not known'
  if (facts.voters.length <= 1) return null
  if (facts.quorumLeader < 0) return 'the quorum has no leader'
  const newest = Math.max(...facts.voters.map((v) => v.lastCaughtUpMs))
  const alive = facts.voters.filter(
    (v) => v.id !== node.id && (v.id === facts.quorumLeader || newest - v.lastCaughtUpMs < caughtUpWithinMs),
  )
  const majority = Math.floor(facts.voters.length / 2) + 1
  if (alive.length >= majority || (facts.voters.length === 2 && alive.length === 1)) return null
  return `without it only ${alive.length} of ${facts.voters.length} controllers would be caught up`
}

export function inOrder(f: ClusterFacts, list: readonly Outdated[]): Outdated[] {
  const rank = (o: Outdated): number =>
    !isReady(o.pod) ? 0 : o.node.isController ? (o.node.id === f.brokers?.quorumLeader ? 3 : 2) : 1
  return [...list].sort((a, b) => rank(a) - rank(b) || a.node.id - b.node.id)
}

export function roll(f: ClusterFacts, c: Cluster, wanted: ReadonlyMap<string, Obj>): RollStep {
  const all = c.nodes.map((node) => ({ node, pod: f.observed.get(pods, node.pod) }))
  const going = all.find((n) => n.pod?.metadata.deletionTimestamp !== undefined)
  if (going) return { next: 'wait', why: `pod ${going.node.pod} stops` }
  const missing = all.find((n) => !n.pod)
  if (missing) return { next: 'wait', why: `pod ${missing.node.pod} is to be created` }
  const candidates = inOrder(f, outdated(f, c, wanted))
  const down = candidates.find((o) => !isReady(o.pod))
  if (down) return { next: 'restart', ...down }
  const unready = all.find((n) => !isReady(n.pod))
  if (unready) {
    const stuck = unready.pod && stuckBecause(unready.pod)
    return { next: 'wait', why: `pod ${unready.node.pod} is not ready${stuck ? `: ${stuck}` : ''}` }
  }
  const alter = alterations(f, c)
  if (alter.length > 0) return { next: 'alter', alter }
  if (candidates.length === 0) return { next: 'nothing' }
  if (!f.brokers && !isDeaf(f, c))
    return { next: 'wait', why: `no broker answers${f.silence === null ? '' : `: ${f.silence}`}` }
  let why = ''
  for (const candidate of candidates) {
    if (!f.brokers) return { next: 'restart', ...candidate, reasons: [...candidate.reasons, 'PodUnresponsive'] }
    const holds = controllerHolds(f, candidate.node) ?? brokerHolds(f, candidate.node)
    if (holds === null) return { next: 'restart', ...candidate }
    why ||= `pod ${candidate.node.pod} cannot be restarted now: ${holds}`
  }
  return { next: 'wait', why }
}

function alterations(f: ClusterFacts, c: Cluster): KafkaAction[] {
  const own = c.nodes.map((node) => ({ id: node.id, ...settingsOf(f, c, node) }))
  return [{ id: null, changes: changesForAll(f, c) }, ...own]
    .filter(({ changes }) => changes.length > 0)
    .map(({ id, changes }): KafkaAction => ({ kafka: 'alterBroker', id, changes }))
}

function changesForAll(f: ClusterFacts, c: Cluster): { key: string; value: string }[] {
  const settings = [...(f.brokers?.settings?.values() ?? [])]
  return [...clusterWide].flatMap((key) => {
    const value = c.user.entries.get(key)
    const isDifferent = settings.some((there) => there.find((s) => s.key === key)?.value !== value)
    return value !== undefined && isDifferent ? [{ key, value }] : []
  })
}

/** All pods are ready since long, and still nobody answers: waiting has not helped. */
function isDeaf(f: ClusterFacts, c: Cluster): boolean {
  return c.nodes.every((node) => {
    const since = f.observed
      .get(pods, node.pod)
      ?.status?.conditions?.find((x) => x.type === 'Ready')?.lastTransitionTime
    return since !== undefined && f.nowMs - timestampMs(since) > f.config.operationTimeoutMs
  })
}
