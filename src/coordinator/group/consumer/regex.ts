import { RE2JS, RE2JSSyntaxException } from 're2js'
import { errors } from '../../../protocol/index.ts'
import type { GroupClient, MayDescribe } from '../inputs.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { beginSweep, type Sweep } from '../sweep.ts'
import type { Turn } from '../turn.ts'
import type { ConsumerGroup } from './group.ts'
import { type ConsumerMember, regexOf } from './member.ts'
import { epochRecord, regexRecord, regexTombstone } from './records.ts'
import { countRegex, type ResolvedRegex, replaceRegex, type TopicCounts } from './subscriptions.ts'

/** Patterns of one group are evaluated at most this often (wall time). */
const refreshIntervalMsMin = 10_000
/** Names tried against all patterns of a group in one step. */
const namesPerStep = 500

/** What a change of a member's pattern means for its group. */
export type RegexChange = 'none' | 'changed' | 'changed and resolved'

/** Null when the pattern is one. The texts are RE2/J's. */
export function regexProblem(regex: string): Refusal | null {
  try {
    RE2JS.compile(regex)
    return null
  } catch (problem) {
    if (!(problem instanceof RE2JSSyntaxException)) throw problem
    return refuse(
      errors.INVALID_REGULAR_EXPRESSION,
      `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${problem.getDescription()}.`,
    )
  }
}

/**
 * Writes what a changed pattern makes superfluous, and begins to evaluate the group's patterns when that is due. What
 * they match is shared by the group's members: only topics that the client whose request began it may describe.
 */
export function updateRegex(
  turn: Turn,
  client: GroupClient,
  group: ConsumerGroup,
  old: ConsumerMember,
  now: ConsumerMember,
): RegexChange | Refusal {
  const before = regexOf(old)
  const after = regexOf(now)
  let change: RegexChange = 'none'
  let isRefreshNeeded = false
  if (old.topicRegex !== now.topicRegex) {
    change = 'changed'
    if (before !== null && group.regexes.get(before) === 1) turn.write(regexTombstone(group.id, before))
    if (after === null) {
      if (before !== null) change = 'changed and resolved'
    } else if (!group.regexes.has(after)) {
      const problem = regexProblem(after)
      if (problem !== null) return problem
      isRefreshNeeded = true
    } else if (group.resolved.has(after)) {
      change = 'changed and resolved'
    }
  }
  if ((!isRefreshNeeded && group.regexes.size === 0) || group.isResolving) return change
  const [last] = group.resolved.values()
  if (last !== undefined && turn.now.wallMs <= last.timestampMs + refreshIntervalMsMin) return change
  const regexes = replaceRegex(group.regexes, old, now)
  isRefreshNeeded ||= regexes.size !== group.resolved.size
  isRefreshNeeded ||= (last?.version ?? 0) < turn.state.topicsAddedAt
  isRefreshNeeded ||= last === undefined || turn.now.wallMs > last.timestampMs + turn.config.regexRefreshIntervalMs
  if (isRefreshNeeded && regexes.size > 0) {
    group.isResolving = true
    beginSweep(turn, new ResolveSweep(turn, group.id, [...regexes.keys()], client.mayDescribe))
  }
  return change
}

/** Tries all topic names against the patterns of one group, some at a time, then writes what came out. */
class ResolveSweep implements Sweep {
  readonly #groupId: string
  readonly #mayDescribe: MayDescribe | null
  readonly #patterns: { readonly regex: string; readonly compiled: RE2JS; readonly topics: Set<string> }[]
  /** As of one image, so that the version written with the result is true. */
  readonly #names: readonly string[]
  readonly #version: number
  readonly #timestampMs: number
  #next = 0

  constructor(turn: Turn, groupId: string, regexes: readonly string[], mayDescribe: MayDescribe | null) {
    const image = turn.deps.image()
    this.#groupId = groupId
    this.#mayDescribe = mayDescribe
    this.#names = [...image.topicsByName.keys()]
    this.#version = image.offset
    this.#timestampMs = turn.now.wallMs
    this.#patterns = regexes
      .filter((regex) => regexProblem(regex) === null)
      .map((regex) => ({ regex, compiled: RE2JS.compile(regex), topics: new Set() }))
  }

  again(turn: Turn): void {
    const group = turn.state.groups.get(this.#groupId)
    if (group?.type === 'consumer') group.isResolving = true
  }

  step(turn: Turn): boolean {
    const end = Math.min(this.#next + namesPerStep, this.#names.length)
    for (; this.#next < end; this.#next++) {
      const name = this.#names[this.#next]!
      for (const { compiled, topics } of this.#patterns) {
        if (compiled.matches(name) && this.#mayDescribe?.(name) !== false) topics.add(name)
      }
    }
    if (this.#next < this.#names.length) return false
    const group = turn.state.groups.get(this.#groupId)
    if (group?.type === 'consumer') this.#finish(turn, group)
    return true
  }

  #finish(turn: Turn, group: ConsumerGroup): void {
    group.isResolving = false
    const counts: TopicCounts = new Map(group.topics)
    let isChanged = false
    for (const { regex, topics } of this.#patterns) {
      if (!group.regexes.has(regex)) continue
      const resolved: ResolvedRegex = { topics, version: this.#version, timestampMs: this.#timestampMs }
      const old = group.resolved.get(regex)
      if (!equalSets(old?.topics ?? new Set(), topics)) {
        isChanged = true
        countRegex(counts, old, -1)
        countRegex(counts, resolved, 1)
      }
      turn.write(regexRecord(group.id, regex, resolved))
    }
    const hash = turn.state.hashOf(counts.keys(), turn.deps.image())
    if (isChanged || hash !== group.metadataHash) turn.write(epochRecord(group.id, group.epoch + 1, hash))
  }
}

function equalSets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one))
}
