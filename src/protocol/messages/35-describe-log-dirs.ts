import { api, array, arrayOf, bool, int16, int32, int64, string } from '../schema/index.ts'

export const DescribeLogDirs = api({
  key: 35,
  name: 'DescribeLogDirs',
  versions: [1, 5],
  flexible: 2,
  listeners: ['broker'],
  request: {
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
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: bool(),
        }),
      }),
      totalBytes: int64({ since: 4, absent: -1, ignorable: true }),
      usableBytes: int64({ since: 4, absent: -1, ignorable: true }),
      isCordoned: bool({ since: 5, ignorable: true }),
    }),
  },
})
