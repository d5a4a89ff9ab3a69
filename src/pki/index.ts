/** Keys and certificates: certificate authorities, what they sign, PEM and PKCS#12 stores. The library is loaded at the first use. */
import type { KeySource, WebCrypto } from './types.ts'

export {
  type CertificateFacts,
  type CertificateOptions,
  type KeyAlgorithm,
  type KeyAndCert,
  type KeySource,
  type Pkcs12Content,
  type Pkcs12Options,
  PkiProblem,
  type SignOptions,
  type WebCrypto,
} from './types.ts'

/** On WebCrypto (`globalThis.crypto`), which makes keys, signatures and serial numbers. */
export function keySource(crypto: WebCrypto): KeySource {
  const engine = () => import('./engine.ts').then(({ engineOf }) => engineOf(crypto))
  const certificates = () => import('./certificates.ts')
  const stores = () => import('./pkcs12.ts')
  return {
    createCa: async (options) => (await certificates()).createCa(await engine(), options),
    sign: async (ca, options) => (await certificates()).sign(await engine(), ca, options),
    inspect: async (certPem) => (await import('./facts.ts')).inspect(await engine(), certPem),
    isIssuedBy: async (certPem, caCertPem) =>
      (await import('./facts.ts')).isIssuedBy(await engine(), certPem, caCertPem),
    pkcs12: async (options) => (await stores()).writePkcs12(await engine(), options),
    readPkcs12: async (bytes, password) => (await stores()).readPkcs12(await engine(), bytes, password),
  }
}
