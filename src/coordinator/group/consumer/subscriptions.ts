import { type ConsumerMember, regexOf } from './member.ts'

/** How many members name a topic, and how many resolved patterns hold it. */
export interface TopicCount {
  readonly byName: number
  readonly byRegex: number
}

/** A pattern as last evaluated over all topics. */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>
  /** Offset of the metadata image it was evaluated on. */
  readonly version: number
  /** Wall time. */
  readonly timestampMs: number
}

export type TopicCounts = Map<string, TopicCount>

function count(counts: TopicCounts, topic: string, byName: number, byRegex: number): void {
  const old = counts.get(topic)
  const now = { byName: (old?.byName ?? 0) + byName, byRegex: (old?.byRegex ?? 0) + byRegex }
  if (now.byName <= 0 && now.byRegex <= 0) counts.delete(topic)
  else counts.set(topic, now)
}

/** Replaces one member by another (null: none) in the counts. */
export function countNames(counts: TopicCounts, old: ConsumerMember | null, now: ConsumerMember | null): void {
  if (old !== null) for (const topic of old.topicNames) count(counts, topic, -1, 0)
  if (now !== null) for (const topic of now.topicNames) count(counts, topic, 1, 0)
}

export function countRegex(counts: TopicCounts, resolved: ResolvedRegex | undefined, by: 1 | -1): void {
  for (const topic of resolved?.topics ?? []) count(counts, topic, 0, by)
}

/** Nothing is counted yet: most groups never count some of it, and an empty map of each would be most of their memory. */
export const NO_COUNTS: ReadonlyMap<string, number> = new Map()

/** The counts with `by` added to a name's: the same map, or a new one in place of {@link NO_COUNTS}. */
export function tallied(
  counts: ReadonlyMap<string, number>,
  name: string | null,
  by: number,
): ReadonlyMap<string, number> {
  if (name === null) return counts
  const own = counts === NO_COUNTS ? new Map<string, number>() : (counts as Map<string, number>)
  tally(own, name, by)
  return own
}

/** Adds `by` to a name's count; a name without any is not there. */
export function tally(counts: Map<string, number>, name: string | null, by: number): void {
  if (name === null) return
  const now = (counts.get(name) ?? 0) + by
  if (now <= 0) counts.delete(name)
  else counts.set(name, now)
}

/** Whether all members have the same topics: then assigning is simpler. */
export function isHomogeneous(
  regexes: ReadonlyMap<string, number>,
  topics: ReadonlyMap<string, TopicCount>,
  memberCount: number,
): boolean {
  const [first] = regexes.values()
  if (first === undefined) {
    for (const { byName } of topics.values()) if (byName !== memberCount) return false
    return true
  }
  if (first !== memberCount) return false
  for (const { byName, byRegex } of topics.values()) if (byRegex !== 1 || byName > 0) return false
  return true
}

export function replaceRegex(
  counts: ReadonlyMap<string, number>,
  old: ConsumerMember | null,
  now: ConsumerMember | null,
): ReadonlyMap<string, number> {
  const before = regexOf(old)
  const after = regexOf(now)
  if (before === after) return counts
  const changed = new Map(counts)
  tally(changed, before, -1)
  tally(changed, after, 1)
  return changed
}
