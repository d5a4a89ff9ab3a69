import { failure } from '../env/failure.ts'
import type { Address, Failure, Socket } from '../env/index.ts'
import type { Life } from './life.ts'
import type { Pipe } from './pipe.ts'
import type { World } from './world.ts'

/** On its way or not yet read by the receiver. */
const windowBytes = 256 * 1024
const chunkBytesMax = 64 * 1024
const poison = 0xdb

interface Queued {
  readonly part: Uint8Array
  readonly sent: (() => void) | null
}

/**
 * One end of a connection. What is written in a turn leaves at its end, copied; what arrives is lent to the reader for
 * the time of the call and spoiled after it.
 */
export class SimSocket implements Socket {
  readonly local: Address
  readonly peer: Address
  readonly tls = null
  readonly life: Life
  onBytes: (chunk: Uint8Array) => void = () => {}
  onRoom: () => Uint8Array | null = () => null
  onDrain: () => void = () => {}
  onClose: (failure: Failure | null) => void = () => {}
  readonly #world: World
  readonly #open: Set<SimSocket>
  #out: Pipe | null = null
  #other: SimSocket | null = null
  #queue: Queued[] = []
  #queuedBytes = 0
  #inFlightBytes = 0
  #isFlushDue = false
  #received: Uint8Array[] = []
  #isReadDue = false
  #isPaused = false
  /** Nothing is written any more; the queue still leaves. */
  #isEnding = false
  #hasSentEnd = false
  /** The peer has ended in order; read what came before it first. */
  #hasPeerEnded = false
  #isClosed = false

  constructor(world: World, life: Life, open: Set<SimSocket>, at: { local: Address; peer: Address }) {
    this.#world = world
    this.#open = open
    this.life = life
    this.local = at.local
    this.peer = at.peer
  }

