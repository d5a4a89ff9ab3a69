import { join } from 'node:path'
import { librarySuite } from './suite.ts'
import { placeOf } from './world.ts'

librarySuite({
  name: 'confluent-kafka',
  peer: 'python',
  command: () => [placeOf('python'), join(import.meta.dirname, 'python', 'confluent.py')],
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  protocols: ['classic', 'consumer'],
  idempotence: true,
  transactions: true,
})
