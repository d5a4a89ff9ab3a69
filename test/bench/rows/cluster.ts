import { type Admin, Kafka, type Producer, unwrap } from '../../../src/client/node.ts'
import { nodeEnv } from '../../../src/env/node/index.ts'
import { BenchCluster, clusterNodeIds } from '../clusters.ts'
import type { FigureSpec } from '../figures.ts'
import { endToEndLatency, producerPerformance } from '../perf-tools.ts'
import { cpuSeconds, rssMib } from '../proc.ts'
import { needsApache, type Row, type World } from '../world.ts'

const sizes = [
  { name: '100B', bytes: 100, records: 1_000_000 },
  { name: '1KiB', bytes: 1024, records: 300_000 },
  { name: '10KiB', bytes: 10_240, records: 40_000 },
] as const

const partitionCounts = [1000, 10_000] as const

interface Measured {
  readonly world: World
  readonly cluster: BenchCluster
  readonly admin: Admin
  readonly kafka: Kafka
}

/** Three nodes, three replicas, acks=all and two in sync at least, beside three of Apache's. */
export const cluster: Row = {
  name: 'cluster',
  about:
    'three nodes: ready, RSS, produce, end to end, failover and restart; 1,000 and 10,000 partitions of 3 replicas',
  missing: needsApache,
  async run(world) {
    for (let round = 0; round < world.rounds; round++) {
      for (const layout of [null, world.apache]) await one(world, await BenchCluster.prepare(layout))
    }
  },
}

async function one(world: World, nodes: BenchCluster): Promise<void> {
  const env = nodeEnv({ logLevel: 'off' })
  try {
    const startMs = performance.now()
    const ready = nodes.start()
    const kafka = new Kafka({ env, bootstrapServers: nodes.bootstrap, retryBackoffMs: 20, retryBackoffMaxMs: 50 })
    await using admin = kafka.admin()
    const m: Measured = { world, cluster: nodes, admin, kafka }
    await untilTrue(async () => (await admin.describeCluster()).nodes.length === clusterNodeIds.length)
    sample(m, { id: 'cluster/ready', unit: 'ms', better: 'lower', goal: { ours: 1000 } }, performance.now() - startMs)
    await ready
    await makeTopic(m, 'load', 6)
    for (const size of sizes) if (world.wants(`cluster/produce/${size.name}`)) await produce(m, size)
    if (world.wants('cluster/end-to-end')) await endToEnd(m)
    const rss = nodes.pids.reduce((sum, pid) => sum + rssMib(pid), 0)
    sample(m, { id: 'cluster/rss', unit: 'MiB', better: 'lower', goal: { ratio: 0.15 } }, rss)
    if (world.wants('cluster/gap')) await gaps(m)
    for (const count of partitionCounts) {
      if (world.isQuick && count > 1000) continue
      if (world.wants(`cluster/partitions/${count}`)) await many(m, count)
    }
  } finally {
    await nodes.end()
    env.close()
  }
}

function sample({ world, cluster: { who } }: Measured, spec: FigureSpec, value: number): void {
  world.note(`${who} ${spec.id}: ${value.toFixed(2)} ${spec.unit}`)
  world.figures.sample(spec, who, value)
}

async function produce(m: Measured, { name, bytes, records }: (typeof sizes)[number]): Promise<void> {
  const { world, cluster: nodes } = m
  const ask = { bootstrap: nodes.bootstrap, topic: 'load', recordBytes: bytes, acks: 'all' } as const
  const count = Math.ceil(records / (world.isQuick ? 10 : 1))
  await producerPerformance(world.apache!, { ...ask, records: Math.ceil(count / 4) })
  const before = nodes.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
  const { mbPerSecond } = await producerPerformance(world.apache!, { ...ask, records: count })
  const cpu = (nodes.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0) - before) / ((count * bytes) / 1e9)
  const id = `cluster/produce/${name}`
  sample(m, { id, unit: 'MB/s', better: 'higher', goal: { ratio: 1.2 } }, mbPerSecond)
  sample(m, { id: `${id}/cpu`, unit: 'CPU s/GB', better: 'lower', goal: { ratio: 0.6 } }, cpu)
}

async function endToEnd(m: Measured): Promise<void> {
  const { world, cluster: nodes } = m
  await makeTopic(m, 'end-to-end', 1)
  const ask = { bootstrap: nodes.bootstrap, topic: 'end-to-end', recordBytes: 1024 }
  const { averageMs, p99Ms } = await endToEndLatency(world.apache!, { ...ask, records: world.isQuick ? 500 : 5000 })
  sample(m, { id: 'cluster/end-to-end/average', unit: 'ms', better: 'lower' }, averageMs)
  sample(m, { id: 'cluster/end-to-end/p99', unit: 'ms', better: 'lower', goal: { ratio: 0.5 } }, p99Ms)
}

