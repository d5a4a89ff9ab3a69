import { type GroupRecord, groupRecords } from '../../protocol/index.ts'
import type { RecordCodec } from '../../runtime/index.ts'

type ValueOf<T extends GroupRecord['type']> = NonNullable<Extract<GroupRecord, { type: T }>['value']>

export type OffsetCommitValue = ValueOf<'OffsetCommit'>
export type OffsetCommitKey = Extract<GroupRecord, { type: 'OffsetCommit' }>['key']
export type GroupMetadataValue = ValueOf<'GroupMetadata'>

/** Version of a record's value, as Apache 4.3 writes it. */
function valueVersion(record: GroupRecord): number {
  switch (record.type) {
    case 'OffsetCommit':
      // Version 1 alone keeps an expiry time that a client asked for (OffsetCommit request before v5).
      return record.value !== null && record.value.expireTimestamp !== -1 ? 1 : 4
    case 'GroupMetadata':
      return 3
    default:
      return 0
  }
}

/** Records of `__consumer_offsets`. */
export const groupCodec: RecordCodec<GroupRecord> = {
  encode: (record) => groupRecords.encode(record, valueVersion(record)),
  decode: ({ key, value }) => (key === null ? null : groupRecords.decode(key, value)),
}

export type { GroupRecord }
