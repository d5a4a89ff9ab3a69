/** Values against nodes, as the API server checks custom resources: its texts (kube-openapi's), one error for each cause. */
import type { FieldError } from '../kind.ts'
import { duplicate, goJson, invalid, notSupported, required, tooLong, tooMany } from './errors.ts'
import { matchesFormat } from './formats.ts'
import { fieldPath, indexPath, isRecord, type Limits, type Node, sameJson, typeName } from './node.ts'

/** Errors of a value and all that is in it. `path` is empty for the object itself. */
export function validate(value: unknown, node: Node, path: string): FieldError[] {
  const errors: FieldError[] = []
  walk(value, node, path, errors)
  return errors
}

function walk(value: unknown, node: Node, path: string, errors: FieldError[]): void {
  const mismatch = typeMismatch(value, node)
  if (mismatch !== null) errors.push(typeInvalid(path, mismatch, value))
  if (value === null || value === undefined) return
  if (node.limits !== undefined) checkLimits(value, node.limits, path, errors)
  if (node.format !== undefined && typeof value === 'string' && !matchesFormat(node.format, value)) {
    errors.push(invalid(path, value, `${path} in body must be of type ${node.format}: ${goJson(value)}`))
  }
  if (Array.isArray(value)) walkList(value, node, path, errors)
  else if (isRecord(value)) walkObject(value, node, path, errors)
}

function walkList(value: readonly unknown[], node: Node, path: string, errors: FieldError[]): void {
  if (node.items === undefined) return
  for (const [index, element] of value.entries()) walk(element, node.items, indexPath(path, index), errors)
  if (node.merge?.list === 'set') {
    for (const index of repeated(value, (a) => a)) errors.push(duplicate(indexPath(path, index), value[index]))
  } else if (node.merge?.list === 'map') {
    const keys = node.merge.keys ?? []
    const keyOf = (element: unknown): unknown =>
      isRecord(element) ? Object.fromEntries(keys.map((key) => [key, element[key] ?? null])) : null
    for (const index of repeated(value, keyOf)) errors.push(duplicate(indexPath(path, index), keyOf(value[index])))
  }
}

function repeated(list: readonly unknown[], keyOf: (element: unknown) => unknown): number[] {
  const seen = new Map<string, number>()
  const twice: number[] = []
  for (const [index, element] of list.entries()) {
    const key = goJson(keyOf(element))
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    if (times === 2) twice.push(index)
  }
  return twice
}

function walkObject(value: Readonly<Record<string, unknown>>, node: Node, path: string, errors: FieldError[]): void {
  for (const name of node.required ?? []) {
    if (value[name] === undefined) errors.push(required(fieldPath(path, name)))
  }
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue
    const known = node.fields?.get(key) ?? node.values
    if (known !== undefined) walk(child, known, fieldPath(path, key), errors)
  }
}

/** What the value should be; null when it is. */
function typeMismatch(value: unknown, node: Node): string | null {
  const wanted = node.intOrString === true ? 'integer,string' : node.type
  if (wanted === undefined) return null
  const actual = typeName(value)
  if (actual === 'null') return node.nullable === true ? null : wanted
  if (node.intOrString === true) return actual === 'integer' || actual === 'string' ? null : wanted
  return actual === wanted || (wanted === 'number' && actual === 'integer') ? null : wanted
}

function typeInvalid(path: string, wanted: string, value: unknown): FieldError {
  const actual = typeName(value)
  const where = path === '' ? '' : ' in body'
  return {
    type: 'TypeInvalid',
    field: path,
    value: actual,
    detail: `${path}${where} must be of type ${wanted}: "${actual}"`,
  }
}

function checkLimits(value: unknown, limits: Limits, path: string, errors: FieldError[]): void {
  const fail = (text: string, shown: unknown = value): void =>
    void errors.push(invalid(path, shown, `${path} in body ${text}`))
  combine(value, limits, path, errors)
  if (typeof value === 'string') {
    const length = [...value].length
    if (limits.maxLength !== undefined && length > limits.maxLength) errors.push(tooLong(path, limits.maxLength))
    if (limits.minLength !== undefined && length < limits.minLength) {
      fail(`should be at least ${limits.minLength} chars long`)
    }
    if (limits.matches?.(value) === false) {
      fail(`should match '${limits.pattern}'`)
    }
  } else if (typeof value === 'number') {
    checkNumber(value, limits, fail)
  } else if (Array.isArray(value)) {
    if (limits.minItems !== undefined && value.length < limits.minItems) {
      fail(`should have at least ${limits.minItems} items`, value.length)
    }
    if (limits.maxItems !== undefined && value.length > limits.maxItems) {
      errors.push(tooMany(path, value.length, limits.maxItems))
    }
    if (limits.uniqueItems === true && repeated(value, (a) => a).length > 0) fail("shouldn't contain duplicates", '')
  }
  if (limits.enum !== undefined && !limits.enum.some((allowed) => sameJson(allowed, value))) {
    errors.push(
      notSupported(
        path,
        value,
        limits.enum.map((one) => (typeof one === 'string' ? one : goJson(one))),
      ),
    )
  }
  if (isRecord(value)) {
    const size = Object.keys(value).length
    if (limits.minProperties !== undefined && size < limits.minProperties) {
      fail(`should have at least ${limits.minProperties} properties`, size)
    }
    if (limits.maxProperties !== undefined && size > limits.maxProperties) {
      errors.push(tooMany(path, size, limits.maxProperties))
    }
  }
}

function checkNumber(value: number, limits: Limits, fail: (text: string) => void): void {
  const { minimum, maximum, multipleOf } = limits
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) fail(`should be a multiple of ${multipleOf}`)
  if (maximum !== undefined) {
    if (limits.exclusiveMaximum === true && value >= maximum) fail(`should be less than ${maximum}`)
    else if (value > maximum) fail(`should be less than or equal to ${maximum}`)
  }
  if (minimum !== undefined) {
    if (limits.exclusiveMinimum === true && value <= minimum) fail(`should be greater than ${minimum}`)
    else if (value < minimum) fail(`should be greater than or equal to ${minimum}`)
  }
}

/** allOf, anyOf, oneOf, not. The API server names no field for these, but says which in the text. */
function combine(value: unknown, limits: Limits, path: string, errors: FieldError[]): void {
  const fail = (text: string): void => void errors.push(invalid('<nil>', '', `"${path}" must ${text}`))
  const tried = (nodes: readonly Node[]): FieldError[][] => nodes.map((node) => validate(value, node, path))
  if (limits.anyOf !== undefined) {
    const outcomes = tried(limits.anyOf)
    if (!outcomes.some((one) => one.length === 0)) {
      fail('validate at least one schema (anyOf)')
      errors.push(...outcomes[0]!)
    }
  }
  if (limits.oneOf !== undefined) {
    const outcomes = tried(limits.oneOf)
    const valid = outcomes.filter((one) => one.length === 0).length
    if (valid !== 1) {
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
      fail(`validate one and only one schema (oneOf). ${found}`)
      if (valid === 0) errors.push(...outcomes[0]!)
    }
  }
  if (limits.allOf !== undefined) {
    const outcomes = tried(limits.allOf)
    const valid = outcomes.filter((one) => one.length === 0).length
    errors.push(...outcomes.flat())
    if (valid !== outcomes.length) fail(`validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`)
  }
  if (limits.not !== undefined && validate(value, limits.not, path).length === 0) fail('not validate the schema (not)')
}
