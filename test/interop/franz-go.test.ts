import { join } from 'node:path'
import { librarySuite } from './suite.ts'
import { placeOf } from './world.ts'

librarySuite({
  name: 'franz-go',
  peer: 'go',
  command: () => [join(placeOf('go'), 'franz')],
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  protocols: ['classic', 'consumer'],
  idempotence: true,
  transactions: true,
})
