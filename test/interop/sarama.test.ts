import { join } from 'node:path'
import { librarySuite } from './suite.ts'
import { placeOf } from './world.ts'

librarySuite({
  name: 'sarama',
  peer: 'go',
  command: () => [join(placeOf('go'), 'sarama')],
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  protocols: ['classic'],
  idempotence: true,
  transactions: true,
})
