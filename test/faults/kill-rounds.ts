/**
 * A broker is killed with -9 at random instants under load, again and again, on one directory. Each round:
 *
 *   serves ─▶ load for a random time ─▶ kill -9 ─▶ (sometimes killed again while it recovers) ─▶ starts by itself
 *   ─▶ what was promised before the kill is held against what is there now
 */
import { isKafkaError, Kafka } from '../../src/client/node.ts'
import { type NodeEnv, nodeEnv } from '../../src/env/node/index.ts'
import { type BrokerProcess, Site } from './broker-process.ts'
import { Promises, partitionKey } from './promises.ts'
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
  const audit = new Audit(env, site.bootstrap)
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
      complain(promises, broker)
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

interface Snapshot {
  readonly acknowledged: ReadonlyMap<string, number>
  readonly committed: ReadonlyMap<string, number>
  readonly topics: ReturnType<Promises['topicsNow']>
}

function snapshot(promises: Promises): Snapshot {
  return {
    acknowledged: promises.acknowledgedNow(),
    committed: promises.committedNow(),
    topics: promises.topicsNow(),
  }
}

function recovered(broker: BrokerProcess): string {
  const found = broker.lines.filter((line) => line.includes('Recovered log'))
  const cut = found.filter((line) => /bytesCut=[1-9]/.test(line)).length
  return `${found.length} logs recovered, ${cut} cut`
}

/** What a healthy broker never says. */
function complain(promises: Promises, broker: BrokerProcess): void {
  for (const line of broker.lines) {
    if (/ ERROR |A handler failed|damaged|stays offline/.test(line))
      promises.violations.push(`the broker says: ${line}`)
  }
}

/** Reads what is there with clients of its own. */
class Audit {
  readonly #kafka: Kafka
  readonly #read = new Map<string, number>()

  constructor(env: NodeEnv, bootstrapServers: string) {
    this.#kafka = new Kafka({ env, bootstrapServers, clientId: 'audit', retryBackoffMaxMs: 100 })
  }

  async makeTopics(): Promise<void> {
    const admin = this.#kafka.admin()
    const configs = { 'segment.bytes': '1048576', 'index.interval.bytes': '512' }
    const created = await admin.createTopics(topics.map((topic) => ({ ...topic, configs })))
    for (const { error } of created.values()) if (error !== null) throw error
    await admin.close()
  }

  async round(promises: Promises, before: Snapshot): Promise<void> {
    await this.#readNew(promises, before.acknowledged)
    const admin = this.#kafka.admin()
    const offsets = await admin.listGroupOffsets('faults').catch((error: unknown) => {
      if (isKafkaError(error) && error.code === 'GROUP_ID_NOT_FOUND') return null
      throw error
    })
    for (const { name, partitions } of topics) {
      for (let partition = 0; partition < partitions; partition++) {
        promises.checkCommitted(before.committed, name, partition, offsets?.get(name, partition)?.value?.offset ?? -1)
      }
    }
    promises.checkTopics(before.topics, new Set((await admin.listTopics()).keys()))
    await admin.close()
  }

  /** Once more from the beginning: nothing that was ever shown has changed, and everybody's order is right. */
  async end(promises: Promises): Promise<void> {
    this.#read.clear()
    await this.#readNew(promises, promises.acknowledgedNow())
    promises.checkOrder()
  }

  async #readNew(promises: Promises, acknowledged: ReadonlyMap<string, number>): Promise<void> {
    await using consumer = this.#kafka.consumer({ autoOffsetReset: 'none', maxPollRecords: 5000 })
    const partitions = topics.flatMap(({ name: topic, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    )
    const ends = await consumer.endOffsets(partitions)
    const open = new Map<string, { offset: number; value: string }[]>()
    for (const { topic, partition } of partitions) {
      const key = partitionKey(topic, partition)
      const end = ends.get(topic, partition) ?? 0
      promises.checkEnd(topic, partition, end, acknowledged.get(key) ?? -1)
      if (end > (this.#read.get(key) ?? 0)) open.set(key, [])
    }
    const wanted = partitions.filter(({ topic, partition }) => open.has(partitionKey(topic, partition)))
    if (wanted.length === 0) return
    consumer.assign(wanted)
    for (const p of wanted) consumer.seek(p, this.#read.get(partitionKey(p.topic, p.partition)) ?? 0)
    let left = wanted.length
    const isRead = (topic: string, partition: number, offset: number) => offset + 1 === ends.get(topic, partition)
    while (left > 0) {
      const records = await consumer.poll({ timeoutMs: 30_000 })
      if (records.length === 0) throw new Error(`the audit reads nothing more; ${left} partitions are not at their end`)
      for (const { topic, partition, offset, value } of records) {
        if (offset >= (ends.get(topic, partition) ?? 0)) continue
        const text = new TextDecoder().decode(value?.subarray(0, 40))
        open.get(partitionKey(topic, partition))!.push({ offset, value: text })
        if (isRead(topic, partition, offset)) left--
      }
    }
    for (const { topic, partition } of wanted) {
      const key = partitionKey(topic, partition)
      promises.checkLog(topic, partition, this.#read.get(key) ?? 0, open.get(key)!)
      this.#read.set(key, ends.get(topic, partition)!)
    }
  }
}
