/** Deployments → ReplicaSets: a new one for each template, old ones scaled down as the new one becomes available. */
import { type Action, type Controller, type Obj, type Pass, timestampMs, timestampOf } from '../../kube-client/index.ts'
import { type Fields, listOf, numberOf, recordOf, textOf } from '../kinds/read.ts'
import { sameJson } from '../schema/node.ts'
import { hashLabel, isSameTemplate, share, templateHash, templateOf } from './pod-template.ts'
import {
  controllerOf,
  deployments,
  isDeleted,
  isKeptBy,
  keyOf,
  ownedBy,
  pods,
  refOf,
  refTo,
  replicaSets,
  specOf,
  statusOf,
} from './refs.ts'

export interface DeploymentFacts {
  readonly deployment: Obj
  readonly sets: readonly Obj[]
  /** Of all its sets; only Recreate looks at them. */
  readonly podCount: number
}

const revisionKey = 'deployment.kubernetes.io/revision'
const desiredKey = 'deployment.kubernetes.io/desired-replicas'
const maxKey = 'deployment.kubernetes.io/max-replicas'
/** Annotations of the Deployment that its sets do not get. */
const ownKeys: ReadonlySet<string> = new Set([
  revisionKey,
  desiredKey,
  maxKey,
  'kubectl.kubernetes.io/last-applied-configuration',
])

export function deploymentController(): Controller<DeploymentFacts> {
  return {
    name: 'deployment-controller',
    concurrency: 4,
    inputs: [
      { kind: deployments, keys: (deployment) => [keyOf(deployment)] },
      {
        kind: replicaSets,
        keys: (set) => {
          const owner = controllerOf(set)
          return owner?.kind === 'Deployment' ? [`${set.metadata.namespace}/${owner.name}`] : []
        },
      },
      {
        kind: pods,
        keys: (pod, view) => {
          const owner = controllerOf(pod)
          if (owner?.kind !== 'ReplicaSet') return []
          const set = view.get(replicaSets, { namespace: pod.metadata.namespace ?? null, name: owner.name })
          const above = set === undefined ? undefined : controllerOf(set)
          return above?.kind === 'Deployment' ? [`${pod.metadata.namespace}/${above.name}`] : []
        },
      },
    ],
    gather: async (key, view) => {
      const deployment = view.get(deployments, refOf(key))
      if (deployment === undefined || isDeleted(deployment)) return null
      const { namespace } = refOf(key)
      const sets = view.list(replicaSets, { namespace }).filter((set) => isKeptBy(set, deployment))
      const uids = new Set(sets.map(({ metadata }) => metadata.uid))
      const podCount = view.list(pods, { namespace }).filter((pod) => uids.has(controllerOf(pod)?.uid)).length
      return { deployment, sets, podCount }
    },
    plan: (_key, facts, nowMs) => planDeployment(facts, nowMs),
  }
}

const replicasOf = (object: Obj): number => numberOf(specOf(object)['replicas'])
const count = (sets: readonly Obj[], key: string): number =>
  sets.reduce((sum, set) => sum + numberOf(statusOf(set)[key]), 0)
const revisionOf = ({ metadata }: Obj): number => Number(metadata.annotations?.[revisionKey] ?? 0) || 0
const oldestFirst = (a: Obj, b: Obj): number =>
  textOf(a.metadata.creationTimestamp).localeCompare(textOf(b.metadata.creationTimestamp)) ||
  (a.metadata.name < b.metadata.name ? -1 : 1)

interface Bounds {
  readonly replicas: number
  readonly maxSurge: number
  readonly maxUnavailable: number
}

function boundsOf(deployment: Obj): Bounds {
  const replicas = replicasOf(deployment)
  const strategy = recordOf(specOf(deployment)['strategy'])
  if (strategy['type'] === 'Recreate') return { replicas, maxSurge: 0, maxUnavailable: replicas }
  const { maxSurge, maxUnavailable } = recordOf(strategy['rollingUpdate'])
  const surge = share(maxSurge, replicas, 'up')
  const unavailable = share(maxUnavailable, replicas, 'down')
  // Both zero by rounding would never move.
  return {
    replicas,
    maxSurge: surge,
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas),
  }
}

