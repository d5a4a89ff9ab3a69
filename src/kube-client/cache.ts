import type { Clock, Logger, Timer } from '../env/index.ts'
import type { View } from './controller.ts'
import type { Closer, Kube, WatchEvent } from './kube.ts'
import type { KindRef, Obj, Ref, Selector } from './object.ts'
import { matchesLabels, parseLabelSelector } from './selectors.ts'

/** What changed: `now` null = it is gone; `before` null = it is new. */
export interface CacheChange {
  readonly kind: KindRef
  readonly now: Obj | null
  readonly before: Obj | null
}

/** A {@link View} that is kept: each kind is listed once and then watched; after a broken watch it is listed again. */
export interface Cache extends View {
  /** Keeps a kind from now on. Resolves when its first list is in; waits as long as the API cannot be reached. */
  follow(kind: KindRef): Promise<void>
  /** Hears of all changes of followed kinds, in order; not of what was there before. */
  onChange(heard: (change: CacheChange) => void): Closer
  /**
   * What a write answered, so that whoever reads here sees his own writes; older events about it are ignored. Null: it is
   * gone.
   */
  learn(kind: KindRef, ref: Ref, object: Obj | null): void
  close(): void
}

export interface CacheEnv {
  readonly clock: Clock
  readonly logger: Logger
}

const retryMsMin = 100
const retryMsMax = 10_000

export function cacheOver(kube: Kube, env: CacheEnv): Cache {
  return new KubeCache(kube, env)
}

class KubeCache implements Cache {
  readonly #kube: Kube
  readonly #env: CacheEnv
  readonly #kinds = new Map<string, Followed>()
  readonly #listeners = new Set<(change: CacheChange) => void>()

  constructor(kube: Kube, env: CacheEnv) {
    this.#kube = kube
    this.#env = env
  }

