/**
 * Cuts a stream of chunks into frames of `int32 size, bytes`. A frame that lies within one chunk is a view of it;
 * one that spans chunks is copied once into a buffer of its own.
 */
export class FrameCutter {
  readonly #sizeMax: number
  readonly #size = new Uint8Array(4)
  #sizeHave = 0
  #frame: Uint8Array | null = null
  #have = 0

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax
  }

  /** Calls `each` with every frame that this chunk completes. Returns a reason when the stream is none of frames. */
  push(chunk: Uint8Array, each: (frame: Uint8Array) => void): string | null {
    let at = 0
    while (at < chunk.length) {
      if (this.#frame !== null) {
        const take = Math.min(this.#frame.length - this.#have, chunk.length - at)
        this.#frame.set(chunk.subarray(at, at + take), this.#have)
        this.#have += take
        at += take
        if (this.#have < this.#frame.length) return null
        const whole = this.#frame
        this.#frame = null
        each(whole)
        continue
      }
      this.#size[this.#sizeHave++] = chunk[at++]!
      if (this.#sizeHave < 4) continue
      this.#sizeHave = 0
      const s = this.#size
      const size = (s[0]! << 24) | (s[1]! << 16) | (s[2]! << 8) | s[3]!
      if (size < 4 || size > this.#sizeMax) return `a frame of ${size} bytes was announced`
      if (size <= chunk.length - at) {
        each(chunk.subarray(at, at + size))
        at += size
      } else {
        this.#frame = new Uint8Array(size)
        this.#have = 0
      }
    }
    return null
  }
}
