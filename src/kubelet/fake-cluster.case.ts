/** A Kubernetes API of a few objects, and a runner for one controller: for tests. */
import type { Action, Controller, EventNote, Kube, Obj, Ref, View } from '../kube-client/index.ts'

const nameOf = (resource: string, { namespace, name }: Ref): string => `${resource}/${namespace ?? ''}/${name}`

export class FakeCluster {
  readonly objects = new Map<string, Obj>()
  readonly events: EventNote[] = []
  readonly #controllers: { readonly one: Controller<unknown, unknown>; readonly wake: (key: string) => void }[] = []
  readonly #changed = new Set<() => void>()
  #isClosed = false
  #uids = 0

  readonly view: View = {
    get: (kind, { namespace, name }) =>
      this.objects.get(nameOf(kind.resource, { namespace: kind.namespaced ? namespace : null, name })) as never,
    list: (kind, selector) =>
      [...this.objects].flatMap(([key, object]) => {
        const { namespace } = object.metadata
        const isWanted =
          selector?.namespace === undefined || selector.namespace === null || selector.namespace === namespace
        return key.startsWith(`${kind.resource}/`) && isWanted ? [object as never] : []
      }),
    ageMs: () => 0,
  }

  readonly kube: Kube = {
    get: async (kind, ref) => this.view.get(kind, ref) ?? null,
    list: async (kind, selector) => ({ items: [...this.view.list(kind, selector)], resourceVersion: '1' }),
    watch: () => ({ close: () => {} }),
    apply: async (action) => this.apply(action),
  }

  apply(action: Action): Obj | null {
    if (action.do === 'merge') {
      const key = nameOf(action.kind.resource, action.ref)
      const object = this.objects.get(key)
      if (object === undefined) throw Object.assign(new Error(`${key} not found`), { code: 404 })
      const { metadata: _, ...patch } = action.patch
      return this.put(action.kind.resource, merged(object, patch) as Obj)
    }
    if (action.do === 'delete') {
      const key = nameOf(action.kind.resource, action.ref)
      const object = this.objects.get(key)
      if (object === undefined) return null
      const grace = action.gracePeriodSeconds ?? 30
      if (grace > 0) {
        const metadata = { ...object.metadata, deletionTimestamp: 'now', deletionGracePeriodSeconds: grace }
        return this.put(action.kind.resource, { ...object, metadata })
      }
      this.objects.delete(key)
      this.#tell(action.kind.resource, object)
      return null
    }
    if (action.do === 'create') return this.put(action.kind.resource, action.object)
    throw new Error(`the fake cluster knows no ${action.do}`)
  }

  put(resource: string, object: Obj): Obj {
    const { metadata } = object
    const made = { ...object, metadata: { ...metadata, uid: metadata.uid ?? `uid-${++this.#uids}` } }
    this.objects.set(nameOf(resource, { namespace: metadata.namespace ?? null, name: metadata.name }), made)
    this.#tell(resource, made)
    return made
  }

  run<F, A>(controller: Controller<F, A>): void {
    const queue = new Map<string, NodeJS.Timeout | null>()
    let isRunning = false
    const turn = async (): Promise<void> => {
      if (isRunning) return
      isRunning = true
      for (const [key, timer] of queue) {
        if (timer !== null || this.#isClosed) continue
        queue.delete(key)
        const facts = await controller.gather(key, this.view)
        if (facts === null) continue
        const pass = controller.plan(key, facts, Date.now())
        this.events.push(...(pass.events ?? []))
        for (const action of pass.actions) {
          if (controller.execute === undefined) this.apply(action as Action)
          else await controller.execute(action, this.kube)
        }
        const had = queue.get(key)
        if (pass.wakeInMs !== undefined && had === undefined) {
          queue.set(
            key,
            setTimeout(() => wake(key), pass.wakeInMs),
          )
        }
      }
      isRunning = false
      if (!this.#isClosed && [...queue.values()].includes(null)) void turn()
    }
    const wake = (key: string): void => {
      const timer = queue.get(key)
      if (timer) clearTimeout(timer)
      queue.set(key, null)
      if (!this.#isClosed) queueMicrotask(() => void turn())
    }
    this.#controllers.push({ one: controller as Controller<unknown, unknown>, wake })
    controller.started?.(wake)
  }

  /** Resolves with what `find` finds, as soon as it does. */
  until<T>(find: () => T | null | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find()
        if (!found) return
        this.#changed.delete(look)
        resolve(found)
      }
      this.#changed.add(look)
      look()
    })
  }

  close(): void {
    this.#isClosed = true
  }

  #tell(resource: string, object: Obj): void {
    for (const { one, wake } of this.#controllers) {
      for (const input of one.inputs) {
        if (input.kind.resource !== resource) continue
        for (const key of input.keys(object, this.view)) wake(key)
      }
    }
    for (const look of this.#changed) look()
  }
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const isMap = typeof target === 'object' && target !== null && !Array.isArray(target)
  const out: Record<string, unknown> = isMap ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key]
    else out[key] = merged(out[key], value)
  }
  return out
}
