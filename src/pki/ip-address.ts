import { PkiProblem } from './types.ts'

/** The 4 or 16 bytes of a textual address, as a certificate has them. */
export function ipBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = text.includes(':') ? ipv6(text) : ipv4(text)
  if (bytes === null) throw new PkiProblem(`${text} is not an IP address`)
  return Uint8Array.from(bytes)
}

/** IPv6 in the form of RFC 5952: the longest run of zeros is left out. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: string[] = []
  for (let i = 0; i + 1 < bytes.length; i += 2) groups.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16))
  const text = groups.join(':')
  const zeros = [...text.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)].sort((a, b) => b[0].length - a[0].length)[0]
  if (zeros === undefined) return text
  const before = text.slice(0, zeros.index).replace(/:$/, '')
  const after = text.slice(zeros.index + zeros[0].length).replace(/^:/, '')
  return `${before}::${after}`
}

function ipv4(text: string): number[] | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null
  return parts.map(Number)
}

function ipv6(text: string): number[] | null {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (tail !== null) {
    const last = ipv4(tail[2]!)
    if (last === null) return null
    const groups = [(last[0]! << 8) | last[1]!, (last[2]! << 8) | last[3]!].map((group) => group.toString(16))
    return ipv6(`${tail[1]}${groups.join(':')}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - rest.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...rest]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
}
