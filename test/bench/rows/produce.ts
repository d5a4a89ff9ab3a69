import type { FigureSpec } from '../figures.ts'
import { producerPerformance } from '../perf-tools.ts'
import { cpuSeconds } from '../proc.ts'
import { withTopic } from '../topics.ts'
import { contenders, needsApache, type Row, stopAll, type World } from '../world.ts'

const sizes = [
  { name: '100B', bytes: 100, records: 4_000_000 },
  { name: '1KiB', bytes: 1024, records: 700_000 },
  { name: '10KiB', bytes: 10_240, records: 80_000 },
] as const

const acksOf = ['1', 'all'] as const

/** Apache's producer, 6 partitions, batch 64 KiB, linger 5: MB/s, and the broker's CPU seconds for each GB. */
export const produce: Row = {
  name: 'produce',
  about: 'ProducerPerformance: 6 partitions × 100 B, 1 KiB, 10 KiB × acks 1, all; flush=os and sync',
  missing: needsApache,
  async run(world) {
    const cells = sizes.flatMap((size) => acksOf.map((acks) => ({ size, acks })))
    const wanted = cells.filter(({ size, acks }) => world.wants(`produce/${size.name}/acks-${acks}`))
    const all = await contenders(world, ['os', 'sync'])
    try {
      await warm(world, all)
      for (const { size, acks } of wanted) {
        for (let round = 0; round < world.rounds; round++) {
          for (const { who, mode, broker } of all) {
            const records = Math.ceil(size.records / (world.isQuick ? 10 : 1))
            const topic = { name: `produce-${size.name}-${acks}-${round}`, partitions: 6 }
            await withTopic(broker.bootstrap, topic, async (name) => {
              const before = cpuSeconds(broker.pid)
              const ask = { bootstrap: broker.bootstrap, topic: name, records, recordBytes: size.bytes, acks }
              const { mbPerSecond } = await producerPerformance(world.apache!, ask)
              const cpu = (cpuSeconds(broker.pid) - before) / ((records * size.bytes) / 1e9)
              world.note(`${who} ${mode} ${name}: ${mbPerSecond} MB/s, ${cpu.toFixed(2)} CPU s/GB`)
              // Theirs has one way to flush; it stands beside both of ours.
              for (const beside of who === 'ours' ? [mode] : (['os', 'sync'] as const)) {
                const id = `produce/${size.name}/acks-${acks}/${beside}`
                world.figures.sample(throughput(id, beside), who, mbPerSecond)
                world.figures.sample(cpuPerGb(id, beside), who, cpu)
              }
            })
          }
        }
      }
    } finally {
      await stopAll(all)
    }
  },
}

const throughput = (id: string, mode: string): FigureSpec => ({
  ...{ id, unit: 'MB/s', better: 'higher' },
  ...(mode === 'os' ? { goal: { ratio: 1.2 } } : {}),
})

const cpuPerGb = (id: string, mode: string): FigureSpec => ({
  ...{ id: `${id}/cpu`, unit: 'CPU s/GB', better: 'lower' },
  ...(mode === 'os' ? { goal: { ratio: 0.6 } } : {}),
})

/** Both compile their hot paths while they run: neither is measured before it has. */
async function warm(world: World, all: Awaited<ReturnType<typeof contenders>>): Promise<void> {
  for (const { broker } of all) {
    await withTopic(broker.bootstrap, { name: 'warm', partitions: 6 }, async (topic) => {
      const ask = { bootstrap: broker.bootstrap, topic, records: 200_000, recordBytes: 1024, acks: 'all' } as const
      await producerPerformance(world.apache!, ask)
    })
  }
}
