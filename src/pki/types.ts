/** PEM text: a PKCS#8 private key, and the certificate of its public half. */
export interface KeyAndCert {
  readonly keyPem: string
  readonly certPem: string
}

/** ECDSA P-256 is made in 0.2 ms, RSA 4096 in seconds. */
export type KeyAlgorithm = 'ecdsa-p256' | 'rsa-2048' | 'rsa-4096'

export interface CertificateOptions {
  /** CN of the subject. */
  readonly commonName: string
  /** O of the subject; it stands before CN in the certificate, behind it in the RFC 2253 form that principals have. */
  readonly organization?: string
  /** First moment of validity, wall time; cut to whole seconds. */
  readonly notBeforeMs: number
  readonly validityDays: number
  /** Of a new key; ECDSA P-256 when absent. Ignored with `keyPem`. */
  readonly algorithm?: KeyAlgorithm
  /** Certifies this key anew instead of making one: a renewal. PKCS#8 PEM. */
  readonly keyPem?: string
}

export interface SignOptions extends CertificateOptions {
  readonly dnsNames?: readonly string[]
  /** Textual IPv4 and IPv6 addresses. */
  readonly ipAddresses?: readonly string[]
  readonly usage: 'server+client' | 'client'
}

export interface CertificateFacts {
  /** RFC 2253, as Java's X500Principal says it: `CN=cluster-ca v0,O=io.strimzi`. */
  readonly subject: string
  readonly issuer: string
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly isCa: boolean
  /** Lower-case hexadecimal, no leading zeros. */
  readonly serial: string
  /** Lower-case hexadecimal of the DER. */
  readonly sha256Fingerprint: string
  readonly algorithm: KeyAlgorithm | 'other'
}

export interface Pkcs12Options {
  readonly password: string
  /** A key entry with its chain, what a key store holds (`user.p12`): the key's certificate first, its issuers after it. */
  readonly key?: { readonly alias: string; readonly keyPem: string; readonly certPems: readonly string[] }
  /** Trusted certificate entries, what a trust store holds (`ca.p12`). Java's keytool reads both kinds. */
  readonly trusted?: readonly { readonly alias: string; readonly certPem: string }[]
}

/** What a PKCS#12 store holds. */
export interface Pkcs12Content {
  readonly keys: readonly {
    readonly alias: string | null
    readonly keyPem: string
    readonly certPems: readonly string[]
  }[]
  readonly trusted: readonly { readonly alias: string | null; readonly certPem: string }[]
}

/** Makes and reads keys and certificates. Throws {@link PkiProblem} for what it cannot read. */
export interface KeySource {
  /** A self-signed certificate authority (path length 0; signs certificates and CRLs). */
  createCa(options: CertificateOptions): Promise<KeyAndCert>
  sign(ca: KeyAndCert, options: SignOptions): Promise<KeyAndCert>
  /** Of the first certificate in the text. */
  inspect(certPem: string): Promise<CertificateFacts>
  /** True when `ca` is the issuer of the first certificate in the text and its signature is right; time is not looked at. */
  isIssuedBy(certPem: string, caCertPem: string): Promise<boolean>
  pkcs12(options: Pkcs12Options): Promise<Uint8Array>
  readPkcs12(bytes: Uint8Array, password: string): Promise<Pkcs12Content>
}

/** WebCrypto, as browsers and Node have it (`globalThis.crypto`). */
export interface WebCrypto {
  readonly subtle: object
  getRandomValues(into: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>
}

/** A certificate, key or store that is not what it should be; the message says what and where. */
export class PkiProblem extends Error {
  override readonly name = 'PkiProblem'
}
