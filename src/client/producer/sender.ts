import { ZERO_UUID } from '../../bytes/index.ts'
import type { Clock, Timer } from '../../env/index.ts'
import { errors, InitProducerId, Produce, type ResponseOf } from '../../protocol/index.ts'
import { brokerError, clientError, isKafkaError, type KafkaError } from '../errors.ts'
import type { Cluster } from '../network/cluster.ts'
import type { Connection } from '../network/connection.ts'
import type { Node } from '../network/metadata.ts'
import { backoffMs } from '../waiting.ts'
import type { Batch } from './batch.ts'
import type { ResolvedProducerOptions } from './options.ts'
import type { PartitionQueue, ProducerIdentity } from './partition-queue.ts'
import { splitBatch } from './split.ts'
import type { ProducerTransactions } from './transactions.ts'

type PartitionAnswer = ResponseOf<typeof Produce>['responses'][number]['partitionResponses'][number]

/** What is on its way to one broker. */
interface Lane {
  readonly id: number
  inFlight: number
  isConnecting: boolean
  /** Could be sent if the broker could take it. */
  readonly stalled: Set<PartitionQueue>
  /** Waits for company; leaves when the broker falls idle. */
  readonly lingering: Set<PartitionQueue>
}

const KNOWS_TOPIC_IDS = 13

/**
 * Sends batches to the leaders of their partitions: at the end of a turn it looks at the partitions where something
 * changed, puts what may leave into one request per broker, and deals with the answers.
 */
export class Sender {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #o: ResolvedProducerOptions
  readonly #lanes = new Map<number, Lane>()
  /** Partitions to look at in the next pump. */
  readonly #dirty = new Set<PartitionQueue>()
  /** Partitions with batches that are not acknowledged. */
  readonly #active = new Set<PartitionQueue>()
  readonly #released: (bytes: number) => void
  readonly #transactions: ProducerTransactions | null
  #isPumpDue = false
  #timer: Timer | null = null
  #timerMs = Number.POSITIVE_INFINITY
  #identity: ProducerIdentity | null = null
  #isInitializing = false
  #isRefreshing = false
  #fatal: KafkaError | null = null

  constructor(
    cluster: Cluster,
    o: ResolvedProducerOptions,
    transactions: ProducerTransactions | null,
    released: (bytes: number) => void,
  ) {
    this.#cluster = cluster
    this.#transactions = transactions
    this.#clock = cluster.env.clock
    this.#o = o
    this.#released = released
  }

