import { type Change, CompactedError, type Entry, type Key, type Rev } from './store.ts'

/** What changed lately: for watches that begin in the past and for the later pages of a list. */
export class History {
  readonly #bytesMax: number
  #changes: { readonly change: Change; readonly bytes: number }[] = []
  /** Those before this index are forgotten. */
  #from = 0
  #bytes = 0
  /** All changes above this revision are known. */
  #floor: Rev

  constructor(floor: Rev, bytesMax: number) {
    this.#floor = floor
    this.#bytesMax = bytesMax
  }

  get floor(): Rev {
    return this.#floor
  }

  /** `bytes`: about how much it keeps alive. */
  add(change: Change, bytes: number): void {
    this.#changes.push({ change, bytes })
    this.#bytes += bytes
    while (this.#bytes > this.#bytesMax && this.#changes.length - this.#from > 1) this.#forgetOne()
    this.#tidy()
  }

  compact(before: Rev): void {
    while (this.#from < this.#changes.length && this.#changes[this.#from]!.change.rev < before) this.#forgetOne()
    this.#floor = Math.max(this.#floor, before - 1)
    this.#tidy()
  }

  since(from: Rev, prefix: Key): Change[] {
    this.#check(from)
    const found: Change[] = []
    for (let i = this.#firstAfter(from); i < this.#changes.length; i++) {
      const { change } = this.#changes[i]!
      if (change.key.startsWith(prefix)) found.push(change)
    }
    return found
  }

  /** What stood at `at` where it differs from now: null for a key that did not exist. */
  before(at: Rev, prefix: Key): Map<Key, Entry | null> {
    this.#check(at)
    const old = new Map<Key, Entry | null>()
    for (let i = this.#changes.length - 1; i >= this.#firstAfter(at); i--) {
      const { key, prev } = this.#changes[i]!.change
      if (!key.startsWith(prefix)) continue
      old.set(key, prev === null ? null : { key, rev: Number(prev.metadata.resourceVersion), value: prev })
    }
    return old
  }

  #check(rev: Rev): void {
    if (rev < this.#floor) throw new CompactedError(rev, this.#floor)
  }

  #firstAfter(rev: Rev): number {
    let low = this.#from
    let high = this.#changes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#changes[middle]!.change.rev <= rev) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Changes of one commit stand or fall together: the floor is the revision of the last one forgotten. */
  #forgetOne(): void {
    const { change, bytes } = this.#changes[this.#from]!
    this.#from++
    this.#bytes -= bytes
    this.#floor = change.rev
  }

  #tidy(): void {
    if (this.#from < 1024 || this.#from * 2 < this.#changes.length) return
    this.#changes = this.#changes.slice(this.#from)
    this.#from = 0
  }
}
