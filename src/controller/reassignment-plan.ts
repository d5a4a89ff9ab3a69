import type { PartitionImage } from '../metadata/index.ts'

/** Where a partition's replicas are going: `replicas` holds the target, then those that will be removed. */
export interface Reassignment {
  readonly replicas: readonly number[]
  readonly removing: readonly number[]
  readonly adding: readonly number[]
}

export function isReassigning(plan: Pick<Reassignment, 'removing' | 'adding'>): boolean {
  return plan.removing.length > 0 || plan.adding.length > 0
}

export function reassignmentOf(partition: PartitionImage): Reassignment {
  return { replicas: partition.replicas, removing: partition.removingReplicas, adding: partition.addingReplicas }
}

/**
 * The plan that takes a partition to `target`. One that is under way is replaced: replicas that were being added and are
 * still wanted go on being added, whatever is not wanted is removed, and what was to be removed may stay after all.
 */
export function planReassignment(partition: PartitionImage, target: readonly number[]): Reassignment {
  const ascending = (ids: number[]) => ids.sort((a, b) => a - b)
  const { replicas, addingReplicas } = partition
  const removing = ascending(replicas.filter((id) => !target.includes(id)))
  const adding = ascending(target.filter((id) => !replicas.includes(id) || addingReplicas.includes(id)))
  return { replicas: [...target, ...removing], removing, adding }
}

/**
 * The final replicas and ISR once every added replica is in sync and one that stays is; null before that. When replicas
 * become fewer, all that stay must be in sync.
 */
export function tryComplete(
  plan: Reassignment,
  isr: readonly number[],
): { readonly replicas: readonly number[]; readonly isr: readonly number[] } | null {
  const stays = (id: number) => !plan.removing.includes(id)
  const finalIsr = isr.filter(stays)
  const finalReplicas = plan.replicas.filter(stays)
  if (plan.removing.length > 0 && (finalIsr.length === 0 || finalReplicas.length === 0)) return null
  if (!plan.adding.every((id) => finalIsr.includes(id))) return null
  const shrinks = plan.adding.length < plan.removing.length
  if (shrinks && !finalReplicas.every((id) => finalIsr.includes(id))) return null
  return { replicas: finalReplicas, isr: finalIsr }
}

/** What a cancelled reassignment goes back to. `isUnclean`: nobody of the old replicas is in sync. Null: nobody is left. */
export function revert(
  partition: PartitionImage,
): { readonly replicas: readonly number[]; readonly isr: readonly number[]; readonly isUnclean: boolean } | null {
  const replicas = partition.replicas.filter((id) => !partition.addingReplicas.includes(id))
  const isr = partition.isr.filter((id) => !partition.addingReplicas.includes(id))
  if (isr.length > 0) return { replicas, isr, isUnclean: false }
  const first = replicas[0]
  return first === undefined ? null : { replicas, isr: [first], isUnclean: true }
}
