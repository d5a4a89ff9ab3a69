/**
 * A map that is walked in the order of java.util.HashMap: by bucket, in one bucket by age (its trees, which need eight
 * keys in one bucket, left aside). Apache's assignors walk such maps, and which of two equal members gets a partition
 * depends on it.
 */
export class JavaHashMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #hash: (key: K) => number
  #capacity: number
  #order: K[] | null = null

  /** `capacity` as given to Java's constructor. */
  constructor(hash: (key: K) => number, capacity = 16) {
    this.#hash = hash
    this.#capacity = 1
    while (this.#capacity < capacity) this.#capacity *= 2
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  set(key: K, value: V): this {
    if (!this.#entries.has(key)) this.#order = null
    this.#entries.set(key, value)
    if (this.#entries.size > this.#capacity * 0.75) this.#capacity *= 2
    return this
  }

  delete(key: K): boolean {
    const had = this.#entries.delete(key)
    if (had) this.#order = null
    return had
  }

  keys(): readonly K[] {
    if (this.#order === null) {
      const buckets: (K | K[] | undefined)[] = new Array(this.#capacity)
      for (const key of this.#entries.keys()) {
        const hash = this.#hash(key)
        const at = (hash ^ (hash >>> 16)) & (this.#capacity - 1)
        const others = buckets[at]
        if (others === undefined) buckets[at] = key
        else if (Array.isArray(others)) others.push(key)
        else buckets[at] = [others as K, key]
      }
      this.#order = buckets.filter((bucket) => bucket !== undefined).flat() as K[]
    }
    return this.#order
  }

  *[Symbol.iterator](): Generator<[K, V]> {
    for (const key of this.keys()) yield [key, this.#entries.get(key) as V]
  }
}

/** The capacity that Java's HashSet(Collection) and copies of maps ask for. */
export function capacityFor(size: number): number {
  return Math.max(Math.floor(size / 0.75) + 1, 16)
}

/** Java's hash of an Integer is the number itself. */
export const integerHash = (value: number): number => value
