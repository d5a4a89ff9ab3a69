import type { Crc32c, Slice } from '../bytes/index.ts'
import type { Env } from '../env/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import {
  BATCH_HEADER_BYTES,
  BatchBuilder,
  BatchCursor,
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
  controlType,
  controlTypeOf,
  decompressRecords,
  isControlBatch,
  isCrcRight,
  isTransactionalBatch,
  plainRecords,
  RecordCursor,
} from '../records/index.ts'
import type { Moved, Partition, Watcher } from '../replication/index.ts'
import type { RecordBytes, RecordProducer, ShardDraft, ShardLog, Where } from '../runtime/index.ts'

/** One read of a replay, and what a compressed batch may unpack to. */
const REPLAY_BYTES = 1 << 20
const UNPACKED_BYTES_MAX = 64 << 20
/** Left for a batch's own header and its records' lengths. */
const BATCH_ROOM_BYTES = 4096

/** A coordinator's log: the partition of an internal topic that this broker leads. */
export class PartitionShardLog implements ShardLog, Watcher {
  onCommitted: () => void = () => undefined
  onLost: (code: ErrorCode) => void = () => undefined
  readonly #partition: Partition
  readonly #env: Env
  readonly #crc32c: Crc32c
  readonly #leaderEpoch: number
  readonly #unwatch: () => void

  constructor(partition: Partition, env: Env, crc32c: Crc32c) {
    this.#partition = partition
    this.#env = env
    this.#crc32c = crc32c
    this.#leaderEpoch = partition.leaderEpoch
    this.#unwatch = partition.watch(this)
  }

  get bytesMax(): number {
    return this.#partition.log.config.maxMessageBytes - BATCH_ROOM_BYTES
  }

  close(): void {
    this.#unwatch()
  }