export function planDeployment({ deployment, sets, podCount }: DeploymentFacts, nowMs: number): Pass {
  const isPaused = specOf(deployment)['paused'] === true
  const current = [...sets].sort(oldestFirst).find((set) => isSameTemplate(templateOf(set), templateOf(deployment)))
  const old = sets.filter((set) => set !== current)
  const actions: Action[] = []
  const events: NonNullable<Pass['events']>[number][] = []
  const scale = (set: Obj, replicas: number): void => {
    if (replicasOf(set) === replicas) return
    actions.push(resize(set, replicas, deployment))
    const way = replicas > replicasOf(set) ? 'up' : 'down'
    const note = `Scaled ${way} replica set ${set.metadata.name} from ${replicasOf(set)} to ${replicas}`
    events.push({ about: deployment, type: 'Normal', reason: 'ScalingReplicaSet', note })
  }
  const isRecreate = recordOf(specOf(deployment)['strategy'])['type'] === 'Recreate'
  if (isPaused) scaleInProportion(current, old, deployment, scale)
  else if (isRecreate) planRecreate(deployment, current, old, podCount, actions, scale, events)
  else planRolling(deployment, current, old, actions, scale, events)
  if (current !== undefined && !isPaused) actions.push(...revise(deployment, current, old))
  if (!isPaused && isComplete(deployment, current, old)) actions.push(...forget(deployment, old))
  const { status, wakeInMs } = statusFor(deployment, current, sets, isPaused, nowMs)
  if (!sameJson(statusOf(deployment), status)) {
    const removed = Object.fromEntries(Object.keys(statusOf(deployment)).map((key) => [key, null]))
    const patch = { status: { ...removed, ...status } }
    actions.push({ do: 'merge', kind: deployments, ref: refTo(deployment), patch, subresource: 'status' })
  }
  return { actions, events, ...(wakeInMs === null ? {} : { wakeInMs }) }
}

type Scale = (set: Obj, replicas: number) => void

/** Paused or not, a change of replicas counts; without a rollout there is one set that takes it. */
function scaleInProportion(current: Obj | undefined, old: readonly Obj[], deployment: Obj, scale: Scale): void {
  const active = [...old, ...(current === undefined ? [] : [current])].filter((set) => replicasOf(set) > 0)
  const target = active.length === 1 ? active[0] : current
  if (active.length <= 1 && target !== undefined) scale(target, replicasOf(deployment))
}

function planRecreate(
  deployment: Obj,
  current: Obj | undefined,
  old: readonly Obj[],
  podCount: number,
  actions: Action[],
  scale: Scale,
  events: NonNullable<Pass['events']>[number][],
): void {
  for (const set of old) scale(set, 0)
  const ofCurrent = current === undefined ? 0 : numberOf(statusOf(current)['replicas'])
  if (old.some((set) => replicasOf(set) > 0) || podCount > ofCurrent) return
  if (current === undefined) actions.push(newSet(deployment, old, replicasOf(deployment), events))
  else scale(current, replicasOf(deployment))
}

function planRolling(
  deployment: Obj,
  current: Obj | undefined,
  old: readonly Obj[],
  actions: Action[],
  scale: Scale,
  events: NonNullable<Pass['events']>[number][],
): void {
  const { replicas, maxSurge, maxUnavailable } = boundsOf(deployment)
  const oldTotal = old.reduce((sum, set) => sum + replicasOf(set), 0)
  const room = Math.max(0, replicas + maxSurge - oldTotal)
  if (current === undefined) {
    actions.push(newSet(deployment, old, Math.min(replicas, room), events))
    return
  }
  const wanted = replicasOf(current) > replicas ? replicas : Math.max(replicasOf(current), Math.min(replicas, room))
  scale(current, wanted)
  if (oldTotal === 0) return
  const all = [...old, current]
  const newUnavailable = wanted - numberOf(statusOf(current)['availableReplicas'])
  let free = oldTotal + wanted - (replicas - maxUnavailable) - Math.max(0, newUnavailable)
  // Those that do not serve go first…
  const left = new Map([...old].sort(oldestFirst).map((set) => [set, replicasOf(set)]))
  const takeFrom = (set: Obj, wish: number): number => {
    const has = left.get(set)!
    const taken = Math.max(0, Math.min(has, free, wish))
    left.set(set, has - taken)
    free -= taken
    return taken
  }
  for (const [set, has] of left) takeFrom(set, has - numberOf(statusOf(set)['availableReplicas']))
  // …and those that do only as far as enough others serve.
  let spare = count(all, 'availableReplicas') - (replicas - maxUnavailable)
  for (const set of left.keys()) if (spare > 0) spare -= takeFrom(set, spare)
  for (const [set, replicas] of left) scale(set, replicas)
}

