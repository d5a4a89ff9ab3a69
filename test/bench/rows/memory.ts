import type { FigureSpec } from '../figures.ts'
import { consumerPerformance, producerPerformance } from '../perf-tools.ts'
import { rssMib } from '../proc.ts'
import { withTopic } from '../topics.ts'
import { contenders, needsApache, type Row, stopAll } from '../world.ts'

const recordBytes = 1024

/** Resident memory: idle, the highest seen under load, and half a minute after it. */
export const memory: Row = {
  name: 'memory',
  about: 'RSS idle; 30 s after 1 GB was produced and consumed',
  missing: needsApache,
  async run(world) {
    for (let round = 0; round < world.rounds; round++) {
      const all = await contenders(world, ['sync'])
      try {
        await seconds(5)
        for (const { who, broker } of all) world.figures.sample(idle, who, rssMib(broker.pid))
        for (const { who, broker } of all) {
          let mostMib = 0
          const watch = setInterval(() => (mostMib = Math.max(mostMib, rssMib(broker.pid))), 250)
          await withTopic(broker.bootstrap, { name: 'memory', partitions: 6 }, async (topic) => {
            const records = world.isQuick ? 100_000 : 1_000_000
            const where = { bootstrap: broker.bootstrap, topic }
            await producerPerformance(world.apache!, { ...where, records, recordBytes, acks: 'all' })
            await consumerPerformance(world.apache!, { ...where, records })
          })
          clearInterval(watch)
          world.figures.sample(busy, who, mostMib)
        }
        await seconds(world.isQuick ? 3 : 30)
        for (const { who, broker } of all) world.figures.sample(after, who, rssMib(broker.pid))
      } finally {
        await stopAll(all)
      }
    }
  },
}

const idle: FigureSpec = { id: 'memory/idle', unit: 'MiB', better: 'lower', goal: { ours: 80 } }
const busy: FigureSpec = { id: 'memory/under-load', unit: 'MiB', better: 'lower' }
const after: FigureSpec = { id: 'memory/30s-after-load', unit: 'MiB', better: 'lower', goal: { ours: 150 } }

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000))
}
