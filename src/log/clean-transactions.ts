import { batchLastOffset, batchProducerId, batchRecordCount, isTransactionalBatch } from '../records/index.ts'
import { readMarker } from './producers.ts'
import type { AbortedEntry } from './segment.ts'

/**
 * Which batches belong to aborted transactions, and which markers have nothing left to mark, while the cleaner walks a
 * log in order. A marker may go only after all records of its transaction are gone (KAFKA-13727).
 */
export class CleanedTransactions {
  readonly #onAbortKept: (entry: AbortedEntry) => void
  /** Not reached yet; ascending by first offset from #next on. */
  #aborted: AbortedEntry[] = []
  readonly #ongoingAborted = new Map<number, { readonly entry: AbortedEntry; hasBatches: boolean }>()
  readonly #ongoingCommitted = new Set<number>()

  /** @param onAbortKept told of each aborted transaction whose records are still in the log: it stays in the index. */
  constructor(onAbortKept: (entry: AbortedEntry) => void) {
    this.#onAbortKept = onAbortKept
  }

  /** Aborted transactions that overlap the next segment. */
  add(entries: readonly AbortedEntry[]): void {
    if (entries.length === 0) return
    this.#aborted = [...this.#aborted, ...entries].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  #reach(offset: number): void {
    while (this.#aborted.length > 0 && this.#aborted[0]!.firstOffset <= offset) {
      const entry = this.#aborted.shift()!
      if (!this.#ongoingAborted.has(entry.producerId))
        this.#ongoingAborted.set(entry.producerId, { entry, hasBatches: false })
    }
  }

  /** A data batch; true when it is part of an aborted transaction. */
  onBatch(b: Uint8Array, from: number): boolean {
    this.#reach(batchLastOffset(b, from))
    if (!isTransactionalBatch(b, from)) return false
    const id = batchProducerId(b, from)
    const aborted = this.#ongoingAborted.get(id)
    if (aborted === undefined) {
      this.#ongoingCommitted.add(id)
      return false
    }
    aborted.hasBatches = true
    return true
  }

  /** A control batch; true when nothing of its transaction is left. */
  onControlBatch(b: Uint8Array, from: number, to: number): boolean {
    this.#reach(batchLastOffset(b, from))
    if (batchRecordCount(b, from) === 0) return true
    const marker = readMarker(b, from, to)
    if (marker === null) return false
    const id = batchProducerId(b, from)
    if (marker.isCommit) return !this.#ongoingCommitted.delete(id)
    const aborted = this.#ongoingAborted.get(id)
    this.#ongoingAborted.delete(id)
    if (aborted === undefined || !aborted.hasBatches) return true
    this.#onAbortKept(aborted.entry)
    return false
  }
}
