/** What members of a classic consumer group say to their leader, and what it answers: opaque to the broker. */
import { array, arrayOf, bytes, codec, int32, string } from '../schema/index.ts'

export const ConsumerProtocolSubscription = codec({
  name: 'ConsumerProtocolSubscription',
  versions: [0, 3],
  flexible: null,
  fields: {
    topics: arrayOf(string()),
    userData: bytes({ nullable: 0, absent: null }),
    ownedPartitions: array(
      {
        topic: string(),
        partitions: arrayOf(int32()),
      },
      { since: 1, ignorable: true },
    ),
    generationId: int32({ since: 2, absent: -1, ignorable: true }),
    rackId: string({ since: 3, nullable: 3, absent: null, ignorable: true }),
  },
})

export const ConsumerProtocolAssignment = codec({
  name: 'ConsumerProtocolAssignment',
  versions: [0, 3],
  flexible: null,
  fields: {
    assignedPartitions: array({
      topic: string(),
      partitions: arrayOf(int32()),
    }),
    userData: bytes({ nullable: 0, absent: null }),
  },
})
