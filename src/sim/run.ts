import { unwrap } from '../client/index.ts'
import type { MemoryDisk } from '../env/memory/index.ts'
import { checkImages, checkRecords, checkServes } from './final-checks.ts'
import { Nemesis } from './nemesis.ts'
import { type Plan, planOf, survivable } from './plan.ts'
import { checkReplicas } from './replica-check.ts'
import { Scene } from './scene.ts'
import { judgeLosses, mayBeUnclean } from './unclean.ts'
import { workloads } from './workloads/index.ts'
import { topicName } from './workloads/topic.ts'
import type { Check, Workload } from './workloads/types.ts'
import { type Host, type Violation, World } from './world.ts'

export interface RunOptions {
  /** Instead of what the seed says. */
  readonly plan?: Partial<Plan>
  readonly traceTo?: (line: string) => void
}

export interface Outcome {
  readonly seed: number
  readonly plan: Plan
  readonly violation: Violation | null
  /** Of every event: two runs of one seed have the same. */
  readonly hash: string
  readonly events: number
  readonly virtualMs: number
  readonly acknowledged: number
  readonly strikes: ReadonlyMap<number, string>
  /** {@link Nemesis.coverage} */
  readonly coverage: ReadonlyMap<string, number>
  /** What stands on the disks of the nodes when the run is over, by machine. */
  readonly disks: () => ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>
}

/** A cluster that comes up, is disturbed, and heals takes a few minutes; one that never does is given up. */
const LIMIT_MS = 900_000

/** One run: the cluster starts, works under faults, heals, and everything that was promised is looked for. */
export async function run(seed: number, host: Host, options: RunOptions = {}): Promise<Outcome> {
  const plan = survivable({ ...planOf(seed), ...options.plan })
  const world = new World(seed, host, options.traceTo ?? null)
  world.isLossJudged = mayBeUnclean(plan)
  const scene = new Scene(world, plan)
  const nemesis = new Nemesis(scene)
  await world.run(conduct(scene, nemesis), LIMIT_MS)
  return {
    ...{ seed, plan, violation: world.violations[0] ?? null, hash: world.trace.hash, events: world.events },
    ...{ virtualMs: world.nowMs, acknowledged: scene.history.acknowledgements, strikes: nemesis.strikes },
    coverage: nemesis.coverage,
    disks: () => new Map(scene.nodes.map(({ machine: { name, disk } }) => [name, contentsOf(disk)])),
  }
}

function contentsOf(disk: MemoryDisk): Map<string, Uint8Array> {
  return new Map(disk.files().map((path) => [path, disk.contents(path)]))
}

async function conduct(scene: Scene, nemesis: Nemesis): Promise<void> {
  const { nodes, plan } = scene
  for (const node of nodes) node.format()
  await scene.until('nodes are formatted', 10_000, () => nodes.every((node) => node.observe() === 'down'))
  for (const node of nodes) node.start()
  await scene.until('all nodes serve', 60_000, () => nodes.every((node) => node.observe() === 'serving'))
  const kafka = scene.kafka(scene.conductor)
  const admin = kafka.admin()
  const chosen: Workload[] = plan.workloads.map((name) => workloads[name])
  const topics = chosen.flatMap((workload) => workload.topics?.(plan) ?? [])
  unwrap(await admin.createTopics([{ name: topicName, partitions: plan.partitions }, ...topics]))
  if (plan.transactionVersion === 1) {
    await admin.updateFeatures([{ name: 'transaction.version', level: 1, type: 'safeDowngrade' }])
  }
  await admin.close()
  const checks: Check[] = []
  const work = chosen.flatMap((workload) => workload.start(scene, (check) => checks.push(check)))
  nemesis.start()
  await scene.sleep(plan.faultsMs)
  nemesis.stop()
  await scene.sleep(1_000)
  scene.isOver = true
  await checkServes(scene, kafka)
  await Promise.all(work)
  await checkRecords(scene, kafka)
  for (const check of checks) await check(kafka)
  await checkImages(scene)
  await checkReplicas(scene)
  judgeLosses(scene)
}
