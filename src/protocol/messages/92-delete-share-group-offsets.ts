import { api, array, int16, int32, string, uuid } from '../schema/index.ts'

/**
 * Deletes the offsets of topics from an empty share group (KIP-932).
 */
export const DeleteShareGroupOffsets = api({
  key: 92,
  name: 'DeleteShareGroupOffsets',
  versions: [0, 0],
  flexible: 0,
  listeners: ['broker'],
  request: {
    groupId: string(),
    topics: array({
      topicName: string(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, absent: null }),
    responses: array({
      topicName: string(),
      topicId: uuid(),
      errorCode: int16(),
      errorMessage: string({ nullable: 0, absent: null }),
    }),
  },
})
