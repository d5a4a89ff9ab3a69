import type { Random } from '../index.ts'

/** One call to the system costs as much as many bytes: small asks are served from a store of so many. */
const poolBytes = 4096

/** `bytes` is fit for secrets; `next` and `below` are not. */
export class NodeRandom implements Random {
  #pool: Uint8Array | null = null
  #used = poolBytes

  next(): number {
    return Math.random()
  }

  below(bound: number): number {
    return Math.floor(Math.random() * bound)
  }

  bytes(into: Uint8Array): Uint8Array {
    // Loaded at the first use: 3 ms that a start need not pay.
    const fill = (bytes: Uint8Array): Uint8Array => process.getBuiltinModule('node:crypto').randomFillSync(bytes)
    if (into.length > poolBytes / 16) return fill(into)
    const pool = (this.#pool ??= new Uint8Array(poolBytes))
    if (this.#used + into.length > poolBytes) {
      fill(pool)
      this.#used = 0
    }
    const from = this.#used
    this.#used += into.length
    into.set(pool.subarray(from, this.#used))
    // What was given out is not kept.
    pool.fill(0, from, this.#used)
    return into
  }
}
