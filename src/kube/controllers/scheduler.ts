/** Binds pods to the one Node there is, when it wants them and their claims are bound. */
import type { Action, Controller, Obj, Pass } from '../../kube-client/index.ts'
import { timestampOf } from '../../kube-client/index.ts'
import { listOf, recordOf, textOf } from '../kinds/read.ts'
import { claims, isDeleted, isPodDone, keyOf, nodes, pods, refOf, refTo, specOf, statusOf } from './refs.ts'

export interface SchedulerFacts {
  readonly pod: Obj
  readonly nodes: readonly Obj[]
  /** Of the pod's volumes; null: there is none of that name. */
  readonly claims: readonly { readonly name: string; readonly claim: Obj | null }[]
}

const waits = (pod: Obj): boolean => textOf(specOf(pod)['nodeName']) === '' && !isDeleted(pod) && !isPodDone(pod)

const claimNames = (pod: Obj): string[] =>
  listOf(specOf(pod)['volumes'])
    .map((volume) => textOf(recordOf(recordOf(volume)['persistentVolumeClaim'])['claimName']))
    .filter((name) => name !== '')

export function scheduler(): Controller<SchedulerFacts> {
  return {
    name: 'default-scheduler',
    concurrency: 8,
    inputs: [
      { kind: pods, keys: (pod) => (waits(pod) ? [keyOf(pod)] : []) },
      { kind: nodes, keys: (_node, view) => view.list(pods).filter(waits).map(keyOf) },
      {
        kind: claims,
        keys: (claim, view) =>
          view
            .list(pods, { namespace: claim.metadata.namespace ?? null })
            .filter((pod) => waits(pod) && claimNames(pod).includes(claim.metadata.name))
            .map(keyOf),
      },
    ],
    gather: async (key, view) => {
      const pod = view.get(pods, refOf(key))
      if (pod === undefined || !waits(pod)) return null
      const { namespace } = refOf(key)
      return {
        pod,
        nodes: view.list(nodes),
        claims: claimNames(pod).map((name) => ({ name, claim: view.get(claims, { namespace, name }) ?? null })),
      }
    },
    plan: (_key, facts, nowMs) => planScheduling(facts, nowMs),
  }
}

export function planScheduling({ pod, nodes, claims }: SchedulerFacts, nowMs: number): Pass {
  const why = obstacle(pod, nodes, claims)
  if (why === null)
    return { actions: bind(pod, nodes.find((node) => fits(pod, node))!, nowMs), events: [assigned(pod, nodes)] }
  const standing = listOf(statusOf(pod)['conditions'])
    .map(recordOf)
    .find((one) => one['type'] === 'PodScheduled')
  if (standing?.['message'] === why) return { actions: [] }
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: why }
  return {
    actions: [status(pod, { ...condition, lastTransitionTime: timestampOf(nowMs) })],
    events: [{ about: pod, type: 'Warning', reason: 'FailedScheduling', note: why }],
  }
}

/** Why it cannot run; null: it can. */
function obstacle(pod: Obj, nodes: readonly Obj[], wanted: SchedulerFacts['claims']): string | null {
  for (const { name, claim } of wanted) {
    if (claim === null) return `persistentvolumeclaim ${JSON.stringify(name)} not found`
    if (isDeleted(claim)) return `persistentvolumeclaim ${JSON.stringify(name)} is being deleted`
    if (statusOf(claim)['phase'] !== 'Bound')
      return '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.'
  }
  if (nodes.length === 0) return 'no nodes available to schedule pods'
  if (nodes.some((node) => fits(pod, node))) return null
  const isCordoned = nodes.every((node) => specOf(node)['unschedulable'] === true)
  const reason = isCordoned ? 'were unschedulable' : "didn't match Pod's node affinity/selector"
  return `0/${nodes.length} nodes are available: ${nodes.length} node(s) ${reason}.`
}

function fits(pod: Obj, node: Obj): boolean {
  if (specOf(node)['unschedulable'] === true || isDeleted(node)) return false
  const labels = node.metadata.labels ?? {}
  return Object.entries(recordOf(specOf(pod)['nodeSelector'])).every(([key, value]) => labels[key] === value)
}

function bind(pod: Obj, node: Obj, nowMs: number): Action[] {
  const condition = { type: 'PodScheduled', status: 'True', lastTransitionTime: timestampOf(nowMs) }
  // From the binding on the conditions are the kubelet's: nothing of the scheduler's may come after it.
  return [
    status(pod, condition),
    {
      do: 'merge',
      kind: pods,
      ref: refTo(pod),
      patch: { metadata: { uid: pod.metadata.uid }, spec: { nodeName: node.metadata.name } },
    },
  ]
}

function status(pod: Obj, condition: Readonly<Record<string, unknown>>): Action {
  const others = listOf(statusOf(pod)['conditions']).filter((one) => recordOf(one)['type'] !== 'PodScheduled')
  return {
    do: 'merge',
    kind: pods,
    ref: refTo(pod),
    patch: { metadata: { uid: pod.metadata.uid }, status: { conditions: [...others, condition] } },
    subresource: 'status',
  }
}

const assigned = (pod: Obj, nodes: readonly Obj[]) => {
  const node = nodes.find((one) => fits(pod, one))!.metadata.name
  const note = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`
  return { about: pod, type: 'Normal' as const, reason: 'Scheduled', note }
}
