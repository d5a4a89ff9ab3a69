/** An old version as what differs from a newer one. */
import type { Type } from './types.ts'

/** A change at a place: `kafka.listeners[].authentication`. */
export interface Edit {
  readonly path: string
  readonly change: (type: Type | undefined) => Type
}

/** A field that the newer version has not, or has otherwise. */
export const field = (path: string, type: Type): Edit => ({ path, change: () => type })

const there = (path: string, change: (type: Type) => Type): Edit => ({
  path,
  change: (type) => {
    if (type === undefined) throw new Error(`no field ${path}`)
    return change(type)
  },
})

export const notRequired = (path: string): Edit => there(path, (type) => ({ ...type, presence: 'optional' }))
export const moreValues = (path: string, ...values: readonly string[]): Edit =>
  there(path, (type) => ({ ...type, values: [...(type.values ?? []), ...values] }))
/** Fields that the old version had and nobody acts upon are kept without being named. */
export const moreFields = (path: string): Edit => there(path, (type) => ({ ...type, andMore: true }))

const edited = (type: Type | undefined, keys: readonly string[], edit: Edit): Type => {
  const [key, ...rest] = keys
  if (key === undefined) return edit.change(type)
  if (type === undefined) throw new Error(`no field on the way to ${edit.path}`)
  if (key === '[]') return { ...type, item: edited(type.item, rest, edit) }
  return { ...type, fields: { ...type.fields, [key]: edited(type.fields?.[key], rest, edit) } }
}

export const older = (type: Type, edits: readonly Edit[]): Type =>
  edits.reduce((before, edit) => edited(before, edit.path.replaceAll('[]', '.[]').split('.'), edit), type)
