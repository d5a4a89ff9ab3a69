import { atLeast } from './checks.ts'
import type { BrokerTable } from './table.ts'

/** Quotas. */
// biome-ignore format: a table, one key in two lines
export const quotaRows = {
  alterLogDirsReplicationQuotaWindowNum: ['alter.log.dirs.replication.quota.window.num', 'int', '11', atLeast(1), 'low', 'read-only',
    'Number of samples kept for throttling moves between log directories.'],
  alterLogDirsReplicationQuotaWindowSizeSeconds: ['alter.log.dirs.replication.quota.window.size.seconds', 'int', '1', atLeast(1), 'low', 'read-only',
    'Length of each sample for throttling moves between log directories.'],
  clientQuotaCallbackClass: ['client.quota.callback.class', 'class', null, null, 'low', 'read-only',
    'A class that decides client quotas. Java classes cannot be loaded here; a name is accepted and ignored.'],
  controllerQuotaWindowNum: ['controller.quota.window.num', 'int', '11', atLeast(1), 'low', 'read-only',
    'Number of samples kept for quotas on changes to topics.'],
  controllerQuotaWindowSizeSeconds: ['controller.quota.window.size.seconds', 'int', '1', atLeast(1), 'low', 'read-only',
    'Length of each sample for quotas on changes to topics.'],
  quotaWindowNum: ['quota.window.num', 'int', '11', atLeast(1), 'low', 'read-only',
    'Number of samples kept for client quotas.'],
  quotaWindowSizeSeconds: ['quota.window.size.seconds', 'int', '1', atLeast(1), 'low', 'read-only',
    'Length of each sample for client quotas.'],
  replicationQuotaWindowNum: ['replication.quota.window.num', 'int', '11', atLeast(1), 'low', 'read-only',
    'Number of samples kept for replication throttles.'],
  replicationQuotaWindowSizeSeconds: ['replication.quota.window.size.seconds', 'int', '1', atLeast(1), 'low', 'read-only',
    'Length of each sample for replication throttles.'],
  followerReplicationThrottledRate: ['follower.replication.throttled.rate', 'long', '9223372036854775807', atLeast(0), 'medium', 'cluster-wide',
    'Most bytes in a second that throttled followers on this broker copy.', 'internal'],
  leaderReplicationThrottledRate: ['leader.replication.throttled.rate', 'long', '9223372036854775807', atLeast(0), 'medium', 'cluster-wide',
    'Most bytes in a second that throttled leaders on this broker give to followers.', 'internal'],
  replicaAlterLogDirsIoMaxBytesPerSecond: ['replica.alter.log.dirs.io.max.bytes.per.second', 'long', '9223372036854775807', atLeast(0), 'medium', 'cluster-wide',
    'Most bytes in a second that are copied between log directories.', 'internal'],
} as const satisfies BrokerTable