/** The longest time without an acknowledgement for a partition whose leader dies, whose controller dies, that is rolled. */
async function gaps(m: Measured): Promise<void> {
  const { cluster: nodes, admin } = m
  await makeTopic(m, 'gap', 1)
  const leader = async (): Promise<number> => (await partitionsOf(admin, 'gap'))[0]!.leader
  const controller = (): Promise<number> => activeController(admin)
  const inSync = async (): Promise<void> =>
    untilTrue(async () => (await partitionsOf(admin, 'gap')).every((p) => p.isr.length === clusterNodeIds.length))
  const cases = [
    { name: 'leader-killed', goalMs: 1000, pick: leader, strike: (id: number) => nodes.kill(id) },
    { name: 'controller-killed', goalMs: 1000, pick: controller, strike: (id: number) => nodes.kill(id) },
    { name: 'leader-restarted', goalMs: 200, pick: leader, strike: (id: number) => nodes.stop(id) },
  ]
  for (const { name, goalMs, pick, strike } of cases) {
    await inSync()
    await using producer = m.kafka.producer({ lingerMs: 0 })
    const watch = new AckWatch(producer, 'gap')
    await watch.settled()
    const id = await pick()
    await strike(id)
    await watch.settled()
    sample(m, { id: `cluster/gap/${name}`, unit: 'ms', better: 'lower', goal: { ours: goalMs } }, await watch.end())
    await nodes.start([id])
  }
  await inSync()
}

/** Many partitions of three replicas: made; the broker of a third of the leaders killed; back in sync. */
async function many(m: Measured, count: number): Promise<void> {
  const { cluster: nodes, admin } = m
  const each = 1000
  const names = Array.from({ length: count / each }, (_, i) => `many-${count}-${i}`)
  const spec = (name: string): FigureSpec => ({
    id: `cluster/partitions/${count}/${name}`,
    unit: 'ms',
    better: 'lower',
  })
  const madeMs = performance.now()
  for (const name of names) await makeTopic(m, name, each)
  sample(m, { ...spec('make'), ...(count === 10_000 ? { goal: { ours: 20_000 } } : {}) }, performance.now() - madeMs)
  const all = async () => (await Promise.all(names.map((name) => partitionsOf(admin, name)))).flat()
  const leaders = (await all()).map(({ leader }) => leader)
  const controller = await activeController(admin)
  const victim = clusterNodeIds.find((id) => id !== controller && leaders.includes(id))!
  const killedMs = performance.now()
  await nodes.kill(victim)
  await untilTrue(async () => (await all()).every(({ leader }) => leader !== victim && leader >= 0))
  sample(
    m,
    { ...spec('failover'), ...(count === 10_000 ? { goal: { ours: 5000 } } : {}) },
    performance.now() - killedMs,
  )
  const backMs = performance.now()
  await nodes.start([victim])
  await untilTrue(async () => (await all()).every(({ isr }) => isr.length === clusterNodeIds.length))
  sample(m, spec('in-sync-again'), performance.now() - backMs)
  unwrap(await admin.deleteTopics(names))
}

async function partitionsOf(admin: Admin, name: string) {
  return unwrap(await admin.describeTopics([name])).get(name)!.partitions
}

async function activeController(admin: Admin): Promise<number> {
  return (await admin.describeQuorum()).topics[0]!.partitions[0]!.leaderId
}

async function makeTopic({ admin }: Measured, name: string, partitions: number): Promise<void> {
  unwrap(await admin.createTopics([{ name, partitions, replicationFactor: 3 }], { timeoutMs: 180_000 }))
  await untilTrue(async () => {
    const outcome = (await admin.describeTopics([name])).get(name)!
    if (outcome.error !== null) return false
    const found = outcome.value.partitions
    return found.length === partitions && found.every(({ isr, leader }) => leader >= 0 && isr.length === 3)
  })
}

async function untilTrue(is: () => Promise<boolean>, limitMs = 300_000): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await is())) {
    if (performance.now() > deadline) throw new Error(`not so within ${limitMs} ms: ${is}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Sends record after record, and knows the longest time between two acknowledgements. */
class AckWatch {
  #isOver = false
  #count = 0
  #longestMs = 0
  readonly #sending: Promise<void>

  constructor(producer: Producer, topic: string) {
    this.#sending = this.#send(producer, topic)
  }

  async #send(producer: Producer, topic: string): Promise<void> {
    let lastMs: number | null = null
    while (!this.#isOver) {
      await producer.send({ topic, value: 'x' })
      const now = performance.now()
      if (lastMs !== null) this.#longestMs = Math.max(this.#longestMs, now - lastMs)
      lastMs = now
      this.#count++
    }
  }

  /** A hundred acknowledgements from now. */
  async settled(): Promise<void> {
    const from = this.#count
    await untilTrue(async () => this.#count >= from + 100)
  }

  async end(): Promise<number> {
    this.#isOver = true
    await this.#sending
    return this.#longestMs
  }
}
