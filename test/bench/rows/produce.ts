import type { FigureSpec } from '../figures.ts'
import { producerPerformance } from '../perf-tools.ts'
import { cpuSeconds } from '../proc.ts'
import { withTopic } from '../topics.ts'
import { type Contender, contenders, needsApache, type Row, stopAll, type World } from '../world.ts'

const sizes = [
  { name: '100B', bytes: 100, records: 4_000_000 },
  { name: '1KiB', bytes: 1024, records: 700_000 },
  { name: '10KiB', bytes: 10_240, records: 80_000 },
] as const

/** Records of 1 KiB that a broker takes before it is measured. */
const warmUp = 200_000
/** After this Apache Kafka's JIT has nothing left to do; a broker that runs for weeks is like that. */
const longWarmUp = 5_000_000

interface Cell {
  readonly id: string
  readonly size: (typeof sizes)[number]
  readonly acks: '1' | 'all'
  readonly warmUp: number
}

const cells: readonly Cell[] = [
  ...sizes.flatMap((size) =>
    (['1', 'all'] as const).map((acks) => ({ id: `produce/${size.name}/acks-${acks}`, size, acks, warmUp })),
  ),
  { id: 'produce/5GB-later/1KiB/acks-all', size: sizes[1], acks: 'all', warmUp: longWarmUp },
]

/** Apache's producer, 6 partitions, batch 64 KiB, linger 5: MB/s, and the broker's CPU seconds for each GB. */
export const produce: Row = {
  name: 'produce',
  about:
    'ProducerPerformance: 6 partitions × 100 B, 1 KiB, 10 KiB × acks 1, all; flush=os and sync; young and old brokers',
  missing: needsApache,
  async run(world) {
    for (const cell of cells) {
      if (!world.wants(cell.id)) continue
      const all = await contenders(world, ['os', 'sync'])
      try {
        for (const one of all) await warm(world, one, cell.warmUp)
        for (let round = 0; round < world.rounds; round++) for (const one of all) await measure(world, one, cell)
      } finally {
        await stopAll(all)
      }
    }
  },
}

async function measure(world: World, { who, mode, broker }: Contender, { id, size, acks }: Cell): Promise<void> {
  const records = Math.ceil(size.records / (world.isQuick ? 10 : 1))
  await withTopic(broker.bootstrap, { name: 'produce', partitions: 6 }, async (topic) => {
    const before = cpuSeconds(broker.pid)
    const ask = { bootstrap: broker.bootstrap, topic, records, recordBytes: size.bytes, acks }
    const { mbPerSecond } = await producerPerformance(world.apache!, ask)
    const cpu = (cpuSeconds(broker.pid) - before) / ((records * size.bytes) / 1e9)
    world.note(`${who} ${id}/${mode}: ${mbPerSecond} MB/s, ${cpu.toFixed(2)} CPU s/GB`)
    // Theirs has one way to flush; it stands beside both of ours.
    for (const beside of who === 'ours' ? [mode] : (['os', 'sync'] as const)) {
      world.figures.sample(throughput(`${id}/${beside}`, beside), who, mbPerSecond)
      world.figures.sample(cpuPerGb(`${id}/${beside}`, beside), who, cpu)
    }
  })
}

const throughput = (id: string, mode: string): FigureSpec => ({
  ...{ id, unit: 'MB/s', better: 'higher' },
  ...(mode === 'os' ? { goal: { ratio: 1.2 } } : {}),
})

const cpuPerGb = (id: string, mode: string): FigureSpec => ({
  ...{ id: `${id}/cpu`, unit: 'CPU s/GB', better: 'lower' },
  ...(mode === 'os' ? { goal: { ratio: 0.6 } } : {}),
})

async function warm(world: World, { broker }: Contender, total: number): Promise<void> {
  const each = 1_000_000
  for (let left = world.isQuick ? warmUp : total; left > 0; left -= each) {
    await withTopic(broker.bootstrap, { name: 'warm', partitions: 6 }, async (topic) => {
      const ask = { bootstrap: broker.bootstrap, topic, recordBytes: 1024, acks: 'all' } as const
      await producerPerformance(world.apache!, { ...ask, records: Math.min(left, each) })
    })
  }
}
