import type { KafkaError } from '../client/index.ts'
import { errorText } from '../protocol/index.ts'

/**
 * What Apache's tools print for an error code that came without a message from the broker: scripts look for these
 * sentences.
 */
const texts: ReadonlyMap<number, string> = new Map([
  [-1, 'The server experienced an unexpected error when processing the request.'],
  [1, 'The requested offset is not within the range of offsets maintained by the server.'],
  [
    2,
    'This message has failed its CRC checksum, exceeds the valid size, has a null key for a compacted topic, or is otherwise corrupt.',
  ],
  [3, 'This server does not host this topic-partition.'],
  [5, 'There is no leader for this topic-partition as we are in the middle of a leadership election.'],
  [
    6,
    'For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.',
  ],
  [7, 'The request timed out.'],
  [8, 'The broker is not available.'],
  [
    9,
    'The replica is not available for the requested topic-partition. Produce/Fetch requests and other requests intended only for the leader or follower return NOT_LEADER_OR_FOLLOWER if the broker is not a replica of the topic-partition.',
  ],
  [10, 'The request included a message larger than the max message size the server will accept.'],
  [12, 'The metadata field of the offset request was too large.'],
  [14, "The coordinator is loading and hence can't process requests."],
  [15, 'The coordinator is not available.'],
  [16, 'This is not the correct coordinator.'],
  [17, 'The request attempted to perform an operation on an invalid topic.'],
  [18, 'The request included message batch larger than the configured segment size on the server.'],
  [19, 'Messages are rejected since there are fewer in-sync replicas than required.'],
  [20, 'Messages are written to the log, but to fewer in-sync replicas than required.'],
  [22, 'Specified group generation id is not valid.'],
  [
    23,
    "The group member's supported protocols are incompatible with those of existing members or first group member tried to join with empty protocol type or empty protocol list.",
  ],
  [24, 'The group id is invalid.'],
  [25, 'The coordinator is not aware of this member.'],
  [
    26,
    'The session timeout is not within the range allowed by the broker (as configured by group.min.session.timeout.ms and group.max.session.timeout.ms).',
  ],
  [27, 'The group is rebalancing, so a rejoin is needed.'],
  [28, 'The committing offset data size is not valid.'],
  [29, 'Topic authorization failed.'],
  [30, 'Group authorization failed.'],
  [31, 'Cluster authorization failed.'],
  [32, 'The timestamp of the message is out of acceptable range.'],
  [33, 'The broker does not support the requested SASL mechanism.'],
  [34, 'Request is not valid given the current SASL state.'],
  [35, 'The version of API is not supported.'],
  [36, 'Topic with this name already exists.'],
  [37, 'Number of partitions is below 1.'],
  [38, 'Replication factor is below 1 or larger than the number of available brokers.'],
  [39, 'Replica assignment is invalid.'],
  [40, 'Configuration is invalid.'],
  [41, 'This is not the correct controller for this cluster.'],
  [
    42,
    'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.',
  ],
  [43, 'The message format version on the broker does not support the request.'],
  [44, 'Request parameters do not satisfy the configured policy.'],
  [45, 'The broker received an out of order sequence number.'],
  [46, 'The broker received a duplicate sequence number.'],
  [47, 'Producer attempted to produce with an old epoch.'],
  [48, 'The producer attempted a transactional operation in an invalid state.'],
  [
    50,
    'The transaction timeout is larger than the maximum value allowed by the broker (as configured by transaction.max.timeout.ms).',
  ],
  [
    51,
    'The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing.',
  ],
  [56, 'Disk error when trying to access log file on the disk.'],
  [57, 'The user-specified log directory is not found in the broker config.'],
  [60, 'A partition reassignment is in progress.'],
  [67, 'Supplied principalType is not supported.'],
  [68, 'The group is not empty.'],
  [69, 'The group id does not exist.'],
  [72, 'There is no listener on the leader broker that matches the listener on which metadata request was processed.'],
  [74, 'The leader epoch in the request is older than the epoch on the broker.'],
  [75, 'The leader epoch in the request is newer than the epoch on the broker.'],
  [76, 'The requesting client does not support the compression type of given partition.'],
  [
    78,
    'The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing.',
  ],
  [79, 'The group member needs to have a valid member id before actually entering a consumer group.'],
  [80, 'The preferred leader was not available.'],
  [81, 'The group has reached its maximum size.'],
  [
    82,
    'The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id.',
  ],
  [83, 'Eligible topic partition leaders are not available.'],
  [84, 'Leader election not needed for topic partition.'],
  [85, 'No partition reassignment is in progress.'],
  [86, 'Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.'],
  [87, 'This record has failed the validation on broker and hence will be rejected.'],
  [89, 'The throttling quota has been exceeded.'],
  [91, 'A request illegally referred to a resource that does not exist.'],
  [92, 'A request illegally referred to the same resource twice.'],
  [95, 'The given update version was invalid.'],
  [98, 'Requested snapshot was not found.'],
  [100, 'This server does not host this topic ID.'],
  [102, 'The given broker ID was not registered.'],
  [110, 'The member epoch is fenced by the group coordinator. The member must abandon all its partitions and rejoin.'],
  [111, 'The instance ID is still used by another member in the consumer group. That member must leave first.'],
  [112, 'The assignor or its version range is not supported by the consumer group.'],
  [
    113,
    'The member epoch is stale. The member must retry after receiving its updated member epoch via the ConsumerGroupHeartbeat API.',
  ],
  [116, 'This controller ID is not known.'],
  [117, 'Client sent a push telemetry request with an invalid or outdated subscription ID.'],
  [
    120,
    'The server encountered an error with the transaction. The client can abort the transaction to continue using this transactional ID.',
  ],
  [128, 'The regular expression is not valid.'],
])

/** The error's message as Apache's tools would have it. */
export function apacheText(error: KafkaError): string {
  const tooLarge = /^The record is (\d+) bytes when serialized, more than (\d+), the value of requestSizeMaxBytes/.exec(
    error.reason,
  )
  if (tooLarge !== null) {
    const [, bytes, most] = tooLarge
    return `The message is ${bytes} bytes when serialized which is larger than ${most}, which is the value of the max.request.size configuration.`
  }
  // our client says more: who was tried and why that failed
  const unknownTopic = /^Topic .* not present in metadata after \d+ ms/.exec(error.message)
  if (unknownTopic) return `${unknownTopic[0]}.`
  const own = errorText(error.number)
  // the client adds what the error is about in parentheses
  const isOurs = error.number !== -1 && (error.message === own || error.message.startsWith(`${own} (`))
  return (isOurs ? texts.get(error.number) : undefined) ?? error.message
}

/** `org.apache.kafka.common.errors.SomeException: message`, as Java prints a cause. */
export function apacheCause(error: KafkaError): string {
  return `org.apache.kafka.common.errors.${error.exception}: ${apacheText(error)}`
}
