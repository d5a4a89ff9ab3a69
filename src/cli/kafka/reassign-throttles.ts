import {
  type Admin,
  type ConfigChange,
  type ConfigResource,
  type OngoingReassignment,
  type PartitionMap,
  stringHashOrder,
  unwrap,
} from '../../client/index.ts'
import type { CliWorld } from '../world.ts'
import type { Target } from './reassign-json.ts'

const rates = ['leader.replication.throttled.rate', 'follower.replication.throttled.rate'] as const
const directoryRate = 'replica.alter.log.dirs.io.max.bytes.per.second'
const replicas = ['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas'] as const

/** Where the records of a partition come from and where they go. */
interface Move {
  readonly partition: number
  readonly sources: readonly number[]
  readonly destinations: readonly number[]
}

/** Of all reassignments: those under way, and those that are asked for now, which win. */
export function movesOf(
  ongoing: PartitionMap<OngoingReassignment>,
  targets: readonly Target[],
  current: readonly Target[],
): Map<string, Move[]> {
  const moves = new Map<string, Map<number, Move>>()
  const put = (topic: string, move: Move) => {
    const known = moves.get(topic) ?? new Map<number, Move>()
    moves.set(topic, known.set(move.partition, move))
  }
  for (const [{ topic, partition }, r] of ongoing) {
    const sources = r.replicas.filter((id) => !r.addingReplicas.includes(id))
    put(topic, { partition, sources, destinations: r.addingReplicas })
  }
  for (const { topic, partition, replicas: wanted } of targets) {
    const before = current.find((c) => c.topic === topic && c.partition === partition)?.replicas ?? []
    const sources = moves.get(topic)?.get(partition)?.sources ?? before
    put(topic, { partition, sources, destinations: wanted.filter((id) => !sources.includes(id)) })
  }
  return new Map([...moves].map(([topic, byPartition]) => [topic, [...byPartition.values()]]))
}

/** Replication between brokers goes at most this fast, for the replicas that move. */
export async function throttleMoves(
  admin: Admin,
  moves: Map<string, Move[]>,
  rate: number,
  world: CliWorld,
): Promise<void> {
  const changes = new Map<ConfigResource, readonly ConfigChange[]>()
  const entries = (list: readonly Move[], ids: (move: Move) => readonly number[]) =>
    [...new Set(list.flatMap((move) => ids(move).map((id) => `${move.partition}:${id}`)))].sort().join(',')
  for (const [topic, list] of moves) {
    changes.set({ type: 'topic', name: topic }, [
      set(
        replicas[0],
        entries(list, (move) => move.sources),
      ),
      set(
        replicas[1],
        entries(list, (move) => move.destinations),
      ),
    ])
  }
  unwrap(await admin.alterConfigs(changes))
  const brokers = new Set([...moves.values()].flat().flatMap((move) => [...move.sources, ...move.destinations]))
  await setOnBrokers(admin, brokers, rates, rate)
  world.out(`The inter-broker throttle limit was set to ${rate} B/s\n`)
}

/** Moves between directories of these brokers go at most this fast. */
export async function throttleDirectories(
  admin: Admin,
  brokers: ReadonlySet<number>,
  rate: number,
  world: CliWorld,
): Promise<void> {
  await setOnBrokers(admin, brokers, [directoryRate], rate)
  world.out(`The replica-alter-dir throttle limit was set to ${rate} B/s\n`)
}

/** All of them: which brokers were sources is no longer known. */
export async function clearThrottles(admin: Admin, targets: readonly Target[], world: CliWorld): Promise<void> {
  const all = (await admin.describeCluster()).nodes.map((n) => n.id)
  const brokers = [...new Set([...all, ...targets.flatMap((t) => t.replicas)])].sort((a, b) => a - b)
  world.out(`Clearing broker-level throttles on broker${brokers.length === 1 ? '' : 's'} ${brokers.join(',')}\n`)
  await clear(admin, 'broker', brokers.map(String), [...rates, directoryRate])
  const topics = stringHashOrder(new Set(targets.map((t) => t.topic)))
  world.out(`Clearing topic-level throttles on topic${topics.length === 1 ? '' : 's'} ${topics.join(',')}\n`)
  await clear(admin, 'topic', topics, replicas)
}

async function setOnBrokers(
  admin: Admin,
  brokers: ReadonlySet<number>,
  names: readonly string[],
  rate: number,
): Promise<void> {
  const changes = names.map((name) => set(name, String(rate)))
  unwrap(
    await admin.alterConfigs(
      new Map([...brokers].map((id) => [{ type: 'broker', name: String(id) } as const, changes])),
    ),
  )
}

async function clear(
  admin: Admin,
  type: 'broker' | 'topic',
  resources: readonly string[],
  names: readonly string[],
): Promise<void> {
  const changes = names.map((name): ConfigChange => ({ name, operation: 'delete' }))
  unwrap(await admin.alterConfigs(new Map(resources.map((name) => [{ type, name }, changes]))))
}

function set(name: string, value: string): ConfigChange {
  return { name, operation: 'set', value }
}