  follow(kind: KindRef): Promise<void> {
    const name = nameOf(kind)
    let followed = this.#kinds.get(name)
    if (followed === undefined) {
      followed = new Followed(this.#kube, this.#env, kind, (now, before) => {
        for (const heard of [...this.#listeners]) heard({ kind, now, before })
      })
      this.#kinds.set(name, followed)
    }
    return followed.isListed
  }

  onChange(heard: (change: CacheChange) => void): Closer {
    this.#listeners.add(heard)
    return { close: () => void this.#listeners.delete(heard) }
  }

  get<T extends Obj>(kind: KindRef<T>, { namespace, name }: Ref): T | undefined {
    return this.#of(kind).get(namespace, name) as T | undefined
  }

  list<T extends Obj>(kind: KindRef<T>, { namespace = null, labels }: Selector = {}): readonly T[] {
    const all = this.#of(kind).list(namespace) as T[]
    if (labels === undefined || labels === '') return all
    const requirements = parseLabelSelector(labels)
    return all.filter(({ metadata }) => matchesLabels(requirements, metadata.labels))
  }

  ageMs(kind: KindRef): number {
    return this.#env.clock.monoMs() - this.#of(kind).heardMs
  }

  learn(kind: KindRef, { namespace, name }: Ref, object: Obj | null): void {
    this.#kinds.get(nameOf(kind))?.learn(namespace, name, object)
  }

  close(): void {
    for (const followed of this.#kinds.values()) followed.close()
    this.#listeners.clear()
  }

  #of(kind: KindRef): Followed {
    const followed = this.#kinds.get(nameOf(kind))
    if (followed === undefined)
      throw new Error(`${nameOf(kind)} is not followed: no controller has it among its inputs`)
    return followed
  }
}

const nameOf = ({ group, version, resource }: KindRef): string => `${resource}.${version}.${group}`

/** One kind of a cache. */
class Followed {
  readonly isListed: Promise<void>
  heardMs = Number.NEGATIVE_INFINITY
  readonly #kube: Kube
  readonly #env: CacheEnv
  readonly #kind: KindRef
  readonly #changed: (now: Obj | null, before: Obj | null) => void
  /** By namespace, then by name. */
  readonly #objects = new Map<string, Map<string, Obj>>()
  #watch: Closer | null = null
  #retry: Timer | null = null
  #retryMs = retryMsMin
  #isClosed = false
  /** That it cannot be listed has been said. */
  #isTold = false
  #tellListed: () => void = () => {}
  /** Where the watch stands. */
  #version = ''

  constructor(kube: Kube, env: CacheEnv, kind: KindRef, changed: (now: Obj | null, before: Obj | null) => void) {
    this.#kube = kube
    this.#env = env
    this.#kind = kind
    this.#changed = changed
    this.isListed = new Promise((resolve) => {
      this.#tellListed = resolve
    })
    this.#list()
  }

  get(namespace: string | null, name: string): Obj | undefined {
    return this.#objects.get(namespace ?? '')?.get(name)
  }

  list(namespace: string | null): Obj[] {
    if (namespace !== null) return [...(this.#objects.get(namespace)?.values() ?? [])]
    return [...this.#objects.values()].flatMap((objects) => [...objects.values()])
  }

  learn(namespace: string | null, name: string, object: Obj | null): void {
    // The answer to what ended an object shows it once more, perhaps after its end was heard.
    const isGhost = object?.metadata.deletionTimestamp !== undefined && this.get(namespace, name) === undefined
    if (object === null) this.#remove(namespace ?? '', name)
    else if (!isGhost) this.#put(object)
  }

  close(): void {
    this.#isClosed = true
    this.#watch?.close()
    this.#retry?.cancel()
  }

  #list(): void {
    this.#kube.list(this.#kind).then(
      ({ items, resourceVersion }) => {
        if (this.#isClosed) return
        this.#retryMs = retryMsMin
        this.#isTold = false
        this.#replace(items)
        this.#version = resourceVersion
        this.#begin()
        this.#tellListed()
      },
      (thrown: Error) => this.#again(thrown.message, () => this.#list()),
    )
  }

  #begin(): void {
    this.heardMs = this.#env.clock.monoMs()
    this.#watch = this.#kube.watch(this.#kind, {}, this.#version, (event) => this.#heard(event))
  }

  #heard(event: WatchEvent): void {
    if (this.#isClosed) return
    if (event.type === 'ERROR') {
      // An orderly end: on from where it stood. Anything else: from what there is now.
      if (event.error.reason === 'Ended') return this.#again(null, () => this.#begin())
      return this.#again(event.error.message, () => this.#list())
    }
    this.heardMs = this.#env.clock.monoMs()
    this.#retryMs = retryMsMin
    if (event.type === 'BOOKMARK') this.#version = event.resourceVersion
    else {
      const { object } = event
      this.#version = object.metadata.resourceVersion ?? this.#version
      if (event.type !== 'DELETED') this.#put(object)
      else this.#deleted(object)
    }
  }

  #again(why: string | null, run: () => void): void {
    if (this.#isClosed) return
    const { clock, logger } = this.#env
    if (why !== null) {
      const fields = { logger: 'kube.cache', resource: this.#kind.resource, reason: why, retryMs: this.#retryMs }
      // Once for each outage that lasts: its end is seen by what goes on.
      if (this.#retryMs === retryMsMax && !this.#isTold) {
        this.#isTold = true
        logger.warn('A kind cannot be listed; it is tried again and again', fields)
      } else logger.debug('Lists again', fields)
    }
    this.#retry = clock.at(clock.monoMs() + this.#retryMs, run)
    this.#retryMs = Math.min(retryMsMax, this.#retryMs * 2)
  }

  #replace(items: readonly Obj[]): void {
    const gone = new Set(this.list(null))
    for (const item of items) {
      const standing = this.get(item.metadata.namespace ?? null, item.metadata.name)
      if (standing !== undefined) gone.delete(standing)
      this.#put(item, true)
    }
    for (const { metadata } of gone) this.#remove(metadata.namespace ?? '', metadata.name)
  }

  /** `isListed`: it is what stands, whatever version it has (another server may answer here now). */
  #put(object: Obj, isListed = false): void {
    const { namespace = '', name } = object.metadata
    let objects = this.#objects.get(namespace)
    if (objects === undefined) this.#objects.set(namespace, (objects = new Map()))
    const before = objects.get(name) ?? null
    const { resourceVersion } = object.metadata
    if (before !== null && (isListed ? before.metadata.resourceVersion === resourceVersion : !isNewer(object, before)))
      return
    objects.set(name, object)
    this.#changed(object, before)
  }

  #deleted(object: Obj): void {
    const { namespace = '', name } = object.metadata
    const standing = this.#objects.get(namespace)?.get(name)
    // A namesake that came after it stays.
    if (standing !== undefined && (standing.metadata.uid === object.metadata.uid || isNewer(object, standing))) {
      this.#remove(namespace, name)
    }
  }

  #remove(namespace: string, name: string): void {
    const objects = this.#objects.get(namespace)
    const before = objects?.get(name)
    if (objects === undefined || before === undefined) return
    objects.delete(name)
    if (objects.size === 0) this.#objects.delete(namespace)
    this.#changed(null, before)
  }
}

/** Versions are compared as Kubernetes 1.35 says they may be: as whole numbers of any length. */
function isNewer({ metadata: a }: Obj, { metadata: b }: Obj): boolean {
  const left = a.resourceVersion ?? ''
  const right = b.resourceVersion ?? ''
  if (left.length !== right.length) return left.length > right.length
  return left > right
}
