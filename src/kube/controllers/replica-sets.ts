/** ReplicaSets → pods: as many as asked for, and a status that counts them. */
import { type Action, type Controller, isApiError, type Obj, type Pass, timestampMs } from '../../kube-client/index.ts'
import { type Fields, numberOf, recordOf, textOf } from '../kinds/read.ts'
import { selects } from '../kinds/selectors.ts'
import { sameJson } from '../schema/node.ts'
import { templateOf } from './pod-template.ts'
import {
  conditionOf,
  controllerOf,
  isDeleted,
  isKeptBy,
  isPodDone,
  isPodReady,
  keyOf,
  ownedBy,
  pods,
  refOf,
  refTo,
  replicaSets,
  specOf,
  statusOf,
} from './refs.ts'

export interface ReplicaSetFacts {
  readonly set: Obj
  /** Its own, and those without a controller that it selects. */
  readonly pods: readonly Obj[]
}

/** More at once would only wait in the queue. */
const burst = 100

const selectorOf = (set: Obj): Fields => recordOf(specOf(set)['selector'])

export function replicaSetController(): Controller<ReplicaSetFacts> {
  return {
    name: 'replicaset-controller',
    concurrency: 4,
    inputs: [
      { kind: replicaSets, keys: (set) => [keyOf(set)] },
      {
        kind: pods,
        keys: (pod, view) => {
          const owner = controllerOf(pod)
          if (owner !== undefined) return owner.kind === 'ReplicaSet' ? [`${pod.metadata.namespace}/${owner.name}`] : []
          return view
            .list(replicaSets, { namespace: pod.metadata.namespace ?? null })
            .filter((set) => selects(selectorOf(set), pod.metadata.labels))
            .map(keyOf)
        },
      },
    ],
    gather: async (key, view) => {
      const set = view.get(replicaSets, refOf(key))
      if (set === undefined) return null
      const mine = view
        .list(pods, { namespace: refOf(key).namespace })
        .filter(
          (pod) =>
            isKeptBy(pod, set) || (controllerOf(pod) === undefined && selects(selectorOf(set), pod.metadata.labels)),
        )
      return { set, pods: mine }
    },
    plan: (_key, facts, nowMs) => planReplicaSet(facts, nowMs),
    execute: async (action, kube) => {
      try {
        await kube.apply(action)
      } catch (thrown) {
        // The set itself will go, too.
        if (!(isApiError(thrown) && thrown.code === 403 && thrown.message.includes('being terminated'))) throw thrown
      }
    },
  }
}

export function planReplicaSet({ set, pods: all }: ReplicaSetFacts, nowMs: number): Pass {
  const actions: Action[] = []
  const selected = all.filter((pod) => selects(selectorOf(set), pod.metadata.labels))
  const live = selected.filter((pod) => !isDeleted(pod) && !isPodDone(pod))
  if (!isDeleted(set)) {
    for (const pod of all) if (isKeptBy(pod, set) && !selected.includes(pod)) actions.push(release(pod, set))
    for (const pod of live) if (!isKeptBy(pod, set)) actions.push(adopt(pod, set))
    const missing = numberOf(specOf(set)['replicas']) - live.length
    for (let nth = 0; nth < Math.min(missing, burst); nth++) actions.push(newPod(set))
    if (missing < 0) actions.push(...surplus(live, nowMs, -missing).map(remove))
  }
  const { status, wakeInMs } = statusFor(set, live, nowMs)
  const { conditions: _, ...standing } = statusOf(set)
  if (!sameJson(standing, status)) {
    const patch = { status: { ...zeroes(standing), ...status } }
    actions.push({ do: 'merge', kind: replicaSets, ref: refTo(set), patch, subresource: 'status' })
  }
  return { actions, ...(wakeInMs === null ? {} : { wakeInMs }) }
}

/** Counts that are zero are not written, so a patch must take them away. */
const zeroes = (standing: Fields): Fields => Object.fromEntries(Object.keys(standing).map((key) => [key, null]))

/** When a ready pod counts as available; null: it is not ready. */
export function availableAtMs(pod: Obj, minReadySeconds: number): number | null {
  const ready = conditionOf(pod, 'Ready')
  if (ready?.['status'] !== 'True') return null
  const since = textOf(ready['lastTransitionTime'])
  return minReadySeconds === 0 || since === '' ? 0 : timestampMs(since) + minReadySeconds * 1000
}

function statusFor(set: Obj, live: readonly Obj[], nowMs: number): { status: Fields; wakeInMs: number | null } {
  const minReady = numberOf(specOf(set)['minReadySeconds'])
  const times = live.map((pod) => availableAtMs(pod, minReady)).filter((at) => at !== null)
  const labels = recordOf(recordOf(templateOf(set)['metadata'])['labels'])
  const isFullyLabeled = (pod: Obj): boolean =>
    Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value)
  const counts = {
    fullyLabeledReplicas: live.filter(isFullyLabeled).length,
    readyReplicas: live.filter(isPodReady).length,
    availableReplicas: times.filter((at) => at <= nowMs).length,
  }
  const later = times.filter((at) => at > nowMs)
  return {
    status: {
      replicas: live.length,
      ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
      observedGeneration: set.metadata.generation ?? 0,
    },
    wakeInMs: later.length === 0 ? null : Math.min(...later) - nowMs,
  }
}

/** First those that do least: unbound, not ready, the newest. */
function surplus(live: readonly Obj[], nowMs: number, count: number): Obj[] {
  const rank = (pod: Obj): number[] => [
    textOf(specOf(pod)['nodeName']) === '' ? 0 : 1,
    statusOf(pod)['phase'] === 'Running' ? 1 : 0,
    isPodReady(pod) ? 1 : 0,
    -(pod.metadata.creationTimestamp === undefined ? nowMs : timestampMs(pod.metadata.creationTimestamp)),
  ]
  const ranked = live.map((pod) => ({ pod, rank: rank(pod) }))
  ranked.sort((a, b) => {
    for (const [at, value] of a.rank.entries()) if (value !== b.rank[at]) return value - b.rank[at]!
    return a.pod.metadata.name < b.pod.metadata.name ? 1 : -1
  })
  return ranked.slice(0, count).map(({ pod }) => pod)
}

function newPod(set: Obj): Action {
  const template = templateOf(set)
  const { labels, annotations, finalizers } = recordOf(template['metadata']) as Partial<Obj['metadata']>
  const object: Obj = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace!,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [ownedBy(set)],
    },
    spec: template['spec'],
  }
  return { do: 'create', kind: pods, object }
}

const remove = (pod: Obj): Action => ({
  do: 'delete',
  kind: pods,
  ref: refTo(pod),
  ...(pod.metadata.uid === undefined ? {} : { uid: pod.metadata.uid }),
})

const adopt = (pod: Obj, set: Obj): Action => ({
  do: 'merge',
  kind: pods,
  ref: refTo(pod),
  patch: {
    metadata: { uid: pod.metadata.uid, ownerReferences: [...(pod.metadata.ownerReferences ?? []), ownedBy(set)] },
  },
})

const release = (pod: Obj, set: Obj): Action => {
  const rest = (pod.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== set.metadata.uid)
  const ownerReferences = rest.length === 0 ? null : rest
  return { do: 'merge', kind: pods, ref: refTo(pod), patch: { metadata: { uid: pod.metadata.uid, ownerReferences } } }
}
