import { varintSize } from '../../bytes/index.ts'
import type { Clock, Env } from '../../env/index.ts'
import { errors } from '../../protocol/index.ts'
import type { RecordHeader } from '../../records/index.ts'
import { toBytes, toHeaders } from '../encoding.ts'
import { brokerError, clientError, isKafkaError, type KafkaError } from '../errors.ts'
import { type CallOptions, Cluster } from '../network/cluster.ts'
import type { PartitionMetadata } from '../network/metadata.ts'
import { resolveOptions } from '../options.ts'
import { type Deferred, deferred, within } from '../waiting.ts'
import type { Delivery } from './batch.ts'
import { Gathered, Promised, Reported, Unreported } from './deliveries.ts'
import { type ResolvedProducerOptions, resolveProducerOptions } from './options.ts'
import { PartitionQueue } from './partition-queue.ts'
import { type PartitionLoad, partitionOfKey, StickyPartitioner } from './partitioner.ts'
import { Sender } from './sender.ts'
import { Transaction } from './transaction.ts'
import { ProducerTransactions } from './transactions.ts'
import type { DeliveryReport, ProducerOptions, ProducerRecord, RecordMetadata } from './types.ts'

/** A record as bytes, before it has a partition. */
interface Encoded {
  readonly partition: number | undefined
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: RecordHeader[] | undefined
  readonly timestamp: number
  readonly bytes: number
  readonly delivery: Delivery
}

interface Topic {
  readonly name: string
  partitions: readonly PartitionMetadata[] | null
  readonly queues: PartitionQueue[]
  readonly sticky: StickyPartitioner
  readonly load: (partition: number) => PartitionLoad
  /** Of the cluster's metadata when the partitions were last looked up. */
  metadataVersion: number
  /** Records that came before the topic's metadata, in order. */
  readonly waiting: Encoded[]
}

/** Java's upper bound of what a record takes beside key, value and headers, and the header of a batch. */
const RECORD_OVERHEAD_BYTES = 21
const BATCH_OVERHEAD_BYTES = 61

/** Plain JavaScript only: what comes from other clients' habits is not to become a tombstone. */
function noValue(record: ProducerRecord): KafkaError {
  const many = 'messages' in record ? '; many records are given to sendAll, each with its topic' : ''
  return clientError('INVALID_ARGUMENT', `A record has a value; null writes a tombstone${many}`)
}

function transactionAborted(): KafkaError {
  return clientError('INVALID_STATE', 'The transaction was aborted before the record was acknowledged')
}

function sized(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length
}

function recordBytes(
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[] | undefined,
): number {
  let size =
    RECORD_OVERHEAD_BYTES + sized(key) + sized(value) + (headers === undefined ? 1 : varintSize(headers.length))
  if (headers !== undefined) for (const h of headers) size += sized(h.key) + sized(h.value)
  return size
}

/** The same, but a source that lets wait for its next item does not hold an aborted caller. */
async function* abortable<T>(
  source: AsyncIterable<T>,
  clock: Clock,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  let isOver = false
  try {
    for (;;) {
      const step = await within(clock, Promise.resolve(iterator.next()), { signal, what: 'The next record to write' })
      isOver = step.done === true
      if (step.done) return
      yield step.value
    }
  } finally {
    // told, not waited for: it may be in the middle of what it does not end
    if (!isOver) void iterator.return?.()?.catch(() => {})
  }
}

/**
 * Writes records. They are gathered per partition into batches and sent to the partitions' leaders; records of one
 * partition arrive in the order in which they were given, whatever is repeated on the way.
 *
 * Memory is bounded by `bufferBytes`: `send` waits for room, `post` says when to wait for {@link Producer.ready}.
 */
export class Producer {
  readonly #env: Env
  readonly #cluster: Cluster
  readonly #sender: Sender
  readonly #topics = new Map<string, Topic>()
  readonly #o: ResolvedProducerOptions
  readonly #unreported = new Unreported()
  readonly #roomWaiters: Deferred<void>[] = []
  #transactions: ProducerTransactions | null = null
  #held = 0
  #closing: Promise<void> | null = null

