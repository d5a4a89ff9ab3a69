import { BmpString, ObjectIdentifier, OctetString } from 'asn1js'
import {
  Attribute,
  AuthenticatedSafe,
  CertBag,
  type Certificate,
  PFX,
  PKCS8ShroudedKeyBag,
  PrivateKeyInfo,
  SafeBag,
  SafeContents,
} from 'pkijs'
import type { Engine } from './engine.ts'
import { hex, parseCertificate } from './facts.ts'
import { pemOf, writePem } from './pem.ts'
import { type Pkcs12Content, type Pkcs12Options, PkiProblem } from './types.ts'

const bag = Object.freeze({
  key: '1.2.840.113549.1.12.10.1.1',
  shroudedKey: '1.2.840.113549.1.12.10.1.2',
  certificate: '1.2.840.113549.1.12.10.1.3',
})
const attribute = Object.freeze({
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  /** Java's own: without it a certificate in a store is no trusted entry. */
  trustedKeyUsage: '2.16.840.1.113894.746875.1.1',
})
const anyExtendedKeyUsage = '2.5.29.37.0'

/** PBES2 with AES-256 and HMAC-SHA-256: what keytool and OpenSSL 3 write by themselves. */
const encryption = Object.freeze({
  contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 },
  hmacHashAlgorithm: 'SHA-256',
  iterationCount: 10_000,
})
/** Each of its rounds is a turn of WebCrypto; OpenSSL's own number. */
const macIterations = 2048

export async function writePkcs12({ subtle }: Engine, options: Pkcs12Options): Promise<Uint8Array> {
  const password = passwordBytes(options.password)
  const certificateBags: SafeBag[] = []
  const keyBags: SafeBag[] = []
  if (options.key !== undefined) {
    const { alias, keyPem, certPems } = options.key
    const chain = certPems.map(parseCertificate)
    if (chain.length === 0) throw new PkiProblem(`the key ${alias} has no certificate to stand beside it in the store`)
    const id = new Uint8Array(await subtle.digest('SHA-256', chain[0]!.toSchema().toBER()))
    const named = [friendlyName(alias), localKeyId(id)]
    const shrouded = new PKCS8ShroudedKeyBag({ parsedValue: PrivateKeyInfo.fromBER(pemOf(keyPem, 'PRIVATE KEY')) })
    await shrouded.makeInternalValues({ password, ...encryption } as never, subtle)
    keyBags.push(new SafeBag({ bagId: bag.shroudedKey, bagValue: shrouded as never, bagAttributes: named }))
    for (const [index, certificate] of chain.entries())
      certificateBags.push(certBag(certificate, index === 0 ? named : []))
  }
  for (const { alias, certPem } of options.trusted ?? []) {
    const values = [new ObjectIdentifier({ value: anyExtendedKeyUsage })]
    const trusted = new Attribute({ type: attribute.trustedKeyUsage, values })
    certificateBags.push(certBag(parseCertificate(certPem), [friendlyName(alias), trusted]))
  }
  const safes = [
    { bags: certificateBags, privacyMode: 1, how: { password, ...encryption } },
    { bags: keyBags, privacyMode: 0, how: {} },
  ].filter(({ bags }) => bags.length > 0)
  const safe = new AuthenticatedSafe({
    parsedValue: {
      safeContents: safes.map(({ bags, privacyMode }) => ({
        privacyMode,
        value: new SafeContents({ safeBags: bags }),
      })),
    },
  })
  await safe.makeInternalValues({ safeContents: safes.map(({ how }) => ({ ...how })) }, subtle)
  const pfx = new PFX({ parsedValue: { integrityMode: 0, authenticatedSafe: safe } })
  const mac = { password, iterations: macIterations, pbkdf2HashAlgorithm: 'SHA-256', hmacHashAlgorithm: 'SHA-256' }
  await pfx.makeInternalValues(mac as never, subtle)
  return new Uint8Array(pfx.toSchema().toBER())
}

