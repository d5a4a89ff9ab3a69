import { type DerElement, derAt, derInside, oidText } from './der.ts'

/** Attribute types that RFC 2253 has a word for; all others are written as numbers with their value in hexadecimal. */
const keywords: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
])

const tag = Object.freeze({ utf8: 12, printable: 19, t61: 20, ia5: 22, universal: 28, bmp: 30, context0: 0xa0 })

/** What is written with a backslash before it: also `=`, which Java escapes and RFC 2253 would not. */
const escaped = ',=+<>#;"\\'

/**
 * A Name in the form of RFC 2253 exactly as Java's `X500Principal.getName()` writes it, since super.users and ACLs are
 * compared with it as text: last attribute first, `CN=my-user,O=io.strimzi`. Null for bytes that are no Name.
 */
export function distinguishedName(bytes: Uint8Array, from: number, to: number): string | null {
  const name = derAt(bytes, from, to)
  if (name === null) return null
  const sets = derInside(bytes, name)
  if (sets === null) return null
  const parts: string[] = []
  for (const set of sets) {
    const pairs = derInside(bytes, set)?.map((pair) => attribute(bytes, pair))
    if (pairs === undefined || pairs.some((pair) => pair === null)) return null
    parts.push(pairs.join('+'))
  }
  return parts.reverse().join(',')
}

/** Subject of a certificate in DER: `tbsCertificate.subject`. Null when the bytes are no certificate. */
export function subjectOfCertificate(der: Uint8Array): string | null {
  const certificate = derAt(der, 0, der.byteLength)
  const tbs = certificate === null ? null : derAt(der, certificate.from, certificate.to)
  const fields = tbs === null ? null : derInside(der, tbs)
  if (fields === null) return null
  // version is absent in certificates of X.509 version 1; then serial, signature, issuer, validity, subject
  const subject = fields[fields[0]?.tag === tag.context0 ? 5 : 4]
  return subject === undefined ? null : distinguishedName(der, subject.start, subject.to)
}

function attribute(bytes: Uint8Array, pair: DerElement): string | null {
  const [type, value] = derInside(bytes, pair) ?? []
  if (type === undefined || value === undefined) return null
  const oid = oidText(bytes, type)
  const keyword = keywords.get(oid)
  const text = keyword === undefined ? null : textOf(bytes, value)
  return text === null ? `${keyword ?? oid}=#${hex(bytes, value.start, value.to)}` : `${keyword}=${escapeValue(text)}`
}

function textOf(bytes: Uint8Array, { tag: kind, from, to }: DerElement): string | null {
  const content = bytes.subarray(from, to)
  switch (kind) {
    case tag.utf8:
      return new TextDecoder().decode(content)
    case tag.printable:
    case tag.ia5:
    case tag.t61:
      return Array.from(content, (byte) => String.fromCharCode(byte)).join('')
    case tag.bmp: {
      let text = ''
      for (let i = 0; i + 1 < content.length; i += 2) text += String.fromCharCode((content[i]! << 8) | content[i + 1]!)
      return text
    }
    default:
      return null
  }
}

function escapeValue(text: string): string {
  const first = text.length - text.trimStart().length
  const end = text.trimEnd().length
  let out = ''
  let at = 0
  for (const char of text) {
    const isEdge = char === ' ' && (at < first || at >= end)
    out += char === '\0' ? '\\00' : escaped.includes(char) || isEdge ? `\\${char}` : char
    at += char.length
  }
  return out
}

function hex(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) text += bytes[i]!.toString(16).padStart(2, '0')
  return text
}
