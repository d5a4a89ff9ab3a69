import type { Timer } from '../index.ts'

/** Beyond this Node fires at once instead of waiting. */
const delayMsMax = 2 ** 31 - 1

/**
 * All timers of a clock behind one of Node's: they fire in the order of their times, those of one time in the order they
 * were set, and setting and cancelling one costs no call into the runtime.
 */
export class TimerHeap {
  /** A binary heap; the earliest is first. */
  readonly #heap: HeapTimer[] = []
  #sequence = 0
  #timeout: NodeJS.Timeout | null = null
  #armedMs = Number.POSITIVE_INFINITY
  readonly #onTimeout = (): void => this.#fireDue()

  add(monoMs: number, fire: () => void): Timer {
    const timer = new HeapTimer(this, monoMs, this.#sequence++, fire)
    timer.index = this.#heap.length
    this.#heap.push(timer)
    this.#up(timer)
    if (timer.index === 0) this.#arm()
    return timer
  }

  remove(timer: HeapTimer): void {
    const { index } = timer
    if (index < 0) return
    timer.index = -1
    const last = this.#heap.pop()!
    if (last !== timer) {
      this.#heap[index] = last
      last.index = index
      this.#up(last)
      this.#down(last)
    }
    // A wait for nothing would keep the process alive; one that is merely too early does no harm.
    if (this.#heap.length === 0) this.#disarm()
  }

  clear(): void {
    for (const timer of this.#heap) timer.index = -1
    this.#heap.length = 0
    this.#disarm()
  }

  #fireDue(): void {
    this.#timeout = null
    this.#armedMs = Number.POSITIVE_INFINITY
    try {
      // What is set for the past by a timer that fires waits for the next round, so that nobody starves the loop.
      const rounds = this.#heap.length
      // The loop's clock has whole milliseconds and may call a fraction early.
      const nowMs = performance.now()
      for (let i = 0; i < rounds && this.#heap.length > 0 && this.#heap[0]!.monoMs <= nowMs; i++) {
        const timer = this.#heap[0]!
        this.remove(timer)
        timer.fire()
      }
    } finally {
      this.#arm()
    }
  }

  #arm(): void {
    const first = this.#heap[0]
    if (first === undefined || first.monoMs >= this.#armedMs) return
    this.#disarm()
    const delayMs = Math.ceil(first.monoMs - performance.now())
    this.#armedMs = first.monoMs
    this.#timeout = setTimeout(this.#onTimeout, Math.min(Math.max(delayMs, 0), delayMsMax))
  }

  #disarm(): void {
    if (this.#timeout !== null) clearTimeout(this.#timeout)
    this.#timeout = null
    this.#armedMs = Number.POSITIVE_INFINITY
  }

  #up(timer: HeapTimer): void {
    const heap = this.#heap
    let { index } = timer
    while (index > 0) {
      const parent = heap[(index - 1) >> 1]!
      if (!timer.isBefore(parent)) break
      heap[index] = parent
      parent.index = index
      index = (index - 1) >> 1
    }
    heap[index] = timer
    timer.index = index
  }

  #down(timer: HeapTimer): void {
    const heap = this.#heap
    let { index } = timer
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.isBefore(heap[child]!)) child++
      const next = heap[child]!
      if (!next.isBefore(timer)) break
      heap[index] = next
      next.index = index
      index = child
    }
    heap[index] = timer
    timer.index = index
  }
}

class HeapTimer implements Timer {
  readonly monoMs: number
  readonly fire: () => void
  /** Place in the heap; −1 when it has fired or was cancelled. */
  index = -1
  readonly #owner: TimerHeap
  readonly #sequence: number

  constructor(owner: TimerHeap, monoMs: number, sequence: number, fire: () => void) {
    this.#owner = owner
    this.monoMs = monoMs
    this.#sequence = sequence
    this.fire = fire
  }

  isBefore(other: HeapTimer): boolean {
    return this.monoMs < other.monoMs || (this.monoMs === other.monoMs && this.#sequence < other.#sequence)
  }

  cancel(): void {
    this.#owner.remove(this)
  }
}
