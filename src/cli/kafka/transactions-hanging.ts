import type { Admin, ProducerState, TopicPartition } from '../../client/index.ts'

export interface HangingSearch {
  readonly brokerId: number | null
  readonly topic: string | null
  readonly partition: number | null
  /** Transactions that were written to since are left out. */
  readonly olderThanMs: number
  readonly nowMs: number
}

export interface Hanging {
  readonly at: TopicPartition
  readonly state: ProducerState
}

type Saying = <T>(what: string, call: Promise<T>) => Promise<T>

/** Topics described, and partitions asked about their producers, in one request. */
const BATCH = 500

/**
 * KIP-664: a transaction hangs when a partition has it open for longer than any may last, and no coordinator knows of it
 * as one that this partition belongs to.
 */
export async function findHanging(admin: Admin, search: HangingSearch, saying: Saying): Promise<Hanging[]> {
  const partitions = await candidatePartitions(admin, search, saying)
  const open: Hanging[] = []
  for (const some of inBatches(partitions)) {
    const { brokerId } = search
    const described = await saying(
      `Failed to describe producers for ${some.length} partitions on broker ${brokerId}`,
      admin.describeProducers(some, brokerId === null ? {} : { brokerId }),
    )
    for (const at of some) {
      for (const state of described.get(at.topic, at.partition)?.value ?? []) {
        if (state.currentTransactionStartOffset === null) continue
        if (search.nowMs - state.lastTimestamp > search.olderThanMs) open.push({ at, state })
      }
    }
  }
  return open.length === 0 ? [] : unknownToCoordinators(admin, open, saying)
}

async function candidatePartitions(
  admin: Admin,
  { brokerId, topic, partition }: HangingSearch,
  saying: Saying,
): Promise<TopicPartition[]> {
  if (topic !== null && partition !== null) return [{ topic, partition }]
  const names = topic !== null ? [topic] : [...(await saying('Failed to list topics', admin.listTopics())).keys()]
  const found: TopicPartition[] = []
  for (const some of inBatches(names)) {
    const described = await saying(`Failed to describe ${some.length} topics`, admin.describeTopics(some))
    for (const { error, value } of described.values()) {
      if (error !== null) await saying(`Failed to describe ${some.length} topics`, Promise.reject(error))
      else
        for (const p of value!.partitions)
          if (brokerId === null || p.replicas.includes(brokerId))
            found.push({ topic: value!.name, partition: p.partition })
    }
  }
  return found
}

async function unknownToCoordinators(admin: Admin, open: readonly Hanging[], saying: Saying): Promise<Hanging[]> {
  const producerIds = [...new Set(open.map(({ state }) => state.producerId))]
  const listed = await saying(
    `Failed to list transactions for ${producerIds.length} producers`,
    admin.listTransactions({ producerIds }),
  )
  const idOf = new Map<number, string>()
  for (const { error, value } of listed.values()) {
    if (error !== null)
      await saying(`Failed to list transactions for ${producerIds.length} producers`, Promise.reject(error))
    for (const { producerId, transactionalId } of value ?? []) idOf.set(producerId, transactionalId)
  }
  const ids = [...idOf.values()]
  const described =
    ids.length === 0
      ? new Map()
      : await saying(`Failed to describe ${ids.length} transactions`, admin.describeTransactions(ids))
  return open.filter(({ at, state }) => {
    const t = described.get(idOf.get(state.producerId) ?? '')?.value
    if (t === null || t === undefined || t.producerId !== state.producerId) return true
    return !t.partitions.some((p: TopicPartition) => p.topic === at.topic && p.partition === at.partition)
  })
}

function* inBatches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += BATCH) yield all.slice(from, from + BATCH)
}
