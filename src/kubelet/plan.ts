/** What to do next about a pod: pure, over what is known now. */
import type { EventNote, Pass } from '../kube-client/index.ts'
import type { ContainerFacts, KubeletAction, LifeFacts, PodFacts } from './facts.ts'
import { type Container, type Pod, type PodStatus, pods } from './pod-types.ts'
import { deadlyProbe, dueProbes } from './probing.ts'
import { hurriedAfter, isSidecar, restarts, waitMs } from './restart.ts'
import { initIsDone, of, phaseOf, podStatus } from './status.ts'

/** A pod whose object is gone does not get the grace that nobody could look up any more. */
const orphanGraceMs = 2_000
const defaultGraceSeconds = 30
/** How long a start that failed for want of something (an image, a key) waits before it is tried again. */
const firstRetryMs = 10_000
/** How often a pod that lacks a ConfigMap is looked at besides. */
const mountRetryMs = 2_000
/** An image that cannot be had is in back-off from here on. */
const pullShownMs = 1_000

interface Plan {
  readonly actions: KubeletAction[]
  readonly events: EventNote[]
  wakeInMs: number | null
}

export function planPod(facts: PodFacts, nowMs: number): Pass<KubeletAction> {
  const plan: Plan = { actions: [], events: [], wakeInMs: null }
  const { pod } = facts
  if (pod === null) planOrphan(facts, plan, nowMs)
  else if (pod.metadata.deletionTimestamp !== undefined) planDeletion(pod, facts, plan, nowMs)
  else if (facts.isWaitingFor === null) planLife(pod, facts, plan, nowMs)
  return {
    actions: plan.actions,
    ...(plan.events.length === 0 ? {} : { events: plan.events }),
    ...(plan.wakeInMs === null ? {} : { wakeInMs: Math.max(1, Math.ceil(plan.wakeInMs)) }),
  }
}

/** Nobody wants it any more. */
function planOrphan(facts: PodFacts, plan: Plan, nowMs: number): void {
  if (stopAll(facts, plan, orphanGraceMs, nowMs)) plan.actions.push({ do: 'remove', uid: facts.uid })
}

function planDeletion(pod: Pod, facts: PodFacts, plan: Plan, nowMs: number): void {
  const { metadata, spec } = pod
  // one whose end is over and told, and only others' finalizers keep
  const isToldOf = pod.status?.containerStatuses !== undefined
  const isOver =
    isToldOf && [...facts.containers.values()].every(({ lives, isStarting }) => lives.length === 0 && !isStarting)
  const seconds = metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? defaultGraceSeconds
  if (!stopAll(facts, plan, seconds * 1000, nowMs, pod)) {
    planStatus(pod, facts, plan, nowMs)
    return
  }
  if (!isOver) planStatus(pod, facts, plan, nowMs)
  plan.actions.push({ do: 'remove', uid: facts.uid })
  const ref = { namespace: metadata.namespace ?? null, name: metadata.name }
  plan.actions.push({ do: 'kube', action: { do: 'delete', kind: pods, ref, uid: facts.uid, gracePeriodSeconds: 0 } })
}

/** Ends what lives; true: nothing does. Sidecars end last. */
function stopAll(facts: PodFacts, plan: Plan, graceMs: number, nowMs: number, pod?: Pod): boolean {
  const sidecars = new Set(pod?.spec.initContainers?.filter(isSidecar).map(({ name }) => name))
  const living = [...facts.containers].flatMap(([name, { lives }]) => {
    const life = lives[0]
    return life !== undefined && life.exit === null ? [{ name, life }] : []
  })
  const isStarting = [...facts.containers.values()].some((container) => container.isStarting)
  const mains = living.filter(({ name }) => !sidecars.has(name))
  for (const { name, life } of mains.length > 0 ? mains : living) stop(facts, plan, name, life, graceMs, nowMs, pod)
  return living.length === 0 && !isStarting
}

function stop(
  { uid }: PodFacts,
  plan: Plan,
  container: string,
  life: LifeFacts,
  graceMs: number,
  nowMs: number,
  pod?: Pod,
  why = `Stopping container ${container}`,
): void {
  const { stopping } = life
  const send = (signal: 'TERM' | 'KILL'): void =>
    void plan.actions.push({ do: 'stop', uid, container, life: life.id, signal, graceMs })
  if (stopping === null) {
    send('TERM')
    if (pod !== undefined) note(plan, pod, container, 'Normal', 'Killing', why)
    wake(plan, graceMs)
    return
  }
  // a later wish may leave it less time, never more
  const killAtMs = Math.min(stopping.atMs + stopping.graceMs, stopping.atMs + graceMs)
  if (stopping.isKilled) return
  if (nowMs >= killAtMs) send('KILL')
  else wake(plan, killAtMs - nowMs)
}

