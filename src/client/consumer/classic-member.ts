import type { Clock, Timer } from '../../env/index.ts'
import { errors, Heartbeat, JoinGroup, LeaveGroup, type ResponseOf, SyncGroup } from '../../protocol/index.ts'
import type { Assignor, PartitionRacks } from '../assignors/index.ts'
import { brokerError, clientError, isKafkaError } from '../errors.ts'
import type { Committer } from '../group-offsets.ts'
import type { Cluster } from '../network/cluster.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { backoffMs, sleep } from '../waiting.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.ts'
import { type Membership, type MembershipHost, without } from './membership.ts'

export interface ClassicOptions {
  readonly groupId: string
  readonly instanceId: string | null
  readonly assignors: readonly Assignor[]
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** Also how long the group waits for this member in a rebalance. */
  readonly maxPollIntervalMs: number
  readonly rack: string | null
}

/** The coordinator's answers are not to wait behind a fetch. */
const LANE = 'group'
const NO_GENERATION = -1

interface Joined {
  readonly generationId: number
  readonly memberId: string
  readonly protocol: string
  readonly assignment: readonly TopicPartition[]
}

/**
 * The classic protocol. One round: prepare (give up partitions: all of them when eager), JoinGroup, on the leader the
 * assignor, SyncGroup, complete (take partitions). Preparing and completing happen inside a poll; requests and
 * heartbeats go on between polls.
 *
 *   out ──step: prepare──▶ joining ──answer──▶ joined ──step: complete──▶ member ──rebalance──▶ out
 *
 * A member that the coordinator no longer knows loses its partitions instead of giving them up.
 */
export class ClassicMember implements Membership {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #o: ClassicOptions
  readonly #host: MembershipHost
  readonly #isCooperative: boolean
  #memberId = ''
  #generationId = NO_GENERATION
  /** Of the membership that is over: nobody in particular may overwrite offsets while the group is empty. */
  #former = { memberId: '', generation: NO_GENERATION }
  #state: 'out' | 'joining' | 'joined' | 'member' = 'out'
  #joined: Joined | null = null
  #fatal: unknown = null
  /** The coordinator has thrown this member out: what it owns is lost. */
  #isLost = false
  #reason = 'joins for the first time'
  #heartbeat: Timer | null = null
  #pollMs: number
  #isClosed = false
  /** What the assignors remember of the last round. */
  #lastAssignment: readonly TopicPartition[] | null = null
  /** Topics and partition counts that the leader divided; a change calls for a new round. */
  #divided: Map<string, number> | null = null
  #joinedTopics = ''

  constructor(cluster: Cluster, o: ClassicOptions, host: MembershipHost) {
    this.#cluster = cluster
    this.#clock = cluster.env.clock
    this.#o = o
    this.#host = host
    if (o.assignors.length === 0) throw clientError('INVALID_CONFIGURATION', 'At least one assignor is needed')
    this.#isCooperative = o.assignors.every((a) => a.rebalance === 'cooperative')
    this.#pollMs = this.#clock.monoMs()
  }

  get isStepDue(): boolean {
    return this.#fatal !== null || this.#isLost || this.#state === 'out' || this.#state === 'joined'
  }

