/** Everything that happened, as one number; and, when it is asked for, as lines. Two runs of a seed have the same. */
export class Trace {
  #a = 0x9e3779b9
  #b = 0x85ebca6b
  #events = 0
  readonly #sink: ((line: string) => void) | null

  constructor(sink: ((line: string) => void) | null) {
    this.#sink = sink
  }

  get events(): number {
    return this.#events
  }

  get hash(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }

  /** `shown` is said in the lines only; it is made up only when there are lines. */
  note(nowMs: number, who: string, what: string, shown?: () => string): void {
    this.#events++
    this.#mix(nowMs * 1e6)
    this.#text(who)
    this.#text(what)
    if (this.#sink === null) return
    const more = shown === undefined ? '' : ` ${shown()}`
    this.#sink(`${nowMs.toFixed(3).padStart(12)} ${who.padEnd(10)} ${what}${more}`)
  }

  /** Adds bytes to the number: what went over a wire or to a disk. */
  bytes(bytes: Uint8Array): void {
    // All of a short one and samples of a long one: content that differs differs in its length or soon after.
    const step = bytes.length <= 256 ? 1 : Math.ceil(bytes.length / 256)
    for (let i = 0; i < bytes.length; i += step) this.#mix(bytes[i]!)
    this.#mix(bytes.length)
  }

  #text(text: string): void {
    for (let i = 0; i < text.length; i++) this.#a = Math.imul(this.#a ^ text.charCodeAt(i), 0x01000193)
    this.#b = Math.imul(this.#b ^ this.#a, 0x5bd1e995)
  }

  #mix(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x01000193)
    this.#b = Math.imul(((this.#b << 13) | (this.#b >>> 19)) ^ this.#a, 0x5bd1e995)
  }
}
