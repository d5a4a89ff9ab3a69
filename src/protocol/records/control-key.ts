import { codec, int16 } from '../schema/index.ts'

/** The key of a control record; its version is always 0. */
export const ControlRecordKey = codec({
  name: 'ControlRecordKey',
  versions: [0, 0],
  flexible: null,
  fields: {
    version: int16(),
    type: int16({ absent: -1 }),
  },
})

/** Values of the type in a control record's key. */
export const controlRecordType = {
  ABORT: 0,
  COMMIT: 1,
  LEADER_CHANGE: 2,
  SNAPSHOT_HEADER: 3,
  SNAPSHOT_FOOTER: 4,
  KRAFT_VERSION: 5,
  KRAFT_VOTERS: 6,
} as const
