import { fromBER } from 'asn1js'
import { type AltName, type BasicConstraints, Certificate, type Extension } from 'pkijs'
import { distinguishedName } from '../security/index.ts'
import type { Engine } from './engine.ts'
import { ipText } from './ip-address.ts'
import { pemOf } from './pem.ts'
import { type CertificateFacts, type KeyAlgorithm, PkiProblem } from './types.ts'

export const extension = Object.freeze({
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
})

/** Kinds of a GeneralName. */
export const generalName = Object.freeze({ dns: 2, ip: 7 })

const ecPublicKey = '1.2.840.10045.2.1'
const rsaEncryption = '1.2.840.113549.1.1.1'
const p256 = '1.2.840.10045.3.1.7'

export function parseCertificate(certPem: string): Certificate {
  return certificateOf(pemOf(certPem, 'CERTIFICATE'))
}

export function certificateOf(der: Uint8Array<ArrayBuffer>): Certificate {
  try {
    return Certificate.fromBER(der)
  } catch (cause) {
    throw new PkiProblem('the CERTIFICATE block of a PEM text is not a certificate', { cause })
  }
}

export async function inspect({ subtle }: Engine, certPem: string): Promise<CertificateFacts> {
  const der = pemOf(certPem, 'CERTIFICATE')
  const certificate = certificateOf(der)
  const names = (extensionOf(certificate, extension.subjectAltName)?.parsedValue as AltName | undefined)?.altNames ?? []
  const constraints = extensionOf(certificate, extension.basicConstraints)?.parsedValue as BasicConstraints | undefined
  return {
    subject: nameOf(certificate.subject.toSchema().toBER()),
    issuer: nameOf(certificate.issuer.toSchema().toBER()),
    notBeforeMs: certificate.notBefore.value.getTime(),
    notAfterMs: certificate.notAfter.value.getTime(),
    dnsNames: names.filter(({ type }) => type === generalName.dns).map(({ value }) => value as string),
    ipAddresses: names.filter(({ type }) => type === generalName.ip).map(({ value }) => ipText(octets(value))),
    isCa: constraints?.cA === true,
    serial: hex(certificate.serialNumber.valueBlock.valueHexView)
      .replace(/^(?:00)+(?=.)/, '')
      .replace(/^0(?=.)/, ''),
    sha256Fingerprint: hex(new Uint8Array(await subtle.digest('SHA-256', der))),
    algorithm: algorithmOf(certificate),
  }
}

export async function isIssuedBy({ subtle }: Engine, certPem: string, caCertPem: string): Promise<boolean> {
  const certificate = parseCertificate(certPem)
  const ca = parseCertificate(caCertPem)
  if (!certificate.issuer.isEqual(ca.subject)) return false
  try {
    return await certificate.verify(ca, subtle)
  } catch {
    // A key of another kind than the signature's: not its issuer.
    return false
  }
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function extensionOf({ extensions }: Certificate, id: string): Extension | undefined {
  return extensions?.find(({ extnID }) => extnID === id)
}

function nameOf(der: ArrayBuffer): string {
  const bytes = new Uint8Array(der)
  const name = distinguishedName(bytes, 0, bytes.byteLength)
  if (name === null) throw new PkiProblem('the name in a certificate cannot be read')
  return name
}

function octets(value: { valueBlock: { valueHexView: Uint8Array } }): Uint8Array {
  return value.valueBlock.valueHexView
}

function algorithmOf({ subjectPublicKeyInfo }: Certificate): KeyAlgorithm | 'other' {
  const { algorithmId, algorithmParams } = subjectPublicKeyInfo.algorithm
  if (algorithmId === ecPublicKey) return algorithmParams?.valueBlock?.toString() === p256 ? 'ecdsa-p256' : 'other'
  if (algorithmId !== rsaEncryption) return 'other'
  const key = fromBER(subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView.slice())
  const [modulus] = (key.result.valueBlock as unknown as { value: { valueBlock: { valueHexView: Uint8Array } }[] })
    .value
  const bytes = modulus === undefined ? 0 : octets(modulus as never).length
  return bytes >= 512 && bytes <= 513 ? 'rsa-4096' : bytes >= 256 && bytes <= 257 ? 'rsa-2048' : 'other'
}
