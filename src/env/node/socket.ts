import type net from 'node:net'
import { failure, failureOf } from '../failure.ts'
import type { Address, Failure, Socket, TlsPeer } from '../index.ts'
import { whyNoTls } from './tls-reasons.ts'
import type { Turns } from './turns.ts'

/** How long a closing connection may take to deliver what was queued. */
const flushMsMax = 10_000
/** Parts up to this size are copied together: one `writev` entry costs more than copying so little. */
const smallPart = 512

/** What a socket needs of its net. */
export interface SocketOwner {
  readonly turns: Turns
  /** Asks for {@link NodeSocket.flush} at the end of this turn. */
  flushLater(socket: NodeSocket): void
  closed(socket: NodeSocket): void
}

export class NodeSocket implements Socket {
  readonly peer: Address
  readonly local: Address
  readonly tls: TlsPeer | null
  onBytes: (chunk: Uint8Array) => void = () => {}
  onRoom: () => Uint8Array | null = () => null
  onDrain: () => void = () => {}
  onClose: (failure: Failure | null) => void = () => {}
  readonly #owner: SocketOwner
  readonly #stream: net.Socket
  readonly #readsShared: boolean
  #parts: Uint8Array[] = []
  #sents: (() => void)[] = []
  /** Bytes in `#parts` and bytes given to the stream that have not left. */
  #queued = 0
  #leaving = 0
  /** The `sent` of what the stream holds, oldest first. */
  readonly #inFlight: Batch[] = []
  #isClosing = false
  #isPaused = false
  #failure: Failure | null = null
  #flushTimeout: NodeJS.Timeout | null = null

  /** @param readsShared the stream reads into a buffer that its maker passes to {@link received}. */
  constructor(owner: SocketOwner, stream: net.Socket, readsShared: boolean, tls: TlsPeer | null = null) {
    this.tls = tls
    this.#owner = owner
    this.#readsShared = readsShared
    this.#stream = stream
    this.peer = address(stream.remoteAddress, stream.remotePort)
    this.local = address(stream.localAddress, stream.localPort)
    stream.on('error', (error) => {
      const where = `connection with ${this.peer.host}:${this.peer.port}`
      // An alert of the other side may come after this side's handshake was over.
      const isTls = tls !== null && (error as NodeJS.ErrnoException).code?.startsWith('ERR_SSL_') === true
      this.#failure ??= isTls
        ? failure('ETLS', `${where}: ${whyNoTls(error, 'client')}`, error)
        : failureOf(where, error)
    })
    stream.on('close', () => this.#closed())
  }

  /** Begins reading; called when the receiver has set its callbacks. */
  begin(): void {
    if (!this.#readsShared) this.#stream.on('data', (chunk: Uint8Array) => this.received(chunk))
    if (!this.#isPaused) this.#stream.resume()
  }

  received(chunk: Uint8Array): void {
    if (!this.#isClosing && !this.#owner.turns.isClosed) this.onBytes(chunk)
  }

  write(parts: readonly Uint8Array[], sent?: () => void): number {
    if (this.#isClosing || this.#stream.destroyed) {
      if (sent !== undefined) this.#owner.turns.later(sent, null, undefined)
      return 0
    }
    for (const part of parts) {
      this.#queued += part.byteLength
      this.#parts.push(part)
    }
    if (sent !== undefined) this.#sents.push(sent)
    this.#owner.flushLater(this)
    return this.#queued + this.#leaving
  }

  pause(): void {
    this.#isPaused = true
    this.#stream.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#stream.resume()
  }

  close(how: 'flush' | 'reset'): void {
    if (how === 'reset') {
      this.#isClosing = true
      this.#parts = []
      this.#queued = 0
      if (this.tls === null) this.#stream.resetAndDestroy()
      else this.#stream.destroy()
    } else if (!this.#isClosing) {
      this.#isClosing = true
      this.#owner.flushLater(this)
      this.#flushTimeout = setTimeout(() => this.#stream.destroy(), flushMsMax)
      this.#flushTimeout.unref()
    }
  }

  /** End of a turn: everything queued in it leaves in one system call. */
  flush(): void {
    if (this.#queued > 0 && !this.#stream.destroyed) {
      const batch: Batch = { sents: this.#sents, length: this.#queued }
      const parts = gather(this.#parts)
      this.#parts = []
      this.#sents = []
      this.#queued = 0
      this.#leaving += batch.length
      this.#inFlight.push(batch)
      if (parts.length > 1) this.#stream.cork()
      const last = parts.length - 1
      for (let i = 0; i < last; i++) this.#stream.write(parts[i]!)
      this.#stream.write(parts[last]!, () => this.#left(batch))
      if (parts.length > 1) this.#stream.uncork()
    } else if (this.#sents.length > 0) {
      for (const sent of this.#sents.splice(0)) this.#owner.turns.later(sent, null, undefined)
    }
    // `destroySoon` also gives up reading: a peer that goes on sending cannot hold the connection.
    if (this.#isClosing && !this.#stream.destroyed) this.#stream.destroySoon()
  }

  /** Closes without a word: the node is gone. */
  abandon(): void {
    this.#stream.destroy()
    if (this.#flushTimeout !== null) clearTimeout(this.#flushTimeout)
  }

  #left(batch: Batch): void {
    const at = this.#inFlight.indexOf(batch)
    if (at < 0) return
    this.#inFlight.splice(at, 1)
    this.#leaving -= batch.length
    if (this.#owner.turns.isClosed) return
    for (const sent of batch.sents) sent()
    if (this.#leaving === 0 && this.#queued === 0 && !this.#stream.destroyed) this.onDrain()
  }

  /** The system holds no part any more. */
  #closed(): void {
    this.#isClosing = true
    if (this.#flushTimeout !== null) clearTimeout(this.#flushTimeout)
    this.#owner.closed(this)
    if (this.#owner.turns.isClosed) return
    for (const batch of [...this.#inFlight]) this.#left(batch)
    for (const sent of this.#sents.splice(0)) sent()
    this.#parts = []
    this.onClose(this.#failure)
  }
}

interface Batch {
  readonly sents: (() => void)[]
  readonly length: number
}

/** Joins neighbours that are small; large parts stay where they are. */
function gather(parts: Uint8Array[]): Uint8Array[] {
  if (parts.length === 1) return parts
  const gathered: Uint8Array[] = []
  for (let i = 0; i < parts.length; ) {
    let length = 0
    let end = i
    while (end < parts.length && parts[end]!.byteLength <= smallPart) length += parts[end++]!.byteLength
    if (end - i < 2) {
      end = i + 1
      gathered.push(parts[i]!)
    } else {
      const joined = Buffer.allocUnsafe(length)
      let at = 0
      for (let k = i; k < end; k++) {
        joined.set(parts[k]!, at)
        at += parts[k]!.byteLength
      }
      gathered.push(joined)
    }
    i = end
  }
  return gathered
}

/** IPv4 addresses that arrive through an IPv6 socket are shown as IPv4. */
export function address(host: string | undefined, port: number | undefined): Address {
  return { host: host?.startsWith('::ffff:') ? host.slice(7) : (host ?? ''), port: port ?? 0 }
}
