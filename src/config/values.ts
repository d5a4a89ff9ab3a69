import { invalid, refusal, type Value } from './checks.ts'
import type { ConfigKey, ConfigType } from './table.ts'

const LONG_MAX = 9223372036854775807n
const LONG_MIN = -9223372036854775808n

/** A value, or why not (Kafka's wording). */
export type Parsed = { readonly value: Value } | { readonly error: string }

/**
 * The value of a text under a key's type and check. Longs beyond 2^53 become the nearest double: the text keeps them.
 * A list is split at commas; duplicates are dropped, as Kafka does with its checked lists.
 */
export function parseValue(key: ConfigKey, text: string): Parsed {
  const trimmed = javaTrim(text)
  const parsed = parseType(key.name, key.type, trimmed)
  if ('error' in parsed) return parsed
  if (key.check === null) return parsed
  let value = parsed.value
  if (key.check.kind === 'list') value = [...new Set(value as readonly string[])]
  const error = refusal(key.name, key.check, value, key.type === 'double' ? javaDouble(value as number) : trimmed)
  return error === null ? { value } : { error }
}

/** The value of a key's own default, which needs no check: starting a node reads some 350 of these. */
export function fallbackValue(type: ConfigType, fallback: string): Value {
  switch (type) {
    case 'boolean':
      return fallback === 'true'
    case 'int':
    case 'short':
    case 'long':
    case 'double':
      return Number(fallback)
    case 'list':
      return fallback === '' ? [] : fallback.split(',')
    default:
      return fallback
  }
}

function parseType(name: string, type: ConfigType, trimmed: string): Parsed {
  switch (type) {
    case 'boolean': {
      const lower = trimmed.toLowerCase()
      if (lower === 'true') return { value: true }
      if (lower === 'false') return { value: false }
      return { error: invalid(name, trimmed, 'Expected value to be either true or false') }
    }
    case 'int':
      return whole(name, trimmed, 'INT', -2147483648, 2147483647)
    case 'short':
      return whole(name, trimmed, 'SHORT', -32768, 32767)
    case 'long': {
      if (!/^[-+]?[0-9]+$/.test(trimmed)) return notANumber(name, trimmed, 'LONG')
      if (trimmed.length > 15) {
        const exact = BigInt(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed)
        if (exact > LONG_MAX || exact < LONG_MIN) return notANumber(name, trimmed, 'LONG')
      }
      return { value: Number(trimmed) }
    }
    case 'double': {
      const m = /^([-+]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?))[dDfF]?$/.exec(trimmed)
      if (m === null) return notANumber(name, trimmed, 'DOUBLE')
      return { value: Number(m[1]) }
    }
    case 'list':
      return { value: trimmed === '' ? [] : trimmed.split(/\s*,\s*/) }
    case 'string':
    case 'class':
    case 'password':
      return { value: trimmed }
  }
}

function whole(name: string, trimmed: string, type: string, min: number, max: number): Parsed {
  if (!/^[-+]?[0-9]+$/.test(trimmed)) return notANumber(name, trimmed, type)
  const n = Number(trimmed)
  return n < min || n > max ? notANumber(name, trimmed, type) : { value: n }
}

function notANumber(name: string, text: string, type: string): Parsed {
  return { error: invalid(name, text, `Not a number of type ${type}`) }
}

/** What Java's trim removes: every char up to U+0020 at both ends. */
export function javaTrim(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && text.charCodeAt(from) <= 32) from++
  while (to > from && text.charCodeAt(to - 1) <= 32) to--
  return from === 0 && to === text.length ? text : text.slice(from, to)
}

/**
 * The text that DescribeConfigs shows for a value given as `text`: normalised as Kafka's own round trip through the
 * type does (" TRUE " is "true", "0.50" is "0.5", "a , b" is "a,b"), without losing digits of a long.
 */
export function canonicalText(key: ConfigKey, text: string): string {
  const trimmed = javaTrim(text)
  switch (key.type) {
    case 'boolean':
      return trimmed.toLowerCase()
    case 'int':
    case 'short':
    case 'long':
      return /^[-+]?[0-9]+$/.test(trimmed) ? BigInt(trimmed.replace('+', '')).toString() : trimmed
    case 'double': {
      const parsed = parseType(key.name, 'double', trimmed)
      return 'value' in parsed ? javaDouble(parsed.value as number) : trimmed
    }
    case 'list': {
      const parsed = parseValue(key, text)
      return 'value' in parsed ? (parsed.value as readonly string[]).join(',') : trimmed
    }
    default:
      return trimmed
  }
}

/** A double as Java prints it: 1.0, 1.7976931348623157E308, 1.0E-5. */
export function javaDouble(n: number): string {
  if (Number.isNaN(n)) return 'NaN'
  if (!Number.isFinite(n)) return n > 0 ? 'Infinity' : '-Infinity'
  const magnitude = Math.abs(n)
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e7)) {
    const [digits, exponent] = n.toExponential().split('e') as [string, string]
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
  }
  const plain = Object.is(n, -0) ? '-0' : String(n)
  return plain.includes('.') ? plain : `${plain}.0`
}
