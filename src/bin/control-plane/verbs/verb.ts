/** What each verb for resources is made of; the table of them is in `table.ts`. */
import type { Kinds } from './kinds.ts'
import type { Requests } from './requests.ts'

export interface FlagSpec {
  readonly name: string
  readonly short?: string
  /** What its value is called; without: a switch. */
  readonly takes?: string
  /** The value when none is said. */
  readonly bare?: string
  readonly help: string
}

export interface Call {
  readonly api: Requests
  readonly kinds: Kinds
  readonly args: readonly string[]
  /** What stands after `--`; null: there is none. */
  readonly after: readonly string[] | null
  /** The last one said. */
  value(flag: string): string | null
  values(flag: string): readonly string[]
  has(flag: string): boolean
  /** Null: all of them. */
  readonly namespace: string | null
  out(text: string): void
  err(text: string): void
}

export interface Verb {
  readonly name: string
  readonly args: string
  readonly summary: string
  readonly flags: readonly FlagSpec[]
  readonly examples: readonly string[]
  /** The exit code. */
  readonly run: (call: Call) => Promise<number>
}

/** What is said to whoever used wrong words; exit code 1, as kubectl's. */
export class Mistake extends Error {}

export const namespaceFlag: FlagSpec = {
  ...{ name: 'namespace', short: 'n', takes: 'NAME', help: 'where; default, when it is not said' },
}
export const allNamespacesFlag: FlagSpec = { name: 'all-namespaces', short: 'A', help: 'in all namespaces' }
export const selectorFlag: FlagSpec = {
  ...{ name: 'selector', short: 'l', takes: 'LABELS', help: 'those with these labels: a=b,c!=d' },
}
export const filenameFlag: FlagSpec = {
  ...{
    name: 'filename',
    short: 'f',
    takes: 'FILE',
    help: 'a file, a directory, or - for standard input; may be repeated',
  },
}
export const dryRunFlag: FlagSpec = {
  ...{
    name: 'dry-run',
    takes: 'HOW',
    bare: 'server',
    help: 'server: checked and answered, not stored; client: only shown; none',
  },
}

/** `10s`, `1h30m`, `0` as Go writes them, in milliseconds; negative: without end. */
export function durationMs(text: string, flag: string): number {
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  const body = text.replace(/^[-+]/, '')
  if (body === '0') return 0
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(body)) {
    throw new Mistake(`invalid argument "${text}" for "--${flag}" flag: a duration is like 30s, 5m or 1h30m`)
  }
  let ms = 0
  for (const [, count, unit] of body.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) ms += Number(count) * units[unit!]!
  return text.startsWith('-') ? Number.POSITIVE_INFINITY : ms
}

export function wholeNumber(text: string, flag: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new Mistake(`invalid argument "${text}" for "--${flag}" flag: a whole number`)
  return Number(text)
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
