/** A connection that sends any API in any version and gives back the decoded answer and its bytes. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Reader, Writer } from '../../src/bytes/index.ts'
import {
  type AnyApi,
  ApiVersions,
  RequestHeader,
  type RequestIn,
  ResponseHeader,
  type ResponseOf,
} from '../../src/protocol/index.ts'

/** Nothing came within the time that the caller gave. */
export class LateError extends Error {}

export class Wire {
  readonly #socket: Socket
  #got: Buffer = Buffer.alloc(0)
  #closed = false
  #wake = () => {}
  #correlation = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#got = Buffer.concat([this.#got, chunk])
      this.#wake()
    })
    socket.on('error', () => {}) // a reset shows as closed
    socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  static async open(address: string): Promise<Wire> {
    const at = address.lastIndexOf(':')
    const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)), noDelay: true })
    await once(socket, 'connect')
    return new Wire(socket)
  }

  /** The bytes of a request, length first, that both brokers can be sent. */
  static request(api: AnyApi, version: number, fields: object, correlationId = 1, clientId = 'oracle'): Buffer {
    const w = new Writer()
    RequestHeader.encode(
      w,
      { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId },
      api.requestHeaderVersion(version),
    )
    api.request.encode(w, fields, version)
    const body = w.toBytes()
    const frame = Buffer.alloc(4 + body.length)
    frame.writeInt32BE(body.length)
    frame.set(body, 4)
    return frame
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** The next whole answer without its length; null when the connection was closed instead. */
  async frame(limitMs = 30_000): Promise<Buffer | null> {
    const deadline = Date.now() + limitMs
    for (;;) {
      if (this.#got.length >= 4) {
        const end = 4 + this.#got.readInt32BE(0)
        if (this.#got.length >= end) {
          const frame = this.#got.subarray(4, end)
          this.#got = this.#got.subarray(end)
          return Buffer.from(frame)
        }
      }
      if (this.#closed) return null
      const left = deadline - Date.now()
      if (left <= 0) throw new LateError(`no answer within ${limitMs} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async ask<P extends AnyApi>(api: P, version: number, fields: RequestIn<P>): Promise<ResponseOf<P>> {
    this.#correlation += 1
    this.send(Wire.request(api, version, fields as object, this.#correlation))
    const frame = await this.frame()
    if (frame === null) throw new Error(`${api.name} ${version}: the connection was closed`)
    return decode(api, version, frame).fields as ResponseOf<P>
  }

  close(): void {
    this.#socket.destroy()
  }
}

export function decode(
  api: AnyApi,
  version: number,
  frame: Buffer,
): { correlationId: number; fields: object; left: number } {
  const r = new Reader(frame)
  const header = ResponseHeader.decode(r, api.responseHeaderVersion(version))
  const fields = api.response.decode(r, version) as object
  return { correlationId: header.correlationId, fields, left: r.remaining }
}

/** Whether a broker offers an API at all. */
export async function offers(address: string, key: number): Promise<boolean> {
  return (await offered(address)).has(key)
}

export async function offered(address: string): Promise<Map<number, { min: number; max: number }>> {
  const wire = await Wire.open(address)
  const answer = await wire.ask(ApiVersions, 3, { clientSoftwareName: 'oracle', clientSoftwareVersion: '1' })
  wire.close()
  return new Map(answer.apiKeys.map((row) => [row.apiKey, { min: row.minVersion, max: row.maxVersion }]))
}
