import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskCases } from '../disk.case.ts'
import { nodeEnv } from './index.ts'

diskCases('node', async () => {
  const env = nodeEnv({ logLevel: 'off' })
  const root = await mkdtemp(join(tmpdir(), 'millrace-disk-'))
  return {
    disk: env.disk,
    root,
    close: async () => {
      env.close()
      await rm(root, { recursive: true })
    },
  }
})
