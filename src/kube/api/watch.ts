import type { Clock, HttpReply, HttpSink, Timer } from '../../env/index.ts'
import type { Closer, Obj } from '../../kube-client/index.ts'
import type { Change, Rev } from '../store/store.ts'
import { shapeOf } from './accept.ts'
import type { Ask, Ground } from './ask.ts'
import { badRequest, expired, invalid, statusOf } from './problem.ts'
import { checkRev, isCompacted, selected } from './read.ts'
import { converted, groupVersion, prefixOf } from './registry.ts'
import { selectorOf } from './select.ts'
import { type Presenter, presenterOf } from './table.ts'

const bookmarkMs = 60_000
/** Kubernetes ends a watch that names no time after half an hour to an hour. */
const watchSecondsDefault = 45 * 60
/** Events that wait for a slow reader; then his watch ends, and he goes on where he was. */
const waitingMax = 10_000

type WatchGround = Ground & { readonly clock: Clock; readonly watches: Set<Closer> }

/** A stream of events from `resourceVersion` on; without one (or with 0), of what there is and then of what comes. */
export function watch(ground: WatchGround, ask: Ask): HttpReply {
  const { kind, version, query, request } = ask
  const shape = shapeOf(request.headers['accept'])
  const presenter = presenterOf({ kind, version, query, shape, nowMs: () => ground.wallMs(), isStream: true })
  const select = selectorOf(kind, query)
  const wantsInitial = query.get('sendInitialEvents')
  if (wantsInitial !== null && query.get('resourceVersionMatch') !== 'NotOlderThan') {
    const detail = 'resourceVersionMatch is required to be set to NotOlderThan when sendInitialEvents is provided'
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
      { type: 'Forbidden', field: 'resourceVersionMatch', detail },
    ])
  }
  if (query.get('continue')) throw badRequest('continue is not allowed for watches')
  const seconds = Number(query.get('timeoutSeconds') ?? watchSecondsDefault)
  if (!Number.isFinite(seconds)) throw badRequest(`invalid timeoutSeconds: ${query.get('timeoutSeconds')}`)
  const from = checkRev(ground, query.get('resourceVersion'))
  const initial = query.is('sendInitialEvents') || (from === null && wantsInitial === null)
  const begin = (sink: HttpSink): void => {
    new Watch(ground, ask, presenter, select, sink).begin({
      from,
      initial,
      endsInitial: query.is('sendInitialEvents'),
      timeoutMs: (seconds > 0 ? seconds : watchSecondsDefault) * 1000,
    })
  }
  return { status: 200, headers: { 'content-type': 'application/json' }, stream: begin }
}

interface Beginning {
  readonly from: Rev | null
  readonly initial: boolean
  /** A bookmark says where the initial events end. */
  readonly endsInitial: boolean
  readonly timeoutMs: number
}

class Watch {
  readonly #ground: WatchGround
  readonly #ask: Ask
  readonly #presenter: Presenter
  readonly #select: ((object: Obj) => boolean) | null
  readonly #sink: HttpSink
  readonly #takesBookmarks: boolean
  #changes: Closer | null = null
  #timers: Timer[] = []
  #isSlow = false
  #waiting = 0
  #isEnded = false
  readonly #closer: Closer = { close: () => this.#end() }

  constructor(
    ground: WatchGround,
    ask: Ask,
    presenter: Presenter,
    select: ((object: Obj) => boolean) | null,
    sink: HttpSink,
  ) {
    this.#ground = ground
    this.#ask = ask
    this.#presenter = presenter
    this.#select = select
    this.#sink = sink
    this.#takesBookmarks = ask.query.is('allowWatchBookmarks')
  }

  begin({ from, initial, endsInitial, timeoutMs }: Beginning): void {
    const { store, clock, watches } = this.#ground
    const { kind, namespace } = this.#ask
    watches.add(this.#closer)
    this.#sink.onGone = () => this.#stop()
    this.#sink.onDrain = () => {
      this.#isSlow = false
      this.#waiting = 0
    }
    let start = from ?? store.rev
    if (initial) {
      const { objects, rev } = selected(this.#ground, this.#ask)
      start = rev
      for (const object of objects) this.#send('ADDED', object)
      if (endsInitial) this.#bookmark(rev, { 'k8s.io/initial-events-end': 'true' })
    }
    try {
      this.#changes = store.watch(prefixOf(kind, kind.namespaced ? namespace : null), start, (changes) => {
        for (const change of changes) this.#heard(change)
      })
    } catch (thrown) {
      if (!isCompacted(thrown)) throw thrown
      this.#write({ type: 'ERROR', object: statusOf(expired(thrown.message)) })
      return this.#end()
    }
    this.#timers = [clock.at(clock.monoMs() + timeoutMs, () => this.#end())]
    if (this.#takesBookmarks) this.#bookmarkLater()
  }

  #bookmarkLater(): void {
    const { clock, store } = this.#ground
    this.#timers[1] = clock.at(clock.monoMs() + bookmarkMs, () => {
      this.#bookmark(store.rev)
      if (!this.#isEnded) this.#bookmarkLater()
    })
  }

  #heard({ type, value, prev }: Change): void {
    const now = this.#inVersion(value)
    const isIn = type === 'put' && this.#isSelected(now)
    const wasIn = prev !== null && this.#isSelected(this.#inVersion(prev))
    if (isIn) this.#send(wasIn ? 'MODIFIED' : 'ADDED', now)
    else if (wasIn) this.#send('DELETED', type === 'delete' ? now : this.#leaving(prev, value))
  }

  /** What is not selected any more is told as it was, at the revision of its change. */
  #leaving(prev: Obj, { metadata }: Obj): Obj {
    const before = this.#inVersion(prev)
    return { ...before, metadata: { ...before.metadata, resourceVersion: metadata.resourceVersion! } }
  }

  #isSelected(object: Obj): boolean {
    return (this.#ask.name === null || object.metadata.name === this.#ask.name) && (this.#select?.(object) ?? true)
  }

  #inVersion(object: Obj): Obj {
    const { kind, version } = this.#ask
    return converted(kind, object, kind.storage, version.name).object
  }

  #send(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Obj): void {
    this.#write({ type, object: this.#presenter.one(object) })
  }

  #bookmark(rev: Rev, annotations?: Readonly<Record<string, string>>): void {
    const { kind, version } = this.#ask
    const object = {
      kind: kind.kind,
      apiVersion: groupVersion(kind.group, version.name),
      metadata: {
        name: '',
        resourceVersion: String(rev),
        creationTimestamp: null,
        ...(annotations === undefined ? {} : { annotations }),
      },
    }
    this.#write({ type: 'BOOKMARK', object: this.#presenter.bookmark(object as unknown as Obj) })
  }

  #write(event: unknown): void {
    if (this.#isEnded) return
    if (!this.#sink.write({ json: event })) this.#isSlow = true
    if (this.#isSlow && ++this.#waiting > waitingMax) this.#end()
  }

  #end(): void {
    if (this.#isEnded) return
    if (this.#takesBookmarks && this.#changes !== null) this.#bookmark(this.#ground.store.rev)
    this.#stop()
    this.#sink.end()
  }

  #stop(): void {
    this.#isEnded = true
    this.#changes?.close()
    for (const timer of this.#timers) timer.cancel()
    this.#ground.watches.delete(this.#closer)
  }
}