export async function readPkcs12(engine: Engine, bytes: Uint8Array, passwordText: string): Promise<Pkcs12Content> {
  const password = passwordBytes(passwordText)
  const bags = await bagsOf(engine, bytes, password)
  const certificates = bags
    .filter(({ bagId }) => bagId === bag.certificate)
    .map((found) => ({
      bag: found,
      certificate: (found.bagValue as CertBag).parsedValue as Certificate,
    }))
  const keys: { alias: string | null; keyPem: string; certPems: string[] }[] = []
  const used = new Set<Certificate>()
  for (const found of bags) {
    if (found.bagId !== bag.shroudedKey && found.bagId !== bag.key) continue
    const info =
      found.bagId === bag.key ? (found.bagValue as unknown as PrivateKeyInfo) : await unshroud(engine, found, password)
    const id = attributeHex(found, attribute.localKeyId)
    const own = certificates.find(({ bag }) => attributeHex(bag, attribute.localKeyId) === id)?.certificate
    const chain: Certificate[] = []
    for (let next = own; next !== undefined && !chain.includes(next); ) {
      chain.push(next)
      const { issuer } = next
      next = certificates.find(({ certificate }) => certificate.subject.isEqual(issuer))?.certificate
    }
    for (const certificate of chain) used.add(certificate)
    keys.push({
      alias: aliasOf(found),
      keyPem: writePem('PRIVATE KEY', info.toSchema().toBER()),
      certPems: chain.map(certificatePem),
    })
  }
  const trusted = certificates
    .filter(({ certificate }) => !used.has(certificate))
    .map(({ bag, certificate }) => ({ alias: aliasOf(bag), certPem: certificatePem(certificate) }))
  return { keys, trusted }
}

/** All bags of the store, decrypted but for the keys. */
async function bagsOf({ subtle }: Engine, bytes: Uint8Array, password: ArrayBuffer): Promise<SafeBag[]> {
  let pfx: PFX
  try {
    pfx = PFX.fromBER(bytes.slice())
  } catch (cause) {
    const isJks = bytes[0] === 0xfe && bytes[1] === 0xed && bytes[2] === 0xfe && bytes[3] === 0xed
    throw new PkiProblem(isJks ? 'this is a JKS store, not PKCS#12' : 'this is not a PKCS#12 store', { cause })
  }
  try {
    await pfx.parseInternalValues({ password, checkIntegrity: true }, subtle)
  } catch (cause) {
    throw new PkiProblem('the password does not open the PKCS#12 store, or the store is damaged', { cause })
  }
  const safe = pfx.parsedValue!.authenticatedSafe!
  try {
    await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password })) }, subtle)
  } catch (cause) {
    const message = 'the PKCS#12 store is encrypted in a way that is not read here (PBES2 with AES is)'
    throw new PkiProblem(message, { cause })
  }
  const contents = safe.parsedValue.safeContents as { value: SafeContents }[]
  return contents.flatMap(({ value }) => value.safeBags)
}

async function unshroud({ subtle }: Engine, { bagValue }: SafeBag, password: ArrayBuffer): Promise<PrivateKeyInfo> {
  const shrouded = bagValue as unknown as PKCS8ShroudedKeyBag & {
    parseInternalValues(o: object, c: object): Promise<void>
  }
  try {
    await shrouded.parseInternalValues({ password }, subtle)
  } catch (cause) {
    const message =
      'a key in the PKCS#12 store has another password, or an encryption that is not read here (PBES2 with AES is)'
    throw new PkiProblem(message, { cause })
  }
  return shrouded.parsedValue!
}

function certBag(certificate: Certificate, bagAttributes: Attribute[]): SafeBag {
  const value = new CertBag({ parsedValue: certificate as never })
  return new SafeBag({
    bagId: bag.certificate,
    bagValue: value as never,
    ...(bagAttributes.length === 0 ? {} : { bagAttributes }),
  })
}

function friendlyName(value: string): Attribute {
  return new Attribute({ type: attribute.friendlyName, values: [new BmpString({ value })] })
}

function localKeyId(id: Uint8Array<ArrayBuffer>): Attribute {
  return new Attribute({ type: attribute.localKeyId, values: [new OctetString({ valueHex: id.buffer })] })
}

function aliasOf({ bagAttributes }: SafeBag): string | null {
  const found = bagAttributes?.find(({ type }) => type === attribute.friendlyName)?.values[0] as BmpString | undefined
  return found?.valueBlock.value ?? null
}

function attributeHex({ bagAttributes }: SafeBag, wanted: string): string | null {
  const found = bagAttributes?.find(({ type }) => type === wanted)?.values[0] as OctetString | undefined
  return found === undefined ? null : hex(found.valueBlock.valueHexView)
}

function certificatePem(certificate: Certificate): string {
  return writePem('CERTIFICATE', certificate.toSchema().toBER())
}

function passwordBytes(password: string): ArrayBuffer {
  return new TextEncoder().encode(password).buffer as ArrayBuffer
}