function planLife(pod: Pod, facts: PodFacts, plan: Plan, nowMs: number): void {
  const phase = pod.status?.phase
  if (phase === 'Succeeded' || phase === 'Failed') return void stopAll(facts, plan, 0, nowMs, pod)
  if (phaseOf(pod, facts) === 'Failed' || phaseOf(pod, facts) === 'Succeeded') {
    // sidecars have nobody to serve any more
    stopAll(facts, plan, (pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds) * 1000, nowMs, pod)
  } else if (!facts.isPrepared) {
    if (facts.mountProblem !== null) {
      note(plan, pod, null, 'Warning', 'FailedMount', facts.mountProblem)
      wake(plan, mountRetryMs)
    }
    plan.actions.push({ do: 'prepare', uid: facts.uid })
  } else {
    planContainers(pod, facts, plan, nowMs)
  }
  planStatus(pod, facts, plan, nowMs)
}

function planContainers(pod: Pod, facts: PodFacts, plan: Plan, nowMs: number): void {
  for (const container of pod.spec.initContainers ?? []) {
    const known = of(facts, container)
    if (isSidecar(container)) planContainer(pod, facts, plan, container, true, nowMs)
    if (initIsDone(container, known)) continue
    if (!isSidecar(container)) planContainer(pod, facts, plan, container, true, nowMs)
    return
  }
  for (const container of pod.spec.containers) planContainer(pod, facts, plan, container, false, nowMs)
}

function planContainer(
  pod: Pod,
  facts: PodFacts,
  plan: Plan,
  container: Container,
  isInit: boolean,
  nowMs: number,
): void {
  const known = of(facts, container)
  const life = known.lives[0]
  if (known.isStarting) return
  if (life !== undefined && life.exit === null) return planLiving(pod, facts, plan, container, life, nowMs)
  if (life?.exit) {
    if (!restarts(pod.spec, container, isInit, life.exit.code)) return
    const atMs = life.exit.atMs + waitMs(life)
    if (nowMs < atMs) {
      const { name, namespace, uid } = pod.metadata
      const text = `Back-off restarting failed container ${container.name} in pod ${name}_${namespace}(${uid})`
      note(plan, pod, container.name, 'Warning', 'BackOff', text)
      return wake(plan, atMs - nowMs)
    }
  }
  if (known.problem !== null) {
    const untilMs = known.problem.sinceMs + firstRetryMs
    if (nowMs < untilMs) return wake(plan, Math.min(untilMs - nowMs, pullWait(known, nowMs)))
  }
  const attempt = life === undefined ? 0 : life.attempt + 1
  const hurried = life === undefined ? 0 : hurriedAfter(life)
  plan.actions.push({ do: 'start', uid: facts.uid, container: container.name, attempt, hurried })
}

function pullWait({ problem }: ContainerFacts, nowMs: number): number {
  if (problem?.reason !== 'ErrImagePull') return Number.POSITIVE_INFINITY
  return Math.max(1, problem.sinceMs + pullShownMs - nowMs)
}

function planLiving(pod: Pod, facts: PodFacts, plan: Plan, container: Container, life: LifeFacts, nowMs: number): void {
  const graceMs = (pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds) * 1000
  const deadly = deadlyProbe(life)
  if (deadly !== null || life.stopping !== null) {
    const why = `Container ${container.name} failed ${deadly} probe, will be restarted`
    return stop(facts, plan, container.name, life, graceMs, nowMs, pod, why)
  }
  const { due, nextInMs } = dueProbes(container, life, nowMs)
  for (const probe of due) {
    plan.actions.push({ do: 'probe', uid: facts.uid, container: container.name, life: life.id, probe })
  }
  if (nextInMs !== null) wake(plan, nextInMs)
}

/** Written only when it says something else than the API has. */
function planStatus(pod: Pod, facts: PodFacts, plan: Plan, nowMs: number): void {
  const status = podStatus(pod, facts, nowMs)
  if (isSame(status, pod.status ?? {})) return
  const { name, namespace = null } = pod.metadata
  const gone: Record<string, null> = {}
  for (const field of Object.keys(pod.status ?? {})) {
    if (ours.has(field) && !(field in status)) gone[field] = null
  }
  const patch = { metadata: { uid: facts.uid }, status: { ...gone, ...status } }
  plan.actions.push({
    do: 'kube',
    action: { do: 'merge', kind: pods, ref: { namespace, name }, patch, subresource: 'status' },
  })
}

const ours: ReadonlySet<string> = new Set(['podIP', 'podIPs', 'reason', 'message', 'initContainerStatuses'])

/** Whether every field of `wanted` stands in `had` as it is. */
function isSame(wanted: PodStatus, had: PodStatus): boolean {
  return Object.entries(wanted).every(([field, value]) => deepEqual(value, (had as Record<string, unknown>)[field]))
}

function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    // what was written as null is read as nothing
    return (a ?? null) === (b ?? null)
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every((key) => deepEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
}

function wake(plan: Plan, inMs: number): void {
  plan.wakeInMs = Math.min(plan.wakeInMs ?? Number.POSITIVE_INFINITY, inMs)
}

function note(
  plan: Plan,
  pod: Pod,
  container: string | null,
  type: 'Normal' | 'Warning',
  reason: string,
  text: string,
): void {
  const about = { about: pod, type, reason, note: text }
  plan.events.push(container === null ? about : { ...about, fieldPath: fieldPathOf(pod, container) })
}

export function fieldPathOf({ spec }: Pod, container: string): string {
  const isInit = spec.initContainers?.some(({ name }) => name === container) === true
  return `spec.${isInit ? 'initContainers' : 'containers'}{${container}}`
}
