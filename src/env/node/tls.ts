import type net from 'node:net'
import type tls from 'node:tls'
import type { ConnectOptions, ConnectTls, ListenTls, TlsContext, TlsMaterial, TlsPeer } from '../index.ts'
import type { Holdings } from './holdings.ts'
import type { Reach } from './pod-world.ts'
import { address } from './socket.ts'
import { handshakeMsMax, whyNoTls } from './tls-reasons.ts'

/** Loaded when the first context is made: who speaks plain text only never pays for it. */
function nodeTls(): typeof tls {
  return process.getBuiltinModule('node:tls')
}

export class NodeTlsContext implements TlsContext {
  readonly isTlsContext = true
  readonly options: tls.SecureContextOptions
  readonly secureContext: tls.SecureContext

  /** Throws OpenSSL's own error for material that cannot be used. */
  constructor(material: TlsMaterial) {
    const { identity, trusted, versions, ciphers } = material
    // Node takes a text without any certificate for nobody to be trusted.
    if (trusted !== null && !trusted.includes('-----BEGIN CERTIFICATE-----'))
      throw new Error('there is no certificate to trust')
    const [minVersion, maxVersion] = [...versions].sort().filter((_, i, all) => i === 0 || i === all.length - 1)
    this.options = {
      ...(identity === undefined ? {} : { key: identity.key, cert: identity.chain }),
      ...(identity?.password === undefined ? {} : { passphrase: identity.password }),
      ...(trusted === null ? {} : { ca: trusted }),
      ...(minVersion === undefined ? {} : { minVersion, maxVersion: maxVersion ?? minVersion }),
      ...(ciphers === null ? {} : { ciphers: ciphers.join(':') }),
      honorCipherOrder: true,
    }
    this.secureContext = nodeTls().createSecureContext(this.options)
  }
}

/** Where the newcomers of one listener make their handshakes. */
export class TlsDoor {
  readonly #asked: ListenTls
  readonly #holdings: Holdings<() => void>
  readonly #entered: (stream: tls.TLSSocket) => void
  #server: tls.Server | null = null
  #context: TlsContext | null = null
  /** Handshakes under way, by where they come from, and what ends the wait for each. */
  readonly #entering = new Map<string, () => void>()

  constructor(asked: ListenTls, holdings: Holdings<() => void>, entered: (stream: tls.TLSSocket) => void) {
    this.#asked = asked
    this.#holdings = holdings
    this.#entered = entered
  }

  /** Handshakes under way. */
  get count(): number {
    return this.#entering.size
  }

  enter(stream: net.Socket): void {
    const from = nameOf(stream)
    const giveUp = (): void => void stream.destroy()
    const over = (): void => {
      this.#holdings.delete(giveUp)
      if (this.#entering.get(from) === over) this.#entering.delete(from)
    }
    this.#holdings.add(giveUp)
    this.#entering.set(from, over)
    stream.once('close', over)
    this.#serverNow().emit('connection', stream)
  }

  /** It listens to nothing: it only takes what comes in by {@link enter}. New material is a new one. */
  #serverNow(): tls.Server {
    const context = this.#asked.context()
    if (this.#server !== null && context === this.#context) return this.#server
    const { clientAuth } = this.#asked
    const server = nodeTls().createServer({
      ...(context as NodeTlsContext).options,
      requestCert: clientAuth !== 'none',
      rejectUnauthorized: clientAuth === 'required',
      handshakeTimeout: handshakeMsMax,
    })
    server.on('secureConnection', (stream) => {
      this.#entering.get(nameOf(stream))?.()
      const isUntrusted =
        clientAuth === 'requested' && !stream.authorized && stream.getPeerX509Certificate() !== undefined
      if (!isUntrusted) return this.#entered(stream)
      this.#refused(stream, stream.authorizationError)
      stream.destroy()
    })
    server.on('tlsClientError', (error, stream) => this.#refused(stream, stream.authorizationError ?? error))
    this.#server = server
    this.#context = context
    return server
  }

  #refused(stream: tls.TLSSocket, error: unknown): void {
    const { remoteAddress, remotePort } = stream
    const reason = whyNoTls(error, 'server')
    if (reason !== null) this.#asked.refused?.(address(remoteAddress, remotePort), reason)
  }
}

function nameOf({ remoteAddress, remotePort }: net.Socket): string {
  return `${remoteAddress}:${remotePort}`
}

/** `at`: where `host` is, when that is a name of a pod's own world. */
export function connectTls({ host }: ConnectOptions, { context, verifyHost }: ConnectTls, at: Reach): tls.TLSSocket {
  const isAddress = process.getBuiltinModule('node:net').isIP(host) !== 0
  const stream = nodeTls().connect({
    host: at.host,
    port: at.port,
    ...(at.from === undefined ? {} : { localAddress: at.from }),
    secureContext: (context as NodeTlsContext).secureContext,
    // an address is no name that SNI could say
    ...(isAddress ? {} : { servername: host }),
    ...(verifyHost ? {} : { checkServerIdentity: () => undefined }),
  })
  stream.setNoDelay(true)
  stream.setKeepAlive(true)
  return stream
}

export function tlsPeer(stream: net.Socket): TlsPeer {
  const secure = stream as tls.TLSSocket
  return {
    certificate: secure.getPeerX509Certificate()?.raw ?? null,
    protocol: secure.getProtocol() ?? '',
    cipher: secure.getCipher()?.standardName ?? '',
  }
}
