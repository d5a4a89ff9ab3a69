/** Resources with one mistake each, for tests. */
import { isTree } from './convert/tree.ts'
import type { Type } from './schema/types.ts'

export interface Mistake {
  readonly what: string
  /** Keys and indexes from the spec down. */
  readonly path: readonly (string | number)[]
  readonly spec: unknown
}

type At = readonly (string | number)[]

const replaced = (value: unknown, path: At, change: (old: unknown) => unknown): unknown => {
  const [key, ...rest] = path
  if (key === undefined) return change(value)
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? replaced(item, rest, change) : item))
  const tree = value as Record<string, unknown>
  return { ...tree, [key]: replaced(tree[key], rest, change) }
}

const lacking = (tree: unknown, name: string): unknown =>
  Object.fromEntries(Object.entries(tree as object).filter(([key]) => key !== name))

/** What is no value of the type. */
const misfit = (type: Type): unknown =>
  type.shape === 'list'
    ? { not: 'a list' }
    : type.shape === 'string' || type.shape === 'quantity'
      ? ['a list']
      : 'some text'

/** Every mistake of these kinds that a full spec has room for. */
export const mistakesOf = (type: Type, full: unknown): readonly Mistake[] => {
  const found: Mistake[] = []
  const add = (what: string, path: At, change: (old: unknown) => unknown) =>
    found.push({ what, path, spec: replaced(full, path, change) })
  const walk = (here: Type, value: unknown, path: At): void => {
    if (here.shape === 'any') return
    add('a value of another type', path, () => misfit(here))
    if (here.values !== undefined) add('a value that is none', path, () => 'nonsense')
    const { minimum, maximum, minItems, pattern } = here.facets ?? {}
    if (minimum !== undefined) add('too little', path, () => minimum - 1)
    if (maximum !== undefined) add('too much', path, () => maximum + 1)
    if (minItems !== undefined) add('too few', path, () => [])
    if (pattern !== undefined) add('text that does not match', path, () => '!')
    if (here.shape === 'quantity') add('no quantity', path, () => '5 apples')
    if (here.shape === 'list' && Array.isArray(value)) walk(here.item!, value[0], [...path, 0])
    if (here.shape === 'map' && isTree(value)) walk(here.item!, value['key'], [...path, 'key'])
    if (here.shape !== 'object' || !isTree(value)) return
    if (!here.andMore) add('a field that is none', path, (old) => ({ ...(old as object), nonsense: 1 }))
    for (const [name, field] of Object.entries(here.fields!)) {
      if (value[name] === undefined) continue
      if (field.presence === 'required') add('a field that is missing', path, (old) => lacking(old, name))
      walk(field, value[name], [...path, name])
    }
  }
  walk(type, full, [])
  return found
}
