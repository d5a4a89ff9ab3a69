/** How `kubectl get pods` sums a pod up in one line. */
import { ageOf, type Obj, timestampMs } from '../../kube-client/index.ts'
import type { Column } from '../kind.ts'
import { type Fields, listOf, numberOf, recordOf, textOf } from './read.ts'

interface Summary {
  readonly ready: string
  readonly reason: string
  readonly restarts: string
}

const containerStates = (status: Fields, key: string): Fields[] => listOf(status[key]).map(recordOf)
const terminated = (container: Fields): Fields | null => {
  const state = recordOf(recordOf(container['state'])['terminated'])
  return state['exitCode'] === undefined ? null : state
}
const waitingReason = (container: Fields): string => textOf(recordOf(recordOf(container['state'])['waiting'])['reason'])
const endText = (end: Fields): string =>
  textOf(end['reason']) || (numberOf(end['signal']) !== 0 ? `Signal:${end['signal']}` : `ExitCode:${end['exitCode']}`)
const isTrue = (status: Fields, type: string): boolean =>
  listOf(status['conditions'])
    .map(recordOf)
    .some((one) => one['type'] === type && one['status'] === 'True')

/** The reason while init containers are at work; null when they are done. */
function initReason(status: Fields, initCount: number, restartable: ReadonlySet<string>): string | null {
  for (const [index, container] of containerStates(status, 'initContainerStatuses').entries()) {
    const end = terminated(container)
    if (end !== null && numberOf(end['exitCode']) === 0) continue
    if (restartable.has(textOf(container['name'])) && container['started'] === true) continue
    if (end !== null) return `Init:${endText(end)}`
    const waiting = waitingReason(container)
    return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${initCount}`
  }
  return null
}

function mainReason(status: Fields, reason: string): string {
  let hasRunning = false
  let failed = ''
  for (const container of containerStates(status, 'containerStatuses').reverse()) {
    const end = terminated(container)
    const waiting = waitingReason(container)
    if (waiting !== '') reason = waiting
    else if (end !== null) {
      reason = endText(end)
      if (numberOf(end['exitCode']) !== 0) failed = reason
    } else if (container['ready'] === true) hasRunning = true
  }
  if (reason !== 'Completed') return reason
  if (hasRunning && isTrue(status, 'Ready')) return 'Running'
  return failed !== '' ? failed : hasRunning ? 'NotReady' : reason
}

export function summarizePod(pod: Obj, nowMs: number): Summary {
  const spec = recordOf(pod['spec'])
  const status = recordOf(pod['status'])
  const inits = listOf(spec['initContainers']).map(recordOf)
  const restartable = new Set(
    inits.filter((one) => one['restartPolicy'] === 'Always').map((one) => textOf(one['name'])),
  )
  const initStates = containerStates(status, 'initContainerStatuses')
  const states = containerStates(status, 'containerStatuses')
  const phase = textOf(status['phase'])
  let reason = textOf(status['reason']) || phase
  const initializing = initReason(status, inits.length, restartable)
  if (initializing !== null) reason = initializing
  const isBegun = initializing === null || isTrue(status, 'Initialized')
  if (isBegun) reason = mainReason(status, reason)
  const isDone = phase === 'Succeeded' || phase === 'Failed'
  if (pod.metadata.deletionTimestamp !== undefined && !isDone) reason = 'Terminating'

  const sidecars = initStates.filter((one) => restartable.has(textOf(one['name'])))
  const counted = isBegun ? [...sidecars, ...states] : initStates
  const isReady = (one: Fields): boolean => one['ready'] === true && recordOf(one['state'])['running'] !== undefined
  const ready = [...sidecars, ...(isBegun ? states : [])].filter(isReady).length
  return {
    ready: `${ready}/${listOf(spec['containers']).length + restartable.size}`,
    reason,
    restarts: restartsText(counted, nowMs),
  }
}

function restartsText(containers: readonly Fields[], nowMs: number): string {
  const total = containers.reduce((sum, one) => sum + numberOf(one['restartCount']), 0)
  const ends = containers
    .map((one) => textOf(recordOf(recordOf(one['lastState'])['terminated'])['finishedAt']))
    .filter((time) => time !== '')
    .map(timestampMs)
  return total === 0 || ends.length === 0 ? String(total) : `${total} (${ageOf(Math.max(...ends), nowMs)} ago)`
}

function readinessGates(pod: Obj): string {
  const gates = listOf(recordOf(pod['spec'])['readinessGates']).map((gate) => textOf(recordOf(gate)['conditionType']))
  const status = recordOf(pod['status'])
  return gates.length === 0 ? '<none>' : `${gates.filter((type) => isTrue(status, type)).length}/${gates.length}`
}

const orNone = (value: unknown): string => textOf(value) || '<none>'

export const podColumns: readonly Column[] = [
  { name: 'Ready', type: 'string', cell: (pod, nowMs) => summarizePod(pod, nowMs).ready },
  { name: 'Status', type: 'string', cell: (pod, nowMs) => summarizePod(pod, nowMs).reason },
  { name: 'Restarts', type: 'string', cell: (pod, nowMs) => summarizePod(pod, nowMs).restarts },
  {
    name: 'Age',
    type: 'string',
    cell: ({ metadata }, nowMs) =>
      metadata.creationTimestamp === undefined ? '<unknown>' : ageOf(timestampMs(metadata.creationTimestamp), nowMs),
  },
  { name: 'IP', type: 'string', priority: 1, cell: (pod) => orNone(recordOf(pod['status'])['podIP']) },
  { name: 'Node', type: 'string', priority: 1, cell: (pod) => orNone(recordOf(pod['spec'])['nodeName']) },
  {
    name: 'Nominated Node',
    type: 'string',
    priority: 1,
    cell: (pod) => orNone(recordOf(pod['status'])['nominatedNodeName']),
  },
  { name: 'Readiness Gates', type: 'string', priority: 1, cell: readinessGates },
]
