/** A load that remembers what it was promised: producers, a committing consumer group, topics that come and go. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isKafkaError, Kafka, type Outcome, type PartitionOffset, type Producer } from '../../src/client/node.ts'
import type { CodecName } from '../../src/env/index.ts'
import type { NodeEnv } from '../../src/env/node/index.ts'
import { type Promises, partitionKey } from './promises.ts'
import type { Luck } from './seed.ts'

export interface WorkloadOptions {
  readonly env: NodeEnv
  readonly bootstrapServers: string
  readonly topics: readonly { readonly name: string; readonly partitions: number }[]
  readonly producers: number
  readonly groupProtocol: 'classic' | 'consumer'
  readonly luck: Luck
}

const GROUP = 'faults'
/** Records of one producer on their way. */
const IN_FLIGHT = 200

const codecs: readonly (CodecName | 'none')[] = ['none', 'none', 'lz4', 'gzip']

/** Runs until {@link stop}, over deaths and restarts of the broker: everything is tried again until it is answered. */
export class Workload {
  readonly promises: Promises
  readonly group = GROUP
  readonly #o: WorkloadOptions
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[] = []
  readonly #producers: Producer[] = []
  /** What ended a part of the workload before its time. */
  readonly problems: string[] = []

  constructor(promises: Promises, options: WorkloadOptions) {
    this.promises = promises
    this.#o = options
  }

  start(): void {
    for (let i = 0; i < this.#o.producers; i++) this.#run(`producer ${i}`, () => this.#produce(i))
    for (const id of [0, 1]) this.#run(`consumer ${id}`, () => this.#consume(id))
    this.#run('churn', () => this.#churn())
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
    for (const producer of this.#producers) await producer.close({ timeoutMs: 30_000 })
  }

  #run(what: string, run: () => Promise<void>): void {
    const running = run().catch((error: unknown) => {
      if (this.#stop.signal.aborted && isKafkaError(error)) return
      this.problems.push(`${what}: ${(error as Error).stack}`)
    })
    this.#running.push(running)
  }

  #kafka(clientId: string): Kafka {
    return new Kafka({ env: this.#o.env, bootstrapServers: this.#o.bootstrapServers, clientId, retryBackoffMaxMs: 200 })
  }

  /** Numbers its records per partition; a number is used once, whatever becomes of it. */
  async #produce(id: number): Promise<void> {
    const luck = this.#o.luck.fork()
    const producer = this.#kafka(`producer-${id}`).producer({
      lingerMs: luck.pick([0, 1, 5]),
      compression: codecs[id % codecs.length]!,
      batchSizeBytes: luck.pick([1000, 16_384]),
      deliveryTimeoutMs: 300_000,
    })
    this.#producers.push(producer)
    let inFlight = 0
    let room: (() => void) | null = null
    while (!this.#stop.signal.aborted) {
      const topic = luck.pick(this.#o.topics)
      const partition = luck.below(topic.partitions)
      const sent = this.promises.send(id, topic.name, partition)
      const value = `${sent.text}:${'x'.repeat(luck.chance(0.1) ? luck.below(4000) : luck.below(300))}`
      inFlight++
      producer.post({ topic: topic.name, partition, key: `k${luck.below(50)}`, value }, (error, metadata) => {
        inFlight--
        room?.()
        if (metadata !== null) this.promises.acknowledged(sent, metadata.offset)
        else this.promises.failed(sent, error!)
      })
      if (luck.chance(0.02)) await sleep(luck.below(20))
      while (inFlight >= IN_FLIGHT) await new Promise<void>((run) => (room = run))
    }
    await producer.flush()
  }

  async #consume(id: number): Promise<void> {
    const { signal } = this.#stop
    const consumer = this.#kafka(`consumer-${id}`).consumer({
      groupId: GROUP,
      groupProtocol: this.#o.groupProtocol,
      topics: this.#o.topics.map(({ name }) => name),
      autoCommit: false,
      autoOffsetReset: 'earliest',
    })
    try {
      while (!signal.aborted) {
        const records = await again(() => consumer.poll({ timeoutMs: 200 }), signal)
        const next = new Map<string, PartitionOffset>()
        for (const { topic, partition, offset, value } of records ?? []) {
          this.promises.read(topic, partition, offset, new TextDecoder().decode(value ?? undefined))
          next.set(partitionKey(topic, partition), { topic, partition, offset: offset + 1 })
        }
        const offsets = [...next.values()]
        if (offsets.length === 0) continue
        this.promises.committing(offsets)
        try {
          await consumer.commit(offsets, { timeoutMs: 5_000 })
          this.promises.committed(offsets)
        } catch (error) {
          // Unknown, or refused because the group moved on: what was read is read again by whoever comes next.
          if (!isKafkaError(error)) throw error
        }
      }
    } finally {
      await consumer.close({ timeoutMs: 1_000 })
    }
  }

  /** Topics that come and go: what the controller answered must be so after every restart. */
  async #churn(): Promise<void> {
    const { signal } = this.#stop
    const luck = this.#o.luck.fork()
    const admin = this.#kafka('churn').admin()
    try {
      for (let n = 0; !signal.aborted; n++) {
        const name = `churn-${n}`
        this.promises.topic(name, 'unknown')
        const created = await again(() => admin.createTopics([{ name, partitions: luck.between(1, 3) }]), signal)
        if (isSo(created?.get(name), 'TOPIC_ALREADY_EXISTS')) this.promises.topic(name, 'there')
        await sleep(luck.below(200), undefined, { signal }).catch(() => undefined)
        if (!luck.chance(0.8)) continue
        this.promises.topic(name, 'unknown')
        const deleted = await again(() => admin.deleteTopics([name]), signal)
        if (isSo(deleted?.get(name), 'UNKNOWN_TOPIC_OR_PARTITION')) this.promises.topic(name, 'gone')
      }
    } finally {
      await admin.close()
    }
  }
}

/** Done, or done by an earlier try whose answer was lost. */
function isSo(outcome: Outcome<unknown> | undefined, doneBefore: string): boolean {
  return outcome !== undefined && (outcome.error === null || outcome.error.code === doneBefore)
}

/** Until it is answered with something that asking again would not mend, or the signal; then undefined. */
async function again<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await ask()
    } catch (error) {
      if (!isKafkaError(error)) throw error
      await sleep(20)
    }
  }
  return undefined
}
