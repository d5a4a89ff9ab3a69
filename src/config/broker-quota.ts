import { atLeast } from './checks.ts'
import type { BrokerRow } from './table.ts'

/** Quotas. */
export const quotaRows = [
  ['alter.log.dirs.replication.quota.window.num', 'int', '11', atLeast(1), 'low', 'read-only', ''],
  ['alter.log.dirs.replication.quota.window.size.seconds', 'int', '1', atLeast(1), 'low', 'read-only', ''],
  ['client.quota.callback.class', 'class', null, null, 'low', 'read-only', ''],
  ['controller.quota.window.num', 'int', '11', atLeast(1), 'low', 'read-only', ''],
  ['controller.quota.window.size.seconds', 'int', '1', atLeast(1), 'low', 'read-only', ''],
  ['quota.window.num', 'int', '11', atLeast(1), 'low', 'read-only', ''],
  ['quota.window.size.seconds', 'int', '1', atLeast(1), 'low', 'read-only', ''],
  ['replication.quota.window.num', 'int', '11', atLeast(1), 'low', 'read-only', ''],
  ['replication.quota.window.size.seconds', 'int', '1', atLeast(1), 'low', 'read-only', ''],
  [
    'follower.replication.throttled.rate',
    'long',
    '9223372036854775807',
    atLeast(0),
    'medium',
    'cluster-wide',
    '',
    'internal',
  ],
  [
    'leader.replication.throttled.rate',
    'long',
    '9223372036854775807',
    atLeast(0),
    'medium',
    'cluster-wide',
    '',
    'internal',
  ],
  [
    'replica.alter.log.dirs.io.max.bytes.per.second',
    'long',
    '9223372036854775807',
    atLeast(0),
    'medium',
    'cluster-wide',
    '',
    'internal',
  ],
] as const satisfies readonly BrokerRow[]
