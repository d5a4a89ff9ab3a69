import type { Entry, Key } from './store.ts'

/** The objects of one resource, found by key and listed in the order of keys. */
class Bucket {
  readonly entries = new Map<Key, Entry>()
  /** In order; null until somebody lists. */
  #keys: Key[] | null = null

  put(entry: Entry): void {
    if (this.#keys !== null && !this.entries.has(entry.key)) {
      this.#keys.splice(lowerBound(this.#keys, entry.key), 0, entry.key)
    }
    this.entries.set(entry.key, entry)
  }

  delete(key: Key): void {
    if (!this.entries.delete(key) || this.#keys === null) return
    this.#keys.splice(lowerBound(this.#keys, key), 1)
  }

  get keys(): readonly Key[] {
    this.#keys ??= [...this.entries.keys()].sort()
    return this.#keys
  }
}

export class ObjectIndex {
  readonly #buckets = new Map<string, Bucket>()

  get(key: Key): Entry | null {
    return this.#buckets.get(bucketOf(key))?.entries.get(key) ?? null
  }

  put(entry: Entry): void {
    const name = bucketOf(entry.key)
    let bucket = this.#buckets.get(name)
    if (bucket === undefined) this.#buckets.set(name, (bucket = new Bucket()))
    bucket.put(entry)
  }

  delete(key: Key): void {
    this.#buckets.get(bucketOf(key))?.delete(key)
  }

  /** In the order of keys, those behind `after`. */
  *below(prefix: Key, after: Key | null = null): Generator<Entry> {
    const bucket = this.#buckets.get(bucketOf(prefix))
    if (bucket === undefined) return
    const { keys } = bucket
    let at = lowerBound(keys, prefix)
    if (after !== null && after >= prefix) {
      at = lowerBound(keys, after)
      if (keys[at] === after) at++
    }
    for (; at < keys.length && keys[at]!.startsWith(prefix); at++) yield bucket.entries.get(keys[at]!)!
  }

  /** All of them, in no order. */
  all(): Entry[] {
    const all: Entry[] = []
    for (const { entries } of this.#buckets.values()) for (const entry of entries.values()) all.push(entry)
    return all
  }
}

/** `/GROUP/RESOURCE/` */
export function bucketOf(key: Key): string {
  const second = key.indexOf('/', 1)
  return key.slice(0, key.indexOf('/', second + 1) + 1)
}

function lowerBound(keys: readonly Key[], key: Key): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}
