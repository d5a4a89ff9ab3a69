/** What values a key allows, as data: the same row checks, explains itself in errors and fills the documentation. */
export type Check =
  | { readonly kind: 'range'; readonly min: number; readonly max: number | null }
  | { readonly kind: 'oneOf'; readonly options: readonly string[]; readonly ignoreCase: boolean }
  | {
      readonly kind: 'list'
      readonly options: readonly string[] | null
      readonly mayBeEmpty: boolean
    }
  | {
      readonly kind:
        | 'nonEmpty'
        | 'nonNull'
        | 'gzipLevel'
        | 'throttledReplicas'
        | 'autoOffsetReset'
        | 'voters'
        | 'bootstrapServers'
    }

export function atLeast(min: number): Check {
  return { kind: 'range', min, max: null }
}
export function between(min: number, max: number): Check {
  return { kind: 'range', min, max }
}
export function oneOf(...options: string[]): Check {
  return { kind: 'oneOf', options, ignoreCase: false }
}
export function oneOfIgnoringCase(...options: string[]): Check {
  return { kind: 'oneOf', options, ignoreCase: true }
}
/** Any list with at least one value. */
export function someOf(...options: string[]): Check {
  return { kind: 'list', options: options.length > 0 ? options : null, mayBeEmpty: false }
}
/** Any list, empty too. */
export function anyOf(...options: string[]): Check {
  return { kind: 'list', options: options.length > 0 ? options : null, mayBeEmpty: true }
}
export const nonEmpty: Check = { kind: 'nonEmpty' }
export const nonNull: Check = { kind: 'nonNull' }
export const gzipLevel: Check = { kind: 'gzipLevel' }
export const throttledReplicas: Check = { kind: 'throttledReplicas' }
export const autoOffsetReset: Check = { kind: 'autoOffsetReset' }
export const voters: Check = { kind: 'voters' }
export const bootstrapServers: Check = { kind: 'bootstrapServers' }

/** The sentence on the values that a check allows, as documentation pages show it; Kafka's spelling. */
export function allowed(check: Check | null): string {
  if (check === null) return ''
  switch (check.kind) {
    case 'range':
      return check.max === null ? `[${check.min},...]` : `[${check.min},...,${check.max}]`
    case 'oneOf':
      return `${check.ignoreCase ? '(case insensitive) ' : ''}[${check.options.join(', ')}]`
    case 'list':
      return check.options === null ? '' : `[${check.options.join(', ')}]`
    case 'nonEmpty':
      return 'non-empty string'
    case 'nonNull':
      return 'non-null string'
    case 'gzipLevel':
      return '[1,...,9] or -1'
    case 'throttledReplicas':
      return '[partitionId]:[brokerId],[partitionId]:[brokerId],...'
    case 'autoOffsetReset':
      return '[latest, earliest, by_duration:PnDTnHnMn.nS]'
    case 'voters':
    case 'bootstrapServers':
      return 'non-empty list'
  }
}

/** Values as they come from parsing a text. */
export type Value = boolean | number | string | readonly string[] | null

/**
 * Why the value is refused, in Kafka's words (people search for them), or null. `text` is the trimmed text of the value,
 * quoted in messages because a number may have lost digits.
 */
