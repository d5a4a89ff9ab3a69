import type { Clock } from '../env/index.ts'

/** Work that pauses when a little of it is done; what it returns is its result. */
export type Pieces<T> = Generator<undefined, T, undefined>

/** Whether what is given is still to be worked out. */
export function isPieces<T extends object>(given: T | Pieces<T>): given is Pieces<T> {
  return 'next' in given && typeof given.next === 'function'
}

/** How long work may go on in the turn that began it: a request's decoding, its handler and its answer may all be so. */
const FIRST_MS = 1
/** Elements between two pauses: some microseconds each. */
export const elementsPerPiece = 64
const SORTED_AT_ONCE = 512

/**
 * Runs work to its end: what is short in this turn, the rest in slices of later ones. True when it has ended, well or
 * not, before this returns.
 */
export function runPieces<T>(
  clock: Clock,
  pieces: Pieces<T>,
  done: (result: T) => void,
  failed: (thrown: unknown) => void,
): boolean {
  const step = (): boolean => {
    let next: IteratorResult<undefined, T>
    try {
      next = pieces.next()
    } catch (thrown) {
      failed(thrown)
      return true
    }
    if (next.done === true) done(next.value)
    return next.done === true
  }
  if (step()) return true
  const untilMs = clock.monoMs() + FIRST_MS
  while (clock.monoMs() < untilMs) if (step()) return true
  clock.slice(step)
  return false
}

/** What follows from the result of work. */
export function* afterPieces<T, U>(pieces: Pieces<T>, then: (result: T) => U): Pieces<U> {
  return then(yield* pieces)
}

/** Does work at once, pauses and all. */
export function allPieces<T>(pieces: Pieces<T>): T {
  for (;;) {
    const next = pieces.next()
    if (next.done === true) return next.value
  }
}

/** Array.map with pauses. */
export function* mapPieces<T, U>(list: readonly T[], map: (item: T) => U): Pieces<U[]> {
  const mapped: U[] = []
  for (const item of list) {
    mapped.push(map(item))
    if (mapped.length % elementsPerPiece === 0) yield
  }
  return mapped
}

/** A map from each item's key to the item, with pauses. */
export function* indexPieces<K, T>(list: readonly T[], keyOf: (item: T) => K): Pieces<Map<K, T>> {
  const byKey = new Map<K, T>()
  let seen = 0
  for (const item of list) {
    byKey.set(keyOf(item), item)
    if (++seen % elementsPerPiece === 0) yield
  }
  return byKey
}

/** Sorts strings as Array.sort does, with pauses. */
export function* sortPieces(list: readonly string[]): Pieces<string[]> {
  let runs: string[][] = []
  for (let at = 0; at < list.length; at += SORTED_AT_ONCE) {
    runs.push(list.slice(at, at + SORTED_AT_ONCE).sort())
    yield
  }
  while (runs.length > 1) {
    const longer: string[][] = []
    for (let i = 0; i < runs.length; i += 2) longer.push(yield* merge(runs[i]!, runs[i + 1] ?? []))
    runs = longer
  }
  return runs[0] ?? []
}

function* merge(a: readonly string[], b: readonly string[]): Pieces<string[]> {
  const merged: string[] = []
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const isFirst = j >= b.length || (i < a.length && a[i]! <= b[j]!)
    merged.push(isFirst ? a[i++]! : b[j++]!)
    if (merged.length % SORTED_AT_ONCE === 0) yield
  }
  return merged
}

/** A map over lists in a list, with pauses: `each` makes the outer element of the mapped inner ones. */
export function* mapNested<T, E, U, R>(
  outer: Iterable<T>,
  inner: (item: T) => Iterable<E>,
  map: (element: E, item: T) => U,
  each: (item: T, mapped: U[]) => R,
): Pieces<R[]> {
  const results: R[] = []
  let count = 0
  for (const item of outer) {
    const mapped: U[] = []
    for (const element of inner(item)) {
      mapped.push(map(element, item))
      if (++count % elementsPerPiece === 0) yield
    }
    results.push(each(item, mapped))
    if (++count % elementsPerPiece === 0) yield
  }
  return results
}
