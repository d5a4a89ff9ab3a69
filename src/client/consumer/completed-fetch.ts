import type { Crc32c, Slice } from '../../bytes/index.ts'
import type { Heavy } from '../../env/index.ts'
import {
  BatchCursor,
  batchCodec,
  batchLastOffset,
  batchLeaderEpoch,
  batchProducerId,
  controlType,
  controlTypeOf,
  decompressRecords,
  isControlBatch,
  isCrcRight,
  isLogAppendTime,
  isTransactionalBatch,
  RecordCursor,
} from '../../records/index.ts'
import { clientError, type KafkaError } from '../errors.ts'
import { partitionName } from '../topic-partition.ts'
import type { PartitionState } from './position.ts'

/** What one batch may hold once decompressed. */
const DECOMPRESSED_BYTES_MAX = 1 << 29

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** What {@link CompletedFetch.advance} found: a record at the cursor, nothing more, or bytes still being unpacked. */
export type Step = 'record' | 'end' | 'wait'

/**
 * The batches that one fetch brought for one partition, read in order. Control batches and, under read_committed,
 * batches of aborted transactions are passed over. Compressed batches are unpacked off the turn, one ahead.
 */
export class CompletedFetch {
  readonly state: PartitionState
  readonly generation: number
  readonly bytes: number
  /** The current record; valid after {@link CompletedFetch.advance} said 'record'. */
  cursor: RecordCursor | null = null
  leaderEpoch = -1
  isAppendTime = false
  /** Where to read on when all is read: past control and aborted batches too. */
  nextOffset: number
  error: KafkaError | null = null
  readonly #slice: Slice
  readonly #batches: BatchCursor
  readonly #heavy: Heavy
  readonly #crc32c: Crc32c | null
  readonly #aborted: AbortedTransaction[] | null
  readonly #abortedNow = new Set<number>()
  readonly #unpacked = new Map<number, Slice | KafkaError | 'busy'>()
  readonly #notify: () => void
  /** The batch at which a 'wait' stopped. */
  #isBatchHeld = false

  constructor(
    state: PartitionState,
    slice: Slice,
    fetchOffset: number,
    o: {
      readonly heavy: Heavy
      /** Null when checksums are not to be looked at. */
      readonly crc32c: Crc32c | null
      /** null: read_uncommitted. */
      readonly aborted: readonly AbortedTransaction[] | null
      /** Called when bytes were unpacked. */
      readonly notify: () => void
    },
  ) {
    this.state = state
    this.generation = state.fetchGeneration
    this.nextOffset = fetchOffset
    this.bytes = slice.to - slice.from
    this.#slice = slice
    this.#batches = new BatchCursor(slice)
    this.#heavy = o.heavy
    this.#crc32c = o.crc32c
    this.#aborted = o.aborted === null ? null : [...o.aborted].sort((a, b) => a.firstOffset - b.firstOffset)
    this.#notify = o.notify
    this.#unpackAhead(slice.from)
  }

  /** Offset behind the last whole batch, for the next fetch; the fetch's own offset when there is none. */
  endOffset(): number {
    const batches = new BatchCursor(this.#slice)
    let end = this.nextOffset
    while (batches.next()) end = batchLastOffset(batches.bytes, batches.from) + 1
    return end
  }

  /** Whether the fetch brought bytes but no whole batch, so that asking again for as much cannot help. */
  get isTooSmall(): boolean {
    return this.bytes > 0 && !new BatchCursor(this.#slice).next()
  }

  advance(): Step {
    for (;;) {
      if (this.cursor !== null) {
        while (this.cursor.next()) {
          if (this.cursor.offset >= this.nextOffset) {
            this.nextOffset = this.cursor.offset + 1
            return 'record'
          }
        }
        if (this.cursor.isBroken) return this.#break('its records are malformed')
        this.cursor = null
        // compaction may have left the end of the batch empty
        this.nextOffset = Math.max(this.nextOffset, batchLastOffset(this.#batches.bytes, this.#batches.from) + 1)
      }
      if (!this.#isBatchHeld && !this.#nextBatch()) return 'end'
      const step = this.#openBatch()
      if (step !== null) return step
    }
  }

  #nextBatch(): boolean {
    if (!this.#batches.next()) {
      if (this.#batches.isBroken) this.#break('what follows it is no record batch of version 2')
      return false
    }
    this.#isBatchHeld = true
    return true
  }

  /** Sets the cursor, or passes the batch over. */
  #openBatch(): Step | null {
    const { bytes, from, to } = this.#batches
    if (this.#crc32c !== null && !isCrcRight(bytes, from, to, this.#crc32c)) return this.#break('its checksum is wrong')
    if (this.#isLeftOut(from, to)) {
      this.#isBatchHeld = false
      this.nextOffset = Math.max(this.nextOffset, batchLastOffset(bytes, from) + 1)
      return null
    }
    let records: Slice | undefined
    if (batchCodec(bytes, from) !== 0) {
      this.#unpackAhead(from)
      const unpacked = this.#unpacked.get(from)
      if (unpacked === 'busy' || unpacked === undefined) return 'wait'
      if ('code' in unpacked) {
        this.error = unpacked
        return 'end'
      }
      this.#unpacked.delete(from)
      records = unpacked
      this.#unpackAhead(to)
    }
    this.#isBatchHeld = false
    this.leaderEpoch = batchLeaderEpoch(bytes, from)
    this.isAppendTime = isLogAppendTime(bytes, from)
    this.cursor = new RecordCursor({ bytes, from, to }, records)
    return null
  }

  /** KIP-98: which producers are inside an aborted transaction changes at their markers and at the offsets told. */
  #isLeftOut(from: number, to: number): boolean {
    const { bytes } = this.#batches
    const isControl = isControlBatch(bytes, from)
    if (this.#aborted === null) return isControl
    const last = batchLastOffset(bytes, from)
    while (this.#aborted[0] !== undefined && this.#aborted[0].firstOffset <= last) {
      this.#abortedNow.add(this.#aborted.shift()!.producerId)
    }
    const producerId = batchProducerId(bytes, from)
    if (isControl) {
      const marker = new RecordCursor({ bytes, from, to })
      if (marker.next() && marker.key !== null && controlTypeOf(marker.key) === controlType.abort) {
        this.#abortedNow.delete(producerId)
      }
      return true
    }
    return isTransactionalBatch(bytes, from) && this.#abortedNow.has(producerId)
  }

  /** Begins to unpack the batch at this place, if it is a whole compressed one. */
  #unpackAhead(from: number): void {
    const ahead = new BatchCursor({ bytes: this.#slice.bytes, from, to: this.#slice.to })
    if (this.#unpacked.has(from) || !ahead.next() || batchCodec(ahead.bytes, from) === 0) return
    this.#unpacked.set(from, 'busy')
    const batch = { bytes: ahead.bytes, from, to: ahead.to }
    decompressRecords(
      this.#heavy,
      batch,
      DECOMPRESSED_BYTES_MAX,
      (failure, records) => {
        const broken = failure && this.#brokenBatch(`it cannot be decompressed: ${failure.message}`)
        this.#unpacked.set(from, broken ?? records)
        this.#notify()
      },
      partitionName(this.state),
    )
  }

  #break(why: string): Step {
    this.error = this.#brokenBatch(why)
    return 'end'
  }

  #brokenBatch(why: string): KafkaError {
    return clientError(
      'BROKEN_RECORDS',
      `The batch at offset ${this.nextOffset} of ${partitionName(this.state)} cannot be read: ${why}. Seek past it to go on`,
    )
  }
}
