/** Values of a type for tests: full ones, in which every field is there. */
import type { Type } from './schema/types.ts'

/** `choose` picks one of several values that a field can have. */
export const fullValue = (
  type: Type,
  choose: (values: readonly unknown[]) => unknown = (values) => values[0],
): unknown => {
  if (type.values !== undefined) return choose(type.values)
  if (type.alternatives !== undefined) return fullValue(choose(type.alternatives) as Type, choose)
  switch (type.shape) {
    case 'string':
      return textFor(type.facets?.pattern)
    case 'integer':
      return type.facets?.minimum ?? 7
    case 'number':
      return type.facets?.minimum ?? 0.5
    case 'boolean':
      return choose([true, false])
    case 'quantity':
      return choose(['500m', 1])
    case 'open':
    case 'any':
      return { 'some.key': 'some value' }
    case 'list':
      return [fullValue(type.item!, choose)]
    case 'map':
      return { key: fullValue(type.item!, choose) }
    case 'object':
      return fullObject(type, choose)
  }
}

const fullObject = (type: Type, choose: (values: readonly unknown[]) => unknown): unknown => {
  const alternatives = type.oneOf ?? []
  const chosen = alternatives.length > 1 ? (choose(alternatives) as readonly string[]) : null
  const left = new Set(chosen === null ? [] : alternatives.flat().filter((name) => !chosen.includes(name)))
  return Object.fromEntries(
    Object.entries(type.fields!)
      .filter(([name]) => !left.has(name))
      .map(([name, field]) => [name, fullValue(field, choose)]),
  )
}

/** A text for each pattern that the declarations have. */
const textFor = (pattern: string | undefined): string => {
  if (pattern === undefined) return 'text'
  const found = ['plain', '1', '5Mi', '1g', '10KiB/s', 'https://example.com/a.jar', 'a-name'].find((text) =>
    new RegExp(pattern).test(text),
  )
  if (found === undefined) throw new Error(`no sample for ${pattern}`)
  return found
}
