import { int16At, Reader } from '../../bytes/index.ts'
import {
  type AnyCodec,
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from '../../protocol/index.ts'
import { controlType, controlTypeOf, markerCoordinatorEpoch, type RecordCursor } from '../../records/index.ts'
import { jsonOf } from '../json-of.ts'

const messages: ReadonlyMap<number, readonly [said: string, codec: AnyCodec]> = new Map<number, [string, AnyCodec]>([
  [controlType.leaderChange, ['LeaderChange:', LeaderChangeMessage]],
  [controlType.snapshotHeader, ['SnapshotHeader', SnapshotHeaderRecord]],
  [controlType.snapshotFooter, ['SnapshotFooter', SnapshotFooterRecord]],
  [controlType.kraftVersion, ['KRaftVersion', KRaftVersionRecord]],
  [controlType.kraftVoters, ['KRaftVoters', VotersRecord]],
])

/** What a control record says, with a blank in front. */
export function controlText({ key, value }: RecordCursor): string {
  const type = key === null ? -1 : controlTypeOf(key)
  if (value !== null && (type === controlType.abort || type === controlType.commit)) {
    const outcome = type === controlType.commit ? 'COMMIT' : 'ABORT'
    return ` endTxnMarker: ${outcome} coordinatorEpoch: ${markerCoordinatorEpoch(value)}`
  }
  const known = messages.get(type)
  if (known === undefined || value === null || value.length < 2) return ` controlType: UNKNOWN(${type})`
  const [said, codec] = known
  // the version is the message's own first field
  const version = Math.max(codec.minVersion, Math.min(int16At(value, 0), codec.maxVersion))
  return ` ${said} ${JSON.stringify(jsonOf(codec, codec.decode(new Reader(value), version), version))}`
}
