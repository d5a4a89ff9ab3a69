import type { Clock, Logger, Random, Timer } from '../env/index.ts'
import type { Cache, CacheChange } from './cache.ts'
import type { Controller, Input } from './controller.ts'
import { EventWriter } from './events.ts'
import { type Action, type Closer, isApiError, type Kube } from './kube.ts'
import type { KindRef, Obj } from './object.ts'
import { matchesLabels, parseLabelSelector } from './selectors.ts'

export interface RunnerEnv {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface Running extends Closer {
  /** Queues a key of a controller. */
  wake(controller: string, key: string): void
  /** Nothing is queued and nothing runs (what waits for a time does not count). */
  readonly isIdle: boolean
}

const backOffMsMin = 20
const backOffMsMax = 60_000

// biome-ignore lint/suspicious/noExplicitAny: controllers differ in their facts and actions, which only they look into
type AnyController = Controller<any, any>

/**
 * Runs controllers until it is closed. Each begins when the first lists of its inputs are in; a key is worked on by one
 * pass at a time, and once more when something about it changed meanwhile; after a failure it waits, longer each time.
 * `plan` is given wall time.
 */
export function runControllers(
  kube: Kube,
  env: RunnerEnv,
  controllers: readonly AnyController[],
  cache: Cache,
): Running {
  const events = new EventWriter(kube, env)
  const runners = controllers.map((controller) => new Runner(controller, learning(kube, cache), env, cache, events))
  return {
    wake: (name, key) => runners.find(({ controller }) => controller.name === name)?.wake(key),
    get isIdle() {
      return runners.every(({ isIdle }) => isIdle)
    },
    close: () => {
      for (const runner of runners) runner.close()
    },
  }
}

/** The cache knows what a write answered before whoever wrote goes on. */
function learning(kube: Kube, cache: Cache): Kube {
  return {
    get: kube.get.bind(kube),
    list: kube.list.bind(kube),
    watch: kube.watch.bind(kube),
    apply: async (action) => {
      const object = await kube.apply(action)
      const { namespace = null, name } =
        action.do === 'merge' || action.do === 'delete' ? action.ref : (object ?? action.object).metadata
      // A Scale is no object of the kind.
      const isOther = 'subresource' in action && action.subresource === 'scale'
      if (!isOther) cache.learn(action.kind, { namespace, name }, object)
      return object
    },
  }
}

class Runner {
  readonly controller: AnyController
  readonly #kube: Kube
  readonly #env: RunnerEnv
  readonly #cache: Cache
  readonly #events: EventWriter
  readonly #inputs: readonly WatchedInput[]
  /** In the order of asking. */
  readonly #queue = new Set<string>()
  readonly #active = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #timers = new Map<string, Timer>()
  #changes: Closer | null = null
  #isRunning = false
  #isClosed = false
  #isPumpAsked = false

