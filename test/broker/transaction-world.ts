/** Transactions spoken by hand, for tests. */
import { transactionCodec } from '../../src/coordinator/index.ts'
import {
  AddPartitionsToTxn,
  EndTxn,
  type ErrorCode,
  errorName,
  errors,
  Fetch,
  FindCoordinator,
  InitProducerId,
  ListOffsets,
  Produce,
} from '../../src/protocol/index.ts'
import {
  BatchCursor,
  batchProducerEpoch,
  batchProducerId,
  controlTypeOf,
  isControlBatch,
  markerCoordinatorEpoch,
  plainRecords,
  RecordCursor,
} from '../../src/records/index.ts'
import { batchOf, type Connection } from './harness.ts'

export type Asks = Pick<Connection, 'ask'>

export interface Identity {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** Asks again while the transaction before is still ending, or the broker is still making ready. */
export async function patiently<A>(ask: () => Promise<A>, codeOf: (answer: A) => number): Promise<A> {
  const again = new Set<number>([
    errors.CONCURRENT_TRANSACTIONS,
    errors.COORDINATOR_LOAD_IN_PROGRESS,
    // Apache Kafka finds the coordinator a moment before it is one.
    errors.NOT_COORDINATOR,
  ])
  for (;;) {
    const answer = await ask()
    if (!again.has(codeOf(answer))) return answer
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The coordinator is here once it says so. */
export async function findCoordinator(to: Asks, key: string, keyType = 1): Promise<void> {
  for (;;) {
    const { coordinators } = await to.ask(FindCoordinator, { keyType, coordinatorKeys: [key] })
    if (coordinators[0]!.errorCode === errors.NONE) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export async function init(
  to: Asks,
  transactionalId: string,
  known: { producerId: number; producerEpoch: number } = { producerId: -1, producerEpoch: -1 },
  transactionTimeoutMs = 60_000,
): Promise<Identity & { readonly error: string }> {
  const { producerId, producerEpoch } = known
  const body = { transactionalId, transactionTimeoutMs, producerId, producerEpoch }
  const answer = await patiently(
    () => to.ask(InitProducerId, body, 5),
    ({ errorCode }) => errorCode,
  )
  return {
    transactionalId,
    error: errorName(answer.errorCode as ErrorCode),
    producerId: answer.producerId,
    producerEpoch: answer.producerEpoch,
  }
}

export interface Written {
  readonly sequence?: number
  readonly partition?: number
  readonly version?: number
}

/** Produces one record in the transaction; its base offset, or the error. */
export async function write(
  to: Asks,
  who: Identity,
  topic: string,
  value: string,
  { sequence = 0, partition = 0, version = 12 }: Written = {},
): Promise<number | string> {
  const { transactionalId, producerId, producerEpoch } = who
  const records = batchOf([{ value }], { producerId, producerEpoch, baseSequence: sequence, isTransactional: true })
  const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
  const answer = await patiently(
    () => to.ask(Produce, { transactionalId, acks: -1, timeoutMs: 5000, topicData }, version),
    ({ responses }) => responses[0]!.partitionResponses[0]!.errorCode,
  )
  const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!
  return errorCode === errors.NONE ? baseOffset : errorName(errorCode as ErrorCode)
}

/** Version 5 bumps the epoch. */
export async function end(to: Asks, who: Identity, committed: boolean, version = 5) {
  const { transactionalId, producerId, producerEpoch } = who
  const answer = await patiently(
    () => to.ask(EndTxn, { transactionalId, producerId, producerEpoch, committed }, version),
    ({ errorCode }) => errorCode,
  )
  const error = errorName(answer.errorCode as ErrorCode)
  return { transactionalId, producerId: answer.producerId, producerEpoch: answer.producerEpoch, error }
}

/** As a client of transaction.version 1 does before it writes. */
export async function add(to: Asks, who: Identity, topic: string, partitions: number[], version = 3): Promise<string> {
  const answer = await patiently(
    () =>
      to.ask(
        AddPartitionsToTxn,
        {
          v3AndBelowTransactionalId: who.transactionalId,
          v3AndBelowProducerId: who.producerId,
          v3AndBelowProducerEpoch: who.producerEpoch,
          v3AndBelowTopics: [{ name: topic, partitions }],
        },
        version,
      ),
    ({ resultsByTopicV3AndBelow: [result] }) => result!.resultsByPartition[0]!.partitionErrorCode,
  )
  const [result] = answer.resultsByTopicV3AndBelow
  const codes = [...result!.resultsByPartition].sort((a, b) => a.partitionIndex - b.partitionIndex)
  return codes.map((p) => errorName(p.partitionErrorCode as ErrorCode)).join()
}

export async function endOffset(to: Asks, topic: string, isolationLevel: number, partitionIndex = 0): Promise<number> {
  const partitions = [{ partitionIndex, timestamp: -1 }]
  const { topics } = await to.ask(ListOffsets, { replicaId: -1, isolationLevel, topics: [{ name: topic, partitions }] })
  return topics[0]!.partitions[0]!.offset
}

const text = new TextDecoder()

/** Everything from the start; what a client of this isolation level gets, before it leaves aborted records out. */
export async function readAll(to: Asks, topic: string, isolationLevel: number, partition = 0) {
  const topics = [{ topic, partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }] }]
  const ask = { replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: 1 << 20, isolationLevel, topics }
  const answer = await to.ask(Fetch, ask, 12)
  const found = answer.responses[0]!.partitions[0]!
  const records: { offset: number; key: Uint8Array | null; value: Uint8Array | null; timestamp: number }[] = []
  const markers: string[] = []
  const { records: bytes } = found
  const cursor = new BatchCursor(bytes ?? { bytes: new Uint8Array(0), from: 0, to: 0 })
  while (cursor.next()) {
    const batch = { bytes: cursor.bytes, from: cursor.from, to: cursor.to }
    const record = new RecordCursor(batch, plainRecords(batch)!)
    while (record.next()) {
      if (!isControlBatch(batch.bytes, batch.from)) {
        const { offset, timestamp } = record
        records.push({ offset, timestamp, key: record.key?.slice() ?? null, value: record.value?.slice() ?? null })
        continue
      }
      const kind = controlTypeOf(record.key!) === 1 ? 'COMMIT' : 'ABORT'
      const producer = `${batchProducerId(batch.bytes, batch.from)}/${batchProducerEpoch(batch.bytes, batch.from)}`
      markers.push(`${record.offset} ${kind} ${producer} ${markerCoordinatorEpoch(record.value!)}`)
    }
  }
  return {
    error: errorName(found.errorCode as ErrorCode),
    lastStableOffset: found.lastStableOffset,
    highWatermark: found.highWatermark,
    aborted: found.abortedTransactions?.map(({ producerId, firstOffset }) => `${producerId}@${firstOffset}`) ?? null,
    values: records.map(({ value }) => text.decode(value ?? new Uint8Array(0))),
    records,
    markers,
  }
}

/** The steps of one transactional id as they stand in the log, in the order of their writing. */
export async function steps(to: Asks, transactionalId: string, partitionCount: number) {
  const codec = transactionCodec(() => 1)
  const found = []
  for (let partition = 0; partition < partitionCount; partition++) {
    const { records } = await readAll(to, '__transaction_state', 0, partition)
    for (const { key, value } of records) {
      const record = codec.decode({ key, value })
      if (record?.transactionalId !== transactionalId) continue
      const t = record.transaction
      const again = t === null ? null : codec.encode(record).value
      found.push({ record: t, isSameBytes: value === null || Buffer.compare(value, again!) === 0, version: value?.[1] })
    }
  }
  return found
}
