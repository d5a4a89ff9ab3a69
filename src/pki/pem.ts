import { base64Encode } from '../bytes/index.ts'
import { PkiProblem } from './types.ts'

/** One block of a PEM text. */
export interface PemBlock {
  readonly label: string
  readonly der: Uint8Array<ArrayBuffer>
}

const lineLength = 64

/** The blocks of a text in their order; what stands around them is ignored, as RFC 7468 allows. */
export function readPem(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  for (const [, label, body] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g)) {
    blocks.push({ label: label!, der: fromBase64(body!, label!) })
  }
  return blocks
}

/** The first block of that label. */
export function pemOf(text: string, label: string): Uint8Array<ArrayBuffer> {
  const blocks = readPem(text)
  const found = blocks.find((block) => block.label === label)
  if (found !== undefined) return found.der
  const others = blocks.length === 0 ? 'no PEM block at all' : `only ${blocks.map((b) => b.label).join(', ')}`
  throw new PkiProblem(`a PEM text with ${label} was expected; there is ${others}`)
}

export function writePem(label: string, der: ArrayBuffer | Uint8Array): string {
  const bytes = ArrayBuffer.isView(der) ? der : new Uint8Array(der)
  const text = base64Encode(bytes)
  let lines = ''
  for (let at = 0; at < text.length; at += lineLength) lines += `${text.slice(at, at + lineLength)}\n`
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`
}

function fromBase64(text: string, label: string): Uint8Array<ArrayBuffer> {
  let binary: string
  try {
    binary = atob(text.replace(/\s+/g, ''))
  } catch {
    throw new PkiProblem(`the ${label} block of a PEM text is not base64`)
  }
  return Uint8Array.from(binary, (char) => char.charCodeAt(0))
}
