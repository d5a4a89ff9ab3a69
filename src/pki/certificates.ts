import { Set as Asn1Set, BitString, Integer, OctetString, Sequence, Utf8String } from 'asn1js'
import {
  AttributeTypeAndValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  Extension,
  ExtKeyUsage,
  GeneralName,
  GeneralNames,
  RelativeDistinguishedNames,
  Time,
} from 'pkijs'
import type { Engine } from './engine.ts'
import { extension, generalName, parseCertificate } from './facts.ts'
import { ipBytes } from './ip-address.ts'
import { generateKey, type KeyPair, privateKeyPem, readKey } from './keys.ts'
import { writePem } from './pem.ts'
import { type CertificateOptions, type KeyAndCert, PkiProblem, type SignOptions } from './types.ts'

const oid = Object.freeze({
  organization: '2.5.4.10',
  commonName: '2.5.4.3',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
})

/** The bits of KeyUsage, from the left of its first byte. */
const keyUsage = Object.freeze({ digitalSignature: 0x80, keyEncipherment: 0x20, keyCertSign: 0x04, crlSign: 0x02 })

const dayMs = 86_400_000
/** RFC 5280: years from 2050 on are written as GeneralizedTime. */
const utcTimeEndMs = 2_524_608_000_000
const serialBytes = 16

export async function createCa(engine: Engine, options: CertificateOptions): Promise<KeyAndCert> {
  const key = await keyFor(engine, options)
  const certificate = await begin(engine, options, key)
  certificate.issuer = certificate.subject
  const identifier = await keyIdentifier(engine, key)
  const constraints = new BasicConstraints({ cA: true, pathLenConstraint: 0 })
  certificate.extensions = [
    extend(extension.basicConstraints, constraints.toSchema().toBER(), true),
    usages(keyUsage.keyCertSign | keyUsage.crlSign),
    extend(extension.subjectKeyIdentifier, identifier.toBER()),
  ]
  return finish(engine, certificate, key, key)
}

export async function sign(engine: Engine, ca: KeyAndCert, options: SignOptions): Promise<KeyAndCert> {
  const issuer = parseCertificate(ca.certPem)
  const issuerKey = await readKey(engine, ca.keyPem)
  const key = await keyFor(engine, options)
  const certificate = await begin(engine, options, key)
  certificate.issuer = issuer.subject
  const purposes = options.usage === 'client' ? [oid.clientAuth] : [oid.serverAuth, oid.clientAuth]
  const names = alternativeNames(options)
  const authority = new AuthorityKeyIdentifier({ keyIdentifier: await keyIdentifier(engine, issuerKey) })
  const isRsa = key.publicKey.algorithm.name !== 'ECDSA'
  certificate.extensions = [
    extend(extension.basicConstraints, new BasicConstraints({ cA: false }).toSchema().toBER(), true),
    usages(keyUsage.digitalSignature | (isRsa ? keyUsage.keyEncipherment : 0)),
    extend(extension.extendedKeyUsage, new ExtKeyUsage({ keyPurposes: purposes }).toSchema().toBER()),
    extend(extension.subjectKeyIdentifier, (await keyIdentifier(engine, key)).toBER()),
    extend(extension.authorityKeyIdentifier, authority.toSchema().toBER()),
    ...(names.length === 0 ? [] : [extend(extension.subjectAltName, new GeneralNames({ names }).toSchema().toBER())]),
  ]
  return finish(engine, certificate, key, issuerKey)
}

async function keyFor(engine: Engine, { keyPem, algorithm }: CertificateOptions): Promise<KeyPair> {
  return keyPem === undefined ? generateKey(engine, algorithm ?? 'ecdsa-p256') : readKey(engine, keyPem)
}

async function begin({ subtle, web }: Engine, options: CertificateOptions, key: KeyPair): Promise<Certificate> {
  if (!(options.validityDays > 0)) throw new PkiProblem(`validityDays is ${options.validityDays}; it must be above 0`)
  const fromMs = Math.floor(options.notBeforeMs / 1000) * 1000
  const certificate = new Certificate()
  certificate.version = 2
  const serial = web.getRandomValues(new Uint8Array(serialBytes))
  // positive, and of full length
  serial[0] = (serial[0]! & 0x7f) | 0x40
  certificate.serialNumber = new Integer({ valueHex: serial.buffer })
  certificate.notBefore = time(fromMs)
  certificate.notAfter = time(fromMs + options.validityDays * dayMs)
  certificate.subject = subject(options)
  await certificate.subjectPublicKeyInfo.importKey(key.publicKey, subtle)
  return certificate
}

async function finish(engine: Engine, certificate: Certificate, key: KeyPair, signer: KeyPair): Promise<KeyAndCert> {
  await certificate.sign(signer.privateKey, 'SHA-256', engine.subtle)
  const certPem = writePem('CERTIFICATE', certificate.toSchema(true).toBER())
  return { keyPem: await privateKeyPem(engine, key.privateKey), certPem }
}

/** One set for each attribute: the library itself would put all into one, which is another name. */
function subject({ commonName, organization }: CertificateOptions): RelativeDistinguishedNames {
  const part = (type: string, value: string) =>
    new Asn1Set({ value: [new AttributeTypeAndValue({ type, value: new Utf8String({ value }) as never }).toSchema()] })
  const value = [part(oid.commonName, commonName)]
  if (organization !== undefined) value.unshift(part(oid.organization, organization))
  return RelativeDistinguishedNames.fromBER(new Sequence({ value }).toBER())
}

function alternativeNames({ dnsNames = [], ipAddresses = [] }: SignOptions): GeneralName[] {
  return [
    ...dnsNames.map((value) => new GeneralName({ type: generalName.dns, value })),
    ...ipAddresses.map((text) => {
      const value = new OctetString({ valueHex: ipBytes(text).buffer })
      return new GeneralName({ type: generalName.ip, value })
    }),
  ]
}

function usages(bits: number): Extension {
  let unusedBits = 0
  while ((bits & (1 << unusedBits)) === 0) unusedBits++
  const value = new BitString({ valueHex: Uint8Array.of(bits).buffer, unusedBits })
  return extend(extension.keyUsage, value.toBER(), true)
}

function extend(extnID: string, extnValue: ArrayBuffer, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue })
}

/** RFC 5280 4.2.1.2 (1): the SHA-1 of the public key's bits. */
async function keyIdentifier({ subtle }: Engine, { publicKey }: KeyPair): Promise<OctetString> {
  const certificate = new Certificate()
  await certificate.subjectPublicKeyInfo.importKey(publicKey, subtle)
  const bits = certificate.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView.slice()
  return new OctetString({ valueHex: await subtle.digest('SHA-1', bits) })
}

function time(ms: number): Time {
  return new Time({ type: ms < utcTimeEndMs ? 0 : 1, value: new Date(ms) })
}
