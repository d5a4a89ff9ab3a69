import type { Clock, Logger, Random } from '../env/index.ts'
import type { EventNote } from './controller.ts'
import type { Kube } from './kube.ts'
import type { KindRef, Obj } from './object.ts'
import { timestampOf } from './time.ts'

export const eventKind: KindRef = {
  group: '',
  version: 'v1',
  kind: 'Event',
  resource: 'events',
  namespaced: true,
}

/** How many different Events are remembered, to be counted instead of written anew. */
const rememberedMax = 4096
/** More notes than this about one object for one reason within {@link similarMs} become one. */
const similarMax = 10
const similarMs = 10 * 60_000

interface Remembered {
  readonly namespace: string
  readonly name: string
  count: number
}

/** Writes Events: the same one again raises its count, many that differ in their note alone are combined. */
export class EventWriter {
  readonly #kube: Kube
  readonly #env: { readonly clock: Clock; readonly random: Random; readonly logger: Logger }
  readonly #known = new Map<string, Remembered>()
  readonly #similar = new Map<string, { readonly notes: Set<string>; sinceMs: number }>()
  #last: Promise<void> = Promise.resolve()

  constructor(kube: Kube, env: { clock: Clock; random: Random; logger: Logger }) {
    this.#kube = kube
    this.#env = env
  }

  /** In order, behind the caller's back: an Event that cannot be written is not worth a failed pass. */
  write(component: string, note: EventNote): void {
    const nowMs = this.#env.clock.wallMs()
    this.#last = this.#last
      .then(() => this.#write(component, note, nowMs))
      .catch((thrown: unknown) => {
        const fields = { logger: 'kube.events', reason: note.reason, why: String(thrown) }
        this.#env.logger.debug('An Event could not be written', fields)
      })
  }

  /** Resolves when all that was asked so far is written. */
  idle(): Promise<void> {
    return this.#last
  }

  async #write(component: string, note: EventNote, nowMs: number): Promise<void> {
    const { about } = note
    const { namespace = 'default', name, uid = '' } = about.metadata
    const subject = [component, namespace, about.kind, name, uid, note.fieldPath ?? '', note.type, note.reason].join(
      '/',
    )
    const isCombined = this.#isOneOfMany(subject, note.note, nowMs)
    const message = isCombined ? `(combined from similar events): ${note.note}` : note.note
    const key = isCombined ? `${subject}/combined` : `${subject}/${note.note}`
    const now = timestampOf(nowMs)
    const known = this.#known.get(key)
    if (known !== undefined) {
      known.count++
      const ref = { namespace: known.namespace, name: known.name }
      const patch = { count: known.count, lastTimestamp: now, message }
      const left = await this.#kube.apply({ do: 'merge', kind: eventKind, ref, patch }).catch(() => null)
      if (left !== null) return
      // It has been deleted meanwhile.
      this.#known.delete(key)
    }
    const event = eventOf(component, note, { namespace, message, now, name: `${name}.${this.#suffix()}` })
    await this.#kube.apply({ do: 'create', kind: eventKind, object: event })
    this.#known.set(key, { namespace, name: event.metadata.name, count: 1 })
    if (this.#known.size > rememberedMax) this.#known.delete(this.#known.keys().next().value!)
  }

  #isOneOfMany(subject: string, note: string, nowMs: number): boolean {
    let similar = this.#similar.get(subject)
    if (similar === undefined || nowMs - similar.sinceMs > similarMs) {
      similar = { notes: new Set(), sinceMs: nowMs }
      this.#similar.set(subject, similar)
      if (this.#similar.size > rememberedMax) this.#similar.delete(this.#similar.keys().next().value!)
    }
    if (similar.notes.size <= similarMax) similar.notes.add(note)
    return similar.notes.size > similarMax
  }

  #suffix(): string {
    const bytes = this.#env.random.bytes(new Uint8Array(8))
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
}

function eventOf(
  component: string,
  { about, type, reason, fieldPath }: EventNote,
  { namespace, name, message, now }: { namespace: string; name: string; message: string; now: string },
): Obj {
  const { metadata } = about
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: {
      kind: about.kind,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      name: metadata.name,
      ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
      apiVersion: about.apiVersion,
      ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
      ...(fieldPath === undefined ? {} : { fieldPath }),
    },
    reason,
    message,
    source: { component },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type,
    eventTime: null,
    reportingComponent: component,
    reportingInstance: '',
  }
}
