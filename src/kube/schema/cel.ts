/**
 * `x-kubernetes-validations`: rules in CEL. The library is imported only when a schema has rules; what Kubernetes adds to
 * CEL beyond the standard (list, regex, url, quantity functions) is not there, and such a rule makes its definition invalid.
 */
import type { FieldError } from '../kind.ts'
import { duplicate, forbidden, invalid, required } from './errors.ts'
import { fieldPath, indexPath, isRecord, type Node, type Rule, typeName } from './node.ts'

type Evaluate = (variables: Readonly<Record<string, unknown>>, budget: Budget) => unknown

/** Compiles rules. */
export interface Cel {
  /** Throws an error whose message says what does not parse. Evaluation throws when it has spent its budget. */
  compile(expression: string): Evaluate
}

/** How many more elements the comprehensions (`all`, `map`, …) in the rules about one object may visit together. */
export interface Budget {
  left: number
}

/** About a second, or two lists of a thousand elements compared with each other. */
const visitsMax = 1_000_000

export async function loadCel(): Promise<Cel> {
  const { Environment } = await import('@marcbachmann/cel-js')
  const environment = new Environment({ unlistedVariablesAreDyn: false, homogeneousAggregateLiterals: false })
  environment.registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn')
  return {
    compile: (expression) => {
      const program = environment.parse(expression)
      const checked = program.check()
      if (!checked.valid) throw checked.error ?? new TypeError('invalid expression')
      let current: Budget = { left: 0 }
      bound(program.ast, new Set(), () => {
        if (current.left <= 0) throw new RangeError('the rule visits too many elements')
        current.left--
      })
      return (variables, budget) => {
        current = budget
        return program(variables as Record<string, unknown>)
      }
    },
  }
}

/**
 * Has `spend` called for every element that a comprehension in `found`, a part of the syntax tree of a checked rule,
 * visits. The library has no limit of its own; it asks each comprehension's condition whether to go on, and what that
 * throws ends the evaluation, at the latest with the next element of the outermost list.
 */
function bound(found: unknown, seen: Set<unknown>, spend: () => void): void {
  if (Array.isArray(found)) {
    for (const one of found) bound(one, seen, spend)
    return
  }
  if (typeof found !== 'object' || found === null || seen.has(found)) return
  // A macro's arguments are parts of what stands in its place, too.
  seen.add(found)
  const { op, args, meta } = found as Partial<SyntaxNode>
  if (op === undefined) return
  bound(args, seen, spend)
  // What stands in place of a macro is a tree of its own; `cel.bind` keeps its two parts.
  bound(meta?.alternate, seen, spend)
  bound(meta?.macro?.val, seen, spend)
  bound(meta?.macro?.exp, seen, spend)
  if (op !== 'comprehension') return
  const loop = args as Loop
  const { condition } = loop
  loop.condition = (sum) => {
    spend()
    return condition?.(sum) ?? true
  }
  bound([loop.iterable, loop.init, loop.step], seen, spend)
}

/** What this room uses of the library's syntax trees. */
interface SyntaxNode {
  readonly op: string
  readonly args: unknown
  readonly meta: { readonly alternate?: unknown; readonly macro?: { readonly val?: unknown; readonly exp?: unknown } }
}
interface Loop {
  readonly iterable: unknown
  readonly init: unknown
  readonly step: unknown
  condition?: (sum: unknown) => boolean
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
  readonly run: Evaluate
  message(variables: Readonly<Record<string, unknown>>, budget: Budget): string
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
    if (!this.isEmpty) this.#walk(value, old, root, '', { left: visitsMax }, errors)
    return errors
  }

  #walk(value: unknown, old: unknown, node: Node, path: string, budget: Budget, errors: FieldError[]): void {
    if (value === null || value === undefined || !this.#withRules.has(node)) return
    for (const program of this.#programs.get(node) ?? []) {
      if (budget.left <= 0) return
      const error = runRule(program, value, old, path, budget)
      if (error !== null) errors.push(error)
    }
    if (Array.isArray(value) && node.items !== undefined) {
      for (const [index, element] of value.entries()) {
        this.#walk(element, elementLike(element, old, node), node.items, indexPath(path, index), budget, errors)
      }
    } else if (isRecord(value)) {
      const before = isRecord(old) ? old : {}
      for (const [key, child] of Object.entries(value)) {
        const known = node.fields?.get(key) ?? node.values
        const at = node.fields?.has(key) === true ? fieldPath(path, key) : `${path}[${key}]`
        if (known !== undefined) this.#walk(child, before[key], known, at, budget, errors)
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
    message: (variables, budget) => {
      if (message === null) return fixed.trim()
      try {
        const text = message(variables, budget)
        return typeof text === 'string' && text.trim() !== '' ? text : fixed
      } catch {
        // As in Kubernetes: a message that cannot be computed gives way to the fixed one.
        return fixed
      }
    },
  }
}

function runRule(program: Program, value: unknown, old: unknown, path: string, budget: Budget): FieldError | null {
  if (program.usesOldSelf && old === undefined) return null
  const variables = { self: celValue(value), ...(old === undefined ? {} : { oldSelf: celValue(old) }) }
  const shown = typeof value === 'object' ? undefined : value
  try {
    const isTrue = program.run(variables, budget) === true
    // An element whose verdict is not known is passed over by the library when another decides.
    if (budget.left > 0 && isTrue) return null
  } catch (failure) {
    if (budget.left <= 0) return tooCostly(path, value)
    const why = (failure as { message: string }).message.split('\n')[0]!
    return invalid(path, typeName(value), `${why} evaluating rule: ${program.rule.message ?? program.rule.rule}`)
  }
  if (budget.left <= 0) return tooCostly(path, value)
  const at = program.rule.fieldPath === undefined ? path : `${path}${program.rule.fieldPath}`
  const detail = program.message(variables, budget)
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

function tooCostly(path: string, value: unknown): FieldError {
  const detail = 'validation failed due to running out of cost budget, no further validation rules will be run'
  return invalid(path, typeName(value), detail)
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
