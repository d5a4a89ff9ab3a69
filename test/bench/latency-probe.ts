/**
 * The latency probe: one record to a request, at a fixed rate whatever the broker does (so a stall is seen by every
 * record that falls into it), fetched by a consumer in the same process (so there is one clock, with microseconds). Four
 * producers on connections of their own, one consumer, four partitions. What it sends was made before, and a record is
 * known by its place in its partition, so that little of what is measured is the probe.
 */
import type { Slice } from '../../src/bytes/index.ts'
import { Fetch, Produce } from '../../src/protocol/index.ts'
import { batchBytes, batchLastOffset } from '../../src/records/index.ts'
import { RawClient } from './raw-client.ts'
import { oneRecordBatch } from './topics.ts'

export const probePartitions = 4

export class LatencyProbe {
  readonly #topic: string
  readonly #valueBytes: number
  readonly #producers: readonly RawClient[]
  readonly #consumer: RawClient
  readonly #records: Uint8Array
  /** When the records were sent that have not been received, by partition, oldest first. */
  readonly #sentMs: Fifo[] = Array.from({ length: probePartitions }, () => new Fifo())
  /** Milliseconds from send to receipt, of the records sent in the measured phase. */
  readonly #taken: number[] = []
  #measuredFromMs = Number.POSITIVE_INFINITY
  #receivedMs = 0
  #isOver = false

  private constructor(topic: string, valueBytes: number, producers: readonly RawClient[], consumer: RawClient) {
    this.#topic = topic
    this.#valueBytes = valueBytes
    this.#records = oneRecordBatch(new Uint8Array(valueBytes))
    this.#producers = producers
    this.#consumer = consumer
  }

  static async connect(bootstrap: string, topic: string, valueBytes: number): Promise<LatencyProbe> {
    const clients = await Promise.all(Array.from({ length: probePartitions + 1 }, () => RawClient.connect(bootstrap)))
    return new LatencyProbe(topic, valueBytes, clients.slice(1), clients[0]!)
  }

  close(): void {
    this.#isOver = true
    this.#consumer.close()
    for (const producer of this.#producers) producer.close()
  }

  /**
   * Records per second from producers to consumer when each producer sends its next one as soon as the last is
   * acknowledged. Once per probe, like {@link measure}.
   */
  async saturate(warmMs: number, forMs: number): Promise<number> {
    const consumed = this.#consume()
    const startMs = performance.now() + warmMs
    const until = startMs + forMs
    this.#measuredFromMs = startMs
    await Promise.all(
      this.#producers.map(async (_, partition) => {
        while (performance.now() < until) {
          await this.#send(partition)
        }
      }),
    )
    this.#isOver = true
    await consumed
    return this.#taken.length / ((this.#receivedMs - startMs) / 1000)
  }

  /** Latencies in milliseconds, ascending, of records sent at `perSecond` for `forMs` after a warm-up. */
  async measure(perSecond: number, warmMs: number, forMs: number): Promise<Float64Array> {
    const consumed = this.#consume()
    const startMs = performance.now()
    this.#measuredFromMs = startMs + warmMs
    await this.#produceAt(perSecond, startMs, startMs + warmMs + forMs)
    this.#isOver = true
    await consumed
    return Float64Array.from(this.#taken).sort()
  }

  /** Every millisecond (timers are no finer) what is due is sent. */
  async #produceAt(perSecond: number, startMs: number, untilMs: number): Promise<void> {
    const acknowledged: Promise<unknown>[] = []
    let sent = 0
    await new Promise<void>((resolve) => {
      const tick = (): void => {
        const nowMs = performance.now()
        for (; sent < ((nowMs - startMs) / 1000) * perSecond; sent++)
          acknowledged.push(this.#send(sent % probePartitions))
        if (nowMs < untilMs) setTimeout(tick, 1)
        else resolve()
      }
      tick()
    })
    await Promise.all(acknowledged)
  }

  async #send(partition: number): Promise<void> {
    const body = {
      ...{ transactionalId: null, acks: -1, timeoutMs: 30_000 },
      topicData: [{ name: this.#topic, partitionData: [{ index: partition, records: this.#records }] }],
    }
    this.#sentMs[partition]!.push(performance.now())
    const { responses } = await this.#producers[partition]!.request(Produce, 9, body)
    const code = responses[0]!.partitionResponses[0]!.errorCode
    if (code !== 0) throw new Error(`the probe's record was refused with error ${code}`)
  }

  /** Fetches with a session, as consumers do, until all that was sent in the measured phase was seen. */
  async #consume(): Promise<void> {
    const positions = new Array<number>(probePartitions).fill(0)
    let moved = positions.map((_, partition) => partition)
    let sessionId = 0
    let sessionEpoch = 0
    for (;;) {
      const partitions = moved.map((partition) => ({
        ...{ partition, fetchOffset: positions[partition]!, partitionMaxBytes: 1 << 20, currentLeaderEpoch: -1 },
      }))
      const answer = await this.#consumer.request(Fetch, 12, {
        ...{ maxWaitMs: 250, minBytes: 1, maxBytes: 50 << 20, isolationLevel: 0, sessionId, sessionEpoch },
        topics: partitions.length === 0 ? [] : [{ topic: this.#topic, partitions }],
      })
      const nowMs = performance.now()
      if (answer.errorCode !== 0) throw new Error(`the probe's fetch was refused with error ${answer.errorCode}`)
      sessionId = answer.sessionId
      sessionEpoch++
      moved = []
      for (const { partitionIndex, records } of answer.responses[0]?.partitions ?? []) {
        if (records === null || records.from === records.to) continue
        positions[partitionIndex] = this.#take(partitionIndex, records, nowMs)
        moved.push(partitionIndex)
      }
      if (moved.length > 0) this.#receivedMs = nowMs
      if (this.#isOver && moved.length === 0) return
    }
  }

  /** Returns the offset behind the last whole batch. */
  #take(partition: number, { bytes, from, to }: Slice, nowMs: number): number {
    let next = 0
    for (let at = from; to - at > 12; ) {
      const end = at + batchBytes(bytes, at)
      if (end > to) break
      next = batchLastOffset(bytes, at) + 1
      // The record that told that the partition has a leader is shorter.
      if (end - at > this.#valueBytes) {
        const sentMs = this.#sentMs[partition]!.shift()
        if (sentMs >= this.#measuredFromMs) this.#taken.push(nowMs - sentMs)
      }
      at = end
    }
    return next
  }
}

class Fifo {
  #values: number[] = []
  #head = 0

  push(value: number): void {
    this.#values.push(value)
  }

  shift(): number {
    const value = this.#values[this.#head++]
    if (value === undefined) throw new Error('a record came that was not sent')
    if (this.#head === 1024) {
      this.#values = this.#values.slice(1024)
      this.#head = 0
    }
    return value
  }
}
