import { base64Encode } from '../bytes/index.ts'
import type { Codec, Fields } from '../protocol/index.ts'
import { javaDouble } from './deserializers.ts'

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

// biome-ignore lint/suspicious/noExplicitAny: any message
type AnyMessage = Codec<any, any>

/**
 * A message as Java's generated JSON converters print it: the fields of that version in order, tagged ones only when they
 * differ from their default, bytes in base64.
 */
export function jsonOf(codec: AnyMessage, message: Record<string, unknown>, version: number): { [name: string]: Json } {
  return structOf(codec.fields, message, version)
}

function structOf(fields: Fields, value: Record<string, unknown>, version: number): { [name: string]: Json } {
  const out: { [name: string]: Json } = {}
  for (const [name, f] of Object.entries(fields)) {
    if (version < f.since || version > f.until) continue
    const own = value[name]
    if (f.tag >= 0 && f.kind.isAbsent(own, f.absent)) continue
    out[name] = f.kind.name === 'float64' ? exactly(javaDouble(own as number)) : jsonValue(own, f.kind.fields, version)
  }
  return out
}

function jsonValue(value: unknown, fields: Fields | undefined, version: number): Json {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return exactly(String(value))
  if (ArrayBuffer.isView(value)) return base64Encode(value as Uint8Array)
  if (Array.isArray(value)) return value.map((item) => jsonValue(item, fields, version))
  if (typeof value === 'object')
    return fields === undefined ? null : structOf(fields, value as Record<string, unknown>, version)
  return value as Json
}

/** A number that JSON.stringify writes with just these digits. */
function exactly(digits: string): Json {
  return (JSON as unknown as { rawJSON(text: string): Json }).rawJSON(digits)
}
