import type { Env, TlsVersion } from '../env/index.ts'
import { type SaslCredentials, SecuredNet, saslMechanisms, type TlsSettings, type TlsStore } from '../security/index.ts'
import { shown } from './check-options.ts'
import { clientError } from './errors.ts'

/** How connections are encrypted, and who this client is in them. Texts are PEM; stores are files, read at the first connection. */
export interface TlsOptions {
  /** Certificates of the authorities that brokers are believed to be signed by. Default: those that the runtime brings. */
  readonly ca?: string
  /** This client's certificate, its issuers after it, and its key (PKCS#8), for brokers that ask for one. */
  readonly cert?: string
  readonly key?: string
  /** Of an encrypted key. */
  readonly keyPassword?: string
  /** In place of `ca`: a PEM or PKCS#12 file. */
  readonly truststore?: TlsStore
  /** In place of `cert` and `key`: a PEM or PKCS#12 file. */
  readonly keystore?: TlsStore
  /** The broker's certificate must be for the host that was connected to. Default true. */
  readonly verifyHost?: boolean
  /** Default both. */
  readonly versions?: readonly TlsVersion[]
  /** OpenSSL's or the IANA's names. Default: the runtime's choice. */
  readonly ciphers?: readonly string[]
}

const tlsNames: ReadonlySet<string> = new Set([
  ...['ca', 'cert', 'key', 'keyPassword', 'truststore', 'keystore', 'verifyHost', 'versions', 'ciphers'],
])

/** Null: plain text. */
export function tlsOf(given: boolean | TlsOptions | undefined): TlsSettings | null {
  if (given === undefined || given === false) return null
  const refuse = (why: string) => clientError('INVALID_CONFIGURATION', why)
  if (given !== true && (typeof given !== 'object' || given === null)) {
    throw refuse(`tls must be true, or an object such as { ca: '-----BEGIN CERTIFICATE…' }, not ${shown(given)}`)
  }
  const o: TlsOptions = given === true ? {} : given
  const unknown = Object.keys(o).find((name) => !tlsNames.has(name))
  if (unknown !== undefined) throw refuse(`tls.${unknown} is not an option; it has ${[...tlsNames].join(', ')}`)
  for (const name of ['ca', 'cert', 'key', 'keyPassword'] as const) {
    if (o[name] !== undefined && typeof o[name] !== 'string') {
      throw refuse(`tls.${name} must be a text${name === 'keyPassword' ? '' : ' in PEM'}, not ${shown(o[name])}`)
    }
  }
  if ((o.cert === undefined) !== (o.key === undefined)) throw refuse('tls.cert and tls.key belong together')
  const own: TlsStore | null = o.key === undefined ? null : { kind: 'text', key: o.key, certificates: o.cert! }
  const trusted: TlsStore | null = o.ca === undefined ? null : { kind: 'text', key: '', certificates: o.ca }
  return {
    ...{ keystore: o.keystore ?? own, truststore: o.truststore ?? trusted, keyPassword: o.keyPassword ?? null },
    ...{ clientAuth: 'none', verifyHost: o.verifyHost ?? true, ciphers: o.ciphers ?? null },
    versions: o.versions ?? ['TLSv1.2', 'TLSv1.3'],
  }
}

/** Who this client says it is, for listeners with SASL_PLAINTEXT or SASL_SSL. PLAIN sends the password as it is: only with tls. */
export type SaslOptions = SaslCredentials

/** Null: nobody in particular. */
export function saslOf(given: SaslOptions | undefined): SaslCredentials | null {
  if (given === undefined) return null
  const refuse = (why: string) => clientError('INVALID_CONFIGURATION', why)
  const example = "{ mechanism: 'SCRAM-SHA-512', username: 'anna', password: '…' }"
  if (typeof given !== 'object' || given === null) {
    throw refuse(`sasl must be an object such as ${example}, not ${shown(given)}`)
  }
  const unknown = Object.keys(given).find((name) => !['mechanism', 'username', 'password'].includes(name))
  if (unknown !== undefined) throw refuse(`sasl.${unknown} is not an option; it has mechanism, username, password`)
  const asked = String(given.mechanism).toUpperCase()
  const mechanism = saslMechanisms.find((name) => name === asked)
  if (mechanism === undefined) {
    throw refuse(`sasl.mechanism must be one of ${saslMechanisms.join(', ')}, not ${shown(given.mechanism)}`)
  }
  for (const name of ['username', 'password'] as const) {
    if (typeof given[name] !== 'string') throw refuse(`sasl.${name} must be a text`)
  }
  return { mechanism, username: given.username, password: given.password }
}

/** The same world, whose connections are encrypted. */
export function securedEnv(env: Env, tls: TlsSettings | null): Env {
  return tls === null ? env : { ...env, net: new SecuredNet(env, tls) }
}
