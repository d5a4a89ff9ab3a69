import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { peersDir } from '../../../scripts/apache-kafka.ts'
import { prepareOurs, run, start } from '../brokers.ts'
import type { FigureSpec } from '../figures.ts'
import { consumerPerformance, producerPerformance } from '../perf-tools.ts'
import { withTopic } from '../topics.ts'
import { needsApache, type Row, type World } from '../world.ts'

const sizes = [
  { name: '100B', bytes: 100, records: 2_000_000 },
  { name: '1KiB', bytes: 1024, records: 500_000 },
  { name: '10KiB', bytes: 10_240, records: 60_000 },
] as const

interface Job {
  readonly bootstrap: string
  readonly topic: string
  readonly records: number
  readonly recordBytes: number
}
type Client = (what: 'produce' | 'consume', job: Job) => Promise<number>

/** Our client, the Java client and kafkajs, all against our broker: MB/s, acks=all, batch 64 KiB, linger 5. */
export const client: Row = {
  name: 'client',
  about: 'our client against the Java client and kafkajs, same broker (ours)',
  missing: needsApache,
  async run(world) {
    const kafkajsFolder = join(peersDir(), 'npm')
    const hasKafkajs = existsSync(join(kafkajsFolder, 'node_modules', 'kafkajs'))
    if (!hasKafkajs) console.log('client/…/kafkajs skipped: kafkajs is not installed (npm run interop installs it)')
    const rivals: { name: string; client: Client; goal: number }[] = [
      { name: 'Java client', client: javaClient(world), goal: 0.7 },
      ...(hasKafkajs ? [{ name: 'kafkajs', client: nodeClient('kafkajs.ts', kafkajsFolder), goal: 2 }] : []),
    ]
    const ours = nodeClient('ours.ts')
    const broker = await start(await prepareOurs('os', 'shipped'))
    try {
      for (const size of sizes) {
        const wanted = (['produce', 'consume'] as const).filter((what) => world.wants(`client/${size.name}/${what}`))
        if (wanted.length === 0) continue
        const records = world.isQuick ? size.records / 10 : size.records
        for (let round = 0; round < world.rounds; round++) {
          const sample = (what: string, rival: (typeof rivals)[number], who: 'ours' | 'theirs', value: number) => {
            const spec: FigureSpec = {
              id: `client/${size.name}/${what}/${rival.name === 'kafkajs' ? 'kafkajs' : 'java'}`,
              ...{ unit: 'MB/s', better: 'higher', versus: rival.name },
              // Tiny records are reported, not promised.
              ...(size.bytes >= 1024 ? { goal: { ratio: rival.goal } } : {}),
            }
            world.figures.sample(spec, who, value)
          }
          const both = async (who: 'ours' | 'theirs', run: Client, beside: readonly (typeof rivals)[number][]) => {
            await withTopic(broker.bootstrap, { name: 'client', partitions: 6 }, async (topic) => {
              const job = { bootstrap: broker.bootstrap, topic, records, recordBytes: size.bytes }
              for (const what of ['produce', 'consume'] as const) {
                if (what === 'consume' && !wanted.includes(what)) continue
                const mbPerSecond = await run(what, job)
                for (const rival of beside) if (wanted.includes(what)) sample(what, rival, who, mbPerSecond)
              }
            })
          }
          await both('ours', ours, rivals)
          for (const rival of rivals) await both('theirs', rival.client, [rival])
        }
      }
    } finally {
      await broker.stop()
    }
  },
}

function javaClient(world: World): Client {
  const layout = world.apache!
  return async (what, job) =>
    what === 'produce'
      ? (await producerPerformance(layout, { ...job, acks: 'all' })).mbPerSecond
      : (await consumerPerformance(layout, job)).mbPerSecond
}

function nodeClient(program: string, ...more: string[]): Client {
  const path = resolve(import.meta.dirname, '..', 'clients', program)
  return async (what, { bootstrap, topic, records, recordBytes }) => {
    const args = [what, bootstrap, topic, `${records}`, `${recordBytes}`, ...more]
    const said = await run([process.execPath, '--disable-warning=ExperimentalWarning', path, ...args])
    return (JSON.parse(said.trim().split('\n').at(-1)!) as { mbPerSecond: number }).mbPerSecond
  }
}
