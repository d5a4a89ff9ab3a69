import { type Uuid, uuidFromBytes } from '../../bytes/index.ts'
import type { Clock, Timer } from '../../env/index.ts'
import { ConsumerGroupHeartbeat, errors, type ResponseOf } from '../../protocol/index.ts'
import { brokerError, isKafkaError } from '../errors.ts'
import type { Committer } from '../group-offsets.ts'
import type { Cluster } from '../network/cluster.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { groupByTopic } from '../topic-partition.ts'
import { type Membership, type MembershipHost, without } from './membership.ts'

export interface ServerMemberOptions {
  readonly groupId: string
  readonly instanceId: string | null
  /** null: the broker's own choice. */
  readonly remoteAssignor: string | null
  readonly maxPollIntervalMs: number
  readonly rack: string | null
}

const LANE = 'group'
const JOIN_EPOCH = 0
const LEAVE_EPOCH = -1
const LEAVE_STATIC_EPOCH = -2

interface TargetTopic {
  readonly topicId: Uuid
  readonly partitions: readonly number[]
}

/**
 * KIP-848: one request, ConsumerGroupHeartbeat, says what this member wants and owns; its answer says what it should own.
 * The member moves there inside a poll, giving up first, and says so in the next heartbeat. A field that has not changed
 * since it was last heard is left out; everything is said again after an error and when joining.
 */
export class ServerMember implements Membership {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #o: ServerMemberOptions
  readonly #host: MembershipHost
  #memberId: string
  #epoch = JOIN_EPOCH
  #target: readonly TargetTopic[] | null = null
  /** The target is not what is owned. */
  #isReconciling = false
  #isLost = false
  #fatal: unknown = null
  #timer: Timer | null = null
  #intervalMs = 5000
  #isBeating = false
  /** A heartbeat is owed as soon as the running one is answered. */
  #isBeatOwed = false
  #pollMs: number
  /** Left because the application did not poll; joins again at the next poll. */
  #isAway = false
  #isClosed = false
  #saidTopics: string | null = null
  #saidOwned: string | null = null

  constructor(cluster: Cluster, o: ServerMemberOptions, host: MembershipHost) {
    this.#cluster = cluster
    this.#clock = cluster.env.clock
    this.#o = o
    this.#host = host
    this.#memberId = uuidFromBytes(cluster.env.random.bytes(new Uint8Array(16)))
    this.#pollMs = this.#clock.monoMs()
    this.#beatNow()
  }

  get isStepDue(): boolean {
    return this.#fatal !== null || this.#isLost || this.#isReconciling
  }

  committer(): Committer {
    return {
      groupId: this.#o.groupId,
      memberId: this.#memberId,
      generation: this.#epoch,
      instanceId: this.#o.instanceId,
    }
  }

  polled(): void {
    this.#pollMs = this.#clock.monoMs()
    if (this.#isAway) {
      this.#isAway = false
      this.#epoch = JOIN_EPOCH
      this.#beatNow()
    }
  }

  subscriptionChanged(): void {
    this.#beatNow()
  }

