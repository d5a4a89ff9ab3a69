import { join } from 'node:path'
import { librarySuite } from './suite.ts'
import { placeOf } from './world.ts'

librarySuite({
  name: 'platformatic',
  peer: 'npm',
  command: () => [process.execPath, join(import.meta.dirname, 'npm', 'platformatic.mjs'), placeOf('npm')],
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  protocols: ['classic', 'consumer'],
  idempotence: true,
  transactions: true,
})
