/**
 * Apache Kafka as oracle: the same request is sent to two brokers, and the answers are compared field by field. What must
 * differ (ids, ports, paths, memory of the disk) is replaced by a name on both sides; what may differ is listed by name.
 */
import type { AnyApi } from '../../src/protocol/index.ts'
import { decode, LateError, Wire } from './wire.ts'

/** What a scenario has learned of one broker: ids that it made up itself. */
export interface Facts {
  readonly bootstrap: string
  readonly port: number
  readonly controllerPort: number
  readonly logDir: string
  /** Of a group, a topic, a session: whatever a later request must repeat. */
  readonly known: Map<string, string | number>
}

export interface Case {
  /** What is asked, as a behaviour. */
  name: string
  api: AnyApi
  /** First and last version; all when left out. */
  versions?: readonly [number, number]
  fields: (version: number, facts: Facts) => Record<string, unknown>
  /** Remembers something of this broker for later cases. */
  learn?: (answer: Record<string, never>, facts: Facts, version: number) => void
  /** Asks again until this holds (coordinators load, metadata spreads). */
  until?: (answer: Record<string, never>) => boolean
  /** Paths that may differ in this case, each with the reason. */
  mayDiffer?: Readonly<Record<string, string>>
}

/** Paths that may differ in any case, as patterns, with the reason. */
export const mayDiffer: Readonly<Record<string, string>> = Object.freeze({
  documentation$: 'sentences of our own',
  '(totalBytes|usableBytes)$': 'the disk at that moment',
  finalizedFeaturesEpoch$: 'an offset in the metadata log, which holds other records before it',
  brokerEpoch$: 'an offset in the metadata log',
  '(lastUpdateTimestamp|lastTimestamp|lastFetchTimestamp|lastCaughtUpTimestamp|commitTimestampMs)$': 'time of day',
})

export type Answer = object | 'closed' | 'no answer'

/** How long a broker may think: every case is one that is answered at once. */
const limitMs = 4000

/** Sends on a connection of its own, until `until` holds. */
export async function send(facts: Facts, one: Case, version: number): Promise<Answer> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await sendOnce(facts, one, version)
    const enough = typeof answer === 'string' || one.until === undefined || one.until(answer as Record<string, never>)
    if (enough || Date.now() > deadline) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The next frame, or what happened instead. */
export async function frameOf(wire: Wire, limit: number): Promise<Buffer | 'closed' | 'no answer'> {
  try {
    return (await wire.frame(limit)) ?? 'closed'
  } catch (error) {
    if (error instanceof LateError) return 'no answer'
    throw error
  }
}

async function sendOnce(facts: Facts, one: Case, version: number): Promise<Answer> {
  const wire = await Wire.open(facts.bootstrap)
  try {
    wire.send(Wire.request(one.api, version, fit(one.api.request.fields, one.fields(version, facts), version)))
    const frame = await frameOf(wire, limitMs)
    if (typeof frame === 'string') return frame
    const { fields, left } = decode(one.api, version, frame)
    if (left !== 0) throw new Error(`${one.api.name} ${version}: ${left} bytes after the answer`)
    return fields
  } finally {
    wire.close()
  }
}

/** Leaves out fields that the version does not have, so that one case can say all it means for every version. */
export function fit(
  fields: AnyApi['request']['fields'],
  value: Record<string, unknown>,
  version: number,
): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [name, given] of Object.entries(value)) {
    const field = fields[name]
    if (field === undefined) throw new Error(`no field ${name}`)
    if (version < field.since || version > field.until) continue
    const inner = field.kind.fields
    const fitted = (one: unknown) =>
      inner && typeof one === 'object' && one !== null ? fit(inner, one as Record<string, unknown>, version) : one
    out[name] = Array.isArray(given) ? given.map(fitted) : fitted(given)
  }
  return out
}

