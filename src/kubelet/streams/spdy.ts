/** The server's side of SPDY/3.1 as kubectl uses it: streams that the client opens, without flow control. */
import { Gathered, type Link } from './link.ts'

const types = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const
const version = 3
const flagFin = 1
const headBytes = 8
/** A frame of data that is sent is no longer than this. */
const dataBytesMax = 64 * 1024
const frameBytesMax = 1024 * 1024
/** Of all headers of a connection, compressed. */
const headersBytesMax = 1024 * 1024
const storedBytesMax = 0xffff

/** Inflates all of a zlib stream that is here so far. */
export type Inflate = (bytes: Uint8Array, dictionary: Uint8Array) => Uint8Array

export interface SpdyStream {
  readonly id: number
  readonly headers: ReadonlyMap<string, string>
  onBytes: (chunk: Uint8Array) => void
  /** The client says no more on this stream. */
  onEnd: () => void
  /** Takes the bytes; false: wait for the session's `onDrain`. */
  write(chunk: Uint8Array): boolean
  end(): void
  reset(): void
}

export class SpdySession {
  onStream: (stream: SpdyStream) => void = () => {}
  onDrain: () => void = () => {}
  onGone: () => void = () => {}
  readonly #link: Link
  readonly #inflate: Inflate
  readonly #gathered = new Gathered()
  readonly #streams = new Map<number, SpdyStream>()
  readonly #compressed = new Gathered()
  #inflated = 0
  #hasReplied = false
  #isOver = false

  constructor(link: Link, inflate: Inflate) {
    this.#link = link
    this.#inflate = inflate
    link.onBytes = (chunk) => this.#received(chunk)
    link.onDrain = () => this.onDrain()
    link.onGone = () => {
      this.#isOver = true
      this.onGone()
    }
  }

  pause(): void {
    this.#link.pause()
  }

  resume(): void {
    this.#link.resume()
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#link.end()
  }

  #received(chunk: Uint8Array): void {
    this.#gathered.add(chunk)
    while (this.#gathered.length >= headBytes && !this.#isOver) {
      const { head } = this.#gathered
      const view = new DataView(head.buffer, head.byteOffset, headBytes)
      const length = view.getUint32(4) & 0xffffff
      if (length > frameBytesMax) return this.close()
      if (head.length < headBytes + length) return
      const first = view.getUint32(0)
      const flags = head[4]!
      const payload = this.#gathered.take(headBytes + length).subarray(headBytes)
      if (first >>> 31 === 0) this.#data(first, flags, payload)
      else if (((first >>> 16) & 0x7fff) !== version) return this.close()
      else this.#control(first & 0xffff, flags, payload)
    }
  }

  #data(id: number, flags: number, payload: Uint8Array): void {
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    if (payload.length > 0) stream.onBytes(payload)
    if ((flags & flagFin) !== 0) stream.onEnd()
  }

  #control(type: number, flags: number, payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
    if (type === types.ping) this.#frame(types.ping, 0, payload.slice())
    else if (type === types.goAway) this.close()
    else if (type === types.rstStream && payload.length >= 8) {
      const id = view.getUint32(0)
      this.#streams.get(id)?.onEnd()
      this.#streams.delete(id)
    } else if (type === types.synStream && payload.length >= 10) {
      const headers = this.#headers(payload.subarray(10))
      if (headers === null) return this.close()
      this.#open(view.getUint32(0) & 0x7fffffff, headers, (flags & flagFin) !== 0)
    }
    // settings, window updates and what else there may be change nothing here
  }

  #open(id: number, headers: ReadonlyMap<string, string>, isEnded: boolean): void {
    let isOpen = true
    const stream: SpdyStream = {
      ...{ id, headers, onBytes: () => {}, onEnd: () => {} },
      write: (chunk) => {
        let goesOn = true
        for (let at = 0; at < chunk.length && isOpen; at += dataBytesMax) {
          goesOn = this.#dataFrame(id, 0, chunk.slice(at, at + dataBytesMax))
        }
        return goesOn
      },
      end: () => {
        if (isOpen) this.#dataFrame(id, flagFin, new Uint8Array(0))
        isOpen = false
      },
      reset: () => {
        isOpen = false
        this.#streams.delete(id)
        const bytes = new Uint8Array(8)
        const view = new DataView(bytes.buffer)
        view.setUint32(0, id)
        view.setUint32(4, 5)
        this.#frame(types.rstStream, 0, bytes)
      },
    }
    this.#streams.set(id, stream)
    this.#reply(id)
    this.onStream(stream)
    if (isEnded) stream.onEnd()
  }

  /** Without headers. Their compressed stream holds stored blocks only, which every inflater takes. */
  #reply(id: number): void {
    const none = new Uint8Array(4)
    const start = this.#hasReplied ? [] : [0x78, 0x01]
    this.#hasReplied = true
    const block = stored(none)
    const bytes = new Uint8Array(4 + start.length + block.length)
    new DataView(bytes.buffer).setUint32(0, id)
    bytes.set(start, 4)
    bytes.set(block, 4 + start.length)
    this.#frame(types.synReply, 0, bytes)
  }

  /** Null: there are too many, or they are none. */
  #headers(compressed: Uint8Array): ReadonlyMap<string, string> | null {
    this.#compressed.add(compressed)
    if (this.#compressed.length > headersBytesMax) return null
    let all: Uint8Array
    try {
      all = this.#inflate(this.#compressed.head, spdyDictionary)
    } catch (thrown) {
      // zlib says what is wrong with what the client sent: there is nobody to tell it to
      if ((thrown as { code?: unknown }).code === undefined) throw thrown
      return null
    }
    const block = all.subarray(this.#inflated)
    this.#inflated = all.length
    return readPairs(block)
  }

  #frame(type: number, flags: number, payload: Uint8Array): boolean {
    const head = new Uint8Array(headBytes)
    const view = new DataView(head.buffer)
    view.setUint32(0, ((0x8000 | version) << 16) | type)
    view.setUint32(4, payload.length)
    head[4] = flags
    return this.#isOver || this.#link.write(head, payload)
  }

  #dataFrame(id: number, flags: number, payload: Uint8Array): boolean {
    const head = new Uint8Array(headBytes)
    const view = new DataView(head.buffer)
    view.setUint32(0, id)
    view.setUint32(4, payload.length)
    head[4] = flags
    return this.#isOver || this.#link.write(head, payload)
  }
}

