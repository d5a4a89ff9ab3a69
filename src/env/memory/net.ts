import { failure } from '../failure.ts'
import type { Address, Clock, ConnectOptions, Done, Failure, Listener, ListenOptions, Net, Socket } from '../index.ts'

/** What one read of a real socket brings at most. */
const chunkBytesMax = 64 * 1024
const ephemeralPortMin = 32_768

/**
 * A network in memory: whoever holds it can listen on any address and reach any listener. Bytes move at turn ends; what
 * a paused receiver does not take waits at its sender.
 */
export function memoryNet(clock: Pick<Clock, 'atTurnEnd'>): Net {
  const listeners = new Map<string, { at: Address; accept: (socket: Socket) => void }>()
  let lastPort = ephemeralPortMin
  const freePort = (): number => (lastPort = lastPort === 65_535 ? ephemeralPortMin : lastPort + 1)
  const later = (run: () => void): void => clock.atTurnEnd(run)
  const key = (host: string, port: number): string => `${host === 'localhost' ? '127.0.0.1' : host}:${port}`

  function listen(at: ListenOptions, accept: (socket: Socket) => void, done: Done<Listener>): void {
    const address: Address = { host: at.host === 'localhost' ? '127.0.0.1' : at.host, port: at.port || freePort() }
    const name = key(address.host, address.port)
    if (listeners.has(name)) {
      const problem = failure('EADDRINUSE', `listening on ${name}: address already in use`)
      return later(() => done(problem, undefined as never))
    }
    const entry = { at: address, accept }
    listeners.set(name, entry)
    const close = (): void => {
      if (listeners.get(name) === entry) listeners.delete(name)
    }
    later(() => done(null, { address, close }))
  }

  function connect(to: ConnectOptions, done: Done<Socket>): void {
    const name = key(to.host, to.port)
    later(() => {
      const listener = listeners.get(name) ?? listeners.get(key('0.0.0.0', to.port))
      if (listener === undefined) {
        return done(failure('ECONNREFUSED', `connecting to ${name}: connection refused`), undefined as never)
      }
      const client = new MemorySocket(
        clock,
        { host: '127.0.0.1', port: freePort() },
        { ...listener.at, host: name.slice(0, name.lastIndexOf(':')) },
      )
      const server = new MemorySocket(clock, client.peer, client.local)
      client.other = server
      server.other = client
      listener.accept(server)
      done(null, client)
    })
  }
  return { listen, connect }
}

interface Queued {
  readonly part: Uint8Array
  readonly sent: (() => void) | null
}

class MemorySocket implements Socket {
  readonly local: Address
  readonly peer: Address
  readonly tls = null
  onBytes: (chunk: Uint8Array) => void = () => {}
  /** Chunks are the sender's parts, never put elsewhere. */
  onRoom: () => Uint8Array | null = () => null
  onDrain: () => void = () => {}
  onClose: (failure: Failure | null) => void = () => {}
  /** The other end; set once, before anybody sees the socket. */
  other: MemorySocket | null = null
  readonly #clock: Pick<Clock, 'atTurnEnd'>
  #queue: Queued[] = []
  #queuedBytes = 0
  #isPaused = false
  #isPumping = false
  /** No writes are taken any more. */
  #isEnding = false
  #isClosed = false

  constructor(clock: Pick<Clock, 'atTurnEnd'>, local: Address, peer: Address) {
    this.#clock = clock
    this.local = local
    this.peer = peer
  }

  write(parts: readonly Uint8Array[], sent?: () => void): number {
    if (this.#isEnding || this.#isClosed) {
      if (sent !== undefined) this.#clock.atTurnEnd(sent)
      return 0
    }
    for (const part of parts) {
      this.#queue.push({ part, sent: null })
      this.#queuedBytes += part.byteLength
    }
    if (sent !== undefined) this.#queue.push({ part: nothing, sent })
    this.#pumpLater()
    return this.#queuedBytes
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    if (this.other !== null) this.other.#pumpLater()
  }

  close(how: 'flush' | 'reset'): void {
    if (this.#isClosed || this.#isEnding) {
      if (how === 'flush' || this.#isClosed) return
    }
    this.#isEnding = true
    if (how === 'flush') return this.#pumpLater()
    this.#closeLater(null)
    if (this.other === null) return
    this.other.#closeLater(failure('ECONNRESET', `connection with ${this.local.host}:${this.local.port}: reset`))
  }

  #pumpLater(): void {
    if (this.#isPumping || this.#isClosed) return
    this.#isPumping = true
    this.#clock.atTurnEnd(() => {
      this.#isPumping = false
      this.#pump()
    })
  }

  #pump(): void {
    const other = this.other
    if (this.#isClosed || other === null) return
    const hadBytes = this.#queuedBytes > 0
    while (this.#queue.length > 0 && !other.#isPaused && !this.#isClosed) {
      const { chunk, sents } = this.#take()
      if (chunk.byteLength > 0 && !other.#isClosed && !other.#isEnding) {
        other.onBytes(chunk)
        // Whoever kept it sees at once that it was only lent.
        chunk.fill(poison)
      }
      for (const sent of sents) sent()
    }
    if (this.#queue.length > 0 || this.#isClosed) return
    if (this.#isEnding) {
      this.#closeLater(null)
      other.#closeLater(null)
    } else if (hadBytes) this.onDrain()
  }

  /** Copies the next bytes out of the queue: the parts go back to their owner. */
  #take(): { chunk: Uint8Array; sents: (() => void)[] } {
    const chunk = new Uint8Array(Math.min(this.#queuedBytes, chunkBytesMax))
    const sents: (() => void)[] = []
    let at = 0
    let next = 0
    for (; next < this.#queue.length; next++) {
      const { part, sent } = this.#queue[next]!
      const room = chunk.byteLength - at
      if (part.byteLength > room) {
        chunk.set(part.subarray(0, room), at)
        this.#queue[next] = { part: part.subarray(room), sent }
        break
      }
      chunk.set(part, at)
      at += part.byteLength
      if (sent !== null) sents.push(sent)
    }
    this.#queue.splice(0, next)
    this.#queuedBytes -= chunk.byteLength
    return { chunk, sents }
  }

  #closeLater(problem: Failure | null): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isEnding = true
    const dropped = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    this.#clock.atTurnEnd(() => {
      for (const { sent } of dropped) sent?.()
      this.onClose(problem)
    })
  }
}

const nothing = new Uint8Array(0)
const poison = 0xdb
