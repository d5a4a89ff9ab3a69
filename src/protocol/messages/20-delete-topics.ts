import { api, array, arrayOf, int16, int32, string, uuid } from '../schema/index.ts'

/**
 * Deletes topics.
 * Versions: 4 flexible · 5 error message, throttling (KIP-599) · 6 by id or name.
 */
export const DeleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexible: 4,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    topics: array(
      {
        name: string({ nullable: 6, absent: null }),
        topicId: uuid(),
      },
      { since: 6 },
    ),
    topicNames: arrayOf(string(), { until: 5, ignorable: true }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32({ ignorable: true }),
    responses: array({
      name: string({ nullable: 6 }),
      topicId: uuid({ since: 6, ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ since: 5, nullable: 5, absent: null, ignorable: true }),
    }),
  },
})