/** A block of deflate that holds the bytes as they are, then an empty one, as a sync flush ends. */
function stored(bytes: Uint8Array): Uint8Array {
  const length = Math.min(bytes.length, storedBytesMax)
  const low = length & 0xff
  const high = length >> 8
  return Uint8Array.of(0, low, high, ~low & 0xff, ~high & 0xff, ...bytes.subarray(0, length), 0, 0, 0, 0xff, 0xff)
}

function readPairs(block: Uint8Array): ReadonlyMap<string, string> | null {
  const view = new DataView(block.buffer, block.byteOffset, block.length)
  const headers = new Map<string, string>()
  let at = 4
  const text = (): string | null => {
    if (at + 4 > block.length) return null
    const length = view.getUint32(at)
    at += 4
    if (at + length > block.length) return null
    at += length
    return new TextDecoder().decode(block.subarray(at - length, at))
  }
  if (block.length < 4) return null
  for (let left = view.getUint32(0); left > 0; left--) {
    const name = text()
    const value = text()
    if (name === null || value === null) return null
    headers.set(name.toLowerCase(), value)
  }
  return headers
}

/** The dictionary of SPDY/3 (draft-mbelshe-httpbis-spdy-00, 2.6.10.1): words with their lengths, then running text. */
const words =
  'options|head|post|put|delete|trace|accept|accept-charset|accept-encoding|accept-language|accept-ranges|age|allow|authorization|cache-control|connection|content-base|content-encoding|content-language|content-length|content-location|content-md5|content-range|content-type|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|location|max-forwards|pragma|proxy-authenticate|proxy-authorization|range|referer|retry-after|server|te|trailer|transfer-encoding|upgrade|user-agent|vary|via|warning|www-authenticate|method|get|status|200 OK|version|HTTP/1.1|url|public|set-cookie|keep-alive|origin'.split(
    '|',
  )
const running =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.'

function dictionary(): Uint8Array {
  const counted = words.map((word) => `\0\0\0${String.fromCharCode(word.length)}${word}`).join('')
  return Uint8Array.from(counted + running, (letter) => letter.charCodeAt(0))
}

const spdyDictionary = dictionary()
