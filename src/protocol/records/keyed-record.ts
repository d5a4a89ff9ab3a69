import { MalformedError, Reader, type ReaderOptions, Writer } from '../../bytes/index.ts'
import { type Codec, codec, type Fields, type In, type Out } from '../schema/index.ts'

/** A kind of record in a coordinator's log: the number in front of its key, its key, and its value by version. */
export interface KeyedRecord<K, KIn, V, VIn> {
  readonly type: number
  readonly name: string
  readonly key: Codec<K, KIn>
  readonly value: Codec<V, VIn>
}

interface KeyedRecordOptions<K extends Fields, V extends Fields> {
  readonly type: number
  readonly name: string
  readonly key: K
  readonly valueVersions: readonly [min: number, max: number]
  readonly flexible: number | null
  readonly value: V
}

/** A key has one version for ever: compaction compares its bytes. */
export function keyedRecord<K extends Fields, V extends Fields>(
  o: KeyedRecordOptions<K, V>,
): KeyedRecord<Out<K>, In<K>, Out<V>, In<V>> {
  const { name, flexible } = o
  return {
    type: o.type,
    name,
    key: codec({ name: `${name}Key`, versions: [0, 0], flexible: null, fields: o.key }),
    value: codec({ name: `${name}Value`, versions: o.valueVersions, flexible, fields: o.value }),
  }
}

// biome-ignore lint/suspicious/noExplicitAny: "whatever the record"
type AnyKeyedRecord = KeyedRecord<any, any, any, any>
type Table = Readonly<Record<string, AnyKeyedRecord>>

/** A decoded record: `switch (record.type)` narrows key and value. A null value deletes the key. */
export type KeyedRecordOf<T extends Table> = {
  [N in keyof T]: T[N] extends KeyedRecord<infer K, infer _KIn, infer V, infer _VIn>
    ? { readonly type: N; readonly key: K; readonly value: V | null }
    : never
}[keyof T]

/** A record to encode: fields left out take their default. */
export type KeyedRecordInOf<T extends Table> = {
  [N in keyof T]: T[N] extends KeyedRecord<infer _K, infer KIn, infer _V, infer VIn>
    ? { readonly type: N; readonly key: KIn; readonly value: VIn | null }
    : never
}[keyof T]

export interface KeyedRecordTable<T extends Table> {
  readonly records: T
  /** `valueVersion` defaults to the newest. */
  encode(record: KeyedRecordInOf<T>, valueVersion?: number): { key: Uint8Array; value: Uint8Array | null }
  /** Null for a type that is not in the table. Throws MalformedError, also for a version from the future. */
  decode(key: Uint8Array, value: Uint8Array | null, options?: ReaderOptions): KeyedRecordOf<T> | null
}

export function keyedRecordTable<T extends Table>(records: T): KeyedRecordTable<T> {
  const byType: ReadonlyMap<number, AnyKeyedRecord> = new Map(Object.values(records).map((r) => [r.type, r]))
  return {
    records,
    encode(record, valueVersion) {
      const { type, key, value } = records[record.type]!
      return {
        key: prefixed(type, key, record.key, 0),
        value: record.value === null ? null : versionPrefixed(value, record.value, valueVersion ?? value.maxVersion),
      }
    },
    decode(key, value, options) {
      const r = new Reader(key, 0, key.length, options)
      const record = byType.get(r.int16())
      if (record === undefined) return null
      return {
        type: record.name,
        key: record.key.decode(r, 0),
        value: value === null ? null : readVersionPrefixed(record.value, value, 'refuse', options).value,
      } as KeyedRecordOf<T>
    },
  }
}

function prefixed<I>(prefix: number, codec: Codec<unknown, I>, value: I, version: number): Uint8Array {
  const w = new Writer(64)
  w.int16(prefix)
  codec.encode(w, value, version)
  return w.toBytes()
}

/** A message with its version in front, as an int16. */
export function versionPrefixed<I>(codec: Codec<unknown, I>, value: I, version = codec.maxVersion): Uint8Array {
  return prefixed(version, codec, value, version)
}

/**
 * Reads what {@link versionPrefixed} wrote. A version newer than ours is refused, or read as our newest where the
 * format promises that fields are only ever appended.
 */
export function readVersionPrefixed<T>(
  codec: Codec<T, never>,
  bytes: Uint8Array,
  newer: 'refuse' | 'read-as-newest' = 'refuse',
  options?: ReaderOptions,
): { readonly version: number; readonly value: T } {
  const r = new Reader(bytes, 0, bytes.length, options)
  const version = r.int16()
  if (version < codec.minVersion || (version > codec.maxVersion && newer === 'refuse')) {
    throw new MalformedError(`${codec.name} of version ${version}`, 0)
  }
  return { version, value: codec.decode(r, Math.min(version, codec.maxVersion)) }
}