  get batchesWaiting(): Iterable<Batch> {
    return [...this.#active].flatMap((q) => [...q.inFlight, ...q.batches]).filter((b) => b.state !== 'done')
  }

  /** Something about this partition changed. */
  touch(queue: PartitionQueue): void {
    this.#dirty.add(queue)
    this.#active.add(queue)
    if (this.#isPumpDue) return
    this.#isPumpDue = true
    this.#clock.atTurnEnd(this.#pump)
  }

  touchAll(): void {
    for (const queue of this.#active) this.touch(queue)
  }

  /** Gives up everything with this error and sends nothing more. */
  stop(error: KafkaError): void {
    this.#fatal = error
    this.#timer?.cancel()
    for (const queue of [...this.#active]) {
      for (const batch of [...queue.inFlight, ...queue.batches]) this.#fail(batch, error)
      queue.batches.length = 0
    }
    this.#active.clear()
    this.#dirty.clear()
  }

  /** Gives up what was not sent; what is on its way is waited for by others. */
  abandon(error: KafkaError): void {
    for (const queue of [...this.#active]) {
      this.#giveUp(queue, error)
      this.touch(queue)
    }
  }

  #giveUp(queue: PartitionQueue, error: KafkaError): void {
    for (const batch of [...queue.batches]) {
      queue.drop(batch)
      this.#fail(batch, error)
    }
  }

  readonly #pump = (): void => {
    this.#isPumpDue = false
    const ready = new Map<Lane, PartitionQueue[]>()
    const nowMs = this.#clock.monoMs()
    for (const queue of this.#dirty) this.#look(queue, nowMs, ready)
    this.#dirty.clear()
    for (const [lane, queues] of ready) this.#send(lane, queues)
  }

  // What may leave

  #look(queue: PartitionQueue, nowMs: number, ready: Map<Lane, PartitionQueue[]>): void {
    this.#expire(queue, nowMs)
    const failure = this.#transactions?.failure ?? null
    if (failure !== null) this.#giveUp(queue, failure)
    const head = queue.head
    if (head === undefined) {
      if (queue.inFlight.length === 0) this.#active.delete(queue)
      return
    }
    this.#wakeAt(head.createdMs + this.#o.deliveryTimeoutMs)
    if (queue.retryAtMs > nowMs) return this.#wakeAt(queue.retryAtMs)
    const leader = this.#cluster.metadata.leaderOf(queue.topic, queue.partition)
    if (leader === undefined) return this.#learnLeaders()
    if (this.#transactions !== null) {
      // Looked at again when the partition has joined the transaction.
      if (!this.#transactions.mayProduce(queue)) return
      this.#identity = this.#transactions.identity
      queue.restartIfDue()
    } else if (this.#o.isIdempotent) {
      if (this.#identity === null) return this.#initialize()
      if (queue.restartIfDue()) this.#bumpEpoch(queue)
    }
    if (!queue.mayPipeline(this.#o.maxInFlight, this.#identity)) {
      queue.isStalled = true
      return // looked at again when an answer comes
    }
    const lane = this.#lane(leader)
    if (head.state === 'packing') return // looked at again when packed
    if (head.state === 'open' && !this.#isDue(queue, head, lane, nowMs)) {
      lane.lingering.add(queue)
      return this.#wakeAt(head.createdMs + this.#o.lingerMs)
    }
    if (lane.inFlight >= this.#o.maxInFlight || !this.#isReachable(leader, lane)) {
      queue.isStalled = true
      lane.stalled.add(queue)
      return
    }
    if (head.state === 'open') this.closeBatch(queue, head)
    if (head.state !== 'closed') return
    const list = ready.get(lane)
    if (list) list.push(queue)
    else ready.set(lane, [queue])
  }

  #isDue(queue: PartitionQueue, head: Batch, lane: Lane, nowMs: number): boolean {
    if (head.isUrgent || head.sizeBytes >= this.#o.batchSizeBytes || queue.batches.length > 1) return true
    if (nowMs - head.createdMs >= this.#o.lingerMs) return true
    return lane.inFlight === 0 && !this.#o.lingerWhenIdle
  }

  closeBatch(queue: PartitionQueue, batch: Batch): void {
    const lane = `${queue.topic}-${queue.partition}`
    batch.close(this.#o.codec, this.#o.level, this.#cluster.env.heavy, lane, (failure) => {
      if (failure !== null) {
        queue.drop(batch)
        this.#fail(
          batch,
          clientError('INVALID_CONFIGURATION', `Compressing a batch: ${failure.message}`, failure.cause),
        )
      }
      this.touch(queue)
    })
  }

  #expire(queue: PartitionQueue, nowMs: number): void {
    const bornAfterMs = nowMs - this.#o.deliveryTimeoutMs
    const isOld = (batch: Batch) => batch.createdMs <= bornAfterMs
    if (!(queue.inFlight[0] && isOld(queue.inFlight[0])) && !(queue.head && isOld(queue.head))) return
    const timedOut = (batch: Batch) => this.#timedOut(batch)
    // told now; the place in flight stays taken until the broker answers
    for (const batch of queue.inFlight) if (isOld(batch)) this.#fail(batch, timedOut(batch))
    for (const batch of queue.batches.filter(isOld)) {
      queue.drop(batch)
      if (batch.hasSequence) queue.isRestartOwed = true
      this.#fail(batch, timedOut(batch))
    }
  }

  #timedOut(batch: Batch): KafkaError {
    const { deliveryTimeoutMs } = this.#o
    const records = batch.count === 1 ? '1 record' : `${batch.count} records`
    const what = `${records} for ${batch.topic}-${batch.partition} not acknowledged within ${deliveryTimeoutMs} ms`
    const why = this.#cluster.whyUnreachable() ?? batch.lastError
    if (why !== null)
      return clientError('NOT_IN_TIME', `${what}: ${why.reason}`, batch.lastError, why.hint ?? undefined)
    const hasLeader = this.#cluster.metadata.leaderOf(batch.topic, batch.partition) !== undefined
    return clientError('NOT_IN_TIME', hasLeader ? what : `${what}: the partition has no leader`)
  }

  #lane(node: Node): Lane {
    let lane = this.#lanes.get(node.id)
    if (!lane) {
      lane = { id: node.id, inFlight: 0, isConnecting: false, stalled: new Set(), lingering: new Set() }
      this.#lanes.set(node.id, lane)
    }
    return lane
  }

  #isReachable(node: Node, lane: Lane): boolean {
    if (this.#cluster.pool.peek(node)) return true
    if (lane.isConnecting) return false
    const retryMs = this.#cluster.pool.retryAtMs(node)
    if (retryMs > this.#clock.monoMs()) {
      this.#wakeAt(retryMs)
      return false
    }
    lane.isConnecting = true
    this.#cluster.pool.get(node).then(
      () => this.#laneChanged(lane),
      () => {
        this.#cluster.distrust()
        this.#learnLeaders()
        this.#wakeAt(this.#cluster.pool.retryAtMs(node))
        this.#laneChanged(lane)
      },
    )
    return false
  }

  #laneChanged(lane: Lane): void {
    lane.isConnecting = false
    this.#capacityCame(lane)
  }

