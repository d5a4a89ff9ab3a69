/** Events live for an hour. And what is stored but not enforced is said once, as an Event. */
import { type Controller, type Obj, type Pass, timestampMs } from '../../kube-client/index.ts'
import { recordOf, textOf } from '../kinds/read.ts'
import { events, ingresses, isDeleted, keyOf, networkPolicies, refOf, refTo } from './refs.ts'

const lifeMs = 3_600_000
/** How often the old ones are looked for. */
const sweepMs = 60_000
/** At most so many at once: a sweep is no storm. */
const batch = 500

export function lastSeenMs(event: Obj): number {
  const time =
    textOf(recordOf(event['series'])['lastObservedTime']) ||
    textOf(event['lastTimestamp']) ||
    textOf(event['eventTime']) ||
    textOf(event.metadata.creationTimestamp)
  return timestampMs(time)
}

export function eventSweeper(): Controller<readonly Obj[]> {
  return {
    name: 'event-ttl-controller',
    inputs: [{ kind: events, keys: () => [] }],
    started: (wake) => wake('all'),
    gather: async (_key, view) => view.list(events),
    plan: (_key, all, nowMs) => planSweep(all, nowMs),
  }
}

export function planSweep(all: readonly Obj[], nowMs: number): Pass {
  const old = all.filter((event) => nowMs - lastSeenMs(event) >= lifeMs)
  return {
    actions: old.slice(0, batch).map((event) => ({
      do: 'delete',
      kind: events,
      ref: refTo(event),
      ...(event.metadata.resourceVersion === undefined ? {} : { resourceVersion: event.metadata.resourceVersion }),
    })),
    wakeInMs: old.length > batch ? 0 : sweepMs,
  }
}

/** A new object is warned about; one that stood when the control plane started is not again. */
const newMs = 30_000

export function unenforcedController(): Controller<{ readonly object: Obj }> {
  return {
    name: 'unenforced-controller',
    inputs: [
      { kind: networkPolicies, keys: (one) => [`networkpolicies|${keyOf(one)}`] },
      { kind: ingresses, keys: (one) => [`ingresses|${keyOf(one)}`] },
    ],
    gather: async (key, view) => {
      const [resource = '', rest = ''] = key.split('|')
      const object = view.get(resource === 'ingresses' ? ingresses : networkPolicies, refOf(rest))
      return object === undefined || isDeleted(object) ? null : { object }
    },
    plan: (_key, { object }, nowMs) => planWarning(object, nowMs),
  }
}

export function planWarning(object: Obj, nowMs: number): Pass {
  const { creationTimestamp, generation = 1 } = object.metadata
  const isNew = generation === 1 && nowMs - timestampMs(textOf(creationTimestamp)) < newMs
  if (!isNew) return { actions: [] }
  const note =
    object.kind === 'Ingress'
      ? 'This Ingress is stored and shown, but nothing routes by it here: there is no ingress controller'
      : 'This NetworkPolicy is stored and shown, but not enforced here: pods of one machine reach each other'
  return { actions: [], events: [{ about: object, type: 'Warning', reason: 'NotEnforced', note }] }
}
