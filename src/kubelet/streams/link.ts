import type { Socket } from '../../env/index.ts'

/** Beyond so many bytes on their way, whoever writes should wait. */
const waitingMax = 512 * 1024

/** A stream of bytes both ways: a connection, or the messages of a WebSocket. */
export interface Link {
  /** The chunk is lent until the call returns. */
  onBytes: (chunk: Uint8Array) => void
  onDrain: () => void
  /** Called once. */
  onGone: () => void
  /** Takes the bytes; false: wait for `onDrain`. */
  write(...parts: readonly Uint8Array[]): boolean
  pause(): void
  resume(): void
  /** When all that was written has left. */
  end(): void
}

export function socketLink(socket: Socket): Link {
  const link: Link = {
    ...{ onBytes: () => {}, onDrain: () => {}, onGone: () => {} },
    write: (...parts) => socket.write(parts) < waitingMax,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end: () => socket.close('flush'),
  }
  socket.onBytes = (chunk) => link.onBytes(chunk)
  socket.onDrain = () => link.onDrain()
  socket.onClose = () => link.onGone()
  return link
}

/** Collects bytes until there are enough. */
export class Gathered {
  #bytes: Uint8Array = new Uint8Array(0)

  get length(): number {
    return this.#bytes.length
  }

  add(chunk: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + chunk.length)
    joined.set(this.#bytes)
    joined.set(chunk, this.#bytes.length)
    this.#bytes = joined
  }

  /** What is there, without taking it. */
  get head(): Uint8Array {
    return this.#bytes
  }

  take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return taken
  }
}
