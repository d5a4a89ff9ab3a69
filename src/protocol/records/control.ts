/** Values of control records: what a log says to its readers beside its data. */
import { array, codec, int16, int32, int64, string, struct, uint16, uuid } from '../schema/index.ts'

const voter = {
  voterId: int32(),
  voterDirectoryId: uuid({ since: 1 }),
}

export const EndTxnMarker = codec({
  name: 'EndTxnMarker',
  versions: [0, 0],
  flexible: null,
  fields: {
    coordinatorEpoch: int32(),
  },
})

export const LeaderChangeMessage = codec({
  name: 'LeaderChangeMessage',
  versions: [0, 1],
  flexible: 0,
  fields: {
    version: int16(),
    leaderId: int32(),
    voters: array(voter),
    grantingVoters: array(voter),
  },
})

export const SnapshotHeaderRecord = codec({
  name: 'SnapshotHeaderRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    version: int16(),
    lastContainedLogTimestamp: int64(),
  },
})

export const SnapshotFooterRecord = codec({
  name: 'SnapshotFooterRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    version: int16(),
  },
})

export const KRaftVersionRecord = codec({
  name: 'KRaftVersionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    version: int16(),
    kRaftVersion: int16(),
  },
})

export const VotersRecord = codec({
  name: 'VotersRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    version: int16(),
    voters: array({
      voterId: int32(),
      voterDirectoryId: uuid(),
      endpoints: array({
        name: string(),
        host: string(),
        port: uint16(),
      }),
      kRaftVersionFeature: struct({
        minSupportedVersion: int16(),
        maxSupportedVersion: int16(),
      }),
    }),
  },
})
