interface Entry<T> {
  readonly end: number
  readonly deadlineMs: number
  readonly what: T
}

/** Things that wait until the log is committed up to an offset; offsets and deadlines never go down from one to the next. */
export class Park<T> {
  #entries: Entry<T>[] = []
  #head = 0

  get size(): number {
    return this.#entries.length - this.#head
  }

  /** Monotonic time at which the oldest entry has waited too long; null when nothing waits. */
  get deadlineMs(): number | null {
    return this.#entries[this.#head]?.deadlineMs ?? null
  }

  add(end: number, deadlineMs: number, what: T): void {
    this.#entries.push({ end, deadlineMs, what })
  }

  forEach(each: (what: T) => void): void {
    for (let i = this.#head; i < this.#entries.length; i++) each(this.#entries[i]!.what)
  }

  /** Takes out, in order, what waits for no more than `committed`. */
  takeCommitted(committed: number, each: (what: T) => void): void {
    this.#takeWhile((entry) => entry.end <= committed, each)
  }

  takeOverdue(nowMs: number, each: (what: T, end: number) => void): void {
    this.#takeWhile((entry) => entry.deadlineMs <= nowMs, each)
  }

  takeAll(each: (what: T) => void): void {
    this.#takeWhile(() => true, each)
  }

  #takeWhile(isDue: (entry: Entry<T>) => boolean, each: (what: T, end: number) => void): void {
    for (;;) {
      const entry = this.#entries[this.#head]
      if (entry === undefined || !isDue(entry)) break
      this.#head++
      each(entry.what, entry.end)
    }
    if (this.#head === this.#entries.length) {
      this.#entries = []
      this.#head = 0
    } else if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
  }
}
