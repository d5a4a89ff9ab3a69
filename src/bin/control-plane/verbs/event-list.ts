/** Events as both `events` and `describe` show them. */
import { ageOf, type Obj } from '../../../kube-client/index.ts'
import { lined } from './columns.ts'
import type { Call } from './verb.ts'

export interface Event extends Obj {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly firstTimestamp?: string
  readonly lastTimestamp?: string
  readonly eventTime?: string
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string }
  readonly source?: { readonly component?: string }
  readonly reportingComponent?: string
  readonly involvedObject: { readonly kind?: string; readonly name?: string }
}

/** The oldest first. */
export async function eventsWhere(
  call: Call,
  namespace: string | null,
  fields: string | null,
): Promise<readonly Event[]> {
  const path = namespace === null ? '/api/v1/events' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`
  const { items } = await call.api.json<{ items: readonly Event[] }>(path, { query: { fieldSelector: fields } })
  return [...items].sort((a, b) => lastMs(a) - lastMs(b))
}

/** Of cluster-wide kinds they stand in namespace default. */
export function eventsAbout(call: Call, { kind, metadata }: Obj): Promise<readonly Event[]> {
  const fields = [`involvedObject.name=${metadata.name}`, `involvedObject.kind=${kind}`]
  if (metadata.uid !== undefined) fields.push(`involvedObject.uid=${metadata.uid}`)
  return eventsWhere(call, metadata.namespace ?? 'default', fields.join(','))
}

const lastText = (event: Event): string =>
  event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? ''
const lastMs = (event: Event): number => Date.parse(lastText(event)) || 0
const since = (text: string | undefined, nowMs: number): string => {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? '<unknown>' : ageOf(Math.min(ms, nowMs), nowMs)
}

/** `3s`, `3s (x4 over 2m)` */
export function seenText(event: Event): string {
  const nowMs = Date.now()
  const count = event.series?.count ?? event.count ?? 1
  const last = since(lastText(event), nowMs)
  return count > 1 ? `${last} (x${count} over ${since(event.firstTimestamp ?? event.eventTime, nowMs)})` : last
}

export function eventTable(events: readonly Event[]): string {
  const head = ['Type', 'Reason', 'Age', 'From', 'Message']
  const rows = events.map((event) => [
    ...[event.type ?? '', event.reason ?? '', seenText(event)],
    ...[event.source?.component || event.reportingComponent || '', (event.message ?? '').trim()],
  ])
  const under = head.map((word) => '-'.repeat(word.length))
  return lined([head, under, ...rows].map(([first = '', ...rest]) => [`  ${first}`, ...rest]))
}
