import { api, array, arrayOf, bool, int8, int16, int32, string, struct, uuid } from '../schema/index.ts'

const topicPartitions = {
  topicId: uuid(),
  topicName: string(),
  partitions: arrayOf(int32()),
}

const assignment = {
  topicPartitions: array(topicPartitions),
}

/**
 * Describes consumer groups (KIP-848).
 * Versions: 1 member type (KIP-1099).
 */
export const ConsumerGroupDescribe = api({
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: [0, 1],
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
      errorMessage: string({ nullable: 0, absent: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        instanceId: string({ nullable: 0, absent: null }),
        rackId: string({ nullable: 0, absent: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: arrayOf(string()),
        subscribedTopicRegex: string({ nullable: 0, absent: null }),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        memberType: int8({ since: 1, absent: -1, ignorable: true }),
      }),
      authorizedOperations: int32({ absent: -2147483648 }),
    }),
  },
})
