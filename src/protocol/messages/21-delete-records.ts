import { api, array, int16, int32, int64, string } from '../schema/index.ts'

/**
 * Moves the log start offset of partitions forward.
 * Versions: 2 flexible.
 */
export const DeleteRecords = api({
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexible: 2,
  listeners: ['broker'],
  request: {
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        /** The new log start offset; -1 = the high watermark. */
        offset: int64(),
      }),
    }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        lowWatermark: int64(),
        errorCode: int16(),
      }),
    }),
  },
})
