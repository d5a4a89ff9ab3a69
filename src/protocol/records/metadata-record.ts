import { MalformedError, Reader, type ReaderOptions, Writer } from '../../bytes/index.ts'
import { type Codec, codec, type Fields, type In, type Out } from '../schema/index.ts'

/** A kind of record in `__cluster_metadata`, with the number that stands for it there. */
export interface MetadataRecordCodec<T, I> extends Codec<T, I> {
  readonly type: number
}

interface MetadataRecordOptions<F extends Fields> {
  readonly type: number
  readonly name: string
  readonly versions: readonly [min: number, max: number]
  readonly fields: F
}

/** All metadata records are flexible from version 0; what an older version lacks is dropped when it is written. */
export function metadataRecord<F extends Fields>(o: MetadataRecordOptions<F>): MetadataRecordCodec<Out<F>, In<F>> {
  const { name, versions, fields } = o
  return { ...codec({ name, versions, flexible: 0, fields }), type: o.type }
}

/** Of the envelope around every metadata record: frame version, type, version, each an unsigned varint. */
const FRAME_VERSION = 1

// biome-ignore lint/suspicious/noExplicitAny: "whatever the record"
type AnyMetadataRecord = MetadataRecordCodec<any, any>
type Table = Readonly<Record<string, AnyMetadataRecord>>
type OutOf<C> = C extends MetadataRecordCodec<infer T, infer _I> ? T : never
type InOf<C> = C extends MetadataRecordCodec<infer _T, infer I> ? I : never

/** A decoded record: `switch (record.type)` narrows its value. */
export type MetadataRecordOf<T extends Table> = {
  [K in keyof T]: { readonly type: K; readonly version: number; readonly value: OutOf<T[K]> }
}[keyof T]

/** A record to encode: fields left out take their default. */
export type MetadataRecordInOf<T extends Table> = {
  [K in keyof T]: { readonly type: K; readonly value: InOf<T[K]> }
}[keyof T]

export interface MetadataRecordTable<T extends Table> {
  readonly codecs: T
  /** The bytes of a record's value in the log; its key is null. */
  encode(record: MetadataRecordInOf<T>, version: number): Uint8Array
  /** Null for a type that is not in the table. Throws MalformedError, also for a version from the future. */
  decode(bytes: Uint8Array, options?: ReaderOptions): MetadataRecordOf<T> | null
}

export function metadataRecordTable<T extends Table>(codecs: T): MetadataRecordTable<T> {
  const byType: ReadonlyMap<number, AnyMetadataRecord> = new Map(Object.values(codecs).map((c) => [c.type, c]))
  return {
    codecs,
    encode(record, version) {
      const codec = codecs[record.type]!
      const w = new Writer(64)
      w.uvarint(FRAME_VERSION)
      w.uvarint(codec.type)
      w.uvarint(version)
      codec.encode(w, record.value, version)
      return w.toBytes()
    },
    decode(bytes, options) {
      const r = new Reader(bytes, 0, bytes.length, options)
      const frame = r.uvarint()
      if (frame !== FRAME_VERSION) throw new MalformedError(`metadata record of frame version ${frame}`, 0)
      const type = r.uvarint()
      const version = r.uvarint()
      const codec = byType.get(type)
      if (codec === undefined) return null
      if (version > codec.maxVersion) throw new MalformedError(`${codec.name} of version ${version}`, 0)
      return { type: codec.name, version, value: codec.decode(r, version) } as MetadataRecordOf<T>
    },
  }
}
