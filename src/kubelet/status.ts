/** The status of a pod, from what is known of its containers. */
import { timestampOf } from '../kube-client/index.ts'
import { type ContainerFacts, emptyContainer, type LifeFacts, type PodFacts } from './facts.ts'
import type { Container, ContainerState, ContainerStatus, Pod, PodCondition, PodSpec, PodStatus } from './pod-types.ts'
import { hasStarted, isReady } from './probing.ts'
import { durationText, isSidecar, restarts, waitMs } from './restart.ts'

/** What every container id begins with. */
export const idPrefix = 'millrace://'

export function podStatus(pod: Pod, facts: PodFacts, nowMs: number): PodStatus {
  const { spec, metadata } = pod
  const before = pod.status ?? {}
  const inits = spec.initContainers ?? []
  const isInitialized = inits.every((container) => initIsDone(container, of(facts, container)))
  const statusOf = (container: Container, isInit: boolean, isBlocked: boolean): ContainerStatus =>
    containerStatus(pod, container, of(facts, container), { isInit, isBlocked })
  const initStatuses = inits.map((container) => statusOf(container, true, false))
  const mainStatuses = spec.containers.map((container) =>
    statusOf(container, false, !isInitialized && inits.length > 0),
  )
  const phase = phaseOf(pod, facts)
  const isOver = phase === 'Succeeded' || phase === 'Failed'
  const unready = mainStatuses.filter(({ ready }) => !ready).map(({ name }) => name)
  const incomplete = initStatuses.filter((status, i) => !initStatusIsDone(inits[i]!, status)).map(({ name }) => name)
  const notReady: Why | null =
    phase === 'Succeeded'
      ? { reason: 'PodCompleted' }
      : phase === 'Failed'
        ? { reason: 'PodFailed' }
        : unready.length > 0
          ? { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
          : null
  const notInitialized: Why | null =
    incomplete.length === 0 || isOver
      ? null
      : {
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${incomplete.join(' ')}]`,
        }
  const condition = (type: string, why: Why | null, isTrue = why === null): PodCondition =>
    conditionOf(before.conditions ?? [], type, isTrue, why, nowMs)
  const completed: Why | null = phase === 'Succeeded' ? { reason: 'PodCompleted' } : null
  const ours = [
    condition('PodReadyToStartContainers', null, facts.podIp !== null && !isOver),
    condition('Initialized', notInitialized ?? completed, notInitialized === null),
    condition('Ready', notReady),
    condition('ContainersReady', notReady),
    condition('PodScheduled', null),
  ]
  const others = (before.conditions ?? []).filter(({ type }) => !ours.some((one) => one.type === type))
  return {
    phase,
    conditions: [...ours, ...others],
    hostIP: facts.hostIp,
    hostIPs: [{ ip: facts.hostIp }],
    ...(facts.podIp === null ? {} : { podIP: facts.podIp, podIPs: [{ ip: facts.podIp }] }),
    startTime: before.startTime ?? timestampOf(facts.seenMs),
    ...(initStatuses.length === 0 ? {} : { initContainerStatuses: initStatuses }),
    containerStatuses: mainStatuses,
    qosClass: before.qosClass ?? qosOf(spec),
    ...(metadata.deletionTimestamp === undefined || before.reason === undefined ? {} : { reason: before.reason }),
  }
}

export const of = (facts: PodFacts, container: Container): ContainerFacts =>
  facts.containers.get(container.name) ?? emptyContainer

/** An init container that lets the next one begin. */
export function initIsDone(container: Container, { lives }: ContainerFacts): boolean {
  const life = lives[0]
  if (life === undefined) return false
  if (isSidecar(container)) return life.exit === null && hasStarted(container, life)
  return life.exit?.code === 0
}

function initStatusIsDone(container: Container, { state, started }: ContainerStatus): boolean {
  return isSidecar(container) ? state.running !== undefined && started : state.terminated?.exitCode === 0
}

export function phaseOf(pod: Pod, facts: PodFacts): NonNullable<PodStatus['phase']> {
  const { spec, status } = pod
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return status.phase
  const isDeleted = pod.metadata.deletionTimestamp !== undefined
  for (const container of spec.initContainers ?? []) {
    const exit = of(facts, container).lives[0]?.exit
    if (exit === undefined || exit === null || isSidecar(container) || exit.code === 0) continue
    if (!restarts(spec, container, true, exit.code)) return 'Failed'
  }
  let isWaiting = false
  let isAlive = false
  let isFailed = false
  for (const container of spec.containers) {
    const life = of(facts, container).lives[0]
    if (life === undefined) isWaiting = true
    else if (life.exit === null) isAlive = true
    else {
      // a pod that is being deleted starts nothing again
      if (!isDeleted && restarts(spec, container, false, life.exit.code)) isAlive = true
      if (life.exit.code !== 0) isFailed = true
    }
  }
  if (isWaiting) return 'Pending'
  if (isAlive) return 'Running'
  return isFailed ? 'Failed' : 'Succeeded'
}

function containerStatus(
  pod: Pod,
  container: Container,
  facts: ContainerFacts,
  { isInit, isBlocked }: { readonly isInit: boolean; readonly isBlocked: boolean },
): ContainerStatus {
  const [life, previous] = facts.lives
  const { state, isPast } = stateOf(pod, container, facts, isInit, isBlocked)
  const last = isPast ? life : previous
  const isLive = state.running !== undefined && life !== undefined
  const started = isLive && hasStarted(container, life)
  const ready = isInit && !isSidecar(container) ? life?.exit?.code === 0 : isLive && isReady(container, life)
  const lastState: ContainerState = last?.exit === null || last === undefined ? {} : { terminated: terminated(last) }
  return {
    name: container.name,
    state,
    lastState,
    ready,
    restartCount: life?.attempt ?? 0,
    image: container.image,
    imageID: facts.imageId,
    ...(life === undefined ? {} : { containerID: `${idPrefix}${life.id}` }),
    started,
  }
}

/** `isPast`: the newest life is the last state, not the present one. */
function stateOf(
  pod: Pod,
  container: Container,
  facts: ContainerFacts,
  isInit: boolean,
  isBlocked: boolean,
): { readonly state: ContainerState; readonly isPast: boolean } {
  const life = facts.lives[0]
  if (life !== undefined && life.exit === null) {
    return { state: { running: { startedAt: timestampOf(life.startedAtMs) } }, isPast: false }
  }
  const isOver = pod.metadata.deletionTimestamp !== undefined || isFinal(pod)
  if (life?.exit && (isOver || !restarts(pod.spec, container, isInit, life.exit.code))) {
    return { state: { terminated: terminated(life) }, isPast: false }
  }
  const waiting = (reason: string, message?: string) => ({
    state: { waiting: message === undefined ? { reason } : { reason, message } },
    isPast: life !== undefined,
  })
  if (facts.problem !== null) return waiting(facts.problem.reason, facts.problem.message)
  if (life !== undefined) {
    const ms = waitMs(life)
    // it comes back at once: still the end of the last life is what there is to see
    if (ms === 0) return { state: { terminated: terminated(life) }, isPast: false }
    return waiting('CrashLoopBackOff', backOffText(pod, container, ms))
  }
  return waiting(isBlocked ? 'PodInitializing' : 'ContainerCreating')
}

export function backOffText({ metadata }: Pod, container: Container, ms: number): string {
  const pod = `${metadata.name}_${metadata.namespace}(${metadata.uid})`
  return `back-off ${durationText(ms)} restarting failed container=${container.name} pod=${pod}`
}

const isFinal = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

function terminated(life: LifeFacts): NonNullable<ContainerState['terminated']> {
  const exit = life.exit!
  const reason = exit.reason ?? (exit.oom ? 'OOMKilled' : exit.code === 0 ? 'Completed' : 'Error')
  return {
    exitCode: exit.code,
    reason,
    ...(exit.message === undefined ? {} : { message: exit.message }),
    startedAt: timestampOf(life.startedAtMs),
    finishedAt: timestampOf(exit.atMs),
    containerID: `${idPrefix}${life.id}`,
  }
}

interface Why {
  readonly reason: string
  readonly message?: string
}

/** The time stays while the truth does. */
function conditionOf(
  before: readonly PodCondition[],
  type: string,
  isTrue: boolean,
  why: Why | null,
  nowMs: number,
): PodCondition {
  const status = isTrue ? 'True' : 'False'
  const same = before.find((one) => one.type === type && one.status === status)
  return {
    type,
    status,
    lastProbeTime: null,
    lastTransitionTime: same?.lastTransitionTime ?? timestampOf(nowMs),
    ...why,
  }
}

function qosOf({ containers, initContainers = [] }: PodSpec): string {
  const all = [...containers, ...initContainers]
  const names = ['cpu', 'memory'] as const
  const limited = (c: Container) =>
    names.every((name) => {
      const limit = c.resources?.limits?.[name]
      return limit !== undefined && (c.resources?.requests?.[name] ?? limit) === limit
    })
  if (all.every(limited)) return 'Guaranteed'
  const asks = (c: Container) => names.some((n) => c.resources?.limits?.[n] ?? c.resources?.requests?.[n])
  return all.some(asks) ? 'Burstable' : 'BestEffort'
}
