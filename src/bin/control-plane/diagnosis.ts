/** What stands out in the objects of a cluster, in sentences for a person: pure. */
import type { Obj } from '../../kube-client/index.ts'

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

interface ContainerStatus {
  readonly name: string
  readonly ready?: boolean
  readonly restartCount?: number
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } }
}

interface Status {
  readonly phase?: string
  readonly conditions?: readonly Condition[] | null
  readonly containerStatuses?: readonly ContainerStatus[]
}

const eventsShown = 20

export function diagnosis(objects: readonly Obj[], events: readonly Obj[]): string {
  const lines = [...objects.flatMap(aboutObject), ...aboutEvents(events)]
  return lines.length === 0 ? 'Nothing stands out.\n' : `${lines.join('\n')}\n`
}

function aboutObject(object: Obj): string[] {
  const { phase, conditions, containerStatuses = [] } = (object['status'] ?? {}) as Status
  const what = `${object.kind} ${object.metadata.name}`
  const lines: string[] = []
  if (object.kind === 'Pod') {
    if (phase !== 'Running' && phase !== 'Succeeded') lines.push(`${what} is ${phase ?? 'not scheduled'}`)
    for (const { name, ready, restartCount = 0, state } of containerStatuses) {
      const { waiting } = state ?? {}
      if (waiting !== undefined)
        lines.push(`${what}, container ${name} waits: ${waiting.reason} ${waiting.message ?? ''}`.trimEnd())
      else if (ready === false && phase === 'Running') lines.push(`${what}, container ${name} is not ready`)
      if (restartCount > 0) lines.push(`${what}, container ${name} was restarted ${restartCount} times`)
    }
  }
  if (object.kind === 'PersistentVolumeClaim' && phase !== 'Bound') lines.push(`${what} is ${phase ?? 'not bound'}`)
  if (!object.apiVersion.includes('strimzi.io')) return lines
  for (const { type, status, reason, message } of conditions ?? []) {
    if (type === 'Ready' && status === 'True') continue
    if (status === 'True' || type === 'Ready')
      lines.push(`${what} is ${type}=${status}: ${reason ?? ''} ${message ?? ''}`.trimEnd())
  }
  return lines
}

function aboutEvents(events: readonly Obj[]): string[] {
  const warnings = events.filter((event) => event['type'] === 'Warning')
  return warnings.slice(-eventsShown).map((event) => {
    const { kind = '', name = '' } = (event['involvedObject'] ?? {}) as { kind?: string; name?: string }
    return `Event about ${kind} ${name}: ${String(event['reason'] ?? '')} ${String(event['message'] ?? '')}`
  })
}
