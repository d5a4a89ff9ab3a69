import { nearestName, plainName } from '../bytes/index.ts'
import { clientError } from './errors.ts'
import { adminTable, clientTable, consumerTable, type OptionRow, producerTable } from './option-tables.ts'

type Rows = Readonly<Record<string, OptionRow>>

const tables: ReadonlyMap<string, Rows> = new Map<string, Rows>([
  ['a producer', producerTable],
  ['a consumer', consumerTable],
  ['an admin', adminTable],
])
export type ClientKind = 'Kafka' | 'a producer' | 'a consumer' | 'an admin'

/** What people know options by who come from other clients and no rule of spelling would find. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ['brokers', 'bootstrapServers'],
  ['bootstrapbrokers', 'bootstrapServers'],
  ['metadatabrokerlist', 'bootstrapServers'],
  ['servers', 'bootstrapServers'],
  ['frombeginning', 'autoOffsetReset'],
  ['allowautotopiccreation', 'autoCreateTopics'],
  ['maxwaittimeinms', 'fetchMaxWaitMs'],
  ['connectiontimeout', 'connectTimeoutMs'],
  ['idempotence', 'idempotent'],
  ['linger', 'lingerMs'],
  ['ssl', 'tls'],
  ['securityprotocol', 'tls'],
  ['saslmechanism', 'sasl'],
])

/** Options of what this client does not do yet: an answer of their own, so that nobody looks for the right spelling. */
const unbuilt: ReadonlyMap<string, string> = new Map([['transactionalid', 'transactions']])

/**
 * Refuses what is not an option of this client, naming it and what was probably meant. Options that are undefined count
 * as not given; `env` is the doors' own.
 */
export function checkOptions(client: ClientKind, given: unknown): void {
  if (typeof given !== 'object' || given === null) {
    throw clientError(
      'INVALID_CONFIGURATION',
      `Options are an object, for example { bootstrapServers: 'localhost:9092' }, not ${shown(given)}`,
    )
  }
  const table: Rows = { ...clientTable, ...tables.get(client) }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name === 'env' || Object.hasOwn(table, name)) continue
    throw clientError('INVALID_CONFIGURATION', unknownOption(client, table, name))
  }
}

function unknownOption(client: ClientKind, table: Rows, name: string): string {
  const known = `${name} is not an option of ${client}`
  const missing = unbuilt.get(plainName(name))
  if (missing !== undefined) return `${known}: this client does not do ${missing} yet`
  for (const [other, rows] of tables) if (Object.hasOwn(rows, name)) return `${known} but of ${other}`
  const near = nearest(name, table)
  if (near !== null) return `${known}; did you mean ${near}?`
  for (const [other, rows] of tables) {
    const there = nearest(name, rows)
    if (there !== null) return `${known}; did you mean ${there}, an option of ${other}?`
  }
  return `${known}; it has ${Object.keys(table).join(', ')}`
}

function nearest(name: string, table: Rows): string | null {
  const asked = plainName(name)
  const told = elsewhere.get(asked)
  if (told !== undefined && Object.hasOwn(table, told)) return told
  const spellings = new Map(
    Object.entries(table).flatMap(([known, row]) => [
      [known, known],
      [row.java ?? known, known],
    ]),
  )
  const near = nearestName(name, spellings.keys())
  return near === null ? null : spellings.get(near)!
}

/** A number of at least 0; the table's default when it is not given. */
export function numberOf<T extends Rows>(
  table: T,
  given: { readonly [K in keyof T]?: unknown },
  name: keyof T & string,
): number {
  const value = given[name]
  if (value === undefined) return table[name]!.initially as number
  if (typeof value === 'number' && value >= 0) return value
  throw clientError('INVALID_CONFIGURATION', `${name} must be a number of at least 0, not ${shown(value)}`)
}

export function flagOf<T extends Rows>(
  table: T,
  given: { readonly [K in keyof T]?: unknown },
  name: keyof T & string,
): boolean {
  const value = given[name]
  if (value === undefined) return table[name]!.initially as boolean
  if (typeof value === 'boolean') return value
  throw clientError('INVALID_CONFIGURATION', `${name} must be true or false, not ${shown(value)}`)
}

/** One of these values; the table's default when it is not given. */
export function choiceOf<T extends Rows, C extends string>(
  table: T,
  given: { readonly [K in keyof T]?: unknown },
  name: keyof T & string,
  choices: readonly C[],
): C {
  const value = given[name] === undefined ? table[name]!.initially : given[name]
  const found = choices.find((c) => c === value)
  if (found !== undefined) return found
  const known = `${choices.slice(0, -1).map(shown).join(', ')} or ${shown(choices.at(-1))}`
  throw clientError('INVALID_CONFIGURATION', `${name} must be ${known}, not ${shown(value)}`)
}

export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
