/** A bare connection to a broker on node:net and our own codecs: no retries, no metadata, nothing between. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { BufferPool, Reader, UuidTable, Writer } from '../../src/bytes/index.ts'
import { type AnyApi, type Api, RequestHeader, ResponseHeader } from '../../src/protocol/index.ts'
import { FrameMemory, FrameReader } from '../../src/wire/index.ts'

const frameBytesMax = 512 << 20
/** What one read brings at most. All connections read into one buffer: the frame reader copies. */
const landing = new Uint8Array(256 * 1024)
const memory = new FrameMemory(new BufferPool(32 << 20))

interface Asked {
  readonly api: AnyApi
  readonly version: number
  readonly answered: (answer: unknown) => void
  readonly failed: (why: Error) => void
}

export class RawClient {
  readonly #socket: Socket
  readonly #frames = new FrameReader(frameBytesMax, 4, memory)
  /** The answer before: whoever got it has done with it when the next one comes. Else the probe would collect garbage. */
  #last: { giveBack(): void } | null = null
  readonly #uuids = new UuidTable()
  /** A broker answers in the order of the requests. */
  #asked: Asked[] = []
  #correlationId = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('error', (error) => this.#failAll(error))
    socket.on('close', () => this.#failAll(new Error('the broker closed the connection')))
  }

  static async connect(bootstrap: string): Promise<RawClient> {
    let client: RawClient | null = null
    const buffer = () => (client === null ? null : client.#frames.room()) ?? landing
    const callback = (length: number, room: Uint8Array): boolean => {
      if (client !== null) client.#received(room.subarray(0, length))
      return true
    }
    const socket = connect({ ...addressOf(bootstrap), onread: { buffer, callback } })
    await once(socket, 'connect')
    client = new RawClient(socket)
    return client
  }

  request<Q, QIn, A, AIn>(api: Api<Q, QIn, A, AIn>, version: number, body: QIn): Promise<A> {
    return new Promise((answered, failed) => {
      this.#send(api, version, body)
      this.#asked.push({ api, version, failed, answered: (answer) => answered(answer as A) })
    })
  }

  #send(api: AnyApi, version: number, body: unknown): void {
    const writer = new Writer()
    const size = writer.reserveInt32()
    const header = {
      requestApiKey: api.key,
      requestApiVersion: version,
      correlationId: this.#correlationId++,
      clientId: 'bench',
    }
    RequestHeader.encode(writer, header, api.requestHeaderVersion(version))
    api.request.encode(writer, body, version)
    writer.patchInt32(size, writer.length - 4)
    this.#socket.cork()
    for (const part of writer.parts()) this.#socket.write(part)
    this.#socket.uncork()
  }

  close(): void {
    this.#socket.destroy()
  }

  #received(chunk: Uint8Array): void {
    this.#frames.push(chunk)
    for (;;) {
      const frame = this.#frames.next()
      if (frame === null) return
      if (typeof frame === 'string') return void this.#socket.destroy(new Error(frame))
      this.#last?.giveBack()
      this.#last = frame
      const asked = this.#asked.shift()
      if (asked === undefined) return void this.#socket.destroy(new Error('an answer that nobody asked for'))
      const reader = new Reader(frame.bytes, frame.from, frame.to, { uuids: this.#uuids })
      ResponseHeader.decode(reader, asked.api.responseHeaderVersion(asked.version))
      asked.answered(asked.api.response.decode(reader, asked.version))
    }
  }

  #failAll(why: Error): void {
    const asked = this.#asked
    this.#asked = []
    for (const { failed } of asked) failed(why)
  }
}

export function addressOf(bootstrap: string): { host: string; port: number } {
  const at = bootstrap.lastIndexOf(':')
  const host = bootstrap.slice(0, at)
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: Number(bootstrap.slice(at + 1)) }
}

/** Tries until the port takes a connection; a start is measured by it, so it asks every two milliseconds. */
export async function connectWhenListening(bootstrap: string, limitMs: number): Promise<RawClient> {
  const deadline = performance.now() + limitMs
  for (;;) {
    try {
      return await RawClient.connect(bootstrap)
    } catch (refused) {
      if (performance.now() > deadline) throw refused
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
}
