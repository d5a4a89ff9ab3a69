import type { Committer } from '../group-offsets.ts'
import type { TopicPartition } from '../topic-partition.ts'

/** A consumer's place in its group. Network work goes on by itself; what the application must see happens in `step`. */
export interface Membership {
  /** Whether `step` has something to do. */
  readonly isStepDue: boolean
  /** Rebalance work inside a poll: callbacks, giving up and taking partitions. Throws what is fatal for the member. */
  step(): Promise<void>
  /** A poll happened: the application lives. */
  polled(): void
  /** As member, or, once it is none any more, as the member that it was, whose commits the coordinator refuses. */
  committer(): Committer
  /** What the error code of a commit says about the membership, as whoever that was. */
  commitRefused(code: number, by: Committer): void
  /** Said by the application: what it wants has changed. */
  subscriptionChanged(): void
  /** Metadata changed: topics may have come or gone. */
  metadataChanged(): void
  /** Asks the group to rebalance. */
  rejoin(reason: string): void
  /** Stops the heartbeats and says good-bye. */
  leave(): Promise<void>
}

/** What a membership needs of its consumer. */
export interface MembershipHost {
  /** Names subscribed to, sorted; for a pattern, those that match. */
  topics(): string[]
  /** RE2 pattern for the broker; null = by name. */
  pattern(): string | null
  owned(): TopicPartition[]
  /** Commits positions if the consumer does that by itself; failures are logged. */
  autoCommit(): Promise<void>
  /** Take partitions away, telling the listener first. */
  revoke(partitions: readonly TopicPartition[]): Promise<void>
  lose(partitions: readonly TopicPartition[]): Promise<void>
  /** The assignment from now on is `all`, of which `added` are new. */
  assign(all: readonly TopicPartition[], added: readonly TopicPartition[]): Promise<void>
  /** Wakes a poll that waits. */
  notify(): void
}

export function without(all: readonly TopicPartition[], some: readonly TopicPartition[]): TopicPartition[] {
  const keys = new Set(some.map((p) => `${p.partition} ${p.topic}`))
  return all.filter((p) => !keys.has(`${p.partition} ${p.topic}`))
}
