import { api, array, arrayOf, bool, int16, int32, int64, string } from '../schema/index.ts'

/**
 * Sizes of the partitions in each log directory.
 * Versions: 2 flexible · 3 top-level error · 4 bytes of the volume · 5 cordoned directories.
 */
export const DescribeLogDirs = api({
  key: 35,
  name: 'DescribeLogDirs',
  versions: [1, 5],
  flexible: 2,
  listeners: ['broker'],
  request: {
    /** Null = all. */
    topics: array(
      {
        topic: string(),
        partitions: arrayOf(int32()),
      },
      { nullable: 1 },
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ since: 3, ignorable: true }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          /** Bytes of all segments. */
          partitionSize: int64(),
          /** Behind the high watermark, or behind the current replica when this is a future one. */
          offsetLag: int64(),
          isFutureKey: bool(),
        }),
      }),
      /** Of the volume; -1 = unknown. */
      totalBytes: int64({ since: 4, absent: -1, ignorable: true }),
      usableBytes: int64({ since: 4, absent: -1, ignorable: true }),
      isCordoned: bool({ since: 5, ignorable: true }),
    }),
  },
})
