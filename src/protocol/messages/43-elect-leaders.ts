import { api, array, arrayOf, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Elects preferred leaders, or unclean ones.
 * Versions: 1 election types (KIP-460) · 2 flexible.
 */
export const ElectLeaders = api({
  key: 43,
  name: 'ElectLeaders',
  versions: [0, 2],
  flexible: 2,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    /** 0 preferred, 1 unclean. */
    electionType: int8({ since: 1 }),
    /** Null = all. */
    topicPartitions: array(
      {
        topic: string(),
        partitions: arrayOf(int32()),
      },
      { nullable: 0 },
    ),
    timeoutMs: int32({ absent: 60000 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ since: 1 }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0 }),
      }),
    }),
  },
})
