/**
 * Kafka's answers by number. One row says everything about a code; client, server, tools and docs derive from it.
 * On the wire a code is an int16, so the type is a plain number: a newer peer may send one that is not in the table.
 */
export type ErrorCode = number

/** What a client may do next: give up, try the same again, or try again after it has refreshed its metadata. */
export type Advice = 'final' | 'retry' | 'refresh'

export interface ErrorRow {
  readonly code: ErrorCode
  readonly name: string
  /** Simple name of the class that Java clients raise; Apache's tools print it. Empty for NONE. */
  readonly exception: string
  readonly advice: Advice
  readonly retriable: boolean
  readonly text: string
}

/** A row; the exception is named after the code, unless it is given. */
function row<const C extends number, const N extends string>(
  code: C,
  name: N,
  advice: Advice,
  text: string,
  exception: string = exceptionName(name),
): ErrorRow & { readonly code: C; readonly name: N } {
  return { code, name, exception, advice, retriable: advice !== 'final', text }
}

function exceptionName(name: string): string {
  const words = name.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase())
  return `${words.join('')}Exception`
}

// biome-ignore format: a table, one code a line
const rows = [
  row(-1, 'UNKNOWN_SERVER_ERROR', 'final', 'Something went wrong on the server; its log says what.', 'UnknownServerException'),
  row(0, 'NONE', 'final', 'No error.', ''),
  row(1, 'OFFSET_OUT_OF_RANGE', 'final', 'The offset lies outside what the partition holds.'),
  row(2, 'CORRUPT_MESSAGE', 'retry', 'The record batch is damaged, too large, or has a null key in a compacted topic.', 'CorruptRecordException'),
  row(3, 'UNKNOWN_TOPIC_OR_PARTITION', 'refresh', 'This broker has no such topic or partition.'),
  row(4, 'INVALID_FETCH_SIZE', 'final', 'The fetch size cannot be served.'),
  row(5, 'LEADER_NOT_AVAILABLE', 'refresh', 'The partition has no leader at the moment; an election is under way.'),
  row(6, 'NOT_LEADER_OR_FOLLOWER', 'refresh', "This broker is not the partition's leader, or no replica of it where any replica would do."),
  row(7, 'REQUEST_TIMED_OUT', 'retry', "Nothing came back within the request's timeout.", 'TimeoutException'),
  row(8, 'BROKER_NOT_AVAILABLE', 'final', 'The broker is not reachable.'),
  row(9, 'REPLICA_NOT_AVAILABLE', 'refresh', 'The replica is not available for this partition.'),
  row(10, 'MESSAGE_TOO_LARGE', 'final', 'The message is larger than the broker accepts (message.max.bytes, max.message.bytes).', 'RecordTooLargeException'),
  row(11, 'STALE_CONTROLLER_EPOCH', 'final', 'The controller has moved to another node.', 'ControllerMovedException'),
  row(12, 'OFFSET_METADATA_TOO_LARGE', 'final', 'The metadata string of a committed offset is longer than offset.metadata.max.bytes.', 'OffsetMetadataTooLarge'),
  row(13, 'NETWORK_EXCEPTION', 'refresh', 'The connection was lost before the answer came.', 'NetworkException'),
  row(14, 'COORDINATOR_LOAD_IN_PROGRESS', 'retry', 'The coordinator is still loading its state.'),
  row(15, 'COORDINATOR_NOT_AVAILABLE', 'retry', 'There is no coordinator at the moment.'),
  row(16, 'NOT_COORDINATOR', 'retry', 'This broker is not the coordinator for that key.'),
  row(17, 'INVALID_TOPIC_EXCEPTION', 'final', 'The topic name is not valid, or the topic may not be used this way.', 'InvalidTopicException'),
  row(18, 'RECORD_LIST_TOO_LARGE', 'final', 'The record batch is larger than a segment (segment.bytes).', 'RecordBatchTooLargeException'),
  row(19, 'NOT_ENOUGH_REPLICAS', 'retry', 'Fewer replicas are in sync than min.insync.replicas asks for; nothing was written.'),
  row(20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'retry', 'The records were written, but fewer replicas were in sync than min.insync.replicas asks for.'),
  row(21, 'INVALID_REQUIRED_ACKS', 'final', 'acks must be 0, 1 or -1 (all).'),
  row(22, 'ILLEGAL_GENERATION', 'final', "The generation id is not the group's current one."),
  row(23, 'INCONSISTENT_GROUP_PROTOCOL', 'final', 'The member shares no protocol with the rest of the group, or named none.'),
  row(24, 'INVALID_GROUP_ID', 'final', 'The group id is not valid.'),
  row(25, 'UNKNOWN_MEMBER_ID', 'final', 'The coordinator does not know this member.'),
  row(26, 'INVALID_SESSION_TIMEOUT', 'final', 'The session timeout lies outside group.min.session.timeout.ms to group.max.session.timeout.ms.'),
  row(27, 'REBALANCE_IN_PROGRESS', 'final', 'The group is rebalancing; the member must join again.'),
  row(28, 'INVALID_COMMIT_OFFSET_SIZE', 'final', 'The offsets to commit are too large.'),
  row(29, 'TOPIC_AUTHORIZATION_FAILED', 'final', 'Not authorized for this topic.', 'TopicAuthorizationException'),
  row(30, 'GROUP_AUTHORIZATION_FAILED', 'final', 'Not authorized for this group.', 'GroupAuthorizationException'),
  row(31, 'CLUSTER_AUTHORIZATION_FAILED', 'final', 'Not authorized for this operation on the cluster.', 'ClusterAuthorizationException'),
  row(32, 'INVALID_TIMESTAMP', 'final', 'The timestamp lies outside the range that the topic accepts.'),
  row(33, 'UNSUPPORTED_SASL_MECHANISM', 'final', 'The listener does not offer this SASL mechanism.'),
  row(34, 'ILLEGAL_SASL_STATE', 'final', 'This request may not come at this point of the SASL exchange.'),
  row(35, 'UNSUPPORTED_VERSION', 'final', 'This version of the API is not supported.'),
  row(36, 'TOPIC_ALREADY_EXISTS', 'final', 'A topic of this name exists already.', 'TopicExistsException'),
  row(37, 'INVALID_PARTITIONS', 'final', 'The number of partitions is not valid.'),
  row(38, 'INVALID_REPLICATION_FACTOR', 'final', 'The replication factor is below 1 or above the number of available brokers.'),
  row(39, 'INVALID_REPLICA_ASSIGNMENT', 'final', 'The replica assignment is not valid.'),
  row(40, 'INVALID_CONFIG', 'final', 'The configuration is not valid.', 'InvalidConfigurationException'),
  row(41, 'NOT_CONTROLLER', 'retry', 'This node is not the active controller.'),
  row(42, 'INVALID_REQUEST', 'final', "The request contradicts itself or the protocol; the broker's log says where."),
  row(43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'final', "The log's message format cannot answer this request."),
  row(44, 'POLICY_VIOLATION', 'final', 'A policy of the cluster forbids these parameters.'),
  row(45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'final', "The producer's sequence number is not the next one.", 'OutOfOrderSequenceException'),
  row(46, 'DUPLICATE_SEQUENCE_NUMBER', 'final', "The producer's sequence number was seen before.", 'DuplicateSequenceException'),
  row(47, 'INVALID_PRODUCER_EPOCH', 'final', "The producer's epoch is older than the one the partition knows."),
  row(48, 'INVALID_TXN_STATE', 'final', 'The transaction is not in a state that allows this.'),
  row(49, 'INVALID_PRODUCER_ID_MAPPING', 'final', 'The producer id is not the one assigned to this transactional id.', 'InvalidPidMappingException'),
  row(50, 'INVALID_TRANSACTION_TIMEOUT', 'final', 'The transaction timeout exceeds transaction.max.timeout.ms.', 'InvalidTxnTimeoutException'),
  row(51, 'CONCURRENT_TRANSACTIONS', 'retry', 'Another operation on the same transaction is still under way.'),
  row(52, 'TRANSACTION_COORDINATOR_FENCED', 'final', 'The transaction marker comes from a coordinator that has been replaced.'),
  row(53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'final', 'Not authorized for this transactional id.', 'TransactionalIdAuthorizationException'),
  row(54, 'SECURITY_DISABLED', 'final', 'No authorizer or security feature is configured that could do this.'),
  row(55, 'OPERATION_NOT_ATTEMPTED', 'final', 'Not attempted, because another part of the request failed.'),
  row(56, 'KAFKA_STORAGE_ERROR', 'refresh', 'The log directory that holds this partition has failed.', 'KafkaStorageException'),
  row(57, 'LOG_DIR_NOT_FOUND', 'final', 'The broker has no such log directory.'),
  row(58, 'SASL_AUTHENTICATION_FAILED', 'final', 'The credentials were not accepted.', 'SaslAuthenticationException'),
  row(59, 'UNKNOWN_PRODUCER_ID', 'final', 'The partition knows nothing of this producer id; its state may have expired.'),
  row(60, 'REASSIGNMENT_IN_PROGRESS', 'final', 'The partition is being reassigned.'),
  row(61, 'DELEGATION_TOKEN_AUTH_DISABLED', 'final', 'Delegation tokens are not enabled.', 'DelegationTokenDisabledException'),
  row(62, 'DELEGATION_TOKEN_NOT_FOUND', 'final', 'There is no such delegation token.'),
  row(63, 'DELEGATION_TOKEN_OWNER_MISMATCH', 'final', "Only the token's owner or a renewer may do this."),
  row(64, 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', 'final', 'Delegation tokens cannot be requested over this kind of connection.', 'UnsupportedByAuthenticationException'),
  row(65, 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', 'final', 'Not authorized for this delegation token.', 'DelegationTokenAuthorizationException'),
  row(66, 'DELEGATION_TOKEN_EXPIRED', 'final', 'The delegation token has expired.'),
  row(67, 'INVALID_PRINCIPAL_TYPE', 'final', "The principal's type is not supported here."),
  row(68, 'NON_EMPTY_GROUP', 'final', 'The group still has members.', 'GroupNotEmptyException'),
  row(69, 'GROUP_ID_NOT_FOUND', 'final', 'There is no such group.'),
  row(70, 'FETCH_SESSION_ID_NOT_FOUND', 'retry', 'The broker does not know this fetch session.'),
  row(71, 'INVALID_FETCH_SESSION_EPOCH', 'retry', "The fetch session's epoch is not the expected one."),
  row(72, 'LISTENER_NOT_FOUND', 'refresh', "The partition's leader has no listener of the name the request came in on."),
  row(73, 'TOPIC_DELETION_DISABLED', 'final', 'Topics may not be deleted here (delete.topic.enable).'),
  row(74, 'FENCED_LEADER_EPOCH', 'refresh', "The leader epoch in the request is older than the partition's."),
  row(75, 'UNKNOWN_LEADER_EPOCH', 'retry', 'The leader epoch in the request is newer than the broker knows.'),
  row(76, 'UNSUPPORTED_COMPRESSION_TYPE', 'final', "The client's version cannot read this partition's compression."),
  row(77, 'STALE_BROKER_EPOCH', 'final', "The broker's epoch is not its current one."),
  row(78, 'OFFSET_NOT_AVAILABLE', 'retry', 'The new leader does not know its high watermark yet.'),
  row(79, 'MEMBER_ID_REQUIRED', 'final', 'A member id has been assigned; join again with it.'),
  row(80, 'PREFERRED_LEADER_NOT_AVAILABLE', 'refresh', 'The preferred leader is not available.'),
  row(81, 'GROUP_MAX_SIZE_REACHED', 'final', 'The group is full (group.max.size).'),
  row(82, 'FENCED_INSTANCE_ID', 'final', 'Another member has taken this group.instance.id.'),
  row(83, 'ELIGIBLE_LEADERS_NOT_AVAILABLE', 'refresh', 'None of the eligible leaders is available.'),
  row(84, 'ELECTION_NOT_NEEDED', 'refresh', 'The partition already has the leader that was asked for.'),
  row(85, 'NO_REASSIGNMENT_IN_PROGRESS', 'final', 'The partition is not being reassigned.'),
  row(86, 'GROUP_SUBSCRIBED_TO_TOPIC', 'final', 'The group is still subscribed to the topic.'),
  row(87, 'INVALID_RECORD', 'final', 'A record failed validation; nothing of its batch was written.'),
  row(88, 'UNSTABLE_OFFSET_COMMIT', 'retry', 'The group has offsets of an open transaction.'),
  row(89, 'THROTTLING_QUOTA_EXCEEDED', 'retry', 'The quota is exceeded; try again after the throttle time.'),
  row(90, 'PRODUCER_FENCED', 'final', 'A newer producer has taken this transactional id.'),
  row(91, 'RESOURCE_NOT_FOUND', 'final', 'There is no such resource.'),
  row(92, 'DUPLICATE_RESOURCE', 'final', 'The request names the same resource twice.'),
  row(93, 'UNACCEPTABLE_CREDENTIAL', 'final', 'The credential does not meet the requirements.'),
  row(94, 'INCONSISTENT_VOTER_SET', 'final', 'A voter that took part is not in the voter set.'),
  row(95, 'INVALID_UPDATE_VERSION', 'final', 'The feature level or version asked for is not valid.'),
  row(96, 'FEATURE_UPDATE_FAILED', 'final', 'The finalized features could not be updated.'),
  row(97, 'PRINCIPAL_DESERIALIZATION_FAILURE', 'final', 'The principal of a forwarded request could not be read.', 'PrincipalDeserializationException'),
  row(98, 'SNAPSHOT_NOT_FOUND', 'final', 'There is no such snapshot.'),
  row(99, 'POSITION_OUT_OF_RANGE', 'final', 'The position lies outside the snapshot.'),
  row(100, 'UNKNOWN_TOPIC_ID', 'refresh', 'This broker has no topic with this id.'),
  row(101, 'DUPLICATE_BROKER_REGISTRATION', 'final', 'Another running broker is registered under this id.'),
  row(102, 'BROKER_ID_NOT_REGISTERED', 'final', 'No broker is registered under this id.'),
  row(103, 'INCONSISTENT_TOPIC_ID', 'refresh', 'The topic id is not the one the log has.'),
  row(104, 'INCONSISTENT_CLUSTER_ID', 'final', "The cluster id is not this cluster's."),
  row(105, 'TRANSACTIONAL_ID_NOT_FOUND', 'final', 'There is no such transactional id.'),
  row(106, 'FETCH_SESSION_TOPIC_ID_ERROR', 'retry', 'The fetch session mixes topic names and topic ids.', 'FetchSessionTopicIdException'),
  row(107, 'INELIGIBLE_REPLICA', 'final', 'A replica of the new ISR may not be in it.'),
  row(108, 'NEW_LEADER_ELECTED', 'final', "The partition's state was changed, and its leader with it."),
  row(109, 'OFFSET_MOVED_TO_TIERED_STORAGE', 'final', 'The offset is held in tiered storage only.'),
  row(110, 'FENCED_MEMBER_EPOCH', 'final', "The member's epoch is behind; it must give up its partitions and join again."),
  row(111, 'UNRELEASED_INSTANCE_ID', 'final', 'Another member still holds this instance id.'),
  row(112, 'UNSUPPORTED_ASSIGNOR', 'final', 'The group does not support this assignor.'),
  row(113, 'STALE_MEMBER_EPOCH', 'final', "The member's epoch is not its current one; try again after the next heartbeat."),
  row(114, 'MISMATCHED_ENDPOINT_TYPE', 'final', 'The request was meant for the other kind of endpoint (broker or controller).'),
  row(115, 'UNSUPPORTED_ENDPOINT_TYPE', 'final', 'This kind of endpoint is not supported.'),
  row(116, 'UNKNOWN_CONTROLLER_ID', 'final', 'There is no controller of this id.'),
  row(117, 'UNKNOWN_SUBSCRIPTION_ID', 'final', 'The telemetry subscription is unknown or outdated.'),
  row(118, 'TELEMETRY_TOO_LARGE', 'final', 'The telemetry is larger than the broker accepts.'),
  row(119, 'INVALID_REGISTRATION', 'final', 'The controller does not accept this registration.'),
  row(120, 'TRANSACTION_ABORTABLE', 'final', 'The transaction failed and can only be aborted; the producer may go on after that.'),
  row(121, 'INVALID_RECORD_STATE', 'final', 'The record is not in a state in which it can be acknowledged this way.'),
  row(122, 'SHARE_SESSION_NOT_FOUND', 'retry', 'The broker does not know this share session.'),
  row(123, 'INVALID_SHARE_SESSION_EPOCH', 'retry', "The share session's epoch is not the expected one."),
  row(124, 'FENCED_STATE_EPOCH', 'final', "The share group's state epoch is behind."),
  row(125, 'INVALID_VOTER_KEY', 'final', "The voter key is not this replica's."),
  row(126, 'DUPLICATE_VOTER', 'final', 'The voter is in the voter set already.'),
  row(127, 'VOTER_NOT_FOUND', 'final', 'The voter is not in the voter set.'),
  row(128, 'INVALID_REGULAR_EXPRESSION', 'final', 'The regular expression is not valid.', 'InvalidRegularExpression'),
  row(129, 'REBOOTSTRAP_REQUIRED', 'final', "The client's view of the cluster is too old; it must bootstrap again."),
  row(130, 'STREAMS_INVALID_TOPOLOGY', 'final', 'The topology is not valid.'),
  row(131, 'STREAMS_INVALID_TOPOLOGY_EPOCH', 'final', 'The topology epoch is not valid.'),
  row(132, 'STREAMS_TOPOLOGY_FENCED', 'final', "The topology epoch is older than the group's."),
  row(133, 'SHARE_SESSION_LIMIT_REACHED', 'retry', 'The broker holds as many share sessions as it may.'),
] as const

type Rows = (typeof rows)[number]

/** Codes by name: `errors.NOT_LEADER_OR_FOLLOWER`. */
export const errors = Object.freeze(Object.fromEntries(rows.map((r) => [r.name, r.code]))) as {
  readonly [R in Rows as R['name']]: R['code']
}

export const errorTable: readonly ErrorRow[] = rows

const byCode: ReadonlyMap<number, ErrorRow> = new Map(rows.map((r) => [r.code, r]))

/** The row of a code; a code nobody knows reads as UNKNOWN_SERVER_ERROR, as in Apache's clients. */
export function errorRow(code: ErrorCode): ErrorRow {
  return byCode.get(code) ?? rows[0]
}

/** The name of a code, for people: `UNKNOWN(999)` when there is none. */
export function errorName(code: ErrorCode): string {
  return byCode.get(code)?.name ?? `UNKNOWN(${code})`
}

export function errorText(code: ErrorCode): string {
  return errorRow(code).text
}

export function isRetriable(code: ErrorCode): boolean {
  return errorRow(code).retriable
}
