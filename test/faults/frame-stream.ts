import type { Socket } from 'node:net'

/** Frames of one socket, in turn. */
export class FrameStream {
  readonly #socket: Socket
  #buffered: Buffer = Buffer.alloc(0)
  #heard: (() => void) | null = null
  /** This end's. */
  port = 0
  isOver = false
  lastAsk = ''
  /** A produce with acks=0 went this way. */
  isClosable = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('connect', () => (this.port = socket.localPort ?? 0))
    socket.on('data', (chunk) => {
      this.#buffered = Buffer.concat([this.#buffered, chunk])
      this.#heard?.()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.isOver = true
      this.#heard?.()
    })
  }

  send(frame: Uint8Array): void {
    const size = Buffer.alloc(4)
    size.writeInt32BE(frame.length)
    this.#socket.write(Buffer.concat([size, frame]))
  }

  async next(limitMs: number): Promise<Uint8Array | 'late' | 'closed'> {
    const deadlineMs = performance.now() + limitMs
    for (;;) {
      const size = this.#buffered.length >= 4 ? this.#buffered.readInt32BE(0) : Number.POSITIVE_INFINITY
      if (this.#buffered.length >= 4 + size) {
        const frame = new Uint8Array(this.#buffered.subarray(4, 4 + size))
        this.#buffered = this.#buffered.subarray(4 + size)
        return frame
      }
      if (this.isOver) return 'closed'
      const leftMs = deadlineMs - performance.now()
      if (leftMs <= 0) return 'late'
      await new Promise<void>((done) => {
        const timer = setTimeout(done, leftMs)
        this.#heard = () => {
          clearTimeout(timer)
          done()
        }
      })
      this.#heard = null
    }
  }
}
