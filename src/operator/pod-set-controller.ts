/**
 * StrimziPodSet: makes the pods that are missing, deletes those that are not in the set any more and those that have
 * ended. A pod that differs from its entry is left alone: the cluster operator decides when it is restarted.
 */
import type { Action, Controller, Obj, Pass } from '../kube-client/index.ts'
import { type StrimziPodSet, strimziPodSets } from '../resources/index.ts'
import type { OperatorConfig } from './config.ts'
import { watches } from './config.ts'
import { deletion, refOf } from './diff.ts'
import { type Deployment, deployments, type Pod, pods } from './kinds.ts'
import { ownedBy } from './model/labels.ts'
import { annotations, labelNames } from './names.ts'
import { watchedBy, yields } from './ownership.ts'
import { isReady } from './roll.ts'
import { statusAction } from './status.ts'

export interface PodSetFacts {
  readonly set: StrimziPodSet
  /** Those that carry the set's name in `strimzi.io/controller-name`. */
  readonly pods: readonly Pod[]
}

export const podsOf = (set: StrimziPodSet): readonly Obj[] => set.spec.pods as unknown as readonly Obj[]

export function planPodSet({ set, pods: have }: PodSetFacts): Pass {
  if (set.metadata.deletionTimestamp !== undefined) return { actions: [] }
  const wanted = new Map(podsOf(set).map((p) => [p.metadata.name, p]))
  const there = new Map(have.map((p) => [p.metadata.name, p]))
  const owner = ownedBy(set, true)
  const actions: Action[] = []
  for (const pod of have) {
    if (pod.metadata.deletionTimestamp !== undefined) continue
    const controller = pod.metadata.ownerReferences?.find((o) => o.controller === true)
    if (controller && controller.uid !== set.metadata.uid) continue
    const hasEnded = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
    if (!wanted.has(pod.metadata.name) || hasEnded) actions.push(deletion(pods, pod))
    else if (!controller) {
      const patch = { metadata: { ownerReferences: [...(pod.metadata.ownerReferences ?? []), owner] } }
      actions.push({ do: 'merge', kind: pods, ref: refOf(pod), patch })
    }
  }
  for (const pod of wanted.values()) {
    if (there.has(pod.metadata.name)) continue
    const metadata = { ...pod.metadata, namespace: set.metadata.namespace ?? 'default', ownerReferences: [owner] }
    actions.push({ do: 'create', kind: pods, object: { ...pod, metadata } })
  }
  const living = have.filter((p) => wanted.has(p.metadata.name))
  const isCurrent = (p: Pod): boolean => revision(p) === revision(wanted.get(p.metadata.name))
  const write = statusAction(strimziPodSets, set, {
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    pods: wanted.size,
    readyPods: living.filter((p) => isReady(p) && p.metadata.deletionTimestamp === undefined).length,
    currentPods: living.filter(isCurrent).length,
  })
  if (write) actions.push(write)
  return { actions }
}

const revision = (pod: Obj | undefined): string | undefined => pod?.metadata.annotations?.[annotations.revision]

export function podSetController(config: OperatorConfig): Controller<PodSetFacts> {
  return {
    name: 'strimzi-pod-set-controller',
    concurrency: 10,
    inputs: [
      { kind: strimziPodSets, keys: (o) => [`${o.metadata.namespace}/${o.metadata.name}`] },
      {
        kind: pods,
        keys: (o) => {
          const name = o.metadata.labels?.[labelNames.controllerName]
          return name === undefined ? [] : [`${o.metadata.namespace}/${name}`]
        },
      },
      {
        kind: deployments,
        keys: (o, view) => {
          if (watchedBy(o as Deployment) === undefined) return []
          return view.list(strimziPodSets).map((set) => `${set.metadata.namespace}/${set.metadata.name}`)
        },
      },
    ],
    gather: (key, view) => {
      const [namespace = '', name = ''] = key.split('/')
      const isOurs = watches(config, namespace) && !yields(config, view, namespace)
      const set = isOurs ? view.get(strimziPodSets, { namespace, name }) : undefined
      if (!set) return Promise.resolve(null)
      return Promise.resolve({
        set,
        pods: view.list(pods, { namespace, labels: `${labelNames.controllerName}=${name}` }),
      })
    },
    plan: (_key, facts) => planPodSet(facts),
  }
}
