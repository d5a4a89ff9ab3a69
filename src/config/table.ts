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

/** What parsing and checking a value needs of a row, whatever its scope. */
export interface ConfigKey {
  readonly name: string
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

export function brokerKey(row: BrokerRow): ConfigKey {
  const [name, type, fallback, check, importance, update, doc, internal] = row
  return {
    name,
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

export function dynamicKey(row: Row): ConfigKey {
  const [name, type, fallback, check, doc, internal] = row
  return {
    name,
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

/** `log.retention.ms` to `logRetentionMs`, `SCRAM-SHA-256` and `producer_byte_rate` likewise. */
export type Camel<S extends string> = S extends `${infer A}.${infer B}`
  ? `${A}${Capitalize<Camel<B>>}`
  : S extends `${infer A}_${infer B}`
    ? `${A}${Capitalize<Camel<B>>}`
    : S

export function camel(name: string): string {
  return name.replace(/[._](.)/g, (_, c: string) => c.toUpperCase())
}

type Plain<T extends ConfigType> = T extends 'boolean'
  ? boolean
  : T extends 'int' | 'short' | 'long' | 'double'
    ? number
    : T extends 'list'
      ? readonly string[]
      : string

type Nullable<T, Fallback> = Fallback extends null ? T | null : T

/** The typed snapshot of a table: one camel-cased property a key; null where the default is unset. */
export type Values<Rows extends readonly (readonly [string, ConfigType, string | null | undefined, ...unknown[]])[]> = {
  readonly [R in Rows[number] as Camel<R[0]>]: Nullable<Plain<R[1]>, R[2]>
}
