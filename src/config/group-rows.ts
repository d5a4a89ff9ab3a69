import { atLeast, autoOffsetReset, oneOf } from './checks.ts'
import type { Table } from './table.ts'

/** Group configurations (resource type GROUP, KIP-1043 and KIP-932). */
export const groupRows = {
  consumerAssignmentIntervalMs: ['consumer.assignment.interval.ms', 'int', '1000', atLeast(0), ''],
  consumerHeartbeatIntervalMs: ['consumer.heartbeat.interval.ms', 'int', '5000', atLeast(1), ''],
  consumerSessionTimeoutMs: ['consumer.session.timeout.ms', 'int', '45000', atLeast(1), ''],
  shareAssignmentIntervalMs: ['share.assignment.interval.ms', 'int', '1000', atLeast(0), ''],
  shareAutoOffsetReset: ['share.auto.offset.reset', 'string', 'latest', autoOffsetReset, ''],
  shareDeliveryCountLimit: ['share.delivery.count.limit', 'int', '5', atLeast(2), ''],
  shareHeartbeatIntervalMs: ['share.heartbeat.interval.ms', 'int', '5000', atLeast(1), ''],
  shareIsolationLevel: [
    'share.isolation.level',
    'string',
    'read_uncommitted',
    oneOf('read_committed', 'read_uncommitted'),
    '',
  ],
  sharePartitionMaxRecordLocks: ['share.partition.max.record.locks', 'int', '2000', atLeast(100), ''],
  shareRecordLockDurationMs: ['share.record.lock.duration.ms', 'int', '30000', atLeast(1000), ''],
  shareRenewAcknowledgeEnable: ['share.renew.acknowledge.enable', 'boolean', 'true', null, ''],
  shareSessionTimeoutMs: ['share.session.timeout.ms', 'int', '45000', atLeast(1), ''],
  streamsAssignmentIntervalMs: ['streams.assignment.interval.ms', 'int', '1000', atLeast(0), ''],
  streamsHeartbeatIntervalMs: ['streams.heartbeat.interval.ms', 'int', '5000', atLeast(1), ''],
  streamsInitialRebalanceDelayMs: ['streams.initial.rebalance.delay.ms', 'int', '3000', atLeast(0), ''],
  streamsNumStandbyReplicas: ['streams.num.standby.replicas', 'int', '0', atLeast(0), ''],
  streamsSessionTimeoutMs: ['streams.session.timeout.ms', 'int', '45000', atLeast(1), ''],
} as const satisfies Table