function newSet(
  deployment: Obj,
  old: readonly Obj[],
  replicas: number,
  events: NonNullable<Pass['events']>[number][],
): Action {
  const template = templateOf(deployment)
  const hash = templateHash(template, numberOf(statusOf(deployment)['collisionCount']))
  const labels = { ...recordOf(recordOf(template['metadata'])['labels']), [hashLabel]: hash }
  const selector = recordOf(specOf(deployment)['selector'])
  const name = `${deployment.metadata.name}-${hash}`
  const object: Obj = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: deployment.metadata.namespace!,
      labels: labels as Record<string, string>,
      annotations: { ...annotationsFor(deployment), [revisionKey]: String(latestRevision(old) + 1) },
      ownerReferences: [ownedBy(deployment)],
    },
    spec: {
      replicas,
      ...(numberOf(specOf(deployment)['minReadySeconds']) > 0
        ? { minReadySeconds: specOf(deployment)['minReadySeconds'] }
        : {}),
      selector: { ...selector, matchLabels: { ...recordOf(selector['matchLabels']), [hashLabel]: hash } },
      template: { ...template, metadata: { ...recordOf(template['metadata']), labels } },
    },
  }
  const note = `Scaled up replica set ${name} from 0 to ${replicas}`
  events.push({ about: deployment, type: 'Normal', reason: 'ScalingReplicaSet', note })
  return { do: 'create', kind: replicaSets, object }
}

const latestRevision = (sets: readonly Obj[]): number => Math.max(0, ...sets.map(revisionOf))

function annotationsFor(deployment: Obj): Record<string, string> {
  const { replicas, maxSurge } = boundsOf(deployment)
  const own = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !ownKeys.has(key))
  return { ...Object.fromEntries(own), [desiredKey]: String(replicas), [maxKey]: String(replicas + maxSurge) }
}

const resize = (set: Obj, replicas: number, deployment: Obj): Action => ({
  do: 'merge',
  kind: replicaSets,
  ref: refTo(set),
  patch: { metadata: { uid: set.metadata.uid, annotations: annotationsFor(deployment) }, spec: { replicas } },
})

/** The current set has the highest revision, and the Deployment shows it. */
function revise(deployment: Obj, current: Obj, old: readonly Obj[]): Action[] {
  const latest = latestRevision(old)
  const revision = Math.max(revisionOf(current), revisionOf(current) > latest ? 0 : latest + 1)
  const note = (object: Obj, kind: typeof deployments): Action[] =>
    object.metadata.annotations?.[revisionKey] === String(revision)
      ? []
      : [
          {
            do: 'merge',
            kind,
            ref: refTo(object),
            patch: { metadata: { uid: object.metadata.uid, annotations: { [revisionKey]: String(revision) } } },
          },
        ]
  return [...note(current, replicaSets), ...note(deployment, deployments)]
}

function isComplete(deployment: Obj, current: Obj | undefined, old: readonly Obj[]): boolean {
  if (current === undefined || old.some((set) => replicasOf(set) > 0 || numberOf(statusOf(set)['replicas']) > 0))
    return false
  const replicas = replicasOf(deployment)
  const status = statusOf(current)
  return numberOf(status['replicas']) === replicas && numberOf(status['availableReplicas']) === replicas
}

/** Old sets beyond the history go. */
function forget(deployment: Obj, old: readonly Obj[]): Action[] {
  const limit = specOf(deployment)['revisionHistoryLimit']
  if (typeof limit !== 'number') return []
  const idle = old.filter(
    (set) => !isDeleted(set) && replicasOf(set) === 0 && numberOf(statusOf(set)['replicas']) === 0,
  )
  return [...idle]
    .sort((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, idle.length - limit))
    .map((set) => ({
      do: 'delete',
      kind: replicaSets,
      ref: refTo(set),
      ...(set.metadata.uid === undefined ? {} : { uid: set.metadata.uid }),
    }))
}

