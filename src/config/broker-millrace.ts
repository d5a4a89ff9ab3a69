import { oneOf } from './checks.ts'
import type { BrokerTable } from './table.ts'

/** What Kafka has no word for. */
// biome-ignore format: a table, one key in two lines
export const millraceRows = {
  millraceAutoFormat: ['millrace.auto.format', 'boolean', 'false', null, 'medium', 'read-only',
    'Format an empty log directory at start instead of refusing to start on it.'],
  millraceFenceOnRefused: ['millrace.fence.on.refused', 'boolean', 'true', null, 'medium', 'read-only',
    'Fence a broker at once when its connections close and its port refuses, instead of waiting for its session to run out.'],
  millraceFlush: ['millrace.flush', 'string', 'sync', oneOf('sync', 'os'), 'high', 'read-only',
    "sync: a record acknowledged with acks=all has been synced to disk. os: leave syncing to the operating system, as Apache Kafka's defaults do."],
  millraceValidateCompressed: ['millrace.validate.compressed', 'boolean', 'false', null, 'medium', 'read-only',
    'Open every compressed batch that a producer sends and check the records inside.'],
} as const satisfies BrokerTable
