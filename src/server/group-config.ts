import type { BrokerConfig } from '../config/index.ts'
import type { GroupCoordinatorConfig } from '../coordinator/index.ts'

/** The broker's keys as group coordinators read them; read anew at each look, so dynamic changes take effect at once. */
export function groupConfigOf(now: () => BrokerConfig): GroupCoordinatorConfig & { readonly commitTimeoutMs: number } {
  return {
    get sessionTimeoutMsMin() {
      return now().groupMinSessionTimeoutMs
    },
    get sessionTimeoutMsMax() {
      return now().groupMaxSessionTimeoutMs
    },
    get initialRebalanceDelayMs() {
      return now().groupInitialRebalanceDelayMs
    },
    get classicGroupMembersMax() {
      return now().groupMaxSize
    },
    get offsetMetadataMax() {
      return now().offsetMetadataMaxBytes
    },
    get offsetsRetentionMs() {
      return now().offsetsRetentionMinutes * 60_000
    },
    get offsetsRetentionCheckIntervalMs() {
      return now().offsetsRetentionCheckIntervalMs
    },
    get consumerSessionTimeoutMs() {
      return now().groupConsumerSessionTimeoutMs
    },
    get consumerSessionTimeoutMsMin() {
      return now().groupConsumerMinSessionTimeoutMs
    },
    get consumerSessionTimeoutMsMax() {
      return now().groupConsumerMaxSessionTimeoutMs
    },
    get consumerHeartbeatIntervalMs() {
      return now().groupConsumerHeartbeatIntervalMs
    },
    get consumerHeartbeatIntervalMsMin() {
      return now().groupConsumerMinHeartbeatIntervalMs
    },
    get consumerHeartbeatIntervalMsMax() {
      return now().groupConsumerMaxHeartbeatIntervalMs
    },
    get consumerAssignmentIntervalMs() {
      return now().groupConsumerAssignmentIntervalMs
    },
    get consumerAssignmentIntervalMsMin() {
      return now().groupConsumerMinAssignmentIntervalMs
    },
    get consumerAssignmentIntervalMsMax() {
      return now().groupConsumerMaxAssignmentIntervalMs
    },
    get consumerGroupMembersMax() {
      return now().groupConsumerMaxSize
    },
    get consumerAssignors() {
      return now().groupConsumerAssignors
    },
    get migrationPolicy() {
      return now().groupConsumerMigrationPolicy as GroupCoordinatorConfig['migrationPolicy']
    },
    get regexRefreshIntervalMs() {
      return now().groupConsumerRegexRefreshIntervalMs
    },
    get commitTimeoutMs() {
      return now().offsetsCommitTimeoutMs
    },
  }
}
