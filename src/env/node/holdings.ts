/** What the system holds for an Env: open sockets, descriptors, threads. Whoever waits hears when the last is given up. */
export class Holdings<T> {
  readonly #all = new Set<T>()
  #waiting: (() => void)[] = []

  get count(): number {
    return this.#all.size
  }

  add(one: T): void {
    this.#all.add(one)
  }

  delete(one: T): void {
    if (!this.#all.delete(one) || this.#all.size > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) run()
  }

  /** A copy, which may be walked while its members go. */
  list(): T[] {
    return [...this.#all]
  }

  /** Calls back at once when nothing is held. */
  whenNone(run: () => void): void {
    if (this.#all.size === 0) run()
    else this.#waiting.push(run)
  }
}
