import type { Crc32c } from '../bytes/index.ts'
import type { Outcome } from '../coordinator/index.ts'
import type { Clock } from '../env/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import { buildTransactionMarker } from '../records/index.ts'
import type { Partition } from '../replication/index.ts'
import type { Groups } from './groups.ts'
import { GROUP_TOPIC } from './internal-topics.ts'

/** What ends a transaction in one partition. */
export interface Marker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly outcome: Outcome
  /** 2: the epoch must be above that of the records (KIP-890 part 2). */
  readonly transactionVersion: number
}

/** Writes markers into partitions that this broker leads, for its own transaction coordinators and for others'. */
export class MarkerWriter {
  readonly #clock: Clock
  readonly #crc32c: Crc32c
  readonly #groups: Groups

  constructor(clock: Clock, crc32c: Crc32c, groups: Groups) {
    this.#clock = clock
    this.#crc32c = crc32c
    this.#groups = groups
  }

  /**
   * NONE once the marker is committed. Else NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, INVALID_PRODUCER_EPOCH,
   * TRANSACTION_COORDINATOR_FENCED, KAFKA_STORAGE_ERROR.
   */
  write(partition: Partition, marker: Marker, done: (code: ErrorCode) => void): void {
    const { producerId, producerEpoch, coordinatorEpoch, outcome, transactionVersion } = marker
    const wallMs = this.#clock.wallMs()
    const bytes = buildTransactionMarker(
      outcome,
      { producerId, producerEpoch, coordinatorEpoch, timestampMs: wallMs },
      this.#crc32c,
    )
    const ask = { acks: -1, origin: 'coordinator', expectedLeaderEpoch: -1 } as const
    const appended = partition.append({ bytes, from: 0, to: bytes.length }, ask, wallMs, { transactionVersion })
    if (typeof appended === 'number') return done(appended)
    if (partition.topic === GROUP_TOPIC) {
      const producer = { id: producerId, epoch: producerEpoch }
      const at = { offset: appended.firstOffset, epoch: partition.leaderEpoch, producer }
      this.#groups.marked(partition.index, at, outcome)
    }
    partition.whenCommitted(appended.lastOffset + 1, {
      // Lost on the way, it is written again; a second one changes nothing.
      settle: (code) => done(code === errors.UNKNOWN_TOPIC_OR_PARTITION ? errors.NOT_LEADER_OR_FOLLOWER : code),
    })
  }
}
