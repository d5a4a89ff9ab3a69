/**
 * A broker is killed with -9 at random instants under load, again and again, on one directory. Each round:
 *
 *   serves ─▶ load for a random time ─▶ kill -9 ─▶ (sometimes killed again while it recovers) ─▶ starts by itself
 *   ─▶ what was promised before the kill is held against what is there now
 */
import { nodeEnv } from '../../src/env/node/index.ts'
import { Audit, complain, snapshot } from './audit.ts'
import { type BrokerProcess, Site } from './broker-process.ts'
import { Promises } from './promises.ts'
import { Luck } from './seed.ts'
import { Workload } from './workload.ts'

export interface KillOptions {
  readonly seed: number
  readonly rounds: number
  /** A line about each round. */
  readonly tell: (line: string) => void
  readonly groupProtocol?: 'classic' | 'consumer'
  readonly config?: Readonly<Record<string, string>>
}

export interface KillOutcome {
  readonly violations: readonly string[]
  readonly records: number
  readonly commits: number
  /** From the birth of the process to its first answer, ms, one a round. */
  readonly servingMs: readonly number[]
}

const topics = [
  { name: 'plain', partitions: 4 },
  { name: 'packed', partitions: 2 },
]

export async function killRounds(options: KillOptions): Promise<KillOutcome> {
  const luck = new Luck(options.seed)
  using site = await Site.make({ config: { 'log.flush.offset.checkpoint.interval.ms': '500', ...options.config } })
  let broker = await site.start()
  const env = nodeEnv({ logLevel: 'off' })
  const audit = new Audit({ env, bootstrapServers: site.bootstrap, topics })
  try {
    await audit.makeTopics()
    const promises = new Promises()
    const workload = new Workload(promises, {
      env,
      bootstrapServers: site.bootstrap,
      topics,
      producers: 3,
      groupProtocol: options.groupProtocol ?? 'classic',
      luck: luck.fork(),
    })
    workload.start()
    const servingMs: number[] = []
    for (let round = 1; round <= options.rounds; round++) {
      const loadMs = luck.between(200, 1500)
      await new Promise((done) => setTimeout(done, loadMs))
      const before = snapshot(promises)
      await broker.kill()
      let kills = 1
      for (; luck.chance(0.2); kills++) {
        // Dies again at some instant of its start or recovery.
        const again = site.spawn()
        await new Promise((done) => setTimeout(done, luck.between(50, 900)))
        await again.kill()
      }
      broker = site.spawn()
      const ms = await broker.serving()
      servingMs.push(ms)
      await audit.round(promises, before)
      const { acknowledgedCount, commitCount, violations } = promises
      options.tell(
        `round ${round}: load ${loadMs} ms, kills ${kills}, serves after ${ms.toFixed(0)} ms, ` +
          `${recovered(broker)}, acknowledged ${acknowledgedCount}, commits ${commitCount}, violations ${violations.length}`,
      )
      complain(promises, broker.lines)
      if (violations.length > 0 || workload.problems.length > 0) break
    }
    await workload.stop()
    await audit.end(promises)
    promises.violations.push(...workload.problems)
    await broker.stop()
    const { violations, acknowledgedCount: records, commitCount: commits } = promises
    return { violations, records, commits, servingMs }
  } finally {
    env.close()
    await broker[Symbol.asyncDispose]()
  }
}

function recovered(broker: BrokerProcess): string {
  const found = broker.lines.filter((line) => line.includes('Recovered log'))
  const cut = found.filter((line) => /bytesCut=[1-9]/.test(line)).length
  return `${found.length} logs recovered, ${cut} cut`
}
