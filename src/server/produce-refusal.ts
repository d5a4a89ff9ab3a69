import type { Slice } from '../bytes/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import { BATCH_HEADER_BYTES, batchBytes } from '../records/index.ts'
import type { Partition } from '../replication/index.ts'

interface RecordError {
  readonly batchIndex: number
  readonly message: string | null
}

const SHOWN_AT_MOST = 3
const WITHOUT_KEY = 'Compacted topic cannot accept message without key'

/** After these Apache Kafka does not say where the log starts: the partition was not asked, or could not be. */
const withoutLogStart: ReadonlySet<ErrorCode> = new Set([
  errors.CORRUPT_MESSAGE,
  errors.KAFKA_STORAGE_ERROR,
  errors.MESSAGE_TOO_LARGE,
  errors.NOT_LEADER_OR_FOLLOWER,
  errors.RECORD_LIST_TOO_LARGE,
])

export function logStartBeside(code: ErrorCode, partition: Partition, { bytes, from, to }: Slice): number {
  // What is not one whole batch is refused before it comes to the log.
  const isBatch = to - from >= BATCH_HEADER_BYTES && batchBytes(bytes, from) === to - from
  return isBatch && !withoutLogStart.has(code) ? partition.log.startOffset : -1
}

/** The records that are refused, each with its reason (KIP-467). */
export function recordErrorsOf({ topic, index }: Partition, given: readonly RecordError[]) {
  return given.map(({ batchIndex, message }) => ({
    batchIndex,
    batchIndexErrorMessage: message === WITHOUT_KEY ? `${message} in topic partition ${topic}-${index}` : message,
  }))
}

/** The sentence for the batch as a whole: of several records the first ones are named. */
export function refusalText(code: ErrorCode, message: string, records: ReturnType<typeof recordErrorsOf>): string {
  if (code !== errors.INVALID_RECORD || records.length === 0) return message
  const shown = records
    .slice(0, SHOWN_AT_MOST)
    .map((r) => `RecordError(batchIndex=${r.batchIndex}, message='${r.batchIndexErrorMessage}')`)
  return `One or more records have been rejected due to ${records.length} record errors in total, and only showing the first three errors at most: [${shown.join(', ')}]`
}
