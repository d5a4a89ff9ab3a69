import { isKafkaError } from '../errors.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { Fetcher } from './fetcher.ts'
import type { PollLoop } from './poll-loop.ts'
import type { ConsumerRecord } from './record.ts'
import type { ConsumerBatch, PollOptions } from './types.ts'

const DONE = { value: undefined, done: true } as const

/** The ways of taking records out of one consumer: an array, one by one, batches. */
export class Reading<K, V> {
  readonly #loop: PollLoop<K, V>
  readonly #fetcher: Fetcher<K, V>
  readonly #maxPollRecords: number

  constructor(loop: PollLoop<K, V>, fetcher: Fetcher<K, V>, maxPollRecords: number) {
    this.#loop = loop
    this.#fetcher = fetcher
    this.#maxPollRecords = maxPollRecords
  }

  async poll(o: PollOptions): Promise<ConsumerRecord<K, V>[]> {
    const records: ConsumerRecord<K, V>[] = []
    const first = await this.#loop.take(o)
    if (first === null) return records
    records.push(first)
    this.#takeMore(records, o.maxRecords ?? this.#maxPollRecords, null)
    return records
  }

  /** A record that is here costs no wait: the iterator is written out, not generated. */
  records(o: { readonly signal?: AbortSignal }): AsyncIterableIterator<ConsumerRecord<K, V>> {
    const iterator: AsyncIterableIterator<ConsumerRecord<K, V>> = {
      next: () => {
        if (this.#loop.isClosed) return Promise.resolve(DONE)
        try {
          const record = o.signal?.aborted ? null : this.#loop.takeNow()
          if (record !== null) return Promise.resolve({ value: record, done: false })
        } catch (error) {
          return Promise.reject(error)
        }
        return this.#nextSlowly(o)
      },
      return: () => Promise.resolve(DONE),
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  async #nextSlowly(o: PollOptions): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    const record = await this.#untilClosed(o)
    return record === null ? DONE : { value: record, done: false }
  }

  async *batches(o: PollOptions): AsyncGenerator<ConsumerBatch<K, V>, void, void> {
    const most = o.maxRecords ?? this.#maxPollRecords
    for (;;) {
      const first = await this.#untilClosed(o)
      if (first === null) return
      const { topic, partition } = first
      const records = [first]
      this.#takeMore(records, most, first)
      yield { topic, partition, records }
    }
  }

  /** An iteration ends with its consumer. */
  async #untilClosed(o: PollOptions): Promise<ConsumerRecord<K, V> | null> {
    if (this.#loop.isClosed) return null
    try {
      return await this.#loop.take(o)
    } catch (error) {
      if (this.#loop.isClosed && isKafkaError(error) && error.code === 'CLOSED') return null
      throw error
    }
  }

  /** What is here already, of one partition or of all. */
  #takeMore(records: ConsumerRecord<K, V>[], most: number, only: TopicPartition | null): void {
    try {
      while (records.length < most) {
        const record = this.#fetcher.next(only)
        if (record === null) break
        records.push(record)
      }
    } catch (error) {
      // what was read before it is handed out first; the next poll meets the error
      this.#loop.postpone(error)
    }
    if (this.#fetcher.isHungry) this.#fetcher.fetchMore()
  }
}
