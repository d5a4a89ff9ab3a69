import { utf8Decode } from '../bytes/index.ts'
import type { Clock, HttpBody, HttpHandler, HttpPeer, HttpReply, HttpRequest, HttpSink } from '../env/index.ts'
import { type Action, ApiError, type ApiFailure, type Closer, isApiError, type Kube, type WatchEvent } from './kube.ts'
import { apiVersionOf, type KindRef, type Obj, type Ref, type Selector } from './object.ts'

export interface KubeOptions {
  /** As whom to come where the transport is a call inside the process: what a client certificate would say. */
  readonly as?: { readonly name: string; readonly groups: readonly string[] }
  /** Who writes, in `managedFields`. */
  readonly fieldManager?: string
}

/** Objects in one answer of a list. */
const pageSize = 500

/** The port over anything that answers HTTP requests: the embedded API server's `handle`, or a client of a real one. */
export function kubeOver(transport: HttpHandler, clock: Pick<Clock, 'atTurnEnd'>, options: KubeOptions = {}): Kube {
  return new HttpKube(transport, clock, options)
}

class HttpKube implements Kube {
  readonly #transport: HttpHandler
  readonly #clock: Pick<Clock, 'atTurnEnd'>
  readonly #manager: string
  readonly #peer: HttpPeer