function statusFor(
  deployment: Obj,
  current: Obj | undefined,
  sets: readonly Obj[],
  isPaused: boolean,
  nowMs: number,
): { status: Fields; wakeInMs: number | null } {
  const { replicas, maxUnavailable } = boundsOf(deployment)
  const total = count(sets, 'replicas')
  const available = count(sets, 'availableReplicas')
  const counts = {
    replicas: total,
    updatedReplicas: current === undefined ? 0 : numberOf(statusOf(current)['replicas']),
    readyReplicas: count(sets, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, Math.max(total, replicas) - available),
  }
  const now = timestampOf(nowMs)
  const conditions: Fields[] = [...listOf(statusOf(deployment)['conditions']).map(recordOf)]
  setCondition(conditions, availability(available >= replicas - maxUnavailable), now)
  const progress = progressOf(deployment, current, sets, counts, isPaused, nowMs, conditions)
  if (progress.condition !== null) setCondition(conditions, progress.condition, now)
  return {
    status: {
      observedGeneration: deployment.metadata.generation ?? 0,
      ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0)),
      ...(conditions.length > 0 ? { conditions } : {}),
    },
    wakeInMs: progress.wakeInMs,
  }
}

interface NewCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

const availability = (isAvailable: boolean): NewCondition => ({
  type: 'Available',
  status: isAvailable ? 'True' : 'False',
  reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
  message: isAvailable ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
})

/** Progress is seen in counts that moved since the last status. */
function progressOf(
  deployment: Obj,
  current: Obj | undefined,
  sets: readonly Obj[],
  counts: Readonly<Record<string, number>>,
  isPaused: boolean,
  nowMs: number,
  conditions: readonly Fields[],
): { condition: NewCondition | null; wakeInMs: number | null } {
  const type = 'Progressing'
  if (isPaused) {
    const message = 'Deployment is paused'
    return { condition: { type, status: 'Unknown', reason: 'DeploymentPaused', message }, wakeInMs: null }
  }
  const name = current === undefined ? '' : `ReplicaSet "${current.metadata.name}"`
  const old = sets.filter((set) => set !== current)
  if (isComplete(deployment, current, old)) {
    const message = `${name} has successfully progressed.`
    return { condition: { type, status: 'True', reason: 'NewReplicaSetAvailable', message }, wakeInMs: null }
  }
  const before = statusOf(deployment)
  const standing = conditions.find((one) => one['type'] === type)
  const moved = ['updatedReplicas', 'readyReplicas', 'availableReplicas', 'replicas'].some(
    (key) => numberOf(before[key]) !== counts[key],
  )
  const deadlineMs = numberOf(specOf(deployment)['progressDeadlineSeconds']) * 1000
  if (current === undefined || standing === undefined || moved || standing['reason'] === 'NewReplicaSetAvailable') {
    const isNew = current === undefined || standing === undefined
    const reason = isNew ? 'NewReplicaSetCreated' : 'ReplicaSetUpdated'
    const message = isNew ? `Created new replica set` : `${name} is progressing.`
    return { condition: { type, status: 'True', reason, message }, wakeInMs: deadlineMs }
  }
  if (standing['reason'] === 'ProgressDeadlineExceeded') return { condition: null, wakeInMs: null }
  const leftMs = timestampMs(textOf(standing['lastUpdateTime'])) + deadlineMs - nowMs
  if (leftMs > 0) return { condition: null, wakeInMs: leftMs }
  const message = `${name} has timed out progressing.`
  return { condition: { type, status: 'False', reason: 'ProgressDeadlineExceeded', message }, wakeInMs: null }
}

function setCondition(conditions: Fields[], wanted: NewCondition, now: string): void {
  const at = conditions.findIndex((one) => one['type'] === wanted.type)
  const standing = conditions[at]
  const isSame = standing?.['status'] === wanted.status && standing['reason'] === wanted.reason
  if (isSame && standing['message'] === wanted.message && wanted.reason !== 'ReplicaSetUpdated') return
  const since = standing?.['status'] === wanted.status ? textOf(standing['lastTransitionTime']) : now
  const condition = { ...wanted, lastUpdateTime: now, lastTransitionTime: since }
  if (at < 0) conditions.push(condition)
  else conditions[at] = condition
}
