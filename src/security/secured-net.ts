import type { ConnectOptions, ConnectTls, Done, Failure, ListenOptions, Net, Socket } from '../env/index.ts'
import { loadTls, type TlsWorld } from './tls-load.ts'
import type { TlsSettings } from './tls-settings.ts'

/**
 * A net whose connections have TLS. The key material is read when the first connection is made, and again by
 * {@link SecuredNet.reload}; material that cannot be read fails the connections that need it.
 */
export class SecuredNet implements Net {
  readonly #world: TlsWorld
  #settings: TlsSettings
  #tls: ConnectTls | null = null
  #waiting: Done<ConnectTls>[] | null = null

  constructor(world: TlsWorld, settings: TlsSettings) {
    this.#world = world
    this.#settings = settings
  }

  listen(at: ListenOptions, accept: (socket: Socket) => void, done: Parameters<Net['listen']>[2]): void {
    this.#world.net.listen(at, accept, done)
  }

  connect(to: ConnectOptions, done: Done<Socket>): void {
    const { net } = this.#world
    if (this.#tls !== null) return net.connect({ ...to, tls: this.#tls }, done)
    this.#load((failure, tls) => {
      if (failure !== null) return done(failure, undefined as never)
      net.connect({ ...to, tls }, done)
    })
  }

  /** New material, for the connections to come; when it cannot be used, the former stays. */
  reload(settings: TlsSettings, done: (failure: Failure | null) => void): void {
    loadTls(this.#world, settings, (failure, context) => {
      if (failure !== null) return done(failure)
      this.#settings = settings
      this.#tls = { context, verifyHost: settings.verifyHost }
      done(null)
    })
  }

  #load(done: Done<ConnectTls>): void {
    if (this.#waiting !== null) return void this.#waiting.push(done)
    this.#waiting = [done]
    const { verifyHost } = this.#settings
    loadTls(this.#world, this.#settings, (failure, context) => {
      const waiting = this.#waiting ?? []
      this.#waiting = null
      if (failure === null) this.#tls ??= { context, verifyHost }
      for (const each of waiting) each(failure, this.#tls as ConnectTls)
    })
  }
}
