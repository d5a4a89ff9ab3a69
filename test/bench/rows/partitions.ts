import { readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Broker, launch, type Prepared, prepareApache, prepareOurs, run, start } from '../brokers.ts'
import type { FigureSpec, Who } from '../figures.ts'
import { cpuSeconds, rssMib } from '../proc.ts'
import { connectWhenListening, RawClient } from '../raw-client.ts'
import { createTopic, untilAcknowledged } from '../topics.ts'
import type { Row, World } from '../world.ts'

const counts = [1, 1000, 10_000] as const
const inOneTopic = 1000
const watchTurns = { NODE_OPTIONS: `--import=${resolve(import.meta.dirname, '..', 'longest-turn.ts')}` }

/** What many partitions cost one node: made, idle, and started with after a clean stop. */
export const partitions: Row = {
  name: 'partitions',
  about: '1, 1,000 and 10,000 partitions in one node: make, start after a clean stop, RSS, idle CPU, longest turn',
  async run(world) {
    for (const count of counts) {
      if (!world.wants(`partitions/${count}`)) continue
      if (world.isQuick && count > 1000) continue
      for (let round = 0; round < world.rounds; round++) {
        await one(world, 'ours', await prepareOurs('sync', 'shipped'), count)
        if (world.apache !== null) await one(world, 'theirs', await prepareApache(world.apache), count)
      }
    }
  },
}

async function one(world: World, who: Who, prepared: Prepared, count: number): Promise<void> {
  const sample = (name: string, unit: string, value: number, more: Partial<FigureSpec> = {}): void => {
    world.note(`${who} partitions/${count}/${name}: ${value.toFixed(2)} ${unit}`)
    world.figures.sample({ id: `partitions/${count}/${name}`, unit, better: 'lower', ...more }, who, value)
  }
  const env = who === 'ours' ? watchTurns : {}
  try {
    const first = await start(prepared, env)
    const client = await RawClient.connect(first.bootstrap)
    if (who === 'ours') await longestTurn(first)
    const makeMs = performance.now()
    for (let made = 0; made < count; made += inOneTopic) {
      await createTopic(client, `many-${made}`, Math.min(inOneTopic, count - made))
    }
    const last = (count - 1) % inOneTopic
    await untilAcknowledged(client, `many-${count - last - 1}`, last)
    sample('make', 'ms', performance.now() - makeMs)
    if (who === 'ours') sample('make/longest-turn', 'ms', await longestTurn(first))
    client.close()
    await first.stop('keep')

    if (who === 'ours') {
      const watched = await startedAgain(prepared, count, env)
      sample('start/longest-turn', 'ms', await longestTurn(watched.broker))
      await watched.broker.stop('keep')
    }
    const { broker, takenMs } = await startedAgain(prepared, count, {})
    sample('start', 'ms', takenMs, count === 10_000 ? { goal: { ours: 3000 } } : {})
    const waitMs = world.isQuick ? 2000 : 10_000
    // What starting leaves to be done is not idling.
    await new Promise((resolve) => setTimeout(resolve, waitMs / 2))
    const before = cpuSeconds(broker.pid)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    sample('idle-cpu', '% of a core', ((cpuSeconds(broker.pid) - before) / (waitMs / 1000)) * 100)
    sample('rss', 'MiB', rssMib(broker.pid))
    await broker.stop('keep')
  } finally {
    rmSync(prepared.work, { recursive: true, force: true })
  }
}

/** From the start of the process to a record acknowledged by the last partition. */
async function startedAgain(
  prepared: Prepared,
  count: number,
  env: Readonly<Record<string, string>>,
): Promise<{ broker: Broker; takenMs: number }> {
  // Written pages of the stop before are not this start's work.
  await run(['sync', '-f', prepared.work])
  const startMs = performance.now()
  const broker = launch(prepared, env)
  const client = await connectWhenListening(prepared.bootstrap, 300_000)
  const last = (count - 1) % inOneTopic
  await untilAcknowledged(client, `many-${count - last - 1}`, last)
  client.close()
  return { broker, takenMs: performance.now() - startMs }
}

/** Milliseconds since the node was asked last. */
async function longestTurn(broker: Broker): Promise<number> {
  const said = (): string[] => readFileSync(broker.logFile, 'utf8').match(/longest turn [\d.]+/g) ?? []
  const before = said().length
  broker.child.kill('SIGUSR2')
  for (;;) {
    const now = said()
    if (now.length > before) return Number(now.at(-1)!.slice('longest turn '.length))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
