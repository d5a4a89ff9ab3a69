import { api, array, arrayOf, bool, int16, int32, string, struct, uuid } from '../schema/index.ts'

const topicPartitions = {
  topicId: uuid(),
  topicName: string(),
  partitions: arrayOf(int32()),
}

const assignment = {
  topicPartitions: array(topicPartitions),
}

/**
 * Describes share groups (KIP-932).
 */
export const ShareGroupDescribe = api({
  key: 77,
  name: 'ShareGroupDescribe',
  versions: [1, 1],
  flexible: 0,
  listeners: ['broker'],
  request: {
    groupIds: arrayOf(string()),
    includeAuthorizedOperations: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 1, absent: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        rackId: string({ nullable: 1, absent: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: arrayOf(string()),
        assignment: struct(assignment),
      }),
      authorizedOperations: int32({ absent: -2147483648 }),
    }),
  },
})