  #capacityCame(lane: Lane): void {
    for (const queue of lane.stalled) this.touch(queue)
    lane.stalled.clear()
    if (lane.inFlight > 0) return
    for (const queue of lane.lingering) this.touch(queue)
    lane.lingering.clear()
  }

  #wakeAt(ms: number): void {
    if (ms >= this.#timerMs) return
    this.#timer?.cancel()
    this.#timerMs = ms
    this.#timer = this.#clock.at(ms, () => {
      this.#timer = null
      this.#timerMs = Number.POSITIVE_INFINITY
      this.touchAll()
    })
  }

  #learnLeaders(): void {
    if (this.#isRefreshing || this.#fatal) return
    this.#isRefreshing = true
    this.#cluster
      .refresh()
      .catch(() => {})
      .then(() => {
        this.#isRefreshing = false
        // what still has no leader is looked at again after a while, not at once
        const retryMs = this.#clock.monoMs() + this.#cluster.options.retryBackoffMs
        for (const queue of this.#active) {
          if (!this.#cluster.metadata.leaderOf(queue.topic, queue.partition)) queue.retryAtMs = retryMs
        }
        this.touchAll()
      })
  }

  // Identity

  #initialize(): void {
    if (this.#isInitializing || this.#fatal) return
    this.#isInitializing = true
    this.#cluster
      .retry('InitProducerId', { timeoutMs: this.#o.deliveryTimeoutMs }, async () => {
        const body = { transactionalId: null, transactionTimeoutMs: 0x7fffffff }
        const answer = await this.#cluster.ask('any', InitProducerId, body)
        if (answer.errorCode !== errors.NONE) throw brokerError(answer.errorCode)
        return { id: answer.producerId, epoch: answer.producerEpoch }
      })
      .then(
        (identity) => {
          this.#identity = identity
          this.#isInitializing = false
          this.touchAll()
        },
        (error: unknown) => {
          this.#isInitializing = false
          if (!isKafkaError(error)) throw error
          // a later record tries again
          for (const queue of [...this.#active]) {
            for (const batch of [...queue.batches]) {
              queue.drop(batch)
              this.#fail(batch, error)
            }
            this.touch(queue)
          }
        },
      )
  }

  /** Epochs are ours to count up while there is no transaction; when they run out, a new id is asked for. */
  #bumpEpoch(queue: PartitionQueue): void {
    const { id, epoch } = this.#identity!
    this.#cluster.env.logger.info('Starting a new producer epoch', {
      logger: 'client.producer',
      partition: `${queue.topic}-${queue.partition}`,
      producerId: id,
      epoch: epoch + 1,
    })
    if (epoch < 0x7fff) this.#identity = { id, epoch: epoch + 1 }
    else {
      this.#identity = null
      this.#initialize()
    }
  }

  // Requests

  #send(lane: Lane, queues: PartitionQueue[]): void {
    const node = this.#cluster.metadata.nodes.get(lane.id)
    const connection = node && this.#cluster.pool.peek(node)
    let rest = queues
    while (rest.length > 0) {
      if (!connection || lane.inFlight >= this.#o.maxInFlight) {
        for (const queue of rest) {
          queue.isStalled = true
          lane.stalled.add(queue)
        }
        return
      }
      const batches: Batch[] = []
      const later: PartitionQueue[] = []
      let bytes = 0
      for (const queue of rest) {
        const head = queue.head
        if (head?.state !== 'closed') continue
        if (batches.length > 0 && bytes + head.sizeBytes > this.#o.requestSizeMaxBytes) {
          later.push(queue)
          continue
        }
        bytes += head.sizeBytes
        batches.push(queue.take(this.#identity))
        queue.isStalled = false
        lane.lingering.delete(queue)
        this.touch(queue) // for what waits behind
      }
      rest = later
      if (batches.length > 0) this.#request(lane, connection, batches)
    }
  }

  #request(lane: Lane, connection: Connection, batches: Batch[]): void {
    const version = this.#versionFor(connection, batches)
    const byTopic = new Map<string, Batch[]>()
    for (const batch of batches) {
      const list = byTopic.get(batch.topic)
      if (list) list.push(batch)
      else byTopic.set(batch.topic, [batch])
    }
    const body = {
      transactionalId: this.#o.transactionalId,
      acks: this.#o.acks,
      timeoutMs: this.#cluster.options.requestTimeoutMs,
      topicData: [...byTopic].map(([name, list]) => ({
        ...(version >= KNOWS_TOPIC_IDS ? { topicId: this.#cluster.metadata.topics.get(name)!.id } : { name }),
        partitionData: list.map((batch) => ({ index: batch.partition, records: batch.seal() })),
      })),
    }
    if (this.#o.acks === 0) {
      try {
        connection.sendUnanswered(Produce, version, body)
        for (const batch of batches) this.#succeed(batch, -1, -1)
      } catch (error) {
        for (const batch of batches) this.#refused(batch, asKafkaError(error))
      }
      return
    }
    lane.inFlight++
    connection.send(Produce, version, body, this.#cluster.options.requestTimeoutMs).then(
      (answer) => {
        lane.inFlight--
        this.#answered(answer, batches)
        this.#capacityCame(lane)
      },
      (error: unknown) => {
        lane.inFlight--
        this.#cluster.distrust()
        for (const batch of batches) this.#refused(batch, asKafkaError(error))
        this.#capacityCame(lane)
      },
    )
  }

  /** Topic ids since version 13, if the topics have any. */
  #versionFor(connection: Connection, batches: readonly Batch[]): number {
    const version = connection.versions.pick(Produce, 0, this.#transactions?.produceCap)
    if (version < KNOWS_TOPIC_IDS) return version
    const haveIds = batches.every((b) => (this.#cluster.metadata.topics.get(b.topic)?.id ?? ZERO_UUID) !== ZERO_UUID)
    return haveIds ? version : connection.versions.pick(Produce, 0, KNOWS_TOPIC_IDS - 1)
  }

  #answered(answer: ResponseOf<typeof Produce>, batches: readonly Batch[]): void {
    const found = new Set<Batch>()
    const endpoints: Node[] = answer.nodeEndpoints.map((n) => ({
      id: n.nodeId,
      host: n.host,
      port: n.port,
      rack: n.rack,
    }))
    for (const topic of answer.responses) {
      const name = topic.name || this.#cluster.nameOf(topic.topicId)
      for (const p of topic.partitionResponses) {
        const batch = batches.find((b) => b.topic === name && b.partition === p.index)
        if (!batch) continue
        found.add(batch)
        if (p.errorCode === errors.NONE) this.#succeed(batch, p.baseOffset, p.logAppendTimeMs)
        else {
          const { leaderId, leaderEpoch } = p.currentLeader
          this.#cluster.noteLeader(batch.topic, batch.partition, leaderId, leaderEpoch, endpoints)
          this.#refused(batch, brokerError(p.errorCode, p.errorMessage), p)
        }
      }
    }
    for (const batch of batches) {
      // a topic that was deleted meanwhile has another name for its id
      if (!found.has(batch)) this.#refused(batch, brokerError(errors.UNKNOWN_TOPIC_OR_PARTITION))
    }
  }

  // Outcomes

  #succeed(batch: Batch, baseOffset: number, logAppendTimeMs: number): void {
    const queue = batch.queue
    queue.landed(batch)
    this.#release(batch)
    batch.succeed(baseOffset, logAppendTimeMs)
    this.touch(queue)
  }

  #refused(batch: Batch, error: KafkaError, answer?: PartitionAnswer): void {
    const queue = batch.queue
    batch.lastError = error
    const wasFirst = queue.inFlight[0] === batch
    queue.landed(batch)
    this.touch(queue)
    if (this.#fatal !== null) return this.#fail(batch, this.#fatal)
    if (error.number === errors.DUPLICATE_SEQUENCE_NUMBER) {
      // it is there; where exactly, the broker no longer knows
      this.#release(batch)
      return batch.succeed(-1, -1)
    }
    if (error.number === errors.MESSAGE_TOO_LARGE && batch.count > 1 && batch.state !== 'done')
      return this.#split(queue, batch)
    const mayRetry = this.#mayRetry(queue, batch, error, wasFirst)
    if (mayRetry && batch.state !== 'done') {
      queue.putBack(batch)
      const { retryBackoffMs, retryBackoffMaxMs } = this.#cluster.options
      const wait = backoffMs(batch.attempts - 1, retryBackoffMs, retryBackoffMaxMs, this.#cluster.env.random.next())
      queue.retryAtMs = Math.max(queue.retryAtMs, this.#clock.monoMs() + wait)
      if (error.advice === 'refresh') {
        this.#cluster.distrust()
        this.#learnLeaders()
      }
      return
    }
    if (batch.hasSequence) queue.isRestartOwed = true
    const single = (index: number) => {
      const own = answer?.recordErrors.find((r) => r.batchIndex === index)
      if (own === undefined) return error
      return brokerError(error.number, own.batchIndexErrorMessage ?? error.message)
    }
    this.#fail(batch, error, answer && answer.recordErrors.length > 0 ? single : undefined)
  }

  /** Sequences out of order behind a batch that failed are mended by its repetition; otherwise the partition restarts. */
  #mayRetry(queue: PartitionQueue, batch: Batch, error: KafkaError, wasFirst: boolean): boolean {
    if (!batch.hasSequence) return error.isRetriable
    if (this.#transactions !== null) {
      // What came before it is mended by its repetition; anything else ends the transaction, and its epoch with it.
      const isFollower = !wasFirst || queue.head?.hasSequence === true
      if (error.number === errors.OUT_OF_ORDER_SEQUENCE_NUMBER) return isFollower && this.#transactions.failure === null
      return error.isRetriable && this.#transactions.failure === null
    }
    switch (error.number) {
      case errors.OUT_OF_ORDER_SEQUENCE_NUMBER: {
        batch.isKnownMissing = true
        const isFollower = !wasFirst || queue.head?.hasSequence === true
        if (!isFollower) queue.isRestartOwed = true
        return true
      }
      case errors.UNKNOWN_PRODUCER_ID:
      case errors.INVALID_PRODUCER_EPOCH:
        batch.isKnownMissing = true
        queue.isRestartOwed = true
        return true
      default:
        return error.isRetriable
    }
  }

  #split(queue: PartitionQueue, batch: Batch): void {
    queue.sizeMaxBytes = Math.max(Math.floor(batch.plain().length / 2), 1024)
    for (const part of splitBatch(batch)) queue.putBack(part)
    batch.replaced()
  }

  #fail(batch: Batch, error: KafkaError, errorOf?: (index: number) => KafkaError): void {
    if (batch.state === 'done') return
    this.#release(batch)
    if (this.#transactions !== null && this.#transactions.failure === null) {
      this.#transactions.failed(error)
      this.touchAll()
    }
    batch.fail(error, errorOf)
  }

  #release(batch: Batch): void {
    const bytes = batch.heldBytes
    batch.heldBytes = 0
    if (bytes > 0) this.#released(bytes)
  }
}

function asKafkaError(error: unknown): KafkaError {
  return isKafkaError(error) ? error : clientError('INVALID_STATE', String(error), error)
}
