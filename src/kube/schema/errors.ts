/** What is wrong with objects, in the words of the API server. */
import type { FieldError, JsonObject } from '../kind.ts'

const words = {
  Required: ['FieldValueRequired', 'Required value'],
  Invalid: ['FieldValueInvalid', 'Invalid value'],
  NotSupported: ['FieldValueNotSupported', 'Unsupported value'],
  Duplicate: ['FieldValueDuplicate', 'Duplicate value'],
  Forbidden: ['FieldValueForbidden', 'Forbidden'],
  TooLong: ['FieldValueTooLong', 'Too long'],
  TooMany: ['FieldValueTooMany', 'Too many'],
  NotFound: ['FieldValueNotFound', 'Not found'],
  TypeInvalid: ['FieldValueTypeInvalid', 'Invalid value'],
  Internal: ['InternalError', 'Internal error'],
} as const

/** As Go's `%q` writes it. */
export const quote = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** `Invalid value: "x": must be …`, without the field. */
export function errorBody(error: FieldError): string {
  let text: string = words[error.type][1]
  const saysValue = !['Required', 'Forbidden', 'TooLong', 'Internal'].includes(error.type)
  if (saysValue && error.value !== undefined) {
    text += `: ${typeof error.value === 'string' ? quote(error.value) : goJson(error.value)}`
  }
  const detail = error.type === 'NotSupported' ? supportedText(error) : error.detail
  return detail === '' ? text : `${text}: ${detail}`
}

const supportedText = (error: FieldError): string =>
  error.supported === undefined || error.supported.length === 0
    ? error.detail
    : `supported values: ${error.supported.map(quote).join(', ')}`

/** As Go's encoder writes it: keys in order, `<`, `>` and `&` escaped. */
export const goJson = (value: unknown): string =>
  JSON.stringify(sorted(value)).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const from = value as Record<string, unknown>
  return Object.fromEntries(
    Object.keys(from)
      .sort()
      .map((key) => [key, sorted(from[key])]),
  )
}

export const errorText = (error: FieldError): string => `${error.field}: ${errorBody(error)}`

/** Several as one text: `a` or `[a, b]`; the same text once. */
export function joined(texts: readonly string[]): string {
  const once = [...new Set(texts)]
  return once.length === 1 ? once[0]! : `[${once.join(', ')}]`
}

/** The `metav1.Status` with code 422 for an object that is refused. `group` is empty for core. */
export function invalidStatus(group: string, kind: string, name: string, errors: readonly FieldError[]): JsonObject {
  const qualified = group === '' ? kind : `${kind}.${group}`
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${qualified} ${quote(name)} is invalid: ${joined(errors.map(errorText))}`,
    reason: 'Invalid',
    details: {
      ...(name === '' ? {} : { name }),
      ...(group === '' ? {} : { group }),
      kind,
      causes: errors.map((error) => ({
        reason: words[error.type][0],
        message: errorBody(error),
        field: error.field,
      })),
    },
    code: 422,
  }
}

export const required = (field: string, detail = ''): FieldError => ({ type: 'Required', field, detail })
export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'Invalid',
  field,
  value,
  detail,
})
export const forbidden = (field: string, detail: string): FieldError => ({ type: 'Forbidden', field, detail })
export const duplicate = (field: string, value: unknown): FieldError => ({
  type: 'Duplicate',
  field,
  value,
  detail: '',
})
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  type: 'NotSupported',
  field,
  value,
  detail: '',
  supported,
})
export const tooLong = (field: string, max: number): FieldError => ({
  type: 'TooLong',
  field,
  detail: `may not be more than ${max} ${max === 1 ? 'byte' : 'bytes'}`,
})
export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  type: 'TooMany',
  field,
  value: actual,
  detail: `must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
})
