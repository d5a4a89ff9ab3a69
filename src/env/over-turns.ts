import type { Clock } from './index.ts'

/** Looked at between two looks at the time. */
const ITEMS_PER_STEP = 256

/** `each` for every item that is there when its turn comes; few in this turn, many in slices. */
export function overTurns<T>(
  clock: Clock,
  items: Iterable<T>,
  each: (item: T) => void,
  done: () => void = () => undefined,
): void {
  const iterator = items[Symbol.iterator]()
  const step = (): boolean => {
    for (let count = 0; count < ITEMS_PER_STEP; count++) {
      const next = iterator.next()
      if (next.done === true) {
        done()
        return true
      }
      each(next.value)
    }
    return false
  }
  if (!step()) clock.slice(step)
}
