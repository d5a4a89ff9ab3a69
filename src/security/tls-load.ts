import { utf8Decode } from '../bytes/index.ts'
import type { Clock, Disk, Done, Failure, Heavy, Net, TlsContext, TlsMaterial } from '../env/index.ts'
import type { TlsSettings, TlsStore } from './tls-settings.ts'

export interface TlsWorld {
  readonly clock: Pick<Clock, 'atTurnEnd'>
  readonly disk: Pick<Disk, 'readAll'>
  readonly heavy: Heavy
  readonly net: Net
}

/** Larger is no store of keys. */
const STORE_BYTES_MAX = 8 * 1024 * 1024

interface Content {
  /** PEM, null when there is no private key. */
  readonly key: string | null
  /** The key's certificate and its issuers. */
  readonly chain: string
  readonly trusted: string
}

/** Reads the stores and makes what connections need of them. Failures name the file and what is wrong with it. */
export function loadTls(world: TlsWorld, settings: TlsSettings, done: Done<TlsContext>): void {
  const fail = (failure: Failure): void => world.clock.atTurnEnd(() => done(failure, undefined as never))
  readStore(world, settings.keystore, (keyFailure, own) => {
    if (keyFailure !== null) return fail(keyFailure)
    readStore(world, settings.truststore, (trustFailure, trust) => {
      if (trustFailure !== null) return fail(trustFailure)
      const material = materialOf(settings, own, trust)
      if ('message' in material) return fail(material)
      const { net } = world
      if (net.tlsContext === undefined) return fail(problem('this network has no TLS'))
      net.tlsContext(material, (failure, context) => {
        if (failure === null) return done(null, context)
        fail(
          problem(
            `the key material of ${nameOf(settings.keystore ?? settings.truststore)} cannot be used: ${failure.message}`,
          ),
        )
      })
    })
  })
}

function materialOf(settings: TlsSettings, own: Content | null, trust: Content | null): TlsMaterial | Failure {
  const { versions, ciphers, keyPassword } = settings
  if (own !== null && own.key === null) return problem(`there is no private key in ${nameOf(settings.keystore)}`)
  if (own !== null && own.chain === '') return problem(`there is no certificate in ${nameOf(settings.keystore)}`)
  if (trust !== null && trust.trusted === '')
    return problem(`there is no certificate in ${nameOf(settings.truststore)}`)
  // A PKCS#12 store gives its key opened.
  const isLocked = own?.key?.includes('ENCRYPTED') === true
  if (isLocked && keyPassword === null) {
    return problem(`the private key in ${nameOf(settings.keystore)} is encrypted, and ssl.key.password is not set`)
  }
  const password = isLocked && keyPassword !== null ? { password: keyPassword } : {}
  return {
    ...(own === null ? {} : { identity: { key: own.key!, chain: own.chain, ...password } }),
    ...{ trusted: trust === null ? null : trust.trusted, versions, ciphers },
  }
}

function readStore(world: TlsWorld, store: TlsStore | null, done: Done<Content | null>): void {
  if (store === null) return done(null, null)
  if (store.kind === 'text') {
    return done(null, { key: store.key, chain: store.certificates, trusted: store.certificates })
  }
  world.disk.readAll(store.path, STORE_BYTES_MAX, (failure, bytes) => {
    if (failure !== null) return done(problem(`${store.path} cannot be read: ${failure.message}`), null)
    if (store.type === 'PEM') return done(null, pemContent(utf8Decode(bytes, 0, bytes.byteLength)))
    world.heavy.run('openPkcs12', { bytes, password: store.password ?? '' }, (refused, content) => {
      if (refused !== null) return done(problem(`${store.path}: ${refused.message}`), null)
      done(null, content)
    })
  })
}

/** A file may hold the key and its chain, in any order; of a trust store every certificate counts. */
function pemContent(text: string): Content {
  const key = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/.exec(text)
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g)?.join('\n') ?? ''
  return { key: key?.[0] ?? null, chain: certificates, trusted: certificates }
}

function nameOf(store: TlsStore | null): string {
  return store?.kind === 'file' ? store.path : 'the configuration'
}

function problem(message: string): Failure {
  return { code: 'ETLS', message, retry: 'never' }
}