  join(out: Pipe, other: SimSocket): void {
    this.#out = out
    this.#other = other
    if (this.#isClosed) return
    this.#open.add(this)
  }

  write(parts: readonly Uint8Array[], sent?: () => void): number {
    if (this.#isEnding || this.#isClosed) {
      if (sent !== undefined) this.life.atTurnEnd(sent)
      return 0
    }
    for (const part of parts) {
      this.#queue.push({ part, sent: null })
      this.#queuedBytes += part.byteLength
    }
    if (sent !== undefined) this.#queue.push({ part: nothing, sent })
    this.#flushLater()
    return this.#queuedBytes
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#readLater()
  }

  close(how: 'flush' | 'reset'): void {
    if (this.#isClosed || (this.#isEnding && how === 'flush')) return
    this.#isEnding = true
    if (how === 'flush') return this.#flushLater()
    this.#sendReset()
    this.#closed(null)
  }

  /** Cuts the connection on both sides, as a middlebox does. */
  reset(): void {
    this.resetByPeer()
    this.#other?.resetByPeer()
  }

  /** It never came to be. */
  forget(): void {
    this.#isClosed = true
    this.#isEnding = true
    this.#open.delete(this)
  }

  /** The kernel ends it, in order or, as when bytes were unread, with a reset. */
  ownerDied(inOrder: boolean): void {
    if (!this.#isClosed && !this.#hasSentEnd) {
      const other = this.#other
      if (inOrder) this.#out?.send('fin', 0, () => other?.peerEnded())
      else this.#sendReset()
    }
    this.forget()
  }

  ownerVanished(): void {
    this.forget()
  }

  /** A reset has come. */
  resetByPeer(): void {
    if (this.#isClosed) return
    this.#out?.close()
    this.#closed(failure('ECONNRESET', `connection with ${this.peer.host}:${this.peer.port}: reset`))
  }

  #sendReset(): void {
    const other = this.#other
    this.#hasSentEnd = true
    this.#out?.send('rst', 0, () => other?.resetByPeer())
  }

  #flushLater(): void {
    if (this.#isFlushDue || this.#isClosed) return
    this.#isFlushDue = true
    this.life.atFlush(() => {
      this.#isFlushDue = false
      this.#flush()
    })
  }

  #flush(): void {
    const other = this.#other
    if (this.#isClosed || this.#out === null || other === null) return
    const hadBytes = this.#queuedBytes > 0
    const sents: (() => void)[] = []
    while (this.#queue.length > 0 && (this.#queuedBytes === 0 || this.#inFlightBytes < windowBytes)) {
      const chunk = this.#take(sents)
      if (chunk.byteLength === 0) continue
      this.#inFlightBytes += chunk.byteLength
      this.#world.trace.bytes(chunk)
      const name = `${this.local.host}:${this.local.port}>${this.peer.host}:${this.peer.port}`
      this.#out.send(`${name} ${chunk.byteLength}B`, chunk.byteLength, () => other.#arrived(chunk))
    }
    const isDrained = hadBytes && this.#queue.length === 0
    if (isDrained) sents.push(() => this.onDrain())
    if (sents.length > 0) {
      this.life.soon(0.005, 'sent', () => {
        for (const sent of sents) sent()
      })
    }
    if (this.#queue.length > 0 || !this.#isEnding || this.#hasSentEnd) return
    this.#hasSentEnd = true
    this.#out.send('fin', 0, () => other.peerEnded())
    this.#closed(null)
  }

  /** Copies the next bytes out of the queue: the parts go back to their owner. */
  #take(sents: (() => void)[]): Uint8Array {
    const random = this.life.random
    // Now and then the network cuts where it likes.
    const most = random.next() < 0.02 ? 1 + random.below(64) : chunkBytesMax
    const chunk = new Uint8Array(Math.min(this.#queuedBytes, most))
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
    return chunk
  }

  /** In the kernel of the receiver. */
  #arrived(chunk: Uint8Array): void {
    if (this.#isClosed) {
      const other = this.#other
      this.#out?.send('rst', 0, () => other?.resetByPeer())
      return
    }
    this.#received.push(chunk)
    this.#readLater()
  }

  peerEnded(): void {
    if (this.#isClosed) return
    this.#hasPeerEnded = true
    this.#readLater()
  }

  #readLater(): void {
    if (this.#isReadDue || this.#isPaused || this.#isClosed) return
    if (this.#received.length === 0 && !this.#hasPeerEnded) return
    this.#isReadDue = true
    this.life.soon(0, 'read', () => {
      this.#isReadDue = false
      this.#read()
    })
  }

  #read(): void {
    if (this.#isClosed || this.#isPaused) return
    const chunk = this.#received.shift()
    if (chunk === undefined) {
      if (!this.#hasPeerEnded) return
      const other = this.#other
      if (!this.#hasSentEnd) this.#out?.send('fin', 0, () => other?.peerEnded())
      this.#hasSentEnd = true
      return this.#closed(null)
    }
    const length = chunk.byteLength
    // The room that the reader offers is taken now and then: it is a wish.
    const room = this.onRoom()
    if (room !== null && room.byteLength >= length) {
      room.set(chunk)
      this.onBytes(room.subarray(0, length))
    } else {
      this.onBytes(chunk)
      // Whoever kept it sees at once that it was only lent.
      chunk.fill(poison)
    }
    this.#other?.acknowledged(length)
    this.#readLater()
  }

  /** The reader has taken them. */
  acknowledged(bytes: number): void {
    this.#inFlightBytes -= bytes
    if (this.#queue.length > 0 && !this.#isClosed && this.life.isAlive) this.#flushLater()
  }

  #closed(problem: Failure | null): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isEnding = true
    this.#open.delete(this)
    const dropped = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    this.life.soon(0, 'close', () => {
      for (const { sent } of dropped) sent?.()
      this.onClose(problem)
    })
  }
}

const nothing = new Uint8Array(0)
