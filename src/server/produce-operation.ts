import type { Clock, Timer } from '../env/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import type { Partition, Waiter } from '../replication/index.ts'

/**
 * The waiting half of a produce: counts the partitions that are not yet acknowledged, and finishes when the last one is
 * or when the client's timeout has passed, whichever is first. What a partition answers is written by its own waiter.
 */
export class ProduceOperation {
  #open = 0
  #isStarted = false
  #isOver = false
  #timer: Timer | null = null
  readonly #waiters: PartitionWaiter[] = []
  readonly #finish: () => void

  constructor(finish: () => void) {
    this.#finish = finish
  }

  /** Waits for `end` on the partition; `settled` gets NONE, an error, or REQUEST_TIMED_OUT. */
  wait(partition: Partition, acks: number, end: number, settled: (code: ErrorCode) => void): void {
    const waiter = new PartitionWaiter(this, settled)
    this.#waiters.push(waiter)
    this.#open++
    if (acks === 1) partition.whenWritten(end, waiter)
    else partition.whenCommitted(end, waiter)
  }

  /** All partitions are appended to: from here on the operation finishes by itself. */
  start(clock: Clock, timeoutMs: number): void {
    this.#isStarted = true
    if (this.#open === 0) return this.#end()
    this.#timer = clock.at(clock.monoMs() + timeoutMs, () => {
      for (const waiter of this.#waiters) waiter.settle(errors.REQUEST_TIMED_OUT)
    })
  }

  settledOne(): void {
    this.#open--
    if (this.#open === 0 && this.#isStarted) this.#end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer?.cancel()
    this.#finish()
  }
}

class PartitionWaiter implements Waiter {
  #isSettled = false
  readonly #operation: ProduceOperation
  readonly #settled: (code: ErrorCode) => void

  constructor(operation: ProduceOperation, settled: (code: ErrorCode) => void) {
    this.#operation = operation
    this.#settled = settled
  }

  settle(code: ErrorCode): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#settled(code)
    this.#operation.settledOne()
  }
}
