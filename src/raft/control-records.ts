import { type Crc32c, Reader, type Slice, Writer } from '../bytes/index.ts'
import {
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from '../protocol/index.ts'
import { buildControlBatch, controlType, controlTypeOf, RecordCursor } from '../records/index.ts'
import type { ControlRecord, ControlRecordAt } from './messages.ts'

/** One control batch; base offset and leader epoch are stamped by the log, or given for a snapshot. */
export function encodeControlBatch(
  records: readonly ControlRecord[],
  wallMs: number,
  at: { readonly baseOffset: number; readonly leaderEpoch: number },
  crc32c: Crc32c,
): Uint8Array {
  return buildControlBatch(records.map(encode), wallMs, at, crc32c)
}

function encode(record: ControlRecord): { type: number; value: Uint8Array } {
  const w = new Writer(64)
  const ids = (list: readonly number[]) => list.map((voterId) => ({ voterId }))
  switch (record.type) {
    case 'leaderChange':
      LeaderChangeMessage.encode(
        w,
        { leaderId: record.leaderId, voters: ids(record.voters), grantingVoters: ids(record.grantingVoters) },
        0,
      )
      return { type: controlType.leaderChange, value: w.toBytes() }
    case 'kraftVersion':
      KRaftVersionRecord.encode(w, { kRaftVersion: record.level }, 0)
      return { type: controlType.kraftVersion, value: w.toBytes() }
    case 'voters':
      VotersRecord.encode(
        w,
        {
          voters: record.voters.map((v) => ({
            voterId: v.key.id,
            voterDirectoryId: v.key.directoryId ?? undefined,
            endpoints: v.endpoints,
            kRaftVersionFeature: {
              minSupportedVersion: v.kraftVersions.min,
              maxSupportedVersion: v.kraftVersions.max,
            },
          })),
        },
        0,
      )
      return { type: controlType.kraftVoters, value: w.toBytes() }
    case 'snapshotHeader':
      SnapshotHeaderRecord.encode(w, { lastContainedLogTimestamp: record.lastContainedLogTimestamp }, 0)
      return { type: controlType.snapshotHeader, value: w.toBytes() }
    case 'snapshotFooter':
      SnapshotFooterRecord.encode(w, {}, 0)
      return { type: controlType.snapshotFooter, value: w.toBytes() }
  }
}

/** The records of a control batch that this version understands, with their offsets. Throws MalformedError. */
export function decodeControlBatch(batch: Slice): ControlRecordAt[] {
  const records: ControlRecordAt[] = []
  const cursor = new RecordCursor(batch)
  while (cursor.next()) {
    if (cursor.keyLength < 0 || cursor.valueLength < 0) continue
    const type = controlTypeOf(cursor.bytes, cursor.keyFrom, cursor.keyLength)
    const record = decode(type, new Reader(cursor.bytes, cursor.valueFrom, cursor.valueFrom + cursor.valueLength))
    if (record !== null) records.push({ offset: cursor.offset, record })
  }
  return records
}

function decode(type: number, r: Reader): ControlRecord | null {
  switch (type) {
    case controlType.leaderChange: {
      const m = LeaderChangeMessage.decode(r, versionOf(r))
      return {
        type: 'leaderChange',
        leaderId: m.leaderId,
        voters: m.voters.map((v) => v.voterId),
        grantingVoters: m.grantingVoters.map((v) => v.voterId),
      }
    }
    case controlType.kraftVersion:
      return { type: 'kraftVersion', level: KRaftVersionRecord.decode(r, 0).kRaftVersion }
    case controlType.kraftVoters:
      return {
        type: 'voters',
        voters: VotersRecord.decode(r, 0).voters.map((v) => ({
          key: { id: v.voterId, directoryId: v.voterDirectoryId },
          endpoints: v.endpoints,
          kraftVersions: {
            min: v.kRaftVersionFeature.minSupportedVersion,
            max: v.kRaftVersionFeature.maxSupportedVersion,
          },
        })),
      }
    case controlType.snapshotHeader:
      return {
        type: 'snapshotHeader',
        lastContainedLogTimestamp: SnapshotHeaderRecord.decode(r, 0).lastContainedLogTimestamp,
      }
    case controlType.snapshotFooter:
      return { type: 'snapshotFooter' }
    default:
      return null
  }
}

/** Each value begins with its own version, which is also its first field. */
function versionOf(r: Reader): number {
  const version = r.int16()
  r.at -= 2
  return Math.min(version, LeaderChangeMessage.maxVersion)
}
