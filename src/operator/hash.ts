/** Short fingerprints by which a change is noticed; not for secrets, not against an adversary. */
import { crc32c, murmur2, utf8Encode } from '../bytes/index.ts'

const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0')

/** 16 hexadecimal digits. */
export function fingerprint(text: string): string {
  const bytes = utf8Encode(text)
  return hex(murmur2(bytes)) + hex(crc32c(bytes, 0, bytes.length))
}

/** JSON with the fields of every object in one order, so that equal values are equal texts. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, v]) => v !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([k, v]) => `${JSON.stringify(k)}:${stableJson(v)}`).join(',')}}`
}
