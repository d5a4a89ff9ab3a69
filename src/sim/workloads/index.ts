import type { Scene } from '../scene.ts'
import { configurations } from './configs.ts'
import { copies } from './copies.ts'
import { consumeAsGroup, GroupProgress } from './group.ts'
import { produce } from './producer.ts'
import { quotas } from './quotas.ts'
import { reassignments } from './reassignments.ts'
import { topics } from './topics.ts'
import type { Check, Workload } from './types.ts'
import { voters } from './voters.ts'
import { watchEnds } from './watcher.ts'

/** All workloads by the names that `--workloads` knows. */
export const workloads = {
  idempotent: { start: (scene) => [1, 2].map((n) => produce(scene, `idempotent${n}`, { acks: 'all' })) },
  plain: {
    start: (scene) => [
      produce(scene, 'plain-all', { acks: 'all', idempotent: false }),
      produce(scene, 'plain-one', { acks: 1 }),
    ],
  },
  'classic-group': { start: (scene, afterwards) => membersOf(scene, afterwards, 'classic') },
  'consumer-group': { start: (scene, afterwards) => membersOf(scene, afterwards, 'consumer') },
  topics,
  watcher: { start: (scene) => [watchEnds(scene)] },
  copies,
  configurations,
  quotas,
  reassignments,
  voters,
} as const satisfies Readonly<Record<string, Workload>>

export type WorkloadName = keyof typeof workloads
export const workloadNames = Object.keys(workloads) as readonly WorkloadName[]

function membersOf(
  scene: Scene,
  afterwards: (check: Check) => void,
  protocol: 'classic' | 'consumer',
): Promise<void>[] {
  const progress = new GroupProgress(`${protocol}-group`)
  afterwards((kafka) => progress.check(scene, kafka))
  return [1, 2].map((member) => consumeAsGroup(scene, progress, member, protocol))
}
