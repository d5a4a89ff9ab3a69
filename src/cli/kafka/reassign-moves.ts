import { type Admin, isKafkaError, partitionName, type ReplicaMove, unwrap } from '../../client/index.ts'
import { type CliWorld, ToolFailure } from '../world.ts'
import { byReplica, type Replica, replicaName } from './reassign-json.ts'

type Wanted = Replica & { readonly path: string }

/** Where a replica lies, and where it is being moved to; null: nowhere. */
interface Lying {
  readonly current: string | null
  readonly future: string | null
}

export async function directoriesOf(admin: Admin, replicas: readonly Replica[]): Promise<Map<Replica, Lying>> {
  const brokers = [...new Set(replicas.map((r) => r.broker))]
  if (brokers.length === 0) return new Map()
  const found = unwrap(await admin.describeLogDirs(brokers, replicas))
  return new Map(
    replicas.map((replica) => {
      let current: string | null = null
      let future: string | null = null
      for (const { path, replicas: here } of found.get(replica.broker) ?? []) {
        for (const p of here) {
          if (p.topic !== replica.topic || p.partition !== replica.partition) continue
          if (p.isFuture) future = path
          else current = path
        }
      }
      return [replica, { current, future }]
    }),
  )
}

export interface MoveStates {
  readonly text: string
  readonly isOngoing: boolean
  /** Moves under way, with the directory that each comes from. */
  readonly active: readonly Wanted[]
}

/** What has become of moves between directories. */
export async function moveStates(admin: Admin, wanted: readonly Wanted[]): Promise<MoveStates> {
  const lying = await directoriesOf(admin, wanted)
  const lines: string[] = []
  const active: Wanted[] = []
  for (const replica of [...wanted].sort(byReplica)) {
    const { current, future } = lying.get(replica) ?? { current: null, future: null }
    const { path, broker } = replica
    const name = `Partition ${partitionName(replica)}`
    if (current === null) {
      lines.push(
        `${name} is not found in any live log dir on broker ${broker}. There is likely an offline log directory on the broker.`,
      )
    } else if (future === null) {
      lines.push(
        current === path
          ? `Reassignment of replica ${replicaName(replica)} completed successfully.`
          : `${name} on broker ${broker} is not being moved from log dir ${current} to ${path}.`,
      )
    } else {
      active.push({ ...replica, path: current })
      lines.push(
        future === path
          ? `Reassignment of replica ${replicaName(replica)} is still in progress.`
          : `${name} on broker ${broker} is being moved to log dir ${future} instead of ${path}.`,
      )
    }
  }
  return { text: lines.join('\n'), isOngoing: active.length > 0, active }
}

/** Asked again until each has begun: a replica that is still to come to the broker cannot be moved on it. */
export async function startMoves(
  admin: Admin,
  wanted: readonly Wanted[],
  timeoutMs: number,
  world: CliWorld,
): Promise<void> {
  const { clock } = world.env
  const deadline = clock.monoMs() + timeoutMs
  let pending = [...wanted].sort(byReplica)
  for (;;) {
    const asks = pending.map(
      (r): ReplicaMove => ({ topic: r.topic, partition: r.partition, brokerId: r.broker, path: r.path }),
    )
    const outcomes = await admin.alterReplicaLogDirs(asks)
    const left: Wanted[] = []
    for (const [i, replica] of pending.entries()) {
      const error = outcomes.get(asks[i]!)?.error ?? null
      if (error === null) {
        world.out(
          `Successfully started moving log directory to ${replica.path} for replica ${partitionName(replica)} with broker ${replica.broker} \n`,
        )
      } else if (isKafkaError(error) && error.code === 'REPLICA_NOT_AVAILABLE') left.push(replica)
      else throw new ToolFailure(`Failed to alter dir for ${replicaName(replica)}: ${error.message}`)
    }
    if (left.length === 0) return
    pending = left
    if (clock.monoMs() >= deadline) {
      throw new ToolFailure(
        `Timed out before log directory move${left.length === 1 ? '' : 's'} could be started for: ${left.map(replicaName).join(',')}`,
      )
    }
    await new Promise<void>((resolve) => void clock.at(clock.monoMs() + 100, resolve))
  }
}
