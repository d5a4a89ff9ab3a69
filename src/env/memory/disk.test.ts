import { diskCases } from '../disk.case.ts'
import { memoryDisk } from './index.ts'

const clock = { atTurnEnd: (run: () => void) => void setImmediate(run) }

diskCases('memory', async () => {
  const disk = memoryDisk(clock)
  await new Promise<void>((resolve) => disk.mkdir('/root', () => resolve()))
  return { disk, root: '/root', close: async () => {} }
})
