import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../brokers.ts'
import { consumerPerformance, producerPerformance } from '../perf-tools.ts'
import { cpuSeconds } from '../proc.ts'
import { withTopic } from '../topics.ts'
import { contenders, needsApache, type Row, stopAll } from '../world.ts'

const sizes = [
  { name: '100B', bytes: 100, records: 8_000_000 },
  { name: '1KiB', bytes: 1024, records: 1_000_000 },
] as const

const kinds = ['tail', 'cold'] as const

/** tail: the records were just produced. cold: no page of the segments is in the system's cache. */
export const consume: Row = {
  name: 'consume',
  about: 'ConsumerPerformance: 100 B and 1 KiB; what was just produced, and what no cache holds',
  missing: needsApache,
  async run(world) {
    const all = await contenders(world, ['os'])
    try {
      for (const size of sizes) {
        const wanted = kinds.filter((kind) => world.wants(`consume/${size.name}/${kind}`))
        if (wanted.length === 0) continue
        const records = world.isQuick ? size.records / 10 : size.records
        for (let round = 0; round < world.rounds; round++) {
          for (const { who, broker } of all) {
            await withTopic(broker.bootstrap, { name: `consume-${size.name}`, partitions: 6 }, async (topic) => {
              const where = { bootstrap: broker.bootstrap, topic, records }
              await producerPerformance(world.apache!, { ...where, recordBytes: size.bytes, acks: 'all' })
              for (const kind of wanted) {
                if (kind === 'cold') await dropPages(broker.logDir, topic)
                const before = cpuSeconds(broker.pid)
                const { mbPerSecond } = await consumerPerformance(world.apache!, where)
                const cpu = (cpuSeconds(broker.pid) - before) / ((records * size.bytes) / 1e9)
                const id = `consume/${size.name}/${kind}`
                world.note(`${who} ${id}: ${mbPerSecond} MB/s, ${cpu.toFixed(2)} CPU s/GB`)
                world.figures.sample({ id, unit: 'MB/s', better: 'higher', goal: { ratio: 1 } }, who, mbPerSecond)
                world.figures.sample({ id: `${id}/cpu`, unit: 'CPU s/GB', better: 'lower' }, who, cpu)
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

/** Takes the segments of a topic out of the page cache; dd tells the kernel so without being root. */
async function dropPages(logDir: string, topic: string): Promise<void> {
  // A topic of the same name that was deleted may still be there.
  const isOurs = (name: string) => name.startsWith(`${topic}-`) && !name.endsWith('-delete')
  for (const partition of readdirSync(logDir).filter(isOurs)) {
    for (const file of readdirSync(join(logDir, partition)).filter((name) => name.endsWith('.log'))) {
      const path = join(logDir, partition, file)
      await run(['sync', path])
      await run(['dd', `if=${path}`, 'iflag=nocache', 'count=0', 'status=none'])
    }
  }
}
