import { isMalformed, UuidTable } from '../bytes/index.ts'
import { metadataRecords } from '../protocol/index.ts'
import { METADATA_VERSION, metadataLevel } from './features.ts'
import type { MetadataRecord, MetadataRecordIn, MetadataRecordType, MetadataRecordValues } from './record.ts'
import { recordVersion } from './record-version.ts'

/** A metadata record that this version cannot read: to go on without it would be to serve another cluster's truth. */
export class UnknownMetadataRecordError extends Error {
  override readonly name = 'UnknownMetadataRecordError'
  readonly code = 'UNKNOWN_METADATA_RECORD'
}

/** `given` with every field that it leaves out at its default: what a reader of its newest version would see. */
export function completeRecord(given: MetadataRecordIn): MetadataRecord {
  const { absent } = metadataRecords.codecs[given.type]
  return { type: given.type, value: { ...absent, ...given.value } } as MetadataRecord
}

/** The same for one type, typed by it. */
export function metadataRecord<K extends MetadataRecordType>(
  type: K,
  value: Partial<MetadataRecordValues[K]>,
): MetadataRecord & { readonly type: K } {
  return completeRecord({ type, value } as MetadataRecordIn) as MetadataRecord & { readonly type: K }
}

/** The value of the record in the log (its key is null), in the version that `metadataVersion` asks for. */
export function encodeMetadataRecord(record: MetadataRecord, metadataVersion: number): Uint8Array {
  return metadataRecords.encode(record, recordVersion(record, metadataVersion))
}

/** Reads record values. Keeps a table of the uuids it met, so that 10,000 partitions share their strings. */
export class MetadataDecoder {
  readonly #uuids = new UuidTable()

  /** Throws {@link UnknownMetadataRecordError}, also for a known type in a version that is too new. */
  decode(value: Uint8Array | null): MetadataRecord {
    if (value === null) throw new UnknownMetadataRecordError('a metadata record without a value')
    let record: MetadataRecord | null
    try {
      record = metadataRecords.decode(value, { uuids: this.#uuids })
    } catch (thrown) {
      if (!isMalformed(thrown)) throw thrown
      throw new UnknownMetadataRecordError(`metadata record that this version cannot read: ${thrown.message}`)
    }
    if (record === null) {
      throw new UnknownMetadataRecordError(`metadata record of type ${value[1]}, which this version does not know`)
    }
    return record
  }
}

/** The level in force, of an image or anything with finalized features; the minimum while none is written. */
export function metadataVersionIn(image: { readonly features: ReadonlyMap<string, number> }): number {
  return image.features.get(METADATA_VERSION) ?? metadataLevel.minimum
}
