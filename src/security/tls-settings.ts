import type { ListenTls, TlsVersion } from '../env/index.ts'

/** Where key material comes from: a file, or texts in the configuration itself. */
export type TlsStore =
  | { readonly kind: 'file'; readonly type: 'PEM' | 'PKCS12'; readonly path: string; readonly password: string | null }
  | { readonly kind: 'text'; readonly key: string; readonly certificates: string }

/** What the `ssl.*` keys of a client, or of one listener of a broker, say; they have the same names in both. */
export interface TlsSettings {
  /** Null: no certificate is presented. */
  readonly keystore: TlsStore | null
  readonly keyPassword: string | null
  /** Null: the authorities that the runtime brings. */
  readonly truststore: TlsStore | null
  readonly clientAuth: ListenTls['clientAuth']
  readonly verifyHost: boolean
  readonly versions: readonly TlsVersion[]
  readonly ciphers: readonly string[] | null
}

/** A configuration that makes no sense, with the key that a person has to look at. */
export interface BadSetting {
  readonly key: string
  readonly error: string
}

const storeTypes: ReadonlySet<string> = new Set(['PEM', 'PKCS12', 'JKS'])
const versions: readonly TlsVersion[] = ['TLSv1.2', 'TLSv1.3']

/** `text` gives the text of a key, null where it is not set. Combinations that Kafka refuses are refused with its words. */
export function tlsSettings(text: (key: string) => string | null): TlsSettings | BadSetting {
  const keystore = keystoreOf(text)
  if (keystore !== null && 'error' in keystore) return keystore
  const truststore = truststoreOf(text)
  if (truststore !== null && 'error' in truststore) return truststore
  const clientAuth = (text('ssl.client.auth') ?? 'none').toLowerCase()
  if (clientAuth !== 'none' && clientAuth !== 'requested' && clientAuth !== 'required') {
    return { key: 'ssl.client.auth', error: `${clientAuth} is none of required, requested, none` }
  }
  const algorithm = (text('ssl.endpoint.identification.algorithm') ?? 'https').toLowerCase()
  if (algorithm !== 'https' && algorithm !== '') {
    return { key: 'ssl.endpoint.identification.algorithm', error: `${algorithm} is not known; https is, or nothing` }
  }
  const asked = listOf(text('ssl.enabled.protocols') ?? versions.join(','))
  const enabled = versions.filter((version) => asked.includes(version))
  if (enabled.length === 0) {
    return {
      key: 'ssl.enabled.protocols',
      error: `none of ${asked.join(', ')} is spoken here: TLSv1.2 and TLSv1.3 are`,
    }
  }
  const suites = listOf(text('ssl.cipher.suites') ?? '')
  return {
    ...{ keystore, truststore, clientAuth, keyPassword: text('ssl.key.password') },
    ...{ verifyHost: algorithm === 'https', versions: enabled, ciphers: suites.length === 0 ? null : suites },
  }
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function keystoreOf(text: (key: string) => string | null): TlsStore | BadSetting | null {
  const type = typeOf(text, 'ssl.keystore.type')
  const path = pathOf(text('ssl.keystore.location'))
  const password = text('ssl.keystore.password')
  const key = text('ssl.keystore.key')
  const chain = text('ssl.keystore.certificate.chain')
  const no = (error: string, at = 'ssl.keystore.location'): BadSetting => ({ key: at, error })
  if (key !== null) {
    if (type !== 'PEM') {
      return no(`SSL private key can be specified only for PEM, but key store type is ${type}.`, 'ssl.keystore.type')
    }
    if (chain === null) return no('SSL private key is specified, but certificate chain is not specified.')
    if (path !== null) return no('Both SSL key store location and separate private key are specified.')
    if (password !== null) {
      return no('SSL key store password cannot be specified with PEM format, only key password may be specified.')
    }
    return { kind: 'text', key, certificates: chain }
  }
  if (chain !== null) return no('SSL certificate chain is specified, but private key is not specified')
  if (path === null) {
    return password === null ? null : no('SSL key store is not specified, but key store password is specified.')
  }
  if (type === 'PEM') {
    if (password === null) return { kind: 'file', type, path, password }
    return no('SSL key store password cannot be specified with PEM format, only key password may be specified')
  }
  if (password === null) return no('SSL key store is specified, but key store password is not specified.')
  return fileStore(type, path, password, 'ssl.keystore.type')
}

function truststoreOf(text: (key: string) => string | null): TlsStore | BadSetting | null {
  const type = typeOf(text, 'ssl.truststore.type')
  const path = pathOf(text('ssl.truststore.location'))
  const password = text('ssl.truststore.password')
  const certificates = text('ssl.truststore.certificates')
  const no = (error: string, at = 'ssl.truststore.location'): BadSetting => ({ key: at, error })
  if (certificates !== null) {
    if (type !== 'PEM') {
      const error = `SSL trust store certs can be specified only for PEM, but trust store type is ${type}.`
      return no(error, 'ssl.truststore.type')
    }
    if (path !== null) return no('Both SSL trust store location and separate trust certificates are specified.')
    if (password !== null) return no('SSL trust store password cannot be specified for PEM format.')
    return { kind: 'text', key: '', certificates }
  }
  if (path === null) {
    return password === null ? null : no('SSL trust store is not specified, but trust store password is specified.')
  }
  if (type === 'PEM' && password !== null) return no('SSL trust store password cannot be specified for PEM format.')
  return fileStore(type, path, password, 'ssl.truststore.type')
}

function fileStore(type: string, path: string, password: string | null, key: string): TlsStore | BadSetting {
  if (type === 'PEM' || type === 'PKCS12') return { kind: 'file', type, path, password }
  const known = storeTypes.has(type) ? 'stores of Java’s own format are' : `${type} is`
  return {
    key,
    error: `${known} not read here (${path}, type ${type}): make it PKCS12 (keytool -importkeystore -srckeystore ${path} -destkeystore NEW.p12 -deststoretype PKCS12) or PEM, and say so in ${key}`,
  }
}

/** JKS is Kafka's default. */
function typeOf(text: (key: string) => string | null, key: string): string {
  return (text(key) ?? 'JKS').toUpperCase()
}

function pathOf(path: string | null): string | null {
  return path === '' ? null : path
}
