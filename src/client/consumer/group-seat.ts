import type { Cluster } from '../network/cluster.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { within } from '../waiting.ts'
import type { Assignment } from './assignment.ts'
import { ClassicMember } from './classic-member.ts'
import type { Commits } from './commits.ts'
import type { Membership, MembershipHost } from './membership.ts'
import type { ResolvedConsumerOptions } from './options.ts'
import { ServerMember } from './server-member.ts'
import type { Subscription } from './subscription.ts'
import type { RebalanceListener } from './types.ts'

interface Step {
  readonly done: Promise<void>
  isSettled: boolean
}

export interface GroupSeatParts {
  readonly subscription: Subscription
  readonly assignment: Assignment
  readonly commits: Commits
  /** Wakes a poll that waits. */
  readonly notify: () => void
  /** The assignment changed: there may be something to locate and to fetch. */
  readonly assigned: () => void
}

/** A consumer's place in its group: taken at the first poll, given up at the end; partitions come and go through it. */
export class GroupSeat implements MembershipHost {
  readonly #cluster: Cluster
  readonly #o: Pick<ResolvedConsumerOptions<unknown, unknown>, 'groupId' | 'isServerGroup' | 'classic' | 'server'>
  readonly #parts: GroupSeatParts
  listener: RebalanceListener
  membership: Membership | null = null
  /** Under way, or settled and not yet told to a poll. */
  #step: Step | null = null

  constructor(
    cluster: Cluster,
    o: Pick<ResolvedConsumerOptions<unknown, unknown>, 'groupId' | 'isServerGroup' | 'classic' | 'server' | 'listener'>,
    parts: GroupSeatParts,
  ) {
    this.#cluster = cluster
    this.#o = o
    this.#parts = parts
    this.listener = o.listener
  }

  get isStepDue(): boolean {
    return this.#step !== null || (this.membership?.isStepDue ?? false)
  }

  /**
   * Inside a poll: joins, then does what the rebalance asks for. An aborted wait leaves the step to itself; the next poll
   * waits for it again.
   */
  async work(signal: AbortSignal | undefined): Promise<void> {
    this.membership ??= this.#join()
    this.membership.polled()
    while (this.isStepDue) {
      const step = (this.#step ??= this.#begin(this.membership))
      try {
        await within(this.#cluster.env.clock, step.done, { signal, what: 'Rebalance' })
      } finally {
        if (step.isSettled && this.#step === step) this.#step = null
      }
    }
  }

  #begin(membership: Membership): Step {
    const done = membership.step()
    const step: Step = { done, isSettled: false }
    const settled = () => {
      step.isSettled = true
    }
    done.then(settled, settled)
    return step
  }

  #join(): Membership {
    const groupId = this.#o.groupId!
    return this.#o.isServerGroup
      ? new ServerMember(this.#cluster, { groupId, ...this.#o.server }, this)
      : new ClassicMember(this.#cluster, { groupId, ...this.#o.classic }, this)
  }

  /** Commits if that is automatic, gives up all partitions, says good-bye. */
  async leave(): Promise<void> {
    const { membership } = this
    const { commits } = this.#parts
    await commits.auto()
    await commits.settled()
    if (membership === null) return
    const owned = this.owned()
    if (owned.length > 0) await this.revoke(owned)
    this.membership = null
    this.#step = null
    await membership.leave()
  }

  // What the membership asks of its consumer

  topics(): string[] {
    return this.#parts.subscription.names()
  }

  pattern(): string | null {
    return this.#parts.subscription.pattern()
  }

  owned(): TopicPartition[] {
    return this.#parts.assignment.partitions()
  }

  autoCommit(): Promise<void> {
    return this.#parts.commits.auto()
  }

  async revoke(partitions: readonly TopicPartition[]): Promise<void> {
    const { assignment } = this.#parts
    for (const p of partitions) {
      const state = assignment.states.get(p.topic, p.partition)
      if (state) state.isRevoking = true
    }
    await this.listener.revoked?.(partitions)
    assignment.remove(partitions)
  }

  async lose(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return
    // commits would be refused, and what others may have read meanwhile is not to be handed out again
    this.#parts.assignment.remove(partitions)
    await (this.listener.lost ? this.listener.lost(partitions) : this.listener.revoked?.(partitions))
  }

  async assign(all: readonly TopicPartition[], added: readonly TopicPartition[]): Promise<void> {
    this.#parts.assignment.replace(all)
    this.#parts.assigned()
    await this.listener.assigned?.(added)
  }

  notify(): void {
    this.#parts.notify()
  }
}
