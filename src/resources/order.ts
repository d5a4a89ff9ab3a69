/** Fields in the order in which they are declared, which is the order in which people read them. */
import { isTree } from './convert/tree.ts'
import type { Type } from './schema/types.ts'

export const inOrder = (type: Type, value: unknown): unknown => {
  if (Array.isArray(value)) return type.item === undefined ? value : value.map((item) => inOrder(type.item!, item))
  if (!isTree(value)) return value
  if (type.fields === undefined)
    return type.item === undefined
      ? value
      : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inOrder(type.item!, item)]))
  const { fields } = type
  const known = Object.keys(fields).filter((name) => value[name] !== undefined)
  const others = Object.keys(value).filter((name) => !Object.hasOwn(fields, name))
  return Object.fromEntries([
    ...known.map((name) => [name, inOrder(fields[name]!, value[name])]),
    ...others.map((name) => [name, value[name]]),
  ])
}
