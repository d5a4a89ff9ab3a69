import { join } from 'node:path'
import { librarySuite } from './suite.ts'
import { placeOf } from './world.ts'

librarySuite({
  name: 'kafka-python',
  peer: 'python',
  command: () => [placeOf('python'), join(import.meta.dirname, 'python', 'kafka_python.py')],
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  protocols: ['classic'],
  idempotence: true,
  transactions: true,
})