  constructor(controller: AnyController, kube: Kube, env: RunnerEnv, cache: Cache, events: EventWriter) {
    this.controller = controller
    this.#kube = kube
    this.#env = env
    this.#cache = cache
    this.#events = events
    this.#inputs = controller.inputs.map(watched)
    Promise.all(controller.inputs.map(({ kind }) => cache.follow(kind))).then(() => this.#begin())
  }

  get isIdle(): boolean {
    return this.#isRunning && this.#queue.size === 0 && this.#active.size === 0
  }

  wake(key: string): void {
    if (this.#isClosed) return
    this.#queue.add(key)
    this.#askPump()
  }

  close(): void {
    this.#isClosed = true
    this.#changes?.close()
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    this.#queue.clear()
  }

  #begin(): void {
    if (this.#isClosed) return
    this.#isRunning = true
    this.#changes = this.#cache.onChange((change) => this.#changed(change))
    for (const { kind } of this.controller.inputs) {
      for (const object of this.#cache.list(kind)) this.#changed({ kind, now: object, before: null })
    }
    this.controller.started?.((key) => this.wake(key))
    this.#askPump()
  }

  #changed({ kind, now, before }: CacheChange): void {
    for (const input of this.#inputs) {
      if (!isSameKind(input.kind, kind)) continue
      // Also those whom it concerned until now.
      for (const object of [now, before]) {
        if (object === null || !input.isSelected(object)) continue
        for (const key of input.keys(object, this.#cache)) this.wake(key)
      }
    }
  }

  /** At the end of the turn: changes that come together are one pass. */
  #askPump(): void {
    if (this.#isPumpAsked) return
    this.#isPumpAsked = true
    this.#env.clock.atTurnEnd(() => {
      this.#isPumpAsked = false
      this.#pump()
    })
  }

  #pump(): void {
    if (this.#isClosed || !this.#isRunning) return
    const most = this.controller.concurrency ?? 1
    for (const key of this.#queue) {
      if (this.#active.size >= most) return
      if (this.#active.has(key)) continue
      this.#queue.delete(key)
      this.#active.add(key)
      this.#timers.get(key)?.cancel()
      this.#timers.delete(key)
      this.#pass(key).then((wakeInMs) => {
        this.#active.delete(key)
        if (this.#isClosed) return
        if (wakeInMs !== null && !this.#queue.has(key)) this.#wakeIn(key, wakeInMs)
        this.#askPump()
      })
    }
  }

  /** Milliseconds until it wants to run again; null: when something changes. */
  async #pass(key: string): Promise<number | null> {
    const { controller } = this
    try {
      const facts: unknown = await controller.gather(key, this.#cache)
      if (facts === null || this.#isClosed) {
        this.#failures.delete(key)
        return null
      }
      const pass = controller.plan(key, facts, this.#env.clock.wallMs())
      for (const note of pass.events ?? []) this.#events.write(controller.name, note)
      for (const action of pass.actions) {
        if (this.#isClosed) return null
        if (controller.execute !== undefined) await controller.execute(action, this.#kube)
        else await this.#kube.apply(action as Action)
      }
      this.#failures.delete(key)
      return pass.wakeInMs ?? null
    } catch (thrown) {
      return this.#failed(key, thrown)
    }
  }

  #failed(key: string, thrown: unknown): number {
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    const backOffMs = Math.min(backOffMsMax, backOffMsMin * 2 ** (failures - 1))
    // What it saw was old; the cache will have caught up.
    const isUsual = isApiError(thrown) && (thrown.code === 409 || thrown.code === 0) && failures < 5
    const { message } = thrown as Error
    const fields = { logger: `controller.${this.controller.name}`, key, reason: message, failures, backOffMs }
    if (isUsual || this.#isClosed) this.#env.logger.debug('A pass failed', fields)
    else if (isApiError(thrown)) this.#env.logger.warn('A pass failed', fields)
    else this.#env.logger.error('A pass failed', { ...fields, stack: (thrown as Error).stack ?? '' })
    return backOffMs
  }

  #wakeIn(key: string, ms: number): void {
    const { clock } = this.#env
    this.#timers.get(key)?.cancel()
    this.#timers.set(
      key,
      clock.at(clock.monoMs() + ms, () => {
        this.#timers.delete(key)
        this.wake(key)
      }),
    )
  }
}

interface WatchedInput extends Input {
  isSelected(object: Obj): boolean
}

function watched(input: Input): WatchedInput {
  const { kind, selector = {} } = input
  const labels = parseLabelSelector(selector.labels ?? '')
  return {
    kind,
    keys: (object, view) => input.keys(object, view),
    isSelected: ({ metadata }) =>
      (selector.namespace == null || metadata.namespace === selector.namespace) &&
      matchesLabels(labels, metadata.labels),
  }
}

const isSameKind = (a: KindRef, b: KindRef): boolean =>
  a.group === b.group && a.resource === b.resource && a.version === b.version
