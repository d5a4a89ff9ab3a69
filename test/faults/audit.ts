/** What clients were promised, held against what brokers have: after each fault, and once more at the end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, isKafkaError, Kafka } from '../../src/client/node.ts'
import type { NodeEnv } from '../../src/env/node/index.ts'
import { type Promises, partitionKey } from './promises.ts'

export interface AuditedTopic {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor?: number
}

export interface AuditOptions {
  readonly env: NodeEnv
  readonly bootstrapServers: string
  readonly topics: readonly AuditedTopic[]
}

export interface Snapshot {
  readonly acknowledged: ReadonlyMap<string, number>
  readonly committed: ReadonlyMap<string, number>
  readonly topics: ReturnType<Promises['topicsNow']>
}

export function snapshot(promises: Promises): Snapshot {
  return {
    acknowledged: promises.acknowledgedNow(),
    committed: promises.committedNow(),
    topics: promises.topicsNow(),
  }
}

/** What a healthy broker never says. */
export function complain(promises: Promises, lines: readonly string[]): void {
  for (const line of lines) {
    if (/ ERROR |A handler failed|damaged|stays offline/.test(line))
      promises.violations.push(`the broker says: ${line}`)
  }
}

/** Reads what is there with clients of its own. */
export class Audit {
  readonly #kafka: Kafka
  readonly #topics: readonly AuditedTopic[]
  readonly #read = new Map<string, number>()

  constructor({ env, bootstrapServers, topics }: AuditOptions) {
    this.#kafka = new Kafka({ env, bootstrapServers, clientId: 'audit', retryBackoffMaxMs: 100 })
    this.#topics = topics
  }

  async makeTopics(): Promise<void> {
    const admin = this.#kafka.admin()
    const configs = { 'segment.bytes': '1048576', 'index.interval.bytes': '512' }
    const created = await admin.createTopics(this.#topics.map((topic) => ({ ...topic, configs })))
    for (const { error } of created.values()) if (error !== null) throw error
    await admin.close()
  }

  /** When every replica of every partition, the coordinators' too, is in sync. */
  async untilInSync(limitMs: number): Promise<void> {
    const admin = this.#kafka.admin()
    const deadline = performance.now() + limitMs
    try {
      for (;;) {
        const found = await lagging(admin)
        if (found.length === 0) return
        if (performance.now() > deadline) throw new Error(`not in sync within ${limitMs} ms: ${found.join(', ')}`)
        await sleep(50)
      }
    } finally {
      await admin.close()
    }
  }

  async round(promises: Promises, before: Snapshot): Promise<void> {
    await this.#readNew(promises, before.acknowledged)
    const admin = this.#kafka.admin()
    const offsets = await admin.listGroupOffsets('faults').catch((error: unknown) => {
      if (isKafkaError(error) && error.code === 'GROUP_ID_NOT_FOUND') return null
      throw error
    })
    for (const { name, partitions } of this.#topics) {
      for (let partition = 0; partition < partitions; partition++) {
        promises.checkCommitted(before.committed, name, partition, offsets?.get(name, partition)?.value?.offset ?? -1)
      }
    }
    promises.checkTopics(before.topics, new Set((await admin.listTopics()).keys()))
    await admin.close()
  }

  /** Once more from the beginning: nothing that was ever shown has changed, and everybody's order is right. */
  async end(promises: Promises): Promise<void> {
    this.#read.clear()
    await this.#readNew(promises, promises.acknowledgedNow())
    promises.checkOrder()
  }

  async #readNew(promises: Promises, acknowledged: ReadonlyMap<string, number>): Promise<void> {
    await using consumer = this.#kafka.consumer({ autoOffsetReset: 'none', maxPollRecords: 5000 })
    const partitions = this.#topics.flatMap(({ name: topic, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    )
    const ends = await consumer.endOffsets(partitions)
    const open = new Map<string, { offset: number; value: string }[]>()
    for (const { topic, partition } of partitions) {
      const key = partitionKey(topic, partition)
      const end = ends.get(topic, partition) ?? 0
      promises.checkEnd(topic, partition, end, acknowledged.get(key) ?? -1)
      if (end > (this.#read.get(key) ?? 0)) open.set(key, [])
    }
    const wanted = partitions.filter(({ topic, partition }) => open.has(partitionKey(topic, partition)))
    if (wanted.length === 0) return
    consumer.assign(wanted)
    for (const p of wanted) consumer.seek(p, this.#read.get(partitionKey(p.topic, p.partition)) ?? 0)
    let left = wanted.length
    const isRead = (topic: string, partition: number, offset: number) => offset + 1 === ends.get(topic, partition)
    while (left > 0) {
      const records = await consumer.poll({ timeoutMs: 30_000 })
      if (records.length === 0) throw new Error(`the audit reads nothing more; ${left} partitions are not at their end`)
      for (const { topic, partition, offset, value } of records) {
        if (offset >= (ends.get(topic, partition) ?? 0)) continue
        const text = new TextDecoder().decode(value?.subarray(0, 40))
        open.get(partitionKey(topic, partition))!.push({ offset, value: text })
        if (isRead(topic, partition, offset)) left--
      }
    }
    for (const { topic, partition } of wanted) {
      const key = partitionKey(topic, partition)
      promises.checkLog(topic, partition, this.#read.get(key) ?? 0, open.get(key)!)
      this.#read.set(key, ends.get(topic, partition)!)
    }
  }
}

async function lagging(admin: Admin): Promise<string[]> {
  const names = [...(await admin.listTopics()).keys()]
  const found: string[] = []
  for (const [name, { error, value }] of await admin.describeTopics(names)) {
    // Deleted since it was listed.
    if (error !== null) continue
    for (const { partition, replicas, isr, leader } of value.partitions) {
      if (leader < 0 || isr.length < replicas.length) found.push(`${name}-${partition} isr ${isr.map(String)}`)
    }
  }
  return found
}
