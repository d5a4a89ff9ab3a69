import { api, array, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * The group coordinator starts the state of share partitions (KIP-932).
 */
export const InitializeShareGroupState = api({
  key: 83,
  name: 'InitializeShareGroupState',
  versions: [0, 0],
  flexible: 0,
  listeners: ['broker'],
  clusterAction: true,
  request: {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        startOffset: int64(),
      }),
    }),
  },
  response: {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0, absent: null }),
      }),
    }),
  },
})
