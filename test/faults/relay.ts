/** A stretch of network that a test can cut: everybody reaches a node by its relay, which passes bytes on until it is cut. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export class Relay implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #toPort: number
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #isCut = false

  private constructor(server: Server, port: number, toPort: number) {
    this.#server = server
    this.port = port
    this.#toPort = toPort
    server.on('connection', (from) => this.#accept(from))
  }

  /** Listens on `port` (0: any free one) and passes on to `toPort`. */
  static async open(port: number, toPort: number): Promise<Relay> {
    const server = createServer({ noDelay: true })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return new Relay(server, typeof address === 'object' && address !== null ? address.port : port, toPort)
  }

  /** Silence: what is under way waits, new connections are taken and nothing comes of them. */
  cut(): void {
    this.#isCut = true
    for (const pair of this.#pairs) for (const socket of pair) socket.pause()
  }

  heal(): void {
    this.#isCut = false
    for (const pair of this.#pairs) for (const socket of pair) socket.resume()
  }

  #accept(from: Socket): void {
    const to = connect({ port: this.#toPort, host: '127.0.0.1', noDelay: true })
    const pair = [from, to] as const
    this.#pairs.add(pair)
    for (const [a, b] of [pair, [to, from]] as const) {
      a.on('data', (chunk) => {
        if (!b.write(chunk)) a.pause()
      })
      b.on('drain', () => {
        if (!this.#isCut) a.resume()
      })
      a.on('end', () => b.end())
      // Each end learns of the other's death the way that a network tells it: by a reset.
      a.on('error', () => b.resetAndDestroy())
      a.on('close', () => {
        this.#pairs.delete(pair)
        b.destroy()
      })
    }
    if (this.#isCut) for (const socket of pair) socket.pause()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
