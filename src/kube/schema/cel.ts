/**
 * `x-kubernetes-validations`: rules in CEL. The library is imported only when a schema has rules; what Kubernetes adds to
 * CEL beyond the standard (list, regex, url, quantity functions) is not there, and such a rule makes its definition invalid.
 */
import type { FieldError } from '../kind.ts'
import { duplicate, forbidden, invalid, required } from './errors.ts'
import { fieldPath, indexPath, isRecord, type Node, type Rule, typeName } from './node.ts'

/** Compiles rules. */
export interface Cel {
  /** Throws an error whose message says what does not parse. */
  compile(expression: string): (variables: Readonly<Record<string, unknown>>) => unknown
}

export async function loadCel(): Promise<Cel> {
  const { Environment } = await import('@marcbachmann/cel-js')
  const environment = new Environment({ unlistedVariablesAreDyn: false, homogeneousAggregateLiterals: false })
  environment.registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn')
  return {
    compile: (expression) => {
      const program = environment.parse(expression)
      const checked = program.check()
      if (!checked.valid) throw checked.error ?? new TypeError('invalid expression')
      return (variables) => program(variables as Record<string, unknown>)
    },
  }
}

/** Whether a schema needs {@link loadCel}. */
export function hasRules(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(hasRules)
  if (!isRecord(schema)) return false
  const rules = schema['x-kubernetes-validations']
  return (Array.isArray(rules) && rules.length > 0) || Object.values(schema).some(hasRules)
}

interface Program {
  readonly rule: Rule
  readonly usesOldSelf: boolean
  run(variables: Readonly<Record<string, unknown>>): unknown
  message(variables: Readonly<Record<string, unknown>>): string
}

/** The rules of a tree, compiled by the node at which they stand. */
export class Rules {
  readonly errors: readonly FieldError[]
  readonly #programs = new Map<Node, readonly Program[]>()
  /** Nodes with rules in or below them: the others need no visit. */
  readonly #withRules = new Set<Node>()

  /** `path` is where the schema stands in its definition. */
  constructor(root: Node, cel: Cel | null, path: string) {
    const errors: FieldError[] = []
    this.#collect(root, cel, path, errors)
    this.errors = errors
  }

  get isEmpty(): boolean {
    return this.#withRules.size === 0
  }

  #collect(node: Node, cel: Cel | null, path: string, errors: FieldError[]): boolean {
    let found = false
    if (node.rules !== undefined) {
      found = true
      this.#programs.set(node, this.#compileAll(node.rules, cel, path, errors))
    }
    for (const [name, child] of node.fields ?? []) {
      if (this.#collect(child, cel, `${path}.properties[${name}]`, errors)) found = true
    }
    if (node.values !== undefined && this.#collect(node.values, cel, `${path}.additionalProperties`, errors))
      found = true
    if (node.items !== undefined && this.#collect(node.items, cel, `${path}.items`, errors)) found = true
    if (found) this.#withRules.add(node)
    return found
  }

  #compileAll(rules: readonly Rule[], cel: Cel | null, path: string, errors: FieldError[]): Program[] {
    return rules.flatMap((rule, index) => {
      const at = `${path}.x-kubernetes-validations[${index}]`
      if (cel === null) {
        errors.push({ type: 'Internal', field: at, detail: 'rules need the CEL library, which was not loaded' })
        return []
      }
      try {
        return [programOf(rule, cel)]
      } catch (failure) {
        const why = (failure as { message: string }).message
        errors.push(invalid(`${at}.rule`, rule.rule, `compilation failed: ${why}`))
        return []
      }
    })
  }

  /** What the rules say against a valid value; `old` is what stood there before, undefined for a new object. */
  check(value: unknown, old: unknown, root: Node): FieldError[] {
    const errors: FieldError[] = []
    if (!this.isEmpty) this.#walk(value, old, root, '', errors)
    return errors
  }

  #walk(value: unknown, old: unknown, node: Node, path: string, errors: FieldError[]): void {
    if (value === null || value === undefined || !this.#withRules.has(node)) return
    for (const program of this.#programs.get(node) ?? []) {
      const error = runRule(program, value, old, path)
      if (error !== null) errors.push(error)
    }
    if (Array.isArray(value) && node.items !== undefined) {
      for (const [index, element] of value.entries()) {
        this.#walk(element, elementLike(element, old, node), node.items, indexPath(path, index), errors)
      }
    } else if (isRecord(value)) {
      const before = isRecord(old) ? old : {}
      for (const [key, child] of Object.entries(value)) {
        const known = node.fields?.get(key) ?? node.values
        const at = node.fields?.has(key) === true ? fieldPath(path, key) : `${path}[${key}]`
        if (known !== undefined) this.#walk(child, before[key], known, at, errors)
      }
    }
  }
}

/** Elements of a list correspond only where keys say which is which. */
function elementLike(element: unknown, old: unknown, node: Node): unknown {
  const keys = node.merge?.list === 'map' ? (node.merge.keys ?? []) : []
  if (keys.length === 0 || !Array.isArray(old) || !isRecord(element)) return undefined
  return old.find((one) => isRecord(one) && keys.every((key) => one[key] === element[key]))
}

function programOf(rule: Rule, cel: Cel): Program {
  const run = cel.compile(rule.rule)
  const message = rule.messageExpression === undefined ? null : cel.compile(rule.messageExpression)
  const fixed = rule.message ?? `failed rule: ${rule.rule.trim()}`
  return {
    rule,
    usesOldSelf: /\boldSelf\b/.test(rule.rule),
    run,
    message: (variables) => {
      if (message === null) return fixed.trim()
      try {
        const text = message(variables)
        return typeof text === 'string' && text.trim() !== '' ? text : fixed
      } catch {
        // As in Kubernetes: a message that cannot be computed gives way to the fixed one.
        return fixed
      }
    },
  }
}

function runRule(program: Program, value: unknown, old: unknown, path: string): FieldError | null {
  if (program.usesOldSelf && old === undefined) return null
  const variables = { self: celValue(value), ...(old === undefined ? {} : { oldSelf: celValue(old) }) }
  const shown = typeof value === 'object' ? undefined : value
  try {
    if (program.run(variables) === true) return null
  } catch (failure) {
    const why = (failure as { message: string }).message.split('\n')[0]!
    return invalid(path, typeName(value), `${why} evaluating rule: ${program.rule.message ?? program.rule.rule}`)
  }
  const at = program.rule.fieldPath === undefined ? path : `${path}${program.rule.fieldPath}`
  const detail = program.message(variables)
  switch (program.rule.reason) {
    case 'FieldValueForbidden':
      return forbidden(at, detail)
    case 'FieldValueRequired':
      return required(at, detail)
    case 'FieldValueDuplicate':
      return duplicate(at, shown)
    default:
      return invalid(at, shown, detail)
  }
}

/** CEL's integers are 64 bits wide, which the library holds as bigints. */
function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(celValue)
  if (!isRecord(value)) return value
  const copy: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(value)) if (child !== undefined) copy[key] = celValue(child)
  return copy
}
