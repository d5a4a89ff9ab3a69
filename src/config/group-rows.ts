import { atLeast, autoOffsetReset, oneOf } from './checks.ts'
import type { Row } from './table.ts'

/** Group configurations (resource type GROUP, KIP-1043 and KIP-932). */
export const groupRows = [
  ['consumer.assignment.interval.ms', 'int', '1000', atLeast(0), ''],
  ['consumer.heartbeat.interval.ms', 'int', '5000', atLeast(1), ''],
  ['consumer.session.timeout.ms', 'int', '45000', atLeast(1), ''],
  ['share.assignment.interval.ms', 'int', '1000', atLeast(0), ''],
  ['share.auto.offset.reset', 'string', 'latest', autoOffsetReset, ''],
  ['share.delivery.count.limit', 'int', '5', atLeast(2), ''],
  ['share.heartbeat.interval.ms', 'int', '5000', atLeast(1), ''],
  ['share.isolation.level', 'string', 'read_uncommitted', oneOf('read_committed', 'read_uncommitted'), ''],
  ['share.partition.max.record.locks', 'int', '2000', atLeast(100), ''],
  ['share.record.lock.duration.ms', 'int', '30000', atLeast(1000), ''],
  ['share.renew.acknowledge.enable', 'boolean', 'true', null, ''],
  ['share.session.timeout.ms', 'int', '45000', atLeast(1), ''],
  ['streams.assignment.interval.ms', 'int', '1000', atLeast(0), ''],
  ['streams.heartbeat.interval.ms', 'int', '5000', atLeast(1), ''],
  ['streams.initial.rebalance.delay.ms', 'int', '3000', atLeast(0), ''],
  ['streams.num.standby.replicas', 'int', '0', atLeast(0), ''],
  ['streams.session.timeout.ms', 'int', '45000', atLeast(1), ''],
] as const satisfies readonly Row[]
