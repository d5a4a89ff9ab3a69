import { join } from 'node:path'
import { librarySuite } from './suite.ts'
import { placeOf } from './world.ts'

librarySuite({
  name: 'kafkajs',
  peer: 'npm',
  command: () => [process.execPath, join(import.meta.dirname, 'npm', 'kafkajs.mjs'), placeOf('npm')],
  codecs: ['none', 'gzip', 'snappy', 'zstd'],
  protocols: ['classic'],
  idempotence: true,
  transactions: true,
})
