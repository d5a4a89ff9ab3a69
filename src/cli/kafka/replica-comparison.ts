import type { BatchSeen, ReplicaSeen } from '../../client/index.ts'

/** What one round of fetches says of one partition. */
export interface Comparison {
  /** Where the next round begins: behind the last batch that all replicas have. */
  readonly offset: number
  /** How far the slowest replica is behind the highest of their high watermarks. */
  readonly lag: number
  readonly differences: readonly Difference[]
}

export type Difference =
  | { readonly kind: 'offset'; readonly of: Side; readonly other: Side }
  | { readonly kind: 'checksum'; readonly of: Side; readonly other: Side }

export interface Side extends BatchSeen {
  readonly replicaId: number
}

/**
 * Compares, batch by batch, what the replicas of a partition sent from `offset` on; only what each of them says is
 * committed. Ends at the first replica that has no more.
 */
export function compareReplicas(replicas: ReadonlyMap<number, ReplicaSeen>, offset: number): Comparison {
  const highest = Math.max(...[...replicas.values()].map((r) => r.highWatermark))
  const differences: Difference[] = []
  let next = offset
  for (let at = 0; ; at++) {
    const row: Side[] = []
    for (const [replicaId, { batches, highWatermark }] of replicas) {
      const batch = batches[at]
      if (batch !== undefined && batch.lastOffset < highWatermark) row.push({ replicaId, ...batch })
    }
    const [first, ...others] = row
    if (first === undefined || row.length < replicas.size) break
    for (const other of others) {
      if (other.lastOffset !== first.lastOffset) differences.push({ kind: 'offset', of: first, other })
      else if (other.checksum !== first.checksum) differences.push({ kind: 'checksum', of: first, other })
    }
    // from here on nothing stands beside its like
    if (differences.some(({ kind }) => kind === 'offset')) break
    next = first.lastOffset + 1
  }
  return { offset: next, lag: highest - next, differences }
}
