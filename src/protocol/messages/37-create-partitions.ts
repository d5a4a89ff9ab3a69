import { api, array, arrayOf, bool, int16, int32, string } from '../schema/index.ts'

/**
 * Raises the number of partitions of topics.
 * Versions: 2 flexible · 3 throttling (KIP-599).
 */
export const CreatePartitions = api({
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexible: 2,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    topics: array({
      name: string(),
      /** The new total. */
      count: int32(),
      /** Of the new partitions only; null = placed by the controller. */
      assignments: array(
        {
          brokerIds: arrayOf(int32()),
        },
        { nullable: 0 },
      ),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: 0, absent: null }),
    }),
  },
})
