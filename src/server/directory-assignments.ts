import type { Uuid } from '../bytes/index.ts'
import type { Clock, Logger, Timer } from '../env/index.ts'
import { type ErrorCode, errorName, errors } from '../protocol/index.ts'
import type { ControllerChannel } from './controller-channel.ts'

export interface DirectoryAssignmentsParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly controller: ControllerChannel
  readonly brokerId: number
  /** -1 while the broker is not registered: nothing is sent then. */
  readonly brokerEpoch: () => number
}

interface Assignment {
  readonly topicId: Uuid
  readonly index: number
  readonly directoryId: Uuid
}

const ASSIGNMENTS_PER_REQUEST = 2000
const RETRY_MS = 1000

/**
 * Tells the controller in which log directory each replica is (KIP-858), so that a failed directory takes its own
 * partitions offline and no others. With one directory the controller knows without being told.
 */
export class DirectoryAssignments {
  readonly #parts: DirectoryAssignmentsParts
  /** By `topicId-index`. */
  readonly #pending = new Map<string, Assignment>()
  #isQueued = false
  #isAsking = false
  #timer: Timer | null = null

  constructor(parts: DirectoryAssignmentsParts) {
    this.#parts = parts
  }

  /** The replica is there, and the metadata says otherwise. */
  note(topicId: Uuid, index: number, directoryId: Uuid): void {
    this.#pending.set(`${topicId}-${index}`, { topicId, index, directoryId })
    this.send()
  }

  /** At the end of the turn; also called when the broker has registered. */
  send(): void {
    if (this.#isQueued || this.#isAsking || this.#pending.size === 0) return
    this.#isQueued = true
    this.#parts.clock.atTurnEnd(() => {
      this.#isQueued = false
      this.#ask()
    })
  }

  close(): void {
    this.#pending.clear()
    this.#timer?.cancel()
  }

  #ask(): void {
    const { controller, brokerId, brokerEpoch } = this.#parts
    const epoch = brokerEpoch()
    if (epoch === -1 || this.#isAsking) return
    const asked = [...this.#pending].slice(0, ASSIGNMENTS_PER_REQUEST)
    if (asked.length === 0) return
    this.#isAsking = true
    const request = { brokerId, brokerEpoch: epoch, directories: byDirectory(asked.map(([, one]) => one)) }
    controller.ask('assignReplicasToDirs', request, { version: 0 }, ({ errorCode = errors.NONE }) => {
      this.#isAsking = false
      if (errorCode !== errors.NONE) return this.#refused(errorCode)
      // A replica that is refused by itself is of a topic that is gone.
      for (const [key, one] of asked) if (this.#pending.get(key) === one) this.#pending.delete(key)
      this.send()
    })
  }

  #refused(errorCode: ErrorCode): void {
    const { clock, logger } = this.#parts
    if (errorCode === errors.UNSUPPORTED_VERSION) return this.#pending.clear()
    logger.warn('The controller did not take the directories of replicas', { error: errorName(errorCode) })
    this.#timer?.cancel()
    this.#timer = clock.at(clock.monoMs() + RETRY_MS, () => this.send())
  }
}

function byDirectory(assignments: readonly Assignment[]) {
  return [...Map.groupBy(assignments, ({ directoryId }) => directoryId)].map(([id, inDirectory]) => ({
    id,
    topics: [...Map.groupBy(inDirectory, ({ topicId }) => topicId)].map(([topicId, ofTopic]) => ({
      topicId,
      partitions: ofTopic.map(({ index }) => ({ partitionIndex: index })),
    })),
  }))
}
