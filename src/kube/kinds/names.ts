/** What names, labels and numbers must look like, in the words of apimachinery's validation. */
import type { FieldError } from '../kind.ts'
import { invalid } from '../schema/errors.ts'

/** `TEXT (e.g. 'a',  or 'b', regex used for validation is '…')`: commas as upstream writes them. */
function withRegex(text: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((one) => `'${one}', `).join(' or ')
  return `${text} (${shown === '' ? '' : `e.g. ${shown}`}regex used for validation is '${pattern}')`
}

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const envName = '[-._a-zA-Z][-._a-zA-Z0-9]*'
const configKey = '[-._a-zA-Z0-9]+'
const labelValue = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`)

const tests = {
  label: whole(label),
  subdomain: whole(subdomain),
  label1035: whole(label1035),
  envName: whole(envName),
  configKey: whole(configKey),
  labelValue: whole(labelValue),
  qualified: whole(qualified),
} as const

const tooLongText = (max: number): string => `must be no more than ${max} characters`

/** `my-name`, up to 63 characters. */
export function dnsLabelErrors(value: string): string[] {
  const errors: string[] = []
  if (value.length > 63) errors.push(tooLongText(63))
  if (!tests.label.test(value)) {
    const text =
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
    errors.push(withRegex(text, label, 'my-name', '123-abc'))
  }
  return errors
}

/** `example.com`, up to 253 characters. */
export function dnsSubdomainErrors(value: string): string[] {
  const errors: string[] = []
  if (value.length > 253) errors.push(tooLongText(253))
  if (!tests.subdomain.test(value)) {
    const text =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
    errors.push(withRegex(text, subdomain, 'example.com'))
  }
  return errors
}

/** Names of Services: like labels, but they start with a letter. */
export function dns1035Errors(value: string): string[] {
  const errors: string[] = []
  if (value.length > 63) errors.push(tooLongText(63))
  if (!tests.label1035.test(value)) {
    const text =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
    errors.push(withRegex(text, label1035, 'my-name', 'abc-123'))
  }
  return errors
}

/** Names of roles and bindings: what a path segment may hold. */
export function pathSegmentErrors(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter((illegal) => value.includes(illegal)).map((illegal) => `may not contain '${illegal}'`)
}

export function configKeyErrors(value: string): string[] {
  const errors: string[] = []
  if (value.length > 253) errors.push(tooLongText(253))
  if (!tests.configKey.test(value)) {
    const text = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    errors.push(withRegex(text, configKey, 'key.name', 'KEY_NAME', 'key-name'))
  }
  if (value === '.' || value.startsWith('..'))
    errors.push(value === '.' || value === '..' ? `must not be '${value}'` : "must not start with '..'")
  return errors
}

export function envNameErrors(value: string): string[] {
  const isPrintable = /^[ -<>-~]+$/.test(value)
  return isPrintable
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

/** `http`, up to 15 characters with at least one letter. */
export function portNameErrors(value: string): string[] {
  const errors: string[] = []
  if (value.length > 15) errors.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]+$/.test(value)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)')
  if (value.includes('--')) errors.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen')
  return errors
}

export const portErrors = (value: unknown): string[] =>
  typeof value === 'number' && value >= 1 && value <= 65_535 ? [] : ['must be between 1 and 65535, inclusive']

export function labelValueErrors(value: string): string[] {
  const errors: string[] = []
  if (value.length > 63) errors.push(tooLongText(63))
  if (!tests.labelValue.test(value)) {
    const text =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
    errors.push(withRegex(text, labelValue, 'MyValue', 'my_value', '12345'))
  }
  return errors
}

/** Keys of labels and annotations, finalizers' second half: `[prefix/]name`. */
export function qualifiedNameErrors(value: string): string[] {
  const parts = value.split('/')
  const name = parts.at(-1)!
  const errors: string[] = []
  if (parts.length === 2) {
    if (parts[0] === '') errors.push('prefix part must be non-empty')
    else errors.push(...dnsSubdomainErrors(parts[0]!).map((text) => `prefix part ${text}`))
  } else if (parts.length > 2) {
    const text =
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
    return [
      `${withRegex(text, qualified, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  if (name === '') errors.push('name part must be non-empty')
  else if (name.length > 63) errors.push('name part must be no more than 63 characters')
  if (!tests.qualified.test(name)) {
    const text =
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
    errors.push(withRegex(text, qualified, 'MyName', 'my.name', '123-abc'))
  }
  return errors
}

/** Each text as an error of a field. */
export const each = (field: string, value: unknown, texts: readonly string[]): FieldError[] =>
  texts.map((text) => invalid(field, value, text))

export const nonnegative = (field: string, value: unknown): FieldError[] =>
  typeof value === 'number' && value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : []
