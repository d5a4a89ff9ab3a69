import { unwrap } from '../client/index.ts'
import type { MemoryDisk } from '../env/memory/index.ts'
import { checkGroup, checkRecords, checkServes, checkTopics } from './final-checks.ts'
import { Nemesis } from './nemesis.ts'
import { type Plan, planOf, type WorkloadName } from './plan.ts'
import { checkReplicas } from './replica-check.ts'
import { Scene } from './scene.ts'
import { consumeAsGroup, GroupProgress } from './workloads/group.ts'
import { produce } from './workloads/producer.ts'
import { topicName } from './workloads/topic.ts'
import { churnTopics, type TopicFate } from './workloads/topics.ts'
import { watchEnds } from './workloads/watcher.ts'
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
  /** What stands on the disks of the nodes when the run is over, by machine. */
  readonly disks: () => ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>
}

/** A cluster that comes up, is disturbed, and heals takes a few minutes; one that never does is given up. */
const LIMIT_MS = 900_000

/** One run: the cluster starts, works under faults, heals, and everything that was promised is looked for. */
export async function run(seed: number, host: Host, options: RunOptions = {}): Promise<Outcome> {
  const plan: Plan = { ...planOf(seed), ...options.plan }
  const world = new World(seed, host, options.traceTo ?? null)
  const scene = new Scene(world, plan)
  const nemesis = new Nemesis(scene)
  await world.run(conduct(scene, nemesis), LIMIT_MS)
  return {
    ...{ seed, plan, violation: world.violations[0] ?? null, hash: world.trace.hash, events: world.events },
    ...{ virtualMs: world.nowMs, acknowledged: scene.history.acknowledgements, strikes: nemesis.strikes },
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
  unwrap(await admin.createTopics([{ name: topicName, partitions: plan.partitions }]))
  await admin.close()
  const groups: GroupProgress[] = []
  const fates = new Map<string, TopicFate>()
  const work = plan.workloads.flatMap((name) => startWorkload[name](scene, groups, fates))
  nemesis.start()
  await scene.sleep(plan.faultsMs)
  nemesis.stop()
  await scene.sleep(1_000)
  scene.isOver = true
  await checkServes(scene, kafka)
  await Promise.all(work)
  await checkRecords(scene, kafka)
  for (const group of groups) await checkGroup(scene, kafka, group)
  await checkTopics(scene, kafka, fates)
  await checkReplicas(scene)
}

const startWorkload: Readonly<
  Record<WorkloadName, (scene: Scene, groups: GroupProgress[], fates: Map<string, TopicFate>) => Promise<void>[]>
> = {
  idempotent: (scene) => [1, 2].map((n) => produce(scene, `idempotent${n}`, { acks: 'all' })),
  plain: (scene) => [
    produce(scene, 'plain-all', { acks: 'all', idempotent: false }),
    produce(scene, 'plain-one', { acks: 1 }),
  ],
  'classic-group': (scene, groups) => membersOf(scene, groups, 'classic'),
  'consumer-group': (scene, groups) => membersOf(scene, groups, 'consumer'),
  topics: (scene, _, fates) => [churnTopics(scene, fates)],
  watcher: (scene) => [watchEnds(scene)],
}

function membersOf(scene: Scene, groups: GroupProgress[], protocol: 'classic' | 'consumer'): Promise<void>[] {
  const progress = new GroupProgress(`${protocol}-group`)
  groups.push(progress)
  return [1, 2].map((member) => consumeAsGroup(scene, progress, member, protocol))
}