  constructor(env: Env, options: ProducerOptions) {
    this.#env = env
    this.#o = resolveProducerOptions(options)
    this.#cluster = new Cluster(resolveOptions(env, options))
    this.#cluster.autoCreateTopics = this.#o.autoCreateTopics
    const { transactionalId, transactionTimeoutMs: timeoutMs } = this.#o
    if (transactionalId !== null) {
      const added = () => this.#sender.touchAll()
      this.#transactions = new ProducerTransactions(this.#cluster, { transactionalId, timeoutMs, added })
    }
    this.#sender = new Sender(this.#cluster, this.#o, this.#transactions, (bytes) => this.#released(bytes))
  }

  /** Bytes of records that are not acknowledged. */
  get bufferedBytes(): number {
    return this.#held
  }

  /**
   * Writes one record and tells where it went. Waits for room when the buffer is full. Aborting the signal ends the
   * wait; a record that is already in the buffer is sent all the same.
   */
  async send(record: ProducerRecord, o: { readonly signal?: AbortSignal } = {}): Promise<RecordMetadata> {
    o.signal?.throwIfAborted()
    if (this.#held >= this.#o.bufferBytes || this.#roomWaiters.length > 0) await this.ready(o)
    const sent = new Promise<RecordMetadata>((resolve, reject) => this.#accept(record, new Promised(resolve, reject)))
    return o.signal ? within(this.#env.clock, sent, { signal: o.signal, what: 'Produce' }) : sent
  }

  /**
   * Writes many records, waiting for room as needed, and tells where each went, in the order given. Costs no promise per
   * record. Rejects with the first error once all are told; the others may have been written.
   */
  async sendAll(
    records: Iterable<ProducerRecord> | AsyncIterable<ProducerRecord>,
    o: { readonly signal?: AbortSignal } = {},
  ): Promise<RecordMetadata[]> {
    const all = deferred<RecordMetadata[]>()
    const gathered = new Gathered((error, results) => (error === null ? all.resolve(results) : all.reject(error)))
    o.signal?.throwIfAborted()
    const source = Symbol.iterator in records ? records : abortable(records, this.#env.clock, o.signal)
    // an iterable that is here costs no promise per record
    if (Symbol.iterator in source) {
      for (const record of source) {
        if (this.#held >= this.#o.bufferBytes) await this.ready(o)
        this.#accept(record, gathered.next())
      }
    } else {
      for await (const record of source) {
        if (this.#held >= this.#o.bufferBytes) await this.ready(o)
        this.#accept(record, gathered.next())
      }
    }
    gathered.complete()
    return within(this.#env.clock, all.promise, { signal: o.signal, what: 'Produce' })
  }

  /**
   * Takes a record without making a promise: for the hottest paths. False: the buffer is full, await
   * {@link Producer.ready} before the next; a record given in spite of that throws. Without a `report`, the first error
   * is thrown by the next {@link Producer.flush}.
   */
  post(record: ProducerRecord, report?: DeliveryReport): boolean {
    if (this.#held >= this.#o.bufferBytes + this.#o.requestSizeMaxBytes) {
      throw clientError('BUFFER_FULL', `${this.#held} bytes wait to be sent; await ready() when post() says false`)
    }
    this.#accept(record, report === undefined ? this.#unreported : new Reported(report))
    return this.#held < this.#o.bufferBytes
  }

  /** Resolves when the buffer has room again; rejects with NOT_IN_TIME after maxBlockMs. */
  ready(o: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#held < this.#o.bufferBytes && this.#roomWaiters.length === 0) return Promise.resolve()
    const waiter = deferred<void>()
    this.#roomWaiters.push(waiter)
    const leave = (error: unknown): never => {
      const at = this.#roomWaiters.indexOf(waiter)
      if (at >= 0) this.#roomWaiters.splice(at, 1)
      if (isKafkaError(error) && error.code === 'TIMED_OUT') {
        const what = `No room in the buffer of ${this.#o.bufferBytes} bytes within ${this.#o.maxBlockMs} ms`
        const why = this.#cluster.whyUnreachable()
        throw clientError('NOT_IN_TIME', why ? `${what}: ${why.reason}` : what, error, why?.hint)
      }
      throw error
    }
    const deadlineMs = this.#env.clock.monoMs() + this.#o.maxBlockMs
    return within(this.#env.clock, waiter.promise, { deadlineMs, signal: o.signal, what: 'Room in the buffer' }).catch(
      leave,
    )
  }

  /**
   * Sends all that waits, without lingering, and resolves when everything given before is acknowledged or given up.
   * Rejects with the first error of a record posted without report.
   */
  async flush(o: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await within(this.#env.clock, this.#flushed(), { signal: o.signal, what: 'flush' })
    const error = this.#unreported.take()
    if (error !== null) throw error
  }

  async #flushed(): Promise<void> {
    // records that wait for their topic's metadata have no batch yet
    for (const topic of this.#topics.values()) {
      if (topic.waiting.length > 0) await this.#learning.get(topic)
    }
    const batches = [...this.#sender.batchesWaiting]
    if (batches.length === 0) return
    const all = deferred<void>()
    let left = batches.length
    for (const batch of batches) {
      batch.isUrgent = true
      this.#sender.touch(batch.queue)
      batch.onDone.push(() => {
        if (--left === 0) all.resolve()
      })
    }
    return all.promise
  }

  /**
   * Begins a transaction. The first one takes the transactional id over from any producer before: what that one left
   * open is aborted. With `run`, commits when it resolves and aborts when it rejects.
   */
  transaction(o?: CallOptions): Promise<Transaction>
  transaction<T>(run: (transaction: Transaction) => Promise<T>, o?: CallOptions): Promise<T>
  async transaction<T>(
    first: CallOptions | ((transaction: Transaction) => Promise<T>) = {},
    second: CallOptions = {},
  ): Promise<Transaction | T> {
    if (typeof first !== 'function') return this.#begin(first)
    const transaction = await this.#begin(second)
    try {
      const result = await first(transaction)
      if (transaction.isOpen) await transaction.commit(second)
      return result
    } catch (error) {
      // What went wrong counts, not that it could not be aborted then.
      if (transaction.isOpen) await transaction.abort(second).catch(() => undefined)
      throw error
    }
  }

  async #begin(o: CallOptions): Promise<Transaction> {
    const transactions = this.#transactions
    if (transactions === null) throw clientError('INVALID_STATE', 'Transactions need a producer with a transactionalId')
    if (this.#closing !== null) throw clientError('CLOSED', 'The producer is closed')
    await transactions.begin({ timeoutMs: this.#o.maxBlockMs, ...o })
    return new Transaction({
      send: (record, how) => this.send(record, how),
      sendAll: (records, how) => this.sendAll(records, how),
      post: (record, report) => this.post(record, report),
      sendOffsets: (offsets, who, how) =>
        transactions.sendOffsets(offsets, who, { timeoutMs: this.#o.maxBlockMs, ...how }),
      commit: (how) => this.#end(transactions, 'commit', how),
      abort: (how) => this.#end(transactions, 'abort', how),
    })
  }

  async #end(transactions: ProducerTransactions, outcome: 'commit' | 'abort', how: CallOptions): Promise<void> {
    // Who took the id over has aborted it.
    if (outcome === 'abort' && transactions.isDead) return this.#sender.abandon(transactionAborted())
    const { timeoutMs = this.#o.maxBlockMs, signal } = how
    transactions.beginEnd(outcome)
    try {
      if (outcome === 'abort') this.#sender.abandon(transactionAborted())
      const deadlineMs = this.#env.clock.monoMs() + timeoutMs
      await within(this.#env.clock, this.#flushed(), { deadlineMs, signal, what: outcome })
      const unreported = this.#unreported.take()
      const error = transactions.failure ?? unreported
      if (outcome === 'commit' && error !== null) throw error
    } catch (error) {
      transactions.reopen()
      throw error
    }
    await transactions.end(outcome, { timeoutMs, signal })
  }

  /** Partitions of a topic, from the cluster. */
  async partitionsFor(topic: string, o: { readonly signal?: AbortSignal } = {}): Promise<readonly PartitionMetadata[]> {
    const known = await this.#cluster.topic(topic, { timeoutMs: this.#o.maxBlockMs, signal: o.signal })
    return known.partitions
  }

  /**
   * Flushes and disconnects. What is not acknowledged after `timeoutMs` (default: each record's own delivery timeout), or
   * when the signal is aborted, is given up: its sends reject with CLOSED.
   */
  close(o: CallOptions = {}): Promise<void> {
    this.#closing ??= this.#close(o)
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(o: CallOptions): Promise<void> {
    const { timeoutMs = Number.POSITIVE_INFINITY, signal } = o
    const transactions = this.#transactions
    try {
      // Left open, it would hold readers of committed records back until its time is up.
      if (transactions?.isOpen)
        await this.#end(transactions, 'abort', { ...o, timeoutMs: Math.min(timeoutMs, this.#o.maxBlockMs) })
    } catch (error) {
      if (!isKafkaError(error) && !signal?.aborted) throw error
    }
    try {
      const deadlineMs = this.#env.clock.monoMs() + timeoutMs
      if (timeoutMs > 0) await within(this.#env.clock, this.#flushed(), { deadlineMs, signal, what: 'flush' })
    } catch (error) {
      const isGivenUp = signal?.aborted || (isKafkaError(error) && error.code === 'TIMED_OUT')
      if (!isGivenUp) throw error
    } finally {
      const closed = clientError('CLOSED', 'The producer was closed before the record was acknowledged')
      this.#sender.stop(closed)
      for (const waiter of this.#roomWaiters.splice(0)) waiter.reject(closed)
      for (const topic of this.#topics.values()) for (const r of topic.waiting.splice(0)) r.delivery.failed(closed, 0)
      this.#cluster.close()
    }
    const error = this.#unreported.take()
    if (error !== null) throw error
  }

  // Records

  /** Failures go to the delivery, in a later turn or now; only a closed producer throws. */
  #accept(record: ProducerRecord, delivery: Delivery): void {
    if (this.#closing !== null) throw clientError('CLOSED', 'The producer is closed')
    if (record.value === undefined) throw noValue(record)
    this.#transactions?.checkOpen()
    const key = toBytes(record.key)
    const value = toBytes(record.value)
    const headers = toHeaders(record.headers)
    const timestamp = record.timestamp ?? this.#env.clock.wallMs()
    const bytes = recordBytes(key, value, headers)
    const most = this.#o.requestSizeMaxBytes
    if (bytes + BATCH_OVERHEAD_BYTES > most) {
      const size = `The record is ${bytes + BATCH_OVERHEAD_BYTES} bytes when serialized, more than ${most}`
      const why = `${size}, the value of requestSizeMaxBytes (max.request.size)`
      return delivery.failed(brokerError(errors.MESSAGE_TOO_LARGE, why), 0)
    }
    const topic = this.#topic(record.topic)
    this.#held += bytes
    if (topic.partitions === null || topic.waiting.length > 0) {
      topic.waiting.push({ partition: record.partition, key, value, headers, timestamp, bytes, delivery })
      if (!this.#learning.has(topic)) this.#learning.set(topic, this.#learn(topic))
      return
    }
    this.#place(topic, record.partition, key, value, headers, timestamp, bytes, delivery)
  }

  #place(
    topic: Topic,
    asked: number | undefined,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: RecordHeader[] | undefined,
    timestamp: number,
    bytes: number,
    delivery: Delivery,
  ): void {
    const { metadata } = this.#cluster
    if (topic.metadataVersion !== metadata.version) {
      // the cache replaces a topic's partitions when they change
      topic.metadataVersion = metadata.version
      topic.partitions = metadata.topics.get(topic.name)?.partitions ?? topic.partitions
    }
    const count = topic.partitions!.length
    const isSticky = asked === undefined && key === null
    let partition: number
    if (asked !== undefined) partition = asked
    else if (key !== null) partition = partitionOfKey(key, count)
    else partition = topic.sticky.partition(count, topic.load)
    if (!(partition >= 0 && partition < count)) {
      this.#released(bytes)
      return delivery.failed(
        clientError('INVALID_ARGUMENT', `Topic ${topic.name} has partitions 0 to ${count - 1}, not ${partition}`),
        0,
      )
    }
    const queue = (topic.queues[partition] ??= this.#queue(topic.name, partition))
    let batch = queue.open
    const isNew = batch === undefined || this.#isFull(queue, batch.sizeBytes, bytes)
    if (isNew) {
      if (batch !== undefined) this.#sender.closeBatch(queue, batch)
      batch = queue.begin(this.#env.clock.monoMs(), Math.max(bytes, 512))
      this.#sender.touch(queue)
    }
    batch!.append(timestamp, key, value, headers, delivery)
    batch!.heldBytes += bytes
    if (batch!.sizeBytes >= this.#o.batchSizeBytes) this.#sender.touch(queue)
    if (isSticky) topic.sticky.wrote(bytes, isNew)
  }

  #queue(topic: string, partition: number): PartitionQueue {
    return new PartitionQueue(topic, partition, this.#cluster.options.crc32c, this.#transactions !== null)
  }

  /** An open batch grows past batchSizeBytes only while it cannot leave anyway. */
  #isFull(queue: PartitionQueue, size: number, more: number): boolean {
    const isBacklog = queue.isStalled || queue.batches.length > 1
    const limit = isBacklog ? this.#o.batchSizeMaxBytes : this.#o.batchSizeBytes
    return size + more > Math.min(limit, queue.sizeMaxBytes)
  }

  #load(topic: Topic, partition: number): PartitionLoad {
    return {
      isAvailable: (topic.partitions![partition]?.leader ?? -1) >= 0,
      waiting: topic.queues[partition]?.batches.length ?? 0,
    }
  }

  #topic(name: string): Topic {
    let topic = this.#topics.get(name)
    if (!topic) {
      if (typeof name !== 'string' || name === '') throw clientError('INVALID_ARGUMENT', `Not a topic: ${name}`)
      const sticky = new StickyPartitioner(this.#env.random, this.#o.batchSizeBytes)
      const made: Topic = {
        name,
        partitions: null,
        queues: [],
        sticky,
        load: (partition) => this.#load(made, partition),
        metadataVersion: -1,
        waiting: [],
      }
      topic = made
      this.#topics.set(name, topic)
    }
    return topic
  }

  readonly #learning = new Map<Topic, Promise<void>>()

  /** Asks for the topic's metadata, then places what waited, in order. Never rejects. */
  async #learn(topic: Topic): Promise<void> {
    try {
      this.#cluster.want(topic.name)
      const known = await this.#cluster.topic(topic.name, { timeoutMs: this.#o.maxBlockMs })
      topic.partitions = known.partitions
      for (const r of topic.waiting.splice(0)) {
        this.#place(topic, r.partition, r.key, r.value, r.headers, r.timestamp, r.bytes, r.delivery)
      }
    } catch (error) {
      this.#cluster.unwant(topic.name)
      const told = this.#toldOf(topic, error)
      for (const r of topic.waiting.splice(0)) {
        this.#released(r.bytes)
        r.delivery.failed(told, 0)
      }
    } finally {
      this.#learning.delete(topic)
    }
  }

  #toldOf(topic: Topic, error: unknown): KafkaError {
    if (!isKafkaError(error)) throw error
    if (!error.isRetriable) return error
    const what = `Topic ${topic.name} not present in metadata after ${this.#o.maxBlockMs} ms`
    if (error.number === -1) {
      const why = this.#cluster.whyUnreachable() ?? { reason: error.reason, hint: undefined }
      return clientError('NOT_IN_TIME', `${what}: ${why.reason}`, error, why.hint)
    }
    return clientError('NOT_IN_TIME', `${what}.`, error)
  }

  #released(bytes: number): void {
    this.#held -= bytes
    if (this.#held >= this.#o.bufferBytes) return
    // all may go: what they hold is in memory already, and each looks again before its next record
    for (const waiter of this.#roomWaiters.splice(0)) waiter.resolve()
  }
}
