import { api, array, arrayOf, bool, int8, int16, int32, string, uuid } from '../schema/index.ts'

/**
 * Creates topics.
 * Versions: 4 defaults for partitions and replication (KIP-464) · 5 flexible, answers with configs (KIP-525) · 6
 * throttling (KIP-599) · 7 topic id.
 */
export const CreateTopics = api({
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexible: 5,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    topics: array({
      name: string(),
      /** -1 with assignments, or for the broker's default. */
      numPartitions: int32(),
      /** -1 with assignments, or for the broker's default. */
      replicationFactor: int16(),
      /** By partition, the first broker is the preferred leader; empty = placed by the controller. */
      assignments: array({
        partitionIndex: int32(),
        brokerIds: arrayOf(int32()),
      }),
      configs: array({
        name: string(),
        value: string({ nullable: 2 }),
      }),
    }),
    timeoutMs: int32({ absent: 60000 }),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      name: string(),
      topicId: uuid({ since: 7, ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ nullable: 2, ignorable: true }),
      /** Why configs are missing; NONE when they are here. */
      topicConfigErrorCode: int16({ since: 5, tag: 0, ignorable: true }),
      numPartitions: int32({ since: 5, absent: -1, ignorable: true }),
      replicationFactor: int16({ since: 5, absent: -1, ignorable: true }),
      /** Null when the caller may not see them. */
      configs: array(
        {
          name: string(),
          value: string({ nullable: 5 }),
          readOnly: bool(),
          configSource: int8({ absent: -1, ignorable: true }),
          isSensitive: bool(),
        },
        { since: 5, nullable: 5, ignorable: true },
      ),
    }),
  },
})