  metadataChanged(): void {
    const topics = this.#host.topics()
    if (this.#host.pattern() === null && this.#saidTopics !== null && JSON.stringify(topics) !== this.#saidTopics)
      this.#beatNow()
    if (this.#isReconciling) this.#host.notify()
  }

  rejoin(): void {
    // the broker decides when to rebalance; a member can only ask to be looked at again
    this.#saidTopics = null
    this.#beatNow()
  }

  async step(): Promise<void> {
    if (this.#fatal !== null) {
      const fatal = this.#fatal
      this.#fatal = null
      throw fatal
    }
    if (this.#isLost) {
      this.#isLost = false
      await this.#host.lose(this.#host.owned())
    }
    if (this.#isReconciling) await this.#reconcile()
  }

  async #reconcile(): Promise<void> {
    const target = this.#target!
    const named = await this.#named(target)
    if (named === null) return
    const owned = this.#host.owned()
    const revoked = without(owned, named)
    const added = without(named, owned)
    if (revoked.length > 0) {
      await this.#host.autoCommit()
      await this.#host.revoke(revoked)
    }
    // a newer target may have come meanwhile: what was given up is true in any case
    if (this.#target === target && !this.#isLost) {
      this.#isReconciling = false
      await this.#host.assign(named, added)
    }
    this.#beatNow()
  }

  /** The target by names; null while metadata does not know a topic yet. */
  async #named(target: readonly TargetTopic[]): Promise<TopicPartition[] | null> {
    const isKnown = () => target.every((t) => this.#cluster.nameOf(t.topicId) !== undefined)
    if (!isKnown()) {
      // with a pattern that the broker matches, names are learned from the answer about all topics
      await this.#cluster.refresh().catch((error: unknown) => {
        if (!isKafkaError(error) || !error.isRetriable) throw error
      })
    }
    if (!isKnown()) return null
    return target.flatMap((t) =>
      t.partitions.map((partition) => ({ topic: this.#cluster.nameOf(t.topicId)!, partition })),
    )
  }

  // Heartbeats

  #beatNow(): void {
    if (this.#isClosed || this.#isAway) return
    if (this.#isBeating) {
      this.#isBeatOwed = true
      return
    }
    this.#timer?.cancel()
    this.#timer = this.#clock.at(this.#clock.monoMs(), () => void this.#beat())
  }

  async #beat(): Promise<void> {
    this.#timer = null
    if (this.#isClosed) return
    if (this.#epoch > 0 && this.#clock.monoMs() - this.#pollMs > this.#o.maxPollIntervalMs)
      return this.#leaveForSlowness()
    this.#isBeating = true
    this.#isBeatOwed = false
    let waitMs = this.#intervalMs
    try {
      const answer = await this.#say()
      if (!this.#isClosed) waitMs = this.#heard(answer)
    } catch (error) {
      this.#saidTopics = this.#saidOwned = null
      if (!isKafkaError(error) || !error.isRetriable) this.#fail(error)
      waitMs = this.#cluster.options.retryBackoffMs
    }
    this.#isBeating = false
    if (this.#isClosed || this.#fatal !== null) return
    const atMs = this.#clock.monoMs() + (this.#isBeatOwed ? 0 : waitMs)
    this.#timer = this.#clock.at(atMs, () => void this.#beat())
  }

  async #say(): Promise<ResponseOf<typeof ConsumerGroupHeartbeat>> {
    const isJoining = this.#epoch === JOIN_EPOCH
    const pattern = this.#host.pattern()
    const topics = this.#host.topics()
    const topicsSaid = JSON.stringify(topics)
    const owned = isJoining ? [] : this.#ownedById()
    const ownedSaid = JSON.stringify(owned)
    const isAll = isJoining || this.#saidTopics === null
    const answer = await this.#cluster.askCoordinator(
      'group',
      this.#o.groupId,
      ConsumerGroupHeartbeat,
      (version) => ({
        groupId: this.#o.groupId,
        memberId: version === 0 && isJoining ? '' : this.#memberId,
        memberEpoch: this.#epoch,
        instanceId: this.#o.instanceId,
        rackId: isJoining ? this.#o.rack : null,
        rebalanceTimeoutMs: isAll ? this.#o.maxPollIntervalMs : -1,
        subscribedTopicNames: pattern === null && (isAll || topicsSaid !== this.#saidTopics) ? topics : null,
        ...(pattern !== null && isAll ? { subscribedTopicRegex: pattern } : {}),
        serverAssignor: isAll ? this.#o.remoteAssignor : null,
        topicPartitions: isAll || ownedSaid !== this.#saidOwned ? owned : null,
      }),
      (a) => a.errorCode,
      { lane: LANE },
    )
    if (answer.errorCode === errors.NONE) {
      this.#saidTopics = topicsSaid
      this.#saidOwned = ownedSaid
    }
    return answer
  }

  #ownedById(): { topicId: Uuid; partitions: number[] }[] {
    return [...groupByTopic(this.#host.owned())].flatMap(([name, list]) => {
      const topicId = this.#cluster.metadata.topics.get(name)?.id
      return topicId === undefined ? [] : [{ topicId, partitions: list.map((p) => p.partition) }]
    })
  }

  /** Returns when to beat next. */
  #heard(answer: ResponseOf<typeof ConsumerGroupHeartbeat>): number {
    switch (answer.errorCode) {
      case errors.NONE:
        break
      case errors.FENCED_MEMBER_EPOCH:
      case errors.UNKNOWN_MEMBER_ID:
        this.#thrownOut()
        return 0
      case errors.UNRELEASED_INSTANCE_ID:
        // the predecessor with this instance id is not gone yet, as far as the broker knows
        this.#fail(brokerError(answer.errorCode, answer.errorMessage))
        return this.#intervalMs
      default: {
        const error = brokerError(answer.errorCode, answer.errorMessage)
        if (!error.isRetriable) this.#fail(error)
        return this.#cluster.options.retryBackoffMs
      }
    }
    if (answer.memberId !== null && answer.memberId !== '') this.#memberId = answer.memberId
    this.#epoch = answer.memberEpoch
    this.#intervalMs = answer.heartbeatIntervalMs
    if (answer.assignment !== null) {
      this.#target = answer.assignment.topicPartitions
      this.#isReconciling = true
      this.#host.notify()
    }
    return this.#intervalMs
  }

  #thrownOut(): void {
    this.#epoch = JOIN_EPOCH
    this.#target = null
    this.#isReconciling = false
    this.#saidTopics = this.#saidOwned = null
    this.#isLost = true
    this.#host.notify()
  }

  #fail(error: unknown): void {
    this.#fatal = error
    this.#host.notify()
  }

  async #leaveForSlowness(): Promise<void> {
    this.#cluster.env.logger.warn('Leaving the group: the time between two polls was longer than maxPollIntervalMs', {
      logger: 'client.consumer',
      group: this.#o.groupId,
      maxPollIntervalMs: this.#o.maxPollIntervalMs,
    })
    this.#isAway = true
    await this.#sayGoodbye()
    this.#thrownOut()
  }

  commitRefused(code: number): void {
    if (code === errors.UNKNOWN_MEMBER_ID || code === errors.FENCED_MEMBER_EPOCH) {
      this.#thrownOut()
      this.#beatNow()
    } else if (code === errors.STALE_MEMBER_EPOCH) this.#beatNow()
  }

  async leave(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#sayGoodbye()
  }

  async #sayGoodbye(): Promise<void> {
    if (this.#epoch <= 0) return
    const memberEpoch = this.#o.instanceId === null ? LEAVE_EPOCH : LEAVE_STATIC_EPOCH
    const { groupId, instanceId } = this.#o
    const body = { groupId, memberId: this.#memberId, memberEpoch, instanceId }
    try {
      await this.#cluster.askCoordinator('group', groupId, ConsumerGroupHeartbeat, body, (a) => a.errorCode, {
        lane: LANE,
      })
    } catch (error) {
      if (!isKafkaError(error)) throw error
      // the session ends by itself
      this.#cluster.env.logger.debug('Leaving the group failed', {
        logger: 'client.consumer',
        group: groupId,
        reason: error.message,
      })
    }
  }
}
