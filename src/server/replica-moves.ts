import type { BrokerConfig } from '../config/index.ts'
import type { Clock, Logger } from '../env/index.ts'
import type { Log, LogStore } from '../log/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import type { Partition } from '../replication/index.ts'
import type { DirectoryAssignments } from './directory-assignments.ts'
import { Pace } from './pace.ts'
import { type MoveParts, ReplicaMove } from './replica-move.ts'

/** Moves of replicas between the log directories of this broker, by partition. */
export class ReplicaMoves {
  readonly #parts: MoveParts
  readonly #moves = new Map<Partition, ReplicaMove>()
  /** Where those go next whose move is ending. */
  readonly #next = new Map<Partition, string>()
  #closed: (() => void) | null = null

  constructor(parts: {
    clock: Clock
    logger: Logger
    store: LogStore
    assignments: DirectoryAssignments
    config: () => BrokerConfig
  }) {
    this.#parts = { ...parts, pace: new Pace(() => parts.config().replicaAlterLogDirsIoMaxBytesPerSecond) }
  }

  /** The copy of a partition's log that is under way to another directory, or null. */
  copyOf(topic: string, index: number): Log | null {
    return this.#parts.store.future(topic, index)
  }

  /**
   * The replica is to be in the directory `id`: begins a move, redirects or calls off one that goes elsewhere. The answer
   * says that it began. KAFKA_STORAGE_ERROR when the log is offline.
   */
  move(partition: Partition, id: string): ErrorCode {
    if (partition.log.failure !== null) return errors.KAFKA_STORAGE_ERROR
    const move = this.#moves.get(partition)
    this.#next.delete(partition)
    if (move === undefined) {
      if (partition.log.directoryId !== id) this.#begin(partition, id)
    } else if (move.targetId !== id) {
      this.#next.set(partition, id)
      move.cancel()
    }
    return errors.NONE
  }

  #begin(partition: Partition, id: string): void {
    const move = new ReplicaMove(partition, id, this.#parts, () => this.#ended(partition))
    this.#moves.set(partition, move)
    move.start()
  }

  #ended(partition: Partition): void {
    this.#moves.delete(partition)
    const next = this.#next.get(partition)
    this.#next.delete(partition)
    if (this.#closed !== null) return this.#settleClose()
    if (next === undefined) return
    this.#parts.clock.atTurnEnd(() => {
      if (!partition.isGone && this.#closed === null) this.move(partition, next)
    })
  }

  /** Goes on with the copies that the last stop or crash left, and deletes those of partitions that are not here any more. */
  resume(find: (topic: string, index: number) => Partition | undefined): void {
    const { store, logger } = this.#parts
    for (const { topic, partition: index, topicId, directoryId, isFuture } of store.found) {
      if (!isFuture) continue
      const partition = find(topic, index)
      const isOurs = partition !== undefined && (topicId === null || topicId === partition.topicId)
      if (isOurs && partition.log.directoryId !== directoryId) this.#begin(partition, directoryId)
      else {
        store.deleteFuture(topic, index, (failure) => {
          if (failure !== null)
            logger.warn('Cannot delete the copy of a log', { topic, partition: index, reason: failure.message })
        })
      }
    }
  }

  /** Done when no log is taking its name any more. */
  close(done: () => void): void {
    this.#closed = done
    for (const move of [...this.#moves.values()]) move.close()
    this.#settleClose()
  }

  #settleClose(): void {
    if (this.#moves.size > 0 || this.#closed === null) return
    const done = this.#closed
    this.#closed = ignore
    done()
  }
}

function ignore(): void {}
