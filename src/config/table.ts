import type { Check } from './checks.ts'

/** Kafka's ConfigDef types, lower case. */
export type ConfigType = 'boolean' | 'string' | 'int' | 'short' | 'long' | 'double' | 'list' | 'class' | 'password'
export type Importance = 'high' | 'medium' | 'low'
/** Where a broker key can be changed while the broker runs. */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide'

/**
 * One configuration key, said once: parsing, DescribeConfigs, AlterConfigs and the documentation pages derive from it.
 * The fallback is the text of the default: null = unset, undefined = required. Internal keys are accepted, not shown.
 */
export type BrokerRow = readonly [
  name: string,
  type: ConfigType,
  fallback: string | null | undefined,
  check: Check | null,
  importance: Importance,
  update: UpdateMode,
  doc: string,
  internal?: 'internal',
]

/** A row of the other scopes, all of which can be changed at any time. */
export type Row = readonly [
  name: string,
  type: ConfigType,
  fallback: string | null,
  check: Check | null,
  doc: string,
  internal?: 'internal',
]

/** Rows by the name that the typed snapshot gives them: the key's name in camel case. */
export type BrokerTable = Readonly<Record<string, BrokerRow>>
export type Table = Readonly<Record<string, Row>>

/** What parsing and checking a value needs of a row, whatever its scope. */
export interface ConfigKey {
  readonly name: string
  /** The name in the typed snapshot. */
  readonly property: string
  readonly type: ConfigType
  readonly fallback: string | null | undefined
  readonly check: Check | null
  readonly importance: Importance
  readonly update: UpdateMode
  readonly doc: string
  readonly isInternal: boolean
  /** Never shown, never logged. */
  readonly isSensitive: boolean
}

export function brokerKey(property: string, row: BrokerRow): ConfigKey {
  const [name, type, fallback, check, importance, update, doc, internal] = row
  return {
    name,
    property,
    type,
    fallback,
    check,
    importance,
    update,
    doc,
    isInternal: internal !== undefined,
    isSensitive: type === 'password',
  }
}

export function dynamicKey(property: string, row: Row): ConfigKey {
  const [name, type, fallback, check, doc, internal] = row
  return {
    name,
    property,
    type,
    fallback,
    check,
    importance: 'medium',
    update: 'cluster-wide',
    doc,
    isInternal: internal !== undefined,
    isSensitive: type === 'password',
  }
}

type Plain<T extends ConfigType> = T extends 'boolean'
  ? boolean
  : T extends 'int' | 'short' | 'long' | 'double'
    ? number
    : T extends 'list'
      ? readonly string[]
      : string

type Nullable<T, Fallback> = Fallback extends null ? T | null : T

/** The typed snapshot of a table; null where the default is unset. */
export type Values<
  T extends Readonly<Record<string, readonly [string, ConfigType, string | null | undefined, ...unknown[]]>>,
> = {
  readonly [P in keyof T]: Nullable<Plain<T[P][1]>, T[P][2]>
}

/** The keys of a table by name. */
export function keysOf<R>(
  table: Readonly<Record<string, R>>,
  keyOf: (property: string, row: R) => ConfigKey,
): [string, ConfigKey][] {
  return Object.keys(table).map((property) => {
    const key = keyOf(property, table[property]!)
    return [key.name, key]
  })
}
