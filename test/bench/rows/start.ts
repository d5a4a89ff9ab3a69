import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BrokerOptions,
  launch,
  type OursFrom,
  type Prepared,
  prepareApache,
  prepareOurs,
  run,
} from '../brokers.ts'
import type { FigureSpec } from '../figures.ts'
import { connectWhenListening } from '../raw-client.ts'
import { createTopic, untilAcknowledged } from '../topics.ts'
import type { Row } from '../world.ts'

interface Variant {
  readonly name: string
  readonly from: OursFrom
  readonly cache: 'warm' | 'cold'
  readonly goalMs: number
}

const variants: readonly Variant[] = [
  { name: 'bundle-warm', from: 'shipped', cache: 'warm', goalMs: 200 },
  { name: 'bundle-cold', from: 'shipped', cache: 'cold', goalMs: 300 },
  { name: 'sources-warm', from: 'sources', cache: 'warm', goalMs: 400 },
]

/** From the start of the process on a new data directory, formatting included, to the first acknowledged record. */
export const start: Row = {
  name: 'start',
  about: 'process start → first acknowledged record, new data directory; bundle (warm, cold compile cache) and sources',
  async run(world) {
    const wanted = variants.filter(({ name }) => world.wants(`start/${name}`))
    const caches = mkdtempSync(join(tmpdir(), 'millrace-bench-cache-'))
    try {
      for (const { name, from, cache } of wanted) {
        if (cache === 'warm') await oursFirstRecord(from, join(caches, name))
      }
      const rounds = world.isQuick ? 1 : Math.max(world.rounds, 5)
      for (let round = 0; round < rounds; round++) {
        const theirsMs = world.apache === null ? null : await firstRecord(await prepareApache(world.apache))
        for (const { name, from, cache, goalMs } of wanted) {
          const spec: FigureSpec = { id: `start/${name}`, unit: 'ms', better: 'lower', goal: { ours: goalMs } }
          const cacheDir = join(caches, cache === 'warm' ? name : `${name}-${round}`)
          world.figures.sample(spec, 'ours', await oursFirstRecord(from, cacheDir))
          if (theirsMs !== null) world.figures.sample(spec, 'theirs', theirsMs)
        }
      }
    } finally {
      rmSync(caches, { recursive: true, force: true })
    }
  },
}

async function oursFirstRecord(from: OursFrom, cacheDir: string): Promise<number> {
  return firstRecord(await prepareOurs('sync', from), { env: { NODE_COMPILE_CACHE: cacheDir } })
}

async function firstRecord(prepared: Prepared, o: BrokerOptions = {}): Promise<number> {
  const startMs = performance.now()
  if (prepared.before !== null) await run(prepared.before)
  const broker = launch(prepared, o.env)
  try {
    const client = await connectWhenListening(prepared.bootstrap, 60_000)
    await createTopic(client, 'first', 1)
    await untilAcknowledged(client, 'first', 0)
    const takenMs = performance.now() - startMs
    client.close()
    return takenMs
  } finally {
    await broker.stop()
  }
}
