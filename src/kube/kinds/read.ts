/** Reading objects whose shape the schema has checked already: what is not there reads as empty. */
import { isRecord } from '../schema/node.ts'

export type Fields = Readonly<Record<string, unknown>>
/** One that is ours to write into. */
export type Bag = Record<string, unknown>

const nothing: Fields = Object.freeze({})

export const recordOf = (value: unknown): Fields => (isRecord(value) ? value : nothing)
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const textOf = (value: unknown): string => (value === undefined || value === null ? '' : String(value))
export const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** The objects of a list, to be written into. */
export const bagsOf = (value: unknown): Bag[] =>
  Array.isArray(value) ? value.filter(isRecord).map((one) => one as Bag) : []
/** The object at a key, made when it is not there. */
export function bagAt(bag: Bag, key: string): Bag {
  if (!isRecord(bag[key])) bag[key] = {}
  return bag[key] as Bag
}
/** The object at a key, when there is one. */
export const bagIf = (bag: Bag | undefined, key: string): Bag | undefined =>
  bag !== undefined && isRecord(bag[key]) ? (bag[key] as Bag) : undefined

/** Sets what is absent or empty. */
export function setDefault(bag: Bag, key: string, value: unknown): void {
  const now = bag[key]
  if (now === undefined || now === null || now === '') bag[key] = value
}
