/** What is wrong with a resource as somebody wrote it: where, why, and what is allowed there. */
import { nearestName } from '../bytes/index.ts'
import { isTree, type Tree } from './convert/tree.ts'
import { kinds } from './kinds/table.ts'
import type { KindDeclaration } from './schema/kind.ts'
import type { Type } from './schema/types.ts'

export interface Finding {
  /** A warning is no mistake, but hardly meant. */
  readonly level: 'error' | 'warning'
  /** Keys and indexes from the object down. */
  readonly path: readonly (string | number)[]
  readonly message: string
  /** What may stand there; absent when it cannot be listed. */
  readonly allowed?: readonly string[]
}

type At = Finding['path']

/** `spec.kafka.listeners[0].name`; '' is the object. */
export const pathText = (path: At): string =>
  path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${keyText(key)}`)).join('')

const keyText = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key))

const error = (path: At, message: string, allowed?: readonly string[]): Finding => ({
  level: 'error',
  path,
  message,
  ...(allowed === undefined ? {} : { allowed }),
})

const meant = (word: string, words: readonly string[]): string => {
  const near = nearestName(word, words)
  return near === null ? '' : `; did you mean ${near}?`
}

const wanted: Readonly<Record<Type['shape'], string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'fields',
  open: 'fields',
  map: 'names with values',
  list: 'a list',
  quantity: 'a quantity such as 500m, 2Gi or 1',
  any: 'anything',
}

const quantityPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/

const fits = (type: Type, value: unknown): boolean => {
  switch (type.shape) {
    case 'string':
      return typeof value === 'string'
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return typeof value === 'number'
    case 'boolean':
      return typeof value === 'boolean'
    case 'quantity':
      return Number.isInteger(value) || (typeof value === 'string' && quantityPattern.test(value))
    case 'list':
      return Array.isArray(value)
    case 'any':
      return true
    default:
      return isTree(value)
  }
}

const described = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list'
  if (isTree(value)) return 'fields'
  const text = JSON.stringify(value) ?? 'nothing'
  const shown = text.length > 60 ? `${text.slice(0, 57)}…` : text
  return typeof value === 'string' ? `the text ${shown}` : shown
}

const checkValue = (type: Type, value: unknown, path: At, found: Finding[]): void => {
  if (value === null && (type.shape !== 'any' || type.alternatives !== undefined)) {
    const instead = type.shape === 'object' || type.shape === 'open' ? '; write {} for one without fields' : ''
    found.push(error(path, `is empty, and wants ${wanted[type.shape]}${instead}`))
    return
  }
  if (type.alternatives !== undefined) {
    const fitting = type.alternatives.find((alternative) => fits(alternative, value))
    const shapes = type.alternatives.map((alternative) => wanted[alternative.shape])
    if (fitting === undefined) found.push(error(path, `wants ${shapes.join(' or ')}, is ${described(value)}`))
    else checkValue(fitting, value, path, found)
    return
  }
  if (!fits(type, value)) {
    found.push(error(path, `wants ${wanted[type.shape]}, is ${described(value)}`))
    return
  }
  if (type.values !== undefined && !type.values.includes(value as string)) {
    const names = type.values.map(String)
    found.push(error(path, `${described(value)} is none of the values${meant(String(value), names)}`, names))
    return
  }
  checkFacets(type, value, path, found)
  if (type.shape === 'object') checkObject(type, value as Tree, path, found)
  else if (type.shape === 'list') {
    for (const [index, item] of (value as readonly unknown[]).entries())
      checkValue(type.item!, item, [...path, index], found)
  } else if (type.shape === 'map')
    for (const [key, item] of Object.entries(value as Tree)) checkValue(type.item!, item, [...path, key], found)
}

const checkFacets = (type: Type, value: unknown, path: At, found: Finding[]): void => {
  const { minimum, maximum, minItems, pattern } = type.facets ?? {}
  if (typeof value === 'number') {
    if (minimum !== undefined && value < minimum)
      found.push(error(path, `is ${value}, and must be at least ${minimum}`))
    if (maximum !== undefined && value > maximum) found.push(error(path, `is ${value}, and must be at most ${maximum}`))
  }
  if (minItems !== undefined && (value as readonly unknown[]).length < minItems)
    found.push(error(path, `wants at least ${minItems === 1 ? 'one entry' : `${minItems} entries`}`))
  if (pattern !== undefined && typeof value === 'string' && !new RegExp(pattern).test(value))
    found.push(error(path, `${described(value)} must match ${pattern}`))
}

const checkObject = (type: Type, value: Tree, path: At, found: Finding[]): void => {
  const fields = type.fields!
  const names = Object.keys(fields)
  for (const [name, field] of Object.entries(value)) {
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (known !== undefined) checkValue(known, field, [...path, name], found)
    else if (!type.andMore) found.push(error([...path, name], `there is no such field${meant(name, names)}`, names))
  }
  for (const name of names)
    if (fields[name]!.presence === 'required' && value[name] === undefined)
      found.push(error(path, `${name} is missing${ofValues(fields[name]!)}`))
  const alternatives = type.oneOf ?? []
  if (alternatives.length < 2) return
  const there = alternatives.filter((alternative) => alternative.every((name) => value[name] !== undefined))
  const all = alternatives.map((alternative) => alternative.join(' with '))
  if (there.length !== 1) found.push(error(path, `wants exactly one of ${all.join(', ')}`, all))
}

const ofValues = (type: Type): string =>
  type.values === undefined ? '' : `: one of ${type.values.map(String).join(', ')}`

const apiVersionsOf = (declared: KindDeclaration): readonly string[] =>
  declared.versions.map((version) => `${declared.group}/${version.name}`)

/** null: not one of Strimzi's kinds, or in a version that there is not, which `found` says. */
const typesOf = (object: Tree, found: Finding[]): { declared: KindDeclaration; spec: Type } | null => {
  const kind = String(object['kind'])
  const apiVersion = String(object['apiVersion'])
  const declared = kinds.find((other) => other.kind === kind)
  if (declared === undefined) {
    if (apiVersion.split('/')[0]!.endsWith('strimzi.io')) {
      const names = kinds.map((other) => other.kind)
      found.push(error(['kind'], `there is no kind ${kind} in ${apiVersion}${meant(kind, names)}`, names))
    }
    return null
  }
  const version = declared.versions.find((other) => `${declared.group}/${other.name}` === apiVersion)
  if (version === undefined) {
    const versions = apiVersionsOf(declared)
    found.push(error(['apiVersion'], `${kind} is not served as ${apiVersion}${meant(apiVersion, versions)}`, versions))
    return null
  }
  return { declared, spec: version.spec }
}

const namePattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

const checkMetadata = (metadata: unknown, found: Finding[]): void => {
  if (!isTree(metadata)) {
    found.push(error(metadata === undefined ? [] : ['metadata'], 'metadata is missing; it wants at least a name'))
    return
  }
  const { name, generateName } = metadata
  if (name === undefined && generateName === undefined) found.push(error(['metadata'], 'name is missing'))
  else if (name !== undefined && (typeof name !== 'string' || !namePattern.test(name) || name.length > 253))
    found.push(
      error(
        ['metadata', 'name'],
        `${described(name)} is no name: lower-case letters, digits, dashes and dots, 253 at most, letters or digits at the ends`,
      ),
    )
  for (const field of ['labels', 'annotations']) {
    const entries = metadata[field]
    if (entries === undefined || entries === null) continue
    if (!isTree(entries)) found.push(error(['metadata', field], `wants names with values, is ${described(entries)}`))
    else
      for (const [key, value] of Object.entries(entries))
        if (typeof value !== 'string')
          found.push(error(['metadata', field, key], `wants text, is ${described(value)}; put it in quotes`))
  }
}

const belongsToCluster: readonly string[] = [
  'KafkaNodePool',
  'KafkaTopic',
  'KafkaUser',
  'KafkaConnector',
  'KafkaRebalance',
]

const checkCluster = (object: Tree, found: Finding[]): void => {
  const labels = isTree(object['metadata']) ? object['metadata']['labels'] : undefined
  if (isTree(labels) && labels['strimzi.io/cluster'] !== undefined) return
  found.push({
    level: 'warning',
    path: ['metadata'],
    message: `the label strimzi.io/cluster is missing, so no operator looks at this ${object['kind']}`,
  })
}

/** Everything that can be said without asking a server. Kinds that are not Strimzi's are looked at from outside only. */
export const checkResource = (object: unknown): readonly Finding[] => {
  if (!isTree(object)) return [error([], `wants a resource, is ${described(object)}`)]
  const found: Finding[] = []
  for (const field of ['apiVersion', 'kind'])
    if (typeof object[field] !== 'string')
      found.push(
        object[field] === undefined
          ? error([], `${field} is missing`)
          : error([field], `wants text, is ${described(object[field])}`),
      )
  checkMetadata(object['metadata'], found)
  const types = found.some((finding) => finding.path.length <= 1 && finding.path[0] !== 'metadata')
    ? null
    : typesOf(object, found)
  if (types === null) return found
  for (const name of Object.keys(object))
    if (!topFields.includes(name))
      found.push(error([name], `there is no such field${meant(name, topFields)}`, topFields))
  if (object['spec'] === undefined) found.push(error([], 'spec is missing'))
  else checkValue(types.spec, object['spec'], ['spec'], found)
  if (belongsToCluster.includes(types.declared.kind)) checkCluster(object, found)
  return found
}

const topFields: readonly string[] = ['apiVersion', 'kind', 'metadata', 'spec', 'status']