  committer(): Committer {
    return {
      groupId: this.#o.groupId,
      ...(this.#generationId === NO_GENERATION
        ? this.#former
        : { memberId: this.#memberId, generation: this.#generationId }),
      instanceId: this.#o.instanceId,
    }
  }

  polled(): void {
    this.#pollMs = this.#clock.monoMs()
  }

  subscriptionChanged(): void {
    this.rejoin('its subscription changed')
  }

  metadataChanged(): void {
    if (this.#state !== 'member') return
    if (JSON.stringify(this.#host.topics()) !== this.#joinedTopics)
      return this.rejoin('its subscription matches other topics now')
    if (this.#divided === null) return
    for (const [topic, count] of this.#divided) {
      const now = this.#cluster.metadata.topics.get(topic)?.partitions.length ?? 0
      if (now !== count) return this.rejoin(`topic ${topic} has ${now} partitions now, not ${count}`)
    }
  }

  rejoin(reason: string): void {
    if (this.#state !== 'member') return
    this.#reason = reason
    this.#state = 'out'
    this.#host.notify()
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
    if (this.#state === 'out') {
      // callbacks may take their time; heartbeats of the old generation go on meanwhile
      await this.#prepare()
      this.#state = 'joining'
      void this.#join()
    } else if (this.#state === 'joined') {
      this.#state = 'member'
      await this.#complete(this.#joined!)
    }
  }

  async #prepare(): Promise<void> {
    const owned = this.#host.owned()
    await this.#host.autoCommit()
    if (owned.length === 0) return
    if (!this.#isCooperative) return this.#host.revoke(owned)
    const topics = new Set(this.#host.topics())
    const unwanted = owned.filter((p) => !topics.has(p.topic))
    if (unwanted.length > 0) await this.#host.revoke(unwanted)
  }

  async #complete(joined: Joined): Promise<void> {
    const owned = this.#host.owned()
    const added = without(joined.assignment, owned)
    const revoked = without(owned, joined.assignment)
    this.#lastAssignment = joined.assignment
    if (revoked.length > 0) {
      await this.#host.autoCommit()
      await this.#host.revoke(revoked)
      // the group waits for what this member has just given up
      if (this.#isCooperative) this.rejoin('it gave up partitions')
    }
    await this.#host.assign(joined.assignment, added)
  }

  // Joining

  /** Goes on until it is a member, something is fatal, or the consumer is closed. Never rejects. */
  async #join(): Promise<void> {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#cluster.options
    for (let attempt = 0; !this.#isClosed; attempt++) {
      try {
        this.#joined = await this.#joinOnce()
        if (this.#isClosed) return
        this.#memberId = this.#joined.memberId
        this.#generationId = this.#joined.generationId
        this.#state = 'joined'
        this.#armHeartbeat()
        return this.#host.notify()
      } catch (error) {
        if (this.#isClosed) return
        if (!this.#mayJoinAgain(error)) {
          this.#fatal = error
          this.#state = 'out'
          return this.#host.notify()
        }
        const isAtOnce = isKafkaError(error) && error.number === errors.MEMBER_ID_REQUIRED
        if (isAtOnce) continue
        await sleep(this.#clock, backoffMs(attempt, retryBackoffMs, retryBackoffMaxMs, this.#cluster.env.random.next()))
      }
    }
  }

  #mayJoinAgain(error: unknown): boolean {
    if (!isKafkaError(error)) return false
    switch (error.number) {
      case errors.MEMBER_ID_REQUIRED:
      case errors.REBALANCE_IN_PROGRESS:
        return true
      case errors.UNKNOWN_MEMBER_ID:
      case errors.ILLEGAL_GENERATION:
        this.#forgetMember(error.number === errors.UNKNOWN_MEMBER_ID)
        return true
      default:
        return error.isRetriable
    }
  }

  async #joinOnce(): Promise<Joined> {
    const { groupId, instanceId } = this.#o
    const topics = this.#host.topics()
    this.#joinedTopics = JSON.stringify(topics)
    const protocols = this.#o.assignors.map((assignor) => ({
      name: assignor.name,
      metadata: encodeSubscription({
        topics,
        userData: assignor.userData(this.#lastAssignment, this.#generationId),
        owned: this.#isCooperative ? this.#host.owned() : [],
        generationId: this.#generationId,
        rackId: this.#o.rack,
      }),
    }))
    const answer = await this.#cluster.askCoordinator(
      'group',
      groupId,
      JoinGroup,
      (version) => ({
        groupId,
        sessionTimeoutMs: this.#o.sessionTimeoutMs,
        rebalanceTimeoutMs: this.#o.maxPollIntervalMs,
        memberId: this.#memberId,
        groupInstanceId: version >= 5 ? instanceId : null,
        protocolType: 'consumer',
        protocols,
        reason: this.#reason,
      }),
      (a) => a.errorCode,
      // the coordinator answers when all members have come, or their time is over
      { lane: LANE, timeoutMs: Math.max(this.#o.maxPollIntervalMs + 5000, this.#cluster.options.requestTimeoutMs) },
    )
    if (answer.errorCode === errors.MEMBER_ID_REQUIRED) this.#memberId = answer.memberId
    if (answer.errorCode !== errors.NONE) throw brokerError(answer.errorCode)
    // a poll that is late from here on is no reason to leave: the group has just seen this member
    this.#memberId = answer.memberId
    this.#generationId = answer.generationId
    const isLeader = answer.leader === answer.memberId
    const assignments = isLeader && !answer.skipAssignment ? await this.#divide(answer) : []
    if (!isLeader) this.#divided = null
    return this.#sync(answer, assignments)
  }

  async #sync(
    joined: ResponseOf<typeof JoinGroup>,
    assignments: { memberId: string; assignment: Uint8Array }[],
  ): Promise<Joined> {
    const { groupId, instanceId } = this.#o
    const { generationId, memberId, protocolName } = joined
    const answer = await this.#cluster.askCoordinator(
      'group',
      groupId,
      SyncGroup,
      (version) => ({
        groupId,
        generationId,
        memberId,
        groupInstanceId: version >= 3 ? instanceId : null,
        protocolType: 'consumer',
        protocolName,
        assignments,
      }),
      (a) => a.errorCode,
      { lane: LANE, timeoutMs: Math.max(this.#o.maxPollIntervalMs + 5000, this.#cluster.options.requestTimeoutMs) },
    )
    if (answer.errorCode !== errors.NONE) throw brokerError(answer.errorCode)
    return { generationId, memberId, protocol: protocolName ?? '', assignment: decodeAssignment(answer.assignment) }
  }

  /** The leader's part. */
  async #divide(joined: ResponseOf<typeof JoinGroup>): Promise<{ memberId: string; assignment: Uint8Array }[]> {
    const assignor = this.#o.assignors.find((a) => a.name === joined.protocolName)
    if (!assignor)
      throw clientError(
        'INVALID_STATE',
        `The group chose assignor ${joined.protocolName}, which this member does not have`,
      )
    const members = joined.members.map((m) => decodeSubscription(m.memberId, m.groupInstanceId, m.metadata))
    const topics = new Set(members.flatMap((m) => m.topics))
    for (const topic of topics) this.#cluster.want(topic)
    try {
      if ([...topics].some((t) => !this.#cluster.metadata.topics.has(t))) await this.#cluster.refresh()
      const racks = new Map<string, PartitionRacks>()
      const divided = new Map<string, number>()
      for (const name of topics) {
        const partitions = this.#cluster.metadata.topics.get(name)?.partitions ?? []
        divided.set(name, partitions.length)
        if (partitions.length === 0) continue
        racks.set(
          name,
          partitions.map((p) => p.replicas.flatMap((id) => this.#cluster.metadata.nodes.get(id)?.rack ?? [])),
        )
      }
      const assignment = assignor.assign(racks, members)
      this.#divided = divided
      return [...assignment].map(([memberId, partitions]) => ({ memberId, assignment: encodeAssignment(partitions) }))
    } finally {
      // topics of this member are wanted by its consumer; those of others only while it leads
      for (const topic of topics) this.#cluster.unwant(topic)
    }
  }

  // Staying

  #armHeartbeat(): void {
    this.#heartbeat?.cancel()
    if (this.#isClosed) return
    this.#heartbeat = this.#clock.at(this.#clock.monoMs() + this.#o.heartbeatIntervalMs, () => void this.#beat())
  }

  async #beat(): Promise<void> {
    this.#heartbeat = null
    if (this.#isClosed || this.#generationId === NO_GENERATION || this.#state === 'joining') return
    if (this.#clock.monoMs() - this.#pollMs > this.#o.maxPollIntervalMs) return this.#leaveForSlowness()
    try {
      const { groupId, instanceId } = this.#o
      const [memberId, generationId] = [this.#memberId, this.#generationId]
      const answer = await this.#cluster.askCoordinator(
        'group',
        groupId,
        Heartbeat,
        (version) => ({ groupId, generationId, memberId, groupInstanceId: version >= 3 ? instanceId : null }),
        (a) => a.errorCode,
        { lane: LANE, timeoutMs: this.#o.sessionTimeoutMs },
      )
      // an answer about a generation that is over says nothing
      if (generationId === this.#generationId) this.#beaten(answer.errorCode)
    } catch (error) {
      // the coordinator is looked for again with the next beat
      if (!isKafkaError(error) || !error.isRetriable) this.#fail(error)
    }
    this.#armHeartbeat()
  }

  #beaten(code: number): void {
    switch (code) {
      case errors.NONE:
        return
      case errors.REBALANCE_IN_PROGRESS:
        return this.rejoin('the group rebalances')
      case errors.UNKNOWN_MEMBER_ID:
      case errors.ILLEGAL_GENERATION:
        return this.#thrownOut(code === errors.UNKNOWN_MEMBER_ID)
      default:
        return this.#fail(brokerError(code))
    }
  }

  #fail(error: unknown): void {
    this.#fatal = error
    this.#host.notify()
  }

  #forgetMember(isIdGone: boolean): void {
    if (this.#generationId !== NO_GENERATION) {
      this.#former = { memberId: this.#memberId, generation: this.#generationId }
    }
    if (isIdGone) this.#memberId = ''
    if (this.#generationId !== NO_GENERATION && this.#host.owned().length > 0) this.#isLost = true
    this.#generationId = NO_GENERATION
  }

  #thrownOut(isIdGone: boolean): void {
    this.#forgetMember(isIdGone)
    this.#reason = 'the coordinator no longer knew it'
    if (this.#state === 'member' || this.#state === 'joined') this.#state = 'out'
    this.#host.notify()
  }

  /** The application does not poll: better to give the partitions to others than to sit on them. */
  async #leaveForSlowness(): Promise<void> {
    this.#cluster.env.logger.warn('Leaving the group: the time between two polls was longer than maxPollIntervalMs', {
      logger: 'client.consumer',
      group: this.#o.groupId,
      maxPollIntervalMs: this.#o.maxPollIntervalMs,
    })
    await this.#sayGoodbye('its application did not poll in time')
    this.#thrownOut(this.#o.instanceId === null)
  }

  commitRefused(code: number, by: Committer): void {
    // An answer about a generation that is over says nothing.
    if (by.generation !== this.#generationId) return
    if (code === errors.UNKNOWN_MEMBER_ID || code === errors.ILLEGAL_GENERATION)
      this.#thrownOut(code === errors.UNKNOWN_MEMBER_ID)
    else if (code === errors.REBALANCE_IN_PROGRESS) this.rejoin('a commit met a rebalance')
    else if (code === errors.FENCED_INSTANCE_ID) this.#fail(brokerError(code))
  }

  async leave(): Promise<void> {
    this.#isClosed = true
    this.#heartbeat?.cancel()
    await this.#sayGoodbye('its consumer was closed')
  }

  /** A static member stays until its session ends, so that it finds its partitions again after a restart. */
  async #sayGoodbye(reason: string): Promise<void> {
    const { groupId, instanceId } = this.#o
    const memberId = this.#memberId
    if (memberId === '' || instanceId !== null) return
    try {
      await this.#cluster.askCoordinator(
        'group',
        groupId,
        LeaveGroup,
        (version) => (version < 3 ? { groupId, memberId } : { groupId, members: [{ memberId, reason }] }),
        (a) => a.errorCode,
        { lane: LANE },
      )
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
