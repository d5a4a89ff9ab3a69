/**
 * Bytes for many small writers in a row: making an array for each costs more than filling it. One per connection or
 * server. Nothing in a slab is used twice; it is collected when the last part that was cut from it is gone.
 */
export class Slab {
  readonly #size: number
  /** The present array; writers hold regions of it. */
  bytes: Uint8Array
  /** Start of what no writer has taken. */
  at = 0

  constructor(bytes = 32_768) {
    this.#size = bytes
    this.bytes = new Uint8Array(0)
  }

  /** Makes `bytes[at..at + length)` the caller's, and returns `at`. */
  take(length: number): number {
    if (this.at + length > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(this.#size, length))
      this.at = 0
    }
    const at = this.at
    this.at = at + length
    return at
  }
}
