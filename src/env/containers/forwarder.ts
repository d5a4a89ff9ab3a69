import net from 'node:net'
import { failureOf } from '../failure.ts'
import type { Address, Failure, Forwarder } from '../index.ts'
import type { PodPorts } from '../node/index.ts'

interface Route {
  readonly at: Address
  readonly to: readonly Address[]
}

interface Door {
  readonly server: net.Server
  to: readonly Address[]
  turn: number
}

const connectMs = 5_000

/** Passes connections on to who is ready, in turn; the far side sees the address they came from. */
export class NodeForwarder implements Forwarder {
  onFailure: (at: Address, failure: Failure) => void = () => {}
  readonly #ports: PodPorts | null
  readonly #doors = new Map<string, Door>()
  readonly #streams = new Set<net.Socket>()

  /** `ports`: where pods really listen, when they share one address. */
  constructor(ports: PodPorts | null) {
    this.#ports = ports
  }

  set(routes: readonly Route[]): void {
    const wanted = new Map(routes.map((route) => [`${route.at.host}:${route.at.port}`, route]))
    for (const [where, door] of this.#doors) {
      if (wanted.has(where)) continue
      this.#doors.delete(where)
      door.server.close()
    }
    for (const [where, { at, to }] of wanted) {
      const door = this.#doors.get(where)
      if (door !== undefined) door.to = to
      else this.#open(where, at, to)
    }
  }

  close(): void {
    this.set([])
    for (const stream of this.#streams) stream.destroy()
  }

  #open(where: string, at: Address, to: readonly Address[]): void {
    // where all share 127.0.0.1, a service's address is a name like a pod's
    const place = this.#ports === null ? at : { host: '127.0.0.1', port: 0 }
    const server = net.createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true })
    const door: Door = { server, to, turn: 0 }
    this.#doors.set(where, door)
    server.on('connection', (near) => this.#pass(near, door))
    server.on('error', (error) => {
      if (this.#doors.get(where) === door) this.#doors.delete(where)
      this.onFailure(at, failureOf(`listening on ${where} for a service`, error))
    })
    server.listen({ host: place.host, port: place.port, exclusive: true }, () => {
      this.#ports?.note(at, (server.address() as net.AddressInfo).port)
    })
    server.unref()
  }

  #pass(near: net.Socket, door: Door): void {
    const to = door.to[door.turn++ % Math.max(1, door.to.length)]
    // nobody is ready: as refused as a connection can be that was taken
    if (to === undefined) return void near.resetAndDestroy()
    const real = this.#ports?.real(to) ?? to
    const from = near.remoteAddress
    const source = this.#ports === null && from?.startsWith('127.') ? { localAddress: from } : {}
    const far = net.connect({ ...real, ...source, noDelay: true, allowHalfOpen: true })
    const both = [near, far]
    for (const stream of both) {
      this.#streams.add(stream)
      stream.once('close', () => this.#streams.delete(stream))
    }
    const giveUp = (): void => {
      for (const stream of both) if (!stream.destroyed) stream.resetAndDestroy()
    }
    far.setTimeout(connectMs, giveUp)
    far.once('connect', () => {
      far.setTimeout(0)
      near.pipe(far)
      far.pipe(near)
    })
    near.on('error', giveUp)
    far.on('error', giveUp)
  }
}