/** The answer with this broker's own names replaced, lists in one order, bytes as text. */
export function canonical(value: unknown, facts: Facts): unknown {
  const names = new Map<string, string>()
  for (const [name, known] of facts.known)
    if (typeof known === 'string' && known.length > 8) names.set(known, `{${name}}`)
  const walk = (one: unknown): unknown => {
    if (typeof one === 'string') return text(one)
    if (one === facts.port) return '{port}'
    if (one === facts.controllerPort) return '{controllerPort}'
    if (typeof one === 'bigint') return String(one)
    if (one === null || typeof one !== 'object') return one
    if (one instanceof Uint8Array) return Buffer.from(one).toString('hex')
    if (isSlice(one)) return Buffer.from(one.bytes.subarray(one.from, one.to)).toString('hex')
    if (Array.isArray(one)) {
      const walked = one.map(walk)
      return walked.every((item) => typeof item === 'object')
        ? walked.sort((a, b) => compare(JSON.stringify(a), JSON.stringify(b)))
        : walked
    }
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, walk(item)]))
  }
  const text = (one: string) => {
    let said = one.replaceAll(facts.logDir, '{logDir}')
    for (const [known, name] of names) said = said.replaceAll(known, name)
    said = said.replaceAll(/within \[\d{13}, \d{13}\]/g, 'within [now]')
    return said.replaceAll(`:${facts.port}`, ':{port}').replaceAll(`:${facts.controllerPort}`, ':{controllerPort}')
  }
  return walk(value)
}

/** Each difference as `path: theirs, ours`; paths write `[]` for any element. */
export function differences(theirs: unknown, ours: unknown, allowed: Readonly<Record<string, string>>): string[] {
  const patterns = Object.keys(allowed).map((pattern) => new RegExp(pattern))
  const found: string[] = []
  const walk = (a: unknown, b: unknown, path: string) => {
    if (path.endsWith('rrorMessage') && isSaid(a, b)) return
    if (JSON.stringify(a) === JSON.stringify(b) || patterns.some((pattern) => pattern.test(path))) return
    if (Array.isArray(a) && Array.isArray(b)) {
      // lists are sorted whole: a pairwise walk is only useful when both have the same elements by their first fields
      if (a.length !== b.length) found.push(`${path}: ${a.length} elements, ours ${b.length}: ${only(a, b)}`)
      else for (const [i, item] of a.entries()) walk(item, b[i], `${path}[]`)
    } else if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        walk(a[key], b[key], path === '' ? key : `${path}.${key}`)
    } else found.push(`${path}: ${short(a)}, ours ${short(b)}`)
  }
  walk(theirs, ours, '')
  return found
}

/**
 * Sentences are our own, names and numbers in them are not: a text of Apache's that names something must be ours too;
 * one that only repeats what the error code means need only be there; where it says nothing, we may.
 */
function isSaid(theirs: unknown, ours: unknown): boolean {
  if (theirs === null || theirs === '' || theirs === 'NONE') return true
  if (typeof theirs === 'string' && typeof ours === 'string' && theirs.replace(/\.$/, '') === ours.replace(/\.$/, ''))
    return true
  return (
    typeof theirs === 'string' &&
    !/['":[\]\d{}]|\b[a-z]+\.[a-z]+\b/.test(theirs) &&
    typeof ours === 'string' &&
    ours !== ''
  )
}

function only(a: readonly unknown[], b: readonly unknown[]): string {
  const [inA, inB] = [a, b].map((list) => new Set(list.map((item) => JSON.stringify(item))))
  const missing = [...inA!].filter((item) => !inB!.has(item))
  const extra = [...inB!].filter((item) => !inA!.has(item))
  return `only theirs ${short(missing)}, only ours ${short(extra)}`
}

function short(value: unknown): string {
  const said = JSON.stringify(value) ?? 'nothing'
  return said.length > 300 ? `${said.slice(0, 300)}…` : said
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSlice(value: object): value is { bytes: Uint8Array; from: number; to: number } {
  return 'bytes' in value && 'from' in value && 'to' in value
}