  moved(what: Moved): void {
    if (what === 'highWatermark') this.onCommitted()
    else if (what === 'role' && this.#whyLost() !== errors.NONE) this.onLost(errors.NOT_COORDINATOR)
  }

  /** A log that moves to another directory takes nothing for a moment: those who ask are to ask again. */
  check(producer: RecordProducer | null): ErrorCode {
    const lost = this.#whyLost()
    if (lost !== errors.NONE) return lost
    if (this.#partition.isHeld) return errors.COORDINATOR_LOAD_IN_PROGRESS
    if (!this.#partition.hasMinIsr) return errors.NOT_ENOUGH_REPLICAS
    if (producer === null) return errors.NONE
    return this.#partition.log.checkTransactionalWrite(producer.id, producer.epoch, producer.guard)
  }

  #whyLost(): ErrorCode {
    const partition = this.#partition
    if (!partition.isLeader || partition.leaderEpoch !== this.#leaderEpoch) return errors.NOT_COORDINATOR
    return partition.log.failure === null ? errors.NONE : errors.KAFKA_STORAGE_ERROR
  }

  endOffset(): number {
    return this.#partition.log.endOffset
  }

  committedOffset(): number {
    return this.#partition.highWatermark
  }

  epoch(): number {
    return this.#leaderEpoch
  }

  draft(producer: RecordProducer | null, wallMs: number, bytes: number): ShardDraft {
    const options =
      producer === null ? {} : { producerId: producer.id, producerEpoch: producer.epoch, isTransactional: true }
    const builder = new BatchBuilder(options, BATCH_HEADER_BYTES + bytes)
    const base = this.endOffset()
    return {
      add: ({ key, value }) => builder.append(wallMs, key, value),
      append: () =>
        this.endOffset() === base ? this.#append(builder, producer, wallMs) : errors.COORDINATOR_LOAD_IN_PROGRESS,
    }
  }

  #append(
    builder: BatchBuilder,
    producer: RecordProducer | null,
    wallMs: number,
  ): { base: number; end: number } | ErrorCode {
    const bytes = builder.build(this.#crc32c)
    const ask = { acks: -1, origin: 'coordinator', expectedLeaderEpoch: this.#leaderEpoch } as const
    const logAsk = producer?.guard === undefined ? undefined : { guard: producer.guard }
    const appended = this.#partition.append({ bytes, from: 0, to: bytes.length }, ask, wallMs, logAsk)
    if (typeof appended === 'number') return appended
    return { base: appended.firstOffset, end: appended.lastOffset + 1 }
  }

  replay(
    each: (record: RecordBytes, at: Where) => void,
    marker: (at: Where, outcome: 'commit' | 'abort') => void,
    done: (failure: string | null) => void,
  ): void {
    const { log } = this.#partition
    new Replay(log.endOffset, this.#partition, this.#env, this.#crc32c, each, marker, done).readFrom(log.startOffset)
  }
}

/** Reads a log to `end`, batch by batch, giving other work its turn between reads. */
class Replay {
  readonly #end: number
  readonly #partition: Partition
  readonly #env: Env
  readonly #crc32c: Crc32c
  readonly #each: (record: RecordBytes, at: Where) => void
  readonly #marker: (at: Where, outcome: 'commit' | 'abort') => void
  readonly #done: (failure: string | null) => void

  constructor(
    end: number,
    partition: Partition,
    env: Env,
    crc32c: Crc32c,
    each: (record: RecordBytes, at: Where) => void,
    marker: (at: Where, outcome: 'commit' | 'abort') => void,
    done: (failure: string | null) => void,
  ) {
    this.#end = end
    this.#partition = partition
    this.#env = env
    this.#crc32c = crc32c
    this.#each = each
    this.#marker = marker
    this.#done = done
  }

  readFrom(offset: number): void {
    if (offset >= this.#end) return this.#done(null)
    const into = { slices: [] as Slice[], release: (): void => undefined }
    const took = () => this.#take(offset, into.slices, () => into.release())
    const isNow = this.#partition.log.read(
      { from: offset, upTo: this.#end, bytesMax: REPLAY_BYTES, atLeastOne: true },
      into,
      (failure) => (failure === null ? took() : this.#done(failure.message)),
    )
    // In a later turn even when the bytes are here: a long replay must not keep the loop.
    if (isNow) this.#env.clock.atTurnEnd(took)
  }

  #take(from: number, slices: readonly Slice[], release: () => void): void {
    const batches = batchesOf(slices)
    let next = from
    const finish = (failure: string | null): void => {
      release()
      if (failure !== null) this.#done(failure)
      // Nothing whole below the end: what is left are offsets that compaction took.
      else if (next === from) this.#done(null)
      else this.readFrom(next)
    }
    const run = (): void => this.#env.clock.slice(step)
    const step = (): boolean => {
      const { value: batch } = batches.next()
      if (batch === undefined) {
        finish(null)
        return true
      }
      const { bytes, from, to } = batch
      if (!isCrcRight(bytes, from, to, this.#crc32c)) {
        finish(`the batch at offset ${batchBaseOffset(bytes, from)} is damaged`)
        return true
      }
      const plain = plainRecords(batch)
      if (plain !== null) {
        next = this.#takeBatch(batch, plain)
        return false
      }
      decompressRecords(this.#env.heavy, batch, UNPACKED_BYTES_MAX, (failure, records) => {
        if (failure !== null) return finish(failure.message)
        next = this.#takeBatch(batch, records)
        run()
      })
      return true
    }
    run()
  }

  /** Hands on the records of one batch; returns the offset behind it. */
  #takeBatch(batch: Slice, records: Slice): number {
    const { bytes, from } = batch
    const epoch = batchLeaderEpoch(bytes, from)
    const producer = isTransactionalBatch(bytes, from)
      ? { id: batchProducerId(bytes, from), epoch: batchProducerEpoch(bytes, from) }
      : null
    const isControl = isControlBatch(bytes, from)
    const cursor = new RecordCursor(batch, records)
    while (cursor.next()) {
      const at = { offset: cursor.offset, epoch, producer }
      if (!isControl) {
        this.#each({ key: copy(cursor.key), value: copy(cursor.value) }, at)
        continue
      }
      const type = controlTypeOf(cursor.key ?? new Uint8Array(0))
      if (type === controlType.abort) this.#marker(at, 'abort')
      else if (type === controlType.commit) this.#marker(at, 'commit')
    }
    return batchLastOffset(bytes, from) + 1
  }
}

function* batchesOf(slices: readonly Slice[]): Generator<Slice, undefined> {
  for (const slice of slices) {
    const cursor = new BatchCursor(slice)
    while (cursor.next()) yield { bytes: cursor.bytes, from: cursor.from, to: cursor.to }
  }
  return undefined
}

/** The state outlives the read buffer. */
function copy(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : bytes.slice()
}
