/**
 * Which node ids a pool has, gets and gives up. Ids are unique in the cluster; a pool's status keeps those in use, so the
 * same answer comes again until it is written. New ones: the first free of `strimzi.io/next-node-ids`, else the lowest
 * free number. Given up: first of `strimzi.io/remove-node-ids`, else the highest.
 */
import { annotations } from '../names.ts'
import type { KafkaNodePool } from '../resource-types.ts'

export interface NodeIds {
  readonly current: readonly number[]
  readonly desired: readonly number[]
  readonly added: readonly number[]
  readonly removed: readonly number[]
}

const ascending = (ids: Iterable<number>): number[] => [...ids].sort((a, b) => a - b)

/** `[0, 5, 10-12, 9-7]` in its order; null when it is not such a text. */
export function parseIdRange(text: string | undefined): number[] | null {
  const inner = /^\s*\[([\d\s,-]*)\]\s*$/.exec(text ?? '')?.[1]
  if (inner === undefined) return null
  const ids: number[] = []
  for (const part of inner.split(',')) {
    if (part.trim() === '') continue
    const [, low, high] = /^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$/.exec(part) ?? []
    if (low === undefined) return null
    const from = Number(low)
    const to = high === undefined ? from : Number(high)
    // a range is only a wish list: nobody needs more wishes than nodes can be
    if (Math.abs(to - from) > 10_000) return null
    for (let id = from; from <= to ? id <= to : id >= to; id += from <= to ? 1 : -1) ids.push(id)
  }
  return ids
}

/** By pool name. Pools are looked at in the order of their names, as an API server lists them. */
export function assignNodeIds(pools: readonly KafkaNodePool[]): ReadonlyMap<string, NodeIds> {
  const sorted = [...pools].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const inUse = new Set(sorted.flatMap((p) => p.status?.nodeIds ?? []))
  const assigned = new Map<string, NodeIds>()
  for (const pool of sorted) {
    const current = ascending(new Set(pool.status?.nodeIds ?? []))
    const desired = new Set(current)
    const added: number[] = []
    const removed: number[] = []
    const wishes = parseIdRange(pool.metadata.annotations?.[annotations.nextNodeIds]) ?? []
    while (desired.size < pool.spec.replicas) {
      let id = wishes.find((wish) => !inUse.has(wish)) ?? 0
      while (inUse.has(id)) id++
      inUse.add(id)
      desired.add(id)
      added.push(id)
    }
    const first = parseIdRange(pool.metadata.annotations?.[annotations.removeNodeIds]) ?? []
    while (desired.size > pool.spec.replicas) {
      const id = first.find((wish) => desired.has(wish)) ?? Math.max(...desired)
      desired.delete(id)
      removed.push(id)
    }
    assigned.set(pool.metadata.name, { current, desired: ascending(desired), added, removed })
  }
  return assigned
}