  constructor(transport: HttpHandler, clock: Pick<Clock, 'atTurnEnd'>, { as, fieldManager }: KubeOptions) {
    this.#transport = transport
    this.#clock = clock
    this.#manager = fieldManager ?? 'millrace'
    this.#peer = {
      address: null,
      certificate: as === undefined ? null : { commonName: as.name, organizations: as.groups },
    }
  }

  async get<T extends Obj>(kind: KindRef<T>, ref: Ref): Promise<T | null> {
    try {
      return (await this.#ask('GET', pathOf(kind, ref))) as T
    } catch (thrown) {
      if (isApiError(thrown) && thrown.code === 404) return null
      throw thrown
    }
  }

  async list<T extends Obj>(
    kind: KindRef<T>,
    selector: Selector = {},
  ): Promise<{ items: T[]; resourceVersion: string }> {
    const items: T[] = []
    for (let token: string | null = null; ; ) {
      const query = queryOf(selector, { limit: String(pageSize), ...(token === null ? {} : { continue: token }) })
      const page = (await this.#ask('GET', `${collectionOf(kind, selector.namespace ?? null)}${query}`)) as ListJson<T>
      const typed = { apiVersion: apiVersionOf(kind), kind: kind.kind }
      // Items of typed lists do not repeat what they are.
      for (const item of page.items ?? []) items.push(item.kind === undefined ? { ...typed, ...item } : item)
      token = page.metadata.continue || null
      if (token === null) return { items, resourceVersion: page.metadata.resourceVersion ?? '' }
    }
  }

  watch<T extends Obj>(
    kind: KindRef<T>,
    selector: Selector,
    resourceVersion: string,
    on: (event: WatchEvent<T>) => void,
  ): Closer {
    const query = queryOf(selector, { watch: 'true', allowWatchBookmarks: 'true', resourceVersion })
    const events = new EventStream<T>(this.#clock, on)
    const request = this.#request('GET', `${collectionOf(kind, selector.namespace ?? null)}${query}`, '')
    request.onGone = (gone) => events.whenClosed(gone)
    this.#transport(request).then(
      (reply) => events.begin(reply),
      (thrown: unknown) => events.fail({ code: 0, reason: 'Unreachable', message: String(thrown) }),
    )
    return { close: () => events.close() }
  }

  async apply(action: Action): Promise<Obj | null> {
    const { kind } = action
    const subresource = 'subresource' in action && action.subresource !== undefined ? `/${action.subresource}` : ''
    const manager = `?fieldManager=${encodeURIComponent(this.#manager)}`
    switch (action.do) {
      case 'create': {
        const { object } = action
        const path = collectionOf(kind, object.metadata.namespace ?? null)
        return (await this.#ask('POST', path + manager, { json: object })) as Obj
      }
      case 'replace': {
        const path = pathOf(kind, refOf(action.object)) + subresource
        return (await this.#ask('PUT', path + manager, { json: action.object })) as Obj
      }
      case 'merge': {
        const path = pathOf(kind, action.ref) + subresource
        return (await this.#ask('PATCH', path + manager, { json: action.patch }, 'application/merge-patch+json')) as Obj
      }
      case 'apply': {
        const path = pathOf(kind, refOf(action.object)) + subresource
        const query = `?fieldManager=${encodeURIComponent(action.fieldManager)}${action.force === true ? '&force=true' : ''}`
        return (await this.#ask('PATCH', path + query, { json: action.object }, 'application/apply-patch+yaml')) as Obj
      }
      case 'delete':
        return this.#delete(action)
    }
  }

  async #delete(action: Extract<Action, { do: 'delete' }>): Promise<Obj | null> {
    const { uid, resourceVersion, propagation, gracePeriodSeconds } = action
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    }
    const json = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions,
      ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    }
    try {
      const left = (await this.#ask('DELETE', pathOf(action.kind, action.ref), { json })) as Obj
      if (left.kind === 'Status' || left.metadata.deletionTimestamp === undefined) return null
      const { finalizers = [], deletionGracePeriodSeconds = 0 } = left.metadata
      return finalizers.length === 0 && deletionGracePeriodSeconds === 0 ? null : left
    } catch (thrown) {
      if (isApiError(thrown) && thrown.code === 404) return null
      throw thrown
    }
  }

  async #ask(method: string, target: string, body: HttpBody = '', type = 'application/json'): Promise<unknown> {
    let reply: HttpReply
    try {
      reply = await this.#transport(this.#request(method, target, body, type))
    } catch (thrown) {
      throw new ApiError({ code: 0, reason: 'Unreachable', message: String(thrown) })
    }
    const json = jsonOf(reply)
    if (reply.status >= 200 && reply.status < 300) return json
    throw new ApiError(failureOf(reply.status, json))
  }

  #request(method: string, target: string, body: HttpBody, type = 'application/json'): Mutable<HttpRequest> {
    return {
      method,
      target,
      headers: { accept: 'application/json', 'content-type': type, 'user-agent': this.#manager },
      body,
      peer: this.#peer,
      onGone: () => {},
    }
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface ListJson<T> {
  readonly items?: readonly T[] | null
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string }
}

/** A watch's reply: JSON values as they come, or lines in chunks of bytes. */
class EventStream<T extends Obj> {
  readonly #clock: Pick<Clock, 'atTurnEnd'>
  readonly #on: (event: WatchEvent<T>) => void
  #sink: HttpSink | null = null
  #gone: (() => void)[] = []
  #queue: WatchEvent<T>[] = []
  #chunks: Uint8Array[] = []
  #isClosed = false

  constructor(clock: Pick<Clock, 'atTurnEnd'>, on: (event: WatchEvent<T>) => void) {
    this.#clock = clock
    this.#on = on
  }

  whenClosed(gone: () => void): void {
    if (this.#isClosed) gone()
    else this.#gone.push(gone)
  }

  begin(reply: HttpReply): void {
    if (reply.stream === undefined || reply.status !== 200) return this.fail(failureOf(reply.status, jsonOf(reply)))
    const sink: HttpSink = {
      write: (chunk) => {
        this.#take(chunk)
        return true
      },
      end: () => this.fail({ code: 0, reason: 'Ended', message: 'the watch has ended' }),
      onDrain: () => {},
      onGone: () => {},
    }
    this.#sink = sink
    reply.stream(sink)
    if (this.#isClosed) sink.onGone()
  }

  fail(error: ApiFailure): void {
    this.#push({ type: 'ERROR', error })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#queue = []
    this.#sink?.onGone()
    for (const tell of this.#gone.splice(0)) tell()
  }

  #take(chunk: HttpBody): void {
    if (typeof chunk === 'object' && 'json' in chunk) return this.#event(chunk.json as EventJson<T>)
    if (typeof chunk === 'string') return this.#lines(chunk)
    // Cut at a line's end, so that no character is cut.
    const end = chunk.lastIndexOf(10) + 1
    if (end === 0) return void this.#chunks.push(chunk)
    const text = [...this.#chunks, chunk.subarray(0, end)]
    this.#chunks = end < chunk.length ? [chunk.slice(end)] : []
    this.#lines(utf8Decode(joined(text)))
  }

  #lines(text: string): void {
    for (const line of text.split('\n')) if (line !== '') this.#event(JSON.parse(line) as EventJson<T>)
  }

  #event({ type, object }: EventJson<T>): void {
    if (type === 'ERROR') return this.fail(failureOf(0, object))
    if (type !== 'BOOKMARK') return this.#push({ type, object: object as T })
    const { resourceVersion = '', annotations } = (object as Obj).metadata
    const endsInitialEvents = annotations?.['k8s.io/initial-events-end'] === 'true'
    this.#push({ type, resourceVersion, endsInitialEvents })
  }

  #push(event: WatchEvent<T>): void {
    if (this.#isClosed) return
    this.#queue.push(event)
    if (this.#queue.length === 1) this.#clock.atTurnEnd(() => this.#deliver())
  }

  #deliver(): void {
    const events = this.#queue
    this.#queue = []
    for (const event of events) {
      if (this.#isClosed) return
      if (event.type === 'ERROR') this.close()
      this.#on(event)
    }
  }
}

interface EventJson<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: T | Obj
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

function jsonOf({ body }: HttpReply): unknown {
  if (body === undefined) return null
  if (typeof body === 'object' && 'json' in body) return body.json
  const text = typeof body === 'string' ? body : utf8Decode(body)
  try {
    return JSON.parse(text)
  } catch {
    // A proxy's page, or plain text: what it says is the message.
    return { message: text.slice(0, 500) }
  }
}

function failureOf(status: number, json: unknown): ApiFailure {
  const { code, reason, message, details } = (json ?? {}) as Partial<ApiFailure>
  return {
    code: typeof code === 'number' ? code : status,
    reason: typeof reason === 'string' ? reason : 'Unknown',
    message: typeof message === 'string' ? message : `HTTP status ${status}`,
    ...(details === undefined ? {} : { details }),
  }
}

const refOf = ({ metadata }: Obj): Ref => ({ namespace: metadata.namespace ?? null, name: metadata.name })

function collectionOf(kind: KindRef, namespace: string | null): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  if (!kind.namespaced || namespace === null) return `${root}/${kind.resource}`
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${kind.resource}`
}

const pathOf = (kind: KindRef, { namespace, name }: Ref): string =>
  `${collectionOf(kind, namespace)}/${encodeURIComponent(name)}`

function queryOf({ labels, fields }: Selector, more: Readonly<Record<string, string>>): string {
  const all = {
    ...more,
    ...(labels === undefined ? {} : { labelSelector: labels }),
    ...(fields === undefined ? {} : { fieldSelector: fields }),
  }
  return `?${Object.entries(all)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`
}
