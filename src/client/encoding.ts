import { utf8Encode } from '../bytes/index.ts'
import type { RecordHeader } from '../records/index.ts'
import { clientError } from './errors.ts'

/** What keys and values may be given as: bytes, text (UTF-8), or null (a tombstone, for a value). */
export type Data = Uint8Array | string | null

/** Record headers: an object, or pairs when a name comes more than once. */
export type HeadersIn = Readonly<Record<string, Data>> | readonly (readonly [name: string, value: Data])[]

export function toBytes(data: Data | undefined): Uint8Array | null {
  if (typeof data === 'string') return utf8Encode(data)
  if (data === null || data === undefined) return null
  if (!ArrayBuffer.isView(data)) {
    throw clientError(
      'INVALID_ARGUMENT',
      `Keys and values are bytes, text or null; got ${typeof data}. Serialize it first`,
    )
  }
  return data
}

export function toHeaders(headers: HeadersIn | undefined): RecordHeader[] | undefined {
  if (headers === undefined) return undefined
  const pairs = Array.isArray(headers) ? (headers as readonly (readonly [string, Data])[]) : Object.entries(headers)
  return pairs.map(([name, value]) => ({ key: utf8Encode(name), value: toBytes(value) }))
}
