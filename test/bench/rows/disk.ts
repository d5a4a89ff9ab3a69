import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { percentile } from '../figures.ts'
import type { Row } from '../world.ts'

const megabyte = 1 << 20

/** What the disk under both brokers does by itself, so that their figures can be read. */
export const disk: Row = {
  name: 'disk',
  about: 'baseline: bytes into the page cache, and 4 KiB appends with fdatasync',
  async run(world) {
    const work = mkdtempSync(join(tmpdir(), 'millrace-bench-disk-'))
    try {
      for (let round = 0; round < world.rounds; round++) {
        const megabytes = world.isQuick ? 100 : 1000
        world.figures.sample(
          { id: 'disk/write', unit: 'MB/s', better: 'higher' },
          'ours',
          timed(join(work, 'write'), (fd) => {
            const bytes = new Uint8Array(megabyte).fill(1)
            for (let i = 0; i < megabytes; i++) writeSync(fd, bytes)
          }).perSecond * megabytes,
        )
        const takenMs: number[] = []
        timed(join(work, 'sync'), (fd) => {
          const bytes = new Uint8Array(4096).fill(1)
          for (let i = 0; i < (world.isQuick ? 100 : 1000); i++) {
            const startMs = performance.now()
            writeSync(fd, bytes)
            fdatasyncSync(fd)
            takenMs.push(performance.now() - startMs)
          }
        })
        takenMs.sort((a, b) => a - b)
        const spec = { unit: 'ms', better: 'lower' } as const
        world.figures.sample({ id: 'disk/append-and-sync/p50', ...spec }, 'ours', percentile(takenMs, 0.5))
        world.figures.sample({ id: 'disk/append-and-sync/p99', ...spec }, 'ours', percentile(takenMs, 0.99))
      }
    } finally {
      rmSync(work, { recursive: true })
    }
  },
}

function timed(path: string, write: (fd: number) => void): { perSecond: number } {
  const fd = openSync(path, 'w')
  const startMs = performance.now()
  write(fd)
  const perSecond = 1000 / (performance.now() - startMs)
  closeSync(fd)
  rmSync(path)
  return { perSecond }
}
