import { api, array, arrayOf, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * Start offsets of a share group (KIP-932).
 * Versions: 1 lag (KIP-1226).
 */
export const DescribeShareGroupOffsets = api({
  key: 90,
  name: 'DescribeShareGroupOffsets',
  versions: [0, 1],
  flexible: 0,
  listeners: ['broker'],
  request: {
    groups: array({
      groupId: string(),
      topics: array(
        {
          topicName: string(),
          partitions: arrayOf(int32()),
        },
        { nullable: 0 },
      ),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    groups: array({
      groupId: string(),
      topics: array({
        topicName: string(),
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          startOffset: int64(),
          leaderEpoch: int32(),
          lag: int64({ since: 1, absent: -1, ignorable: true }),
          errorCode: int16(),
          errorMessage: string({ nullable: 0, absent: null }),
        }),
      }),
      errorCode: int16(),
      errorMessage: string({ nullable: 0, absent: null }),
    }),
  },
})
