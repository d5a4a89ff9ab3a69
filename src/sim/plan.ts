import type { CodecName } from '../env/index.ts'
import { type FaultName, faultNames } from './faults/index.ts'
import { SeededRandom } from './random.ts'
import { mayBeUnclean } from './unclean.ts'
import { type WorkloadName, workloadNames } from './workloads/index.ts'

/** What one run consists of. All of it follows from the seed; shrinking and tests change parts of it. */
export interface Plan {
  /** Brokers; controllers too, if there are no others. */
  readonly nodes: number
  /** Nodes that are controllers and nothing else; 0: the brokers are it. */
  readonly controllers: number
  /** Voters may come and go (KIP-853); otherwise they stand in the configuration. */
  readonly isDynamic: boolean
  readonly partitions: number
  /** How long faults happen, in virtual ms. */
  readonly faultsMs: number
  /** Mean time between two faults. */
  readonly faultEveryMs: number
  readonly faults: readonly FaultName[]
  /** Of the faults that would happen, by their number, only these do; null: all. */
  readonly strikes: readonly number[] | null
  readonly workloads: readonly WorkloadName[]
  /** transaction.version: 1 is how transactions were before epochs rise with each (KIP-890). */
  readonly transactionVersion: 1 | 2
  /** Of the producers' batches. */
  readonly compression: CodecName | 'none'
  /** Broker configurations that differ from those of nodes.ts. */
  readonly config: Readonly<Record<string, string>>
}

/** A replica that finds damage below what is known to be committed stays out until a person comes: asked for by name. */
const drawnFaults = faultNames.filter((name) => name !== 'bit-flip')

/** Swarm: each run has a random part of the faults and workloads, so that no fault hides what another would show. */
export function planOf(seed: number): Plan {
  const random = new SeededRandom(seed, 'plan')
  const nodes = random.pick([1, 1, 2, 3, 3, 3, 3, 3, 3, 4])
  const controllers = random.pick([0, 0, 0, 1, 3])
  const isDynamic = random.chance(0.4)
  const share = random.pick([0.15, 0.3, 0.6, 1])
  const some = <T>(all: readonly T[], part: number): T[] => all.filter(() => random.chance(part))
  const config: Record<string, string> = {}
  if (random.chance(0.5)) config['broker.session.timeout.ms'] = `${random.pick([2000, 4000])}`
  if (random.chance(0.5)) config['replica.lag.time.max.ms'] = `${random.pick([1500, 5000])}`
  if (random.chance(0.5)) config['log.roll.ms'] = `${random.pick([300, 3000])}`
  if (random.chance(0.3)) config['metadata.log.max.record.bytes.between.snapshots'] = `${random.pick([1, 2000])}`
  if (random.chance(0.4)) {
    // Leaders of the quorum come and go.
    config['controller.quorum.fetch.timeout.ms'] = `${random.pick([300, 600])}`
    config['controller.quorum.election.timeout.ms'] = `${random.pick([50, 200])}`
    config['controller.quorum.election.backoff.max.ms'] = `${random.pick([20, 200])}`
  }
  if (random.chance(0.25)) config['min.insync.replicas'] = '1'
  if (random.chance(0.25)) {
    // Catching up takes many fetches.
    config['replica.fetch.max.bytes'] = '300'
    config['replica.fetch.response.max.bytes'] = '1000'
  }
  const compression = random.chance(0.25) ? random.pick(['gzip', 'snappy', 'lz4', 'zstd'] as const) : 'none'
  if (random.chance(0.15)) config['millrace.flush'] = 'os'
  if (random.chance(0.1)) config['unclean.leader.election.enable'] = 'true'
  return {
    compression,
    transactionVersion: random.pick([1, 2, 2, 2]),
    ...{ nodes, controllers, isDynamic },
    partitions: 1 + random.below(4),
    faultsMs: random.pick([3_000, 10_000, 20_000]),
    faultEveryMs: random.pick([300, 600, 1500]),
    faults: some(drawnFaults, share),
    strikes: null,
    // Many at once leave little of the time to each.
    workloads: ['idempotent', ...some(workloadNames.slice(1), random.pick([0.15, 0.3, 0.6]))],
    config,
  }
}

const takesPower: ReadonlySet<FaultName> = new Set(['power-cut', 'blackout'])

/** Without faults from which its configuration does not protect: what nobody syncs, a power cut may take. */
export function survivable(plan: Plan): Plan {
  const isSynced = plan.config['millrace.flush'] !== 'os'
  return {
    ...plan,
    faults: isSynced ? plan.faults : plan.faults.filter((name) => !takesPower.has(name)),
    // Where records may be lost, copies of them are no function of anything.
    workloads: mayBeUnclean(plan) ? plan.workloads.filter((name) => name !== 'copies') : plan.workloads,
  }
}
