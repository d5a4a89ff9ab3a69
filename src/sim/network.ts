import { failure } from '../env/failure.ts'
import type { Address, ConnectOptions, Done, Listener, ListenOptions, Net, Socket } from '../env/index.ts'
import type { Life } from './life.ts'
import type { Machine } from './machine.ts'
import { Pipe } from './pipe.ts'
import type { SeededRandom } from './random.ts'
import { SimSocket } from './socket.ts'
import type { World } from './world.ts'

/** The way from one machine to another; the way back is another link. */
export class Link {
  readonly to: Machine
  /** Pipes whose head could not be delivered. */
  readonly stalled = new Set<Pipe>()
  isCut = false
  /** Probability that a packet has to be sent again. */
  loss = 0
  /** Times the usual latency. */
  slowness = 1
  /** Bytes a millisecond. */
  rate = 100_000
  readonly #random: SeededRandom
  readonly #latencyMs: number

  constructor(to: Machine, random: SeededRandom, latencyMs: number) {
    this.to = to
    this.#random = random
    this.#latencyMs = latencyMs
  }

  delayMs(bytes: number): number {
    let ms = this.#random.latency(this.#latencyMs) * this.slowness + bytes / this.rate
    for (let waitMs = 200; this.loss > 0 && waitMs < 10_000 && this.#random.chance(this.loss); waitMs *= 2) ms += waitMs
    return ms
  }

  /** Until the sender, who has been waiting longer and longer, tries again. */
  retransmissionMs(): number {
    return this.#random.between(1, 400)
  }

  set cut(isCut: boolean) {
    this.isCut = isCut
    if (!isCut) this.resume()
  }

  resume(): void {
    const stalled = [...this.stalled]
    this.stalled.clear()
    for (const pipe of stalled) pipe.resume()
  }
}

interface Listening {
  readonly life: Life
  readonly address: Address
  readonly accept: (socket: Socket) => void
}

const LATENCY_MS = 0.2
const LOCAL_LATENCY_MS = 0.02

/** All machines and the links between each two of them. */
export class Network {
  readonly #world: World
  readonly #random: SeededRandom
  readonly #machines = new Map<string, Machine>()
  readonly #links = new Map<string, Link>()
  readonly #listening = new Map<string, Listening>()
  readonly #sockets = new Set<SimSocket>()

  constructor(world: World) {
    this.#world = world
    this.#random = world.random.fork('network')
  }

  attach(machine: Machine): void {
    this.#machines.set(machine.name, machine)
  }

  link(from: Machine, to: Machine): Link {
    const name = `${from.name}>${to.name}`
    let link = this.#links.get(name)
    if (link === undefined) {
      link = new Link(to, this.#random.fork(name), from === to ? LOCAL_LATENCY_MS : LATENCY_MS)
      this.#links.set(name, link)
    }
    return link
  }

  /** Connections that are open now. */
  get sockets(): ReadonlySet<SimSocket> {
    return this.#sockets
  }

  netOf(life: Life): Net {
    return {
      listen: (at, accept, done) => this.#listen(life, at, accept, done),
      connect: (to, done) => this.#connect(life, to, done),
    }
  }

  /** The process ended and its machine goes on: the kernel closes what it had open. */
  died(life: Life): void {
    this.#closeListeners(life)
    for (const socket of [...this.#sockets]) if (socket.life === life) socket.ownerDied(this.#random.chance(0.5))
  }

  /** The machine is without power: nobody is told. */
  vanished(life: Life): void {
    this.#closeListeners(life)
    for (const socket of [...this.#sockets]) if (socket.life === life) socket.ownerVanished()
  }

  poweredOn(machine: Machine): void {
    for (const link of this.#links.values()) if (link.to === machine) link.resume()
  }

  #closeListeners(life: Life): void {
    for (const [name, listening] of this.#listening) if (listening.life === life) this.#listening.delete(name)
  }

  #listen(life: Life, at: ListenOptions, accept: (socket: Socket) => void, done: Done<Listener>): void {
    const address = { host: life.machine.name, port: at.port || life.machine.freePort() }
    const name = `${address.host}:${address.port}`
    if (this.#listening.has(name)) {
      const problem = failure('EADDRINUSE', `listening on ${name}: address already in use`)
      return life.soon(0.02, 'listen', () => done(problem, undefined as never))
    }
    const listening = { life, address, accept }
    this.#listening.set(name, listening)
    const close = (): void => {
      if (this.#listening.get(name) === listening) this.#listening.delete(name)
    }
    life.soon(0.02, 'listen', () => done(null, { address: { ...address, host: at.host }, close }))
  }

  #connect(life: Life, to: ConnectOptions, done: Done<Socket>): void {
    const from = life.machine
    const host = to.host === 'localhost' || to.host === '127.0.0.1' ? from.name : to.host
    const machine = this.#machines.get(host)
    const name = `${host}:${to.port}`
    let isAnswered = false
    const fail = (code: string, why: string): void => {
      if (isAnswered) return
      isAnswered = true
      client.forget()
      done(failure(code, `connecting to ${name}: ${why}`), undefined as never)
    }
    const remote: Address = { host, port: to.port }
    const local: Address = { host: from.name, port: from.freePort() }
    const client = new SimSocket(this.#world, life, this.#sockets, { local, peer: remote })
    life.soon(to.timeoutMs, 'connect timeout', () => fail('ETIMEDOUT', 'timed out'))
    if (machine === undefined) return life.soon(0.02, 'no such host', () => fail('ENOTFOUND', 'no such host'))
    const refused = () => life.soon(0, 'refused', () => fail('ECONNREFUSED', 'connection refused'))
    const there = new Pipe(this.#world, this.link(from, machine), () => client.reset())
    const back = new Pipe(this.#world, this.link(machine, from), () => {})
    there.send(`connect ${from.name}>${name}`, 0, () => {
      const listening = this.#listening.get(name)
      if (listening === undefined) return back.send('refuse', 0, refused)
      const server = new SimSocket(this.#world, listening.life, this.#sockets, { local: remote, peer: local })
      server.join(back, client)
      client.join(there, server)
      listening.life.soon(0, 'accept', () => listening.accept(server))
      back.send('accepted', 0, () => {
        life.soon(0, 'connected', () => {
          // The caller has given up: his side resets it.
          if (isAnswered) return client.close('reset')
          isAnswered = true
          done(null, client)
        })
      })
    })
  }
}
