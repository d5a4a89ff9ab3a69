import type { Plan } from './plan.ts'

export interface SeedThatFailed {
  readonly seed: number
  readonly because: string
  /** What it takes of the run; without it, what the seed draws. */
  readonly plan?: Partial<Plan>
}

const static3 = { nodes: 3, controllers: 0, isDynamic: false, compression: 'none', transactionVersion: 2 } as const

/** Seeds that once broke a promise, and what was mended. One stands for that run only as long as events come as they did. */
export const seedsThatFailed: readonly SeedThatFailed[] = [
  { seed: 1, because: 'followers that caught up while another change of the ISR was pending stayed out of it' },
  {
    seed: 117,
    because: 'a producer that gave up a batch sent those behind it again in a new epoch, though the log had them',
    plan: {
      ...{ ...static3, partitions: 2, faultsMs: 10_000, faultEveryMs: 600, workloads: ['idempotent'] },
      ...{ faults: ['blackout', 'clock-jump', 'one-way', 'loss', 'resets', 'slow-disk'], strikes: [1, 4, 5, 6, 11] },
      config: { 'broker.session.timeout.ms': '2000', 'replica.lag.time.max.ms': '1500' },
    },
  },
  {
    seed: 4,
    because: 'a partition whose next batch did not fit into the answer to a follower stood still until the next write',
    plan: {
      ...{
        ...static3,
        partitions: 4,
        faultsMs: 300,
        faultEveryMs: 600,
        faults: [],
        workloads: ['idempotent', 'copies'],
      },
      config: { 'replica.fetch.max.bytes': '300', 'replica.fetch.response.max.bytes': '1000' },
    },
  },
  {
    seed: 7,
    because: 'a consumer that its group had thrown out overwrote the offsets of an empty group',
    plan: {
      ...{ ...static3, partitions: 1, faultsMs: 20_000, faultEveryMs: 600, faults: [], config: {} },
      workloads: ['idempotent', 'classic-group', 'watcher'],
    },
  },
]
