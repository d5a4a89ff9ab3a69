import { utf8Encode } from '../../bytes/index.ts'
import type { ConsumerRecord, ProducerRecord } from '../../client/index.ts'
import { isoTime, parseTime } from '../time.ts'
import { Mistake } from './command.ts'

/** Text, or base64 of bytes that are no text. null: none. */
type JsonData = string | { readonly base64: string } | null

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text, or null when the bytes are none. */
export function asText(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes)
  } catch {
    return null // decoding says so by throwing
  }
}

function dataOf(bytes: Uint8Array | null): JsonData {
  if (bytes === null) return null
  const text = asText(bytes)
  if (text !== null) return text
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return { base64: btoa(binary) }
}

/** One line of `millrace consume --json`, which `millrace produce --json` reads. */
export function jsonOfRecord(record: ConsumerRecord): string {
  const headers = record.headers.map(({ key, value }) => [key, dataOf(value)] as const)
  return JSON.stringify({
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: isoTime(record.timestamp),
    key: dataOf(record.key),
    value: dataOf(record.value),
    ...(headers.length > 0 ? { headers } : {}),
  })
}

/**
 * Reads what {@link jsonOfRecord} writes, and less: `{"value": …}` alone will do. A value (or key) that is a number, an
 * object or an array is written as its JSON. Topic, partition and offset of where it was read are not followed.
 */
export function recordOfJson(line: string, topic: string): ProducerRecord {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (thrown) {
    throw new Mistake(`not JSON: ${line.slice(0, 80)} (${(thrown as Error).message})`)
  }
  if (typeof parsed !== 'object' || parsed === null || !('value' in parsed)) {
    throw new Mistake(`a record is {"key": …, "value": …, "headers": …, "timestamp": …}, not ${line.slice(0, 80)}`)
  }
  const { key, value, headers, timestamp } = parsed as Record<string, unknown>
  return {
    topic,
    key: bytesOf(key),
    value: bytesOf(value),
    ...(headers === undefined ? {} : { headers: headersOf(headers) }),
    ...(timestamp === undefined ? {} : { timestamp: timeOf(timestamp) }),
  }
}

function bytesOf(data: unknown): Uint8Array | null {
  if (data === null || data === undefined) return null
  if (typeof data === 'string') return utf8Encode(data)
  if (typeof data === 'object' && 'base64' in data && typeof data.base64 === 'string') {
    return Uint8Array.from(atob(data.base64), (c) => c.charCodeAt(0))
  }
  return utf8Encode(JSON.stringify(data))
}

function headersOf(headers: unknown): [string, Uint8Array | null][] {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers as object)
  return pairs.map(([name, value]) => [String(name), bytesOf(value)])
}

function timeOf(timestamp: unknown): number {
  const wallMs = typeof timestamp === 'number' ? timestamp : parseTime(String(timestamp))
  if (wallMs === null) throw new Mistake(`${JSON.stringify(timestamp)} is no time`)
  return wallMs
}
