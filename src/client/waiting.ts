import type { Clock, Done, Failure, Timer } from '../env/index.ts'
import { clientError, failureError, type KafkaError } from './errors.ts'

/** A {@link Done} as a promise; its failure as a KafkaError. */
export function promised<T>(
  start: (done: Done<T>) => void,
  errorOf: (failure: Failure) => KafkaError = failureError,
): Promise<T> {
  return new Promise((resolve, reject) => {
    start((failure, value) => {
      if (failure === null) resolve(value)
      else reject(errorOf(failure))
    })
  })
}

/** A promise with its handles. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  // whoever waits sees the error; that nobody waits yet is no fault of the process
  promise.catch(() => {})
  return { promise, resolve, reject }
}

/** Rejects with the signal's reason once it is aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const abort = () => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer: Timer = clock.at(clock.monoMs() + ms, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/**
 * The promise, or the signal's reason if that comes first, or TIMED_OUT after `deadlineMs` (monotonic; Infinity = none)
 * saying `what` was waited for. What the promise stands for goes on; only the wait ends.
 */
export function within<T>(
  clock: Clock,
  promise: Promise<T>,
  o: { readonly deadlineMs?: number; readonly signal?: AbortSignal | null | undefined; readonly what: string },
): Promise<T> {
  const { deadlineMs = Number.POSITIVE_INFINITY, signal, what } = o
  if (deadlineMs === Number.POSITIVE_INFINITY && !signal) return promise
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    let timer: Timer | null = null
    const end = () => {
      timer?.cancel()
      signal?.removeEventListener('abort', abort)
    }
    const abort = () => {
      end()
      reject(signal?.reason)
    }
    if (deadlineMs !== Number.POSITIVE_INFINITY) {
      timer = clock.at(deadlineMs, () => {
        end()
        reject(clientError('TIMED_OUT', `${what}: no answer in time`))
      })
    }
    signal?.addEventListener('abort', abort, { once: true })
    promise.then(
      (value) => {
        end()
        resolve(value)
      },
      (error: unknown) => {
        end()
        reject(error)
      },
    )
  })
}

/** Callers wait until someone says that what they wait for may have changed; they look again themselves. */
export class Condition {
  #waiters: Deferred<void> | null = null

  /** Resolves at the next {@link Condition.notify}. */
  wait(): Promise<void> {
    this.#waiters ??= deferred()
    return this.#waiters.promise
  }

  notify(): void {
    const waiters = this.#waiters
    this.#waiters = null
    waiters?.resolve()
  }

  fail(error: unknown): void {
    const waiters = this.#waiters
    this.#waiters = null
    waiters?.reject(error)
  }
}

/** Exponential, with ±20 % of luck so that clients that failed together do not come back together. */
export function backoffMs(attempt: number, initialMs: number, maxMs: number, luck: number): number {
  const ms = Math.min(initialMs * 2 ** Math.min(attempt, 30), maxMs)
  return ms * (0.8 + 0.4 * luck)
}
