/**
 * What a group coordinator is told by the broker's configuration. Read when it is needed, so a caller may pass an
 * object whose properties change (dynamic configuration). Names in the comments are Kafka's keys.
 */
export interface GroupCoordinatorConfig {
  /** group.min.session.timeout.ms, group.max.session.timeout.ms: what classic members may ask for. */
  readonly sessionTimeoutMsMin: number
  readonly sessionTimeoutMsMax: number
  /** group.initial.rebalance.delay.ms */
  readonly initialRebalanceDelayMs: number
  /** group.max.size: members of a classic group. */
  readonly classicGroupMembersMax: number
  /** offset.metadata.max.bytes (counted in UTF-16 units, as Apache does). */
  readonly offsetMetadataMax: number
  /** offsets.retention.minutes, in milliseconds. */
  readonly offsetsRetentionMs: number
  /** offsets.retention.check.interval.ms */
  readonly offsetsRetentionCheckIntervalMs: number
  /** group.consumer.session.timeout.ms and its bounds for group configs. */
  readonly consumerSessionTimeoutMs: number
  readonly consumerSessionTimeoutMsMin: number
  readonly consumerSessionTimeoutMsMax: number
  /** group.consumer.heartbeat.interval.ms and its bounds. */
  readonly consumerHeartbeatIntervalMs: number
  readonly consumerHeartbeatIntervalMsMin: number
  readonly consumerHeartbeatIntervalMsMax: number
  /** group.consumer.assignment.interval.ms and its bounds (KIP-1263). */
  readonly consumerAssignmentIntervalMs: number
  readonly consumerAssignmentIntervalMsMin: number
  readonly consumerAssignmentIntervalMsMax: number
  /** group.consumer.max.size */
  readonly consumerGroupMembersMax: number
  /** group.consumer.assignors by name; the first is the default. */
  readonly consumerAssignors: readonly string[]
  /** group.consumer.migration.policy */
  readonly migrationPolicy: 'bidirectional' | 'upgrade' | 'downgrade' | 'disabled'
  /** group.consumer.regex.refresh.interval.ms (internal in Apache). */
  readonly regexRefreshIntervalMs: number
}

/** Kafka's defaults. */
export const groupCoordinatorDefaults: GroupCoordinatorConfig = Object.freeze({
  sessionTimeoutMsMin: 6_000,
  sessionTimeoutMsMax: 1_800_000,
  initialRebalanceDelayMs: 3_000,
  classicGroupMembersMax: 2_147_483_647,
  offsetMetadataMax: 4_096,
  offsetsRetentionMs: 7 * 24 * 60 * 60_000,
  offsetsRetentionCheckIntervalMs: 600_000,
  consumerSessionTimeoutMs: 45_000,
  consumerSessionTimeoutMsMin: 45_000,
  consumerSessionTimeoutMsMax: 60_000,
  consumerHeartbeatIntervalMs: 5_000,
  consumerHeartbeatIntervalMsMin: 5_000,
  consumerHeartbeatIntervalMsMax: 15_000,
  consumerAssignmentIntervalMs: 1_000,
  consumerAssignmentIntervalMsMin: 0,
  consumerAssignmentIntervalMsMax: 15_000,
  consumerGroupMembersMax: 2_147_483_647,
  consumerAssignors: Object.freeze(['uniform', 'range']),
  migrationPolicy: 'bidirectional',
  regexRefreshIntervalMs: 600_000,
})