export function refusal(name: string, check: Check, value: Value, text: string): string | null {
  switch (check.kind) {
    case 'range': {
      const n = value as number | null
      if (n === null) return invalid(name, 'null', 'Value must be non-null')
      if (n < check.min) return invalid(name, text, `Value must be at least ${check.min}`)
      if (check.max !== null && n > check.max) return invalid(name, text, `Value must be no more than ${check.max}`)
      return null
    }
    case 'oneOf': {
      const ok = check.ignoreCase
        ? check.options.some((o) => o.toUpperCase() === String(value).toUpperCase())
        : check.options.includes(String(value))
      if (ok) return null
      return invalid(
        name,
        text,
        `String must be one of${check.ignoreCase ? ' (case insensitive)' : ''}: ${check.options.join(', ')}`,
      )
    }
    case 'list': {
      const list = value as readonly string[] | null
      if (list === null) return null
      if (list.length === 0 && !check.mayBeEmpty) {
        const valid = check.options === null ? 'any non-empty value' : `[${check.options.join(', ')}]`
        return `Configuration '${name}' must not be empty. Valid values include: ${valid}`
      }
      for (const item of list) {
        if (item === '') return `Configuration '${name}' values must not be empty.`
        if (check.options !== null && !check.options.includes(item)) {
          return invalid(name, item, `String must be one of: ${check.options.join(', ')}`)
        }
      }
      return null
    }
    case 'nonEmpty':
      return value === '' ? invalid(name, text, 'String must be non-empty') : null
    case 'nonNull':
      return value === null ? invalid(name, 'null', 'entry must be non null') : null
    case 'gzipLevel': {
      const n = value as number
      return (n >= 1 && n <= 9) || n === -1 ? null : invalid(name, text, 'Value must be between 1 and 9 or equal to -1')
    }
    case 'throttledReplicas': {
      const list = value as readonly string[]
      if (list.length === 0 || (list.length === 1 && list[0] === '*') || list.every((r) => /^[0-9]+:[0-9]+$/.test(r)))
        return null
      return invalid(
        name,
        `[${list.join(', ')}]`,
        `${name} must be the literal '*' or a list of replicas in the following format: ${allowed(check)}`,
      )
    }
    case 'autoOffsetReset': {
      const s = String(value)
      if (s === 'latest' || s === 'earliest') return null
      if (s.startsWith('by_duration:') && isoDurationMs(s.slice('by_duration:'.length)) !== null) return null
      return invalid(
        name,
        text,
        `Invalid value \`${s}\` for configuration ${name}. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.`,
      )
    }
    case 'voters':
      for (const entry of value as readonly string[]) {
        const at = entry.indexOf('@')
        if (at < 0 || !/^-?[0-9]+$/.test(entry.slice(0, at))) {
          return `Invalid configuration value for ${name}. Each entry should be in the form \`{id}@{host}:{port}\`.`
        }
        if (hostPort(entry.slice(at + 1), true) === null) {
          return `Failed to parse host name from entry ${entry} for the configuration ${name}. Each entry should be in the form \`{id}@{host}:{port}\`.`
        }
      }
      return null
    case 'bootstrapServers':
      for (const entry of value as readonly string[]) {
        if (hostPort(entry, false) === null) {
          return `Failed to parse host name from ${entry} for the configuration ${name}. Each entry should be in the form "{host}:{port}"`
        }
      }
      return null
  }
}

export function invalid(name: string, text: string, why: string): string {
  return `Invalid value ${text} for configuration ${name}: ${why}`
}

/** `host:port` or `[v6]:port`; null when it is neither. */
export function hostPort(text: string, emptyHost: boolean): { host: string; port: number } | null {
  const m = /^(?:\[([0-9a-zA-Z:%.]*)\]|([0-9a-zA-Z\-%._]*)):([0-9]+)$/.exec(text)
  if (m === null) return null
  const host = m[1] ?? m[2] ?? ''
  const port = Number(m[3])
  if ((host === '' && !emptyHost) || port > 65535) return null
  return { host, port }
}

/** ISO-8601 days and time (PnDTnHnMn.nS, Java's Duration) in ms; null when malformed or negative. */
export function isoDurationMs(text: string): number | null {
  const m = /^([-+]?)P(?:([-+]?\d+)D)?(T(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?\d+)(?:[.,](\d{0,9}))?S)?)?$/i.exec(
    text,
  )
  if (m === null || m[3]?.length === 1 || (m[2] === undefined && m[3] === undefined)) return null
  const part = (at: number, ms: number) => (m[at] === undefined ? 0 : Number(m[at]) * ms)
  const fraction = m[7] === undefined || m[7] === '' ? 0 : Number(`0.${m[7]}`) * 1000 * (m[6]?.startsWith('-') ? -1 : 1)
  const total = part(2, 86_400_000) + part(4, 3_600_000) + part(5, 60_000) + part(6, 1000) + fraction
  const signed = m[1] === '-' ? -total : total
  return signed < 0 ? null : signed
}
