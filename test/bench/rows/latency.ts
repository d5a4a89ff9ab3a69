import { type FigureSpec, percentile } from '../figures.ts'
import { LatencyProbe, probePartitions } from '../latency-probe.ts'
import { withTopic } from '../topics.ts'
import { type Contender, contenders, type Row, stopAll, type World } from '../world.ts'

const sizes = [
  { name: '100B', bytes: 100 },
  { name: '10KiB', bytes: 10_240 },
  { name: '100KiB', bytes: 102_400 },
] as const

const modes = ['os', 'sync'] as const
type Mode = (typeof modes)[number]

/** From the moment before the send to the moment after the receipt, acks=all, at half of what the slower broker can take. */
export const latency: Row = {
  name: 'latency',
  about: 'end to end, acks=all, at half load: 100 B, 10 KiB, 100 KiB; flush=os and sync (theirs: flush.messages=1)',
  async run(world) {
    const cells = modes.flatMap((mode) => sizes.map((size) => ({ mode, size, id: `latency/${mode}/${size.name}` })))
    const wanted = cells.filter(({ id }) => world.wants(id))
    const all = await contenders(world, modes)
    try {
      for (const { mode, size, id } of wanted) {
        const pair = all.filter((one) => one.who === 'theirs' || one.mode === mode)
        const perSecond = await halfLoad(world, pair, mode, size.bytes)
        for (let round = 0; round < world.rounds; round++) {
          for (const one of pair) {
            const sorted = await withProbe(one, mode, size.bytes, (probe) =>
              probe.measure(perSecond, 1000, world.isQuick ? 1000 : 5000),
            )
            const [p50, p99, p999] = [0.5, 0.99, 0.999].map((at) => percentile(sorted, at)) as [number, number, number]
            world.note(
              `${one.who} ${id} at ${perSecond}/s: p50 ${p50.toFixed(3)} p99 ${p99.toFixed(3)} p99.9 ${p999.toFixed(3)} ms`,
            )
            world.figures.sample(spec(`${id}/p50`, 0.7), one.who, p50)
            world.figures.sample(spec(`${id}/p99`, 0.5), one.who, p99)
          }
        }
      }
    } finally {
      await stopAll(all)
    }
  },
}

const spec = (id: string, ratio: number): FigureSpec => ({ id, unit: 'ms', better: 'lower', goal: { ratio } })

/** Also warms both up. The lesser of what the two can take, halved: a rate that both carry without a queue. */
async function halfLoad(world: World, pair: readonly Contender[], mode: Mode, valueBytes: number): Promise<number> {
  const rates: number[] = []
  for (const one of pair) {
    rates.push(
      await withProbe(one, mode, valueBytes, (probe) =>
        world.isQuick ? probe.saturate(500, 500) : probe.saturate(3000, 3000),
      ),
    )
  }
  return Math.max(1, Math.floor(Math.min(...rates) / 2))
}

function withProbe<T>(
  { who, broker }: Contender,
  mode: Mode,
  valueBytes: number,
  use: (probe: LatencyProbe) => Promise<T>,
): Promise<T> {
  const configs: Record<string, string> = who === 'theirs' && mode === 'sync' ? { 'flush.messages': '1' } : {}
  return withTopic(broker.bootstrap, { name: 'probe', partitions: probePartitions, configs }, async (topic) => {
    const probe = await LatencyProbe.connect(broker.bootstrap, topic, valueBytes)
    try {
      return await use(probe)
    } finally {
      probe.close()
    }
  })
}
