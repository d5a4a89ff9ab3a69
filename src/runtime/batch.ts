import type { Decision, RecordBytes, RecordProducer } from './shard.ts'

/** What is told once a decision's records are committed: the replies, then the input fed back. */
export type Parked<Input, Answer> = Pick<Decision<Input, Answer, never>, 'replies' | 'onCommitted'>

/** Upper bound of what a record of format v2 adds to its key and value: five varints, attributes, no headers. */
const recordOverheadBytes = 24

export function sizeOf(records: readonly RecordBytes[]): number {
  let bytes = 0
  for (const { key, value } of records) bytes += (key?.length ?? 0) + (value?.length ?? 0) + recordOverheadBytes
  return bytes
}

/** The records of several decisions on their way into one append, and the replies that wait for it. */
export class Batch<Input, Answer> {
  records: RecordBytes[] = []
  parked: Parked<Input, Answer>[] = []
  producer: RecordProducer | null = null
  bytes = 0

  /** Whether records of this producer and size still fit into the same append. */
  takes(producer: RecordProducer | null, bytes: number, bytesMax: number): boolean {
    if (this.records.length === 0) return true
    if (producer?.id !== this.producer?.id || producer?.epoch !== this.producer?.epoch) return false
    return this.bytes + bytes <= bytesMax
  }

  add(records: readonly RecordBytes[], bytes: number, producer: RecordProducer | null): void {
    for (const record of records) this.records.push(record)
    this.bytes += bytes
    this.producer = producer
  }

  clear(): void {
    this.records = []
    this.parked = []
    this.producer = null
    this.bytes = 0
  }
}
