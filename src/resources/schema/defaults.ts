/** Defaults filled in, as the operators read a resource. Stored objects stay as their owner wrote them. */
import type { Defaulted, Type, Value } from './types.ts'

type Fillable = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fillable =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const fill = (type: Type, value: unknown): unknown => {
  if (type.shape === 'list' && Array.isArray(value)) return value.map((item) => fill(type.item!, item))
  if (!isObject(value)) return value
  if (type.shape === 'map')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(type.item!, item)]))
  if (type.shape !== 'object') return value
  const filled: Record<string, unknown> = { ...value }
  for (const [name, field] of Object.entries(type.fields!)) {
    const own = value[name]
    if (own !== undefined && own !== null) filled[name] = fill(field, own)
    else if (field.presence === 'default') filled[name] = field.byDefault
  }
  return filled
}

/** A copy with the defaults of every object that is there; objects that are absent stay absent. */
export const withDefaults = <T extends Type>(type: T, value: Value<T>): Defaulted<T> =>
  fill(type, value) as Defaulted<T>
