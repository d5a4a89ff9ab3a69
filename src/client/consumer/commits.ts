import { errors } from '../../protocol/index.ts'
import { brokerError, clientError, isKafkaError } from '../errors.ts'
import { type CommitItem, type Committer, commitOffsets } from '../group-offsets.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import { PartitionMap, partitionName } from '../topic-partition.ts'
import type { Membership } from './membership.ts'
import type { PartitionState } from './position.ts'

/** Commits of one consumer: they go out in the order in which they were asked for, by hand or by the clock. */
export class Commits {
  readonly #cluster: Cluster
  readonly #states: PartitionMap<PartitionState>
  readonly #groupId: string | null
  readonly #membership: () => Membership | null
  readonly #intervalMs: number
  readonly isAutomatic: boolean
  /** Monotonic; when the clock commits next. */
  nextMs: number
  /** What was committed last: unchanged positions are not committed again by the clock. */
  readonly #committed = new PartitionMap<number>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    cluster: Cluster,
    states: PartitionMap<PartitionState>,
    o: {
      readonly groupId: string | null
      readonly membership: () => Membership | null
      readonly isAutomatic: boolean
      readonly intervalMs: number
    },
  ) {
    this.#cluster = cluster
    this.#states = states
    this.#groupId = o.groupId
    this.#membership = o.membership
    this.isAutomatic = o.isAutomatic
    this.#intervalMs = o.intervalMs
    this.nextMs = cluster.env.clock.monoMs() + o.intervalMs
  }

  /** Who commits, as of now; throws without a group. */
  committer(): Committer {
    if (this.#groupId === null) throw clientError('INVALID_STATE', 'To commit, a consumer needs a groupId')
    const nobody = { groupId: this.#groupId, memberId: '', generation: -1, instanceId: null }
    return this.#membership()?.committer() ?? nobody
  }

  /** These offsets, or the positions of all assigned partitions. */
  commit(offsets: readonly CommitItem[] | undefined, o: CallOptions): Promise<void> {
    const who = this.committer()
    const items = offsets ?? this.#positions()
    if (items.length === 0) return Promise.resolve()
    if (this.#membership() !== null && who.generation < 0) {
      const message = 'This consumer is no member of its group yet: it becomes one by polling'
      return Promise.reject(brokerError(errors.UNKNOWN_MEMBER_ID, message))
    }
    return this.#inOrder(() => this.#send(who, items, o))
  }

  /** By the clock, before a rebalance, at close. Failures are logged; never rejects. */
  async auto(): Promise<void> {
    if (!this.isAutomatic) return
    const items = this.#positions().filter((i) => this.#committed.get(i.topic, i.partition) !== i.offset)
    if (items.length === 0) return
    const who = this.committer()
    try {
      await this.#inOrder(() => this.#send(who, items, { timeoutMs: this.#intervalMs }))
    } catch (error) {
      if (!isKafkaError(error)) throw error
      this.#cluster.env.logger.warn('Automatic offset commit failed', {
        logger: 'client.consumer',
        group: who.groupId,
        error: error.code,
        reason: error.message,
      })
    }
  }

  /** Told in a poll. */
  autoIfDue(): void {
    const nowMs = this.#cluster.env.clock.monoMs()
    if (!this.isAutomatic || nowMs < this.nextMs) return
    this.nextMs = nowMs + this.#intervalMs
    void this.auto()
  }

  /** All that was asked for so far has been answered or given up. */
  async settled(): Promise<void> {
    await this.#last
  }

  /** The partition is no longer this consumer's. */
  forget(topic: string, partition: number): void {
    this.#committed.delete(topic, partition)
  }

  #inOrder<T>(commit: () => Promise<T>): Promise<T> {
    const next = this.#last.then(commit, commit)
    this.#last = next.catch(() => {})
    return next
  }

  #send(who: Committer, items: readonly CommitItem[], o: CallOptions): Promise<void> {
    return this.#cluster.retry('OffsetCommit', o, async () => {
      this.#answered(who, items, await commitOffsets(this.#cluster, who, items))
    })
  }

  #answered(who: Committer, items: readonly CommitItem[], codes: PartitionMap<number>): void {
    for (const { topic, partition, offset } of items) {
      const code = codes.get(topic, partition) ?? errors.UNKNOWN_TOPIC_OR_PARTITION
      if (code === errors.NONE) this.#committed.set(topic, partition, offset)
    }
    for (const [p, code] of codes) {
      if (code === errors.NONE) continue
      this.#membership()?.commitRefused(code, who)
      const error = brokerError(code)
      throw brokerError(code, `Committing offsets of ${partitionName(p)}: ${error.message}`)
    }
  }

  #positions(): CommitItem[] {
    const items: CommitItem[] = []
    for (const { topic, partition, position } of this.#states.values()) {
      if (position !== null)
        items.push({ topic, partition, offset: position.offset, leaderEpoch: position.leaderEpoch })
    }
    return items
  }
}
