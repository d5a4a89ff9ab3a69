/** Runs `all` once, after `add` was called for every part and each part's function was called. */
export class Join {
  #open = 1
  readonly #all: () => void

  constructor(all: () => void) {
    this.#all = all
  }

  /** Announces one more part; the returned function ends it. */
  add(): () => void {
    this.#open++
    return () => this.#end()
  }

  /** No more parts will be announced. */
  close(): void {
    this.#end()
  }

  #end(): void {
    this.#open--
    if (this.#open === 0) this.#all()
  }
}
