import { murmur2 } from '../../bytes/index.ts'
import type { Random } from '../../env/index.ts'

/** The partition of a key, as every Java producer computes it. */
export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount
}

/** What the choice of a partition for records without key looks at. */
export interface PartitionLoad {
  /** Whether the partition has a leader. */
  readonly isAvailable: boolean
  /** Batches that wait for it. */
  readonly waiting: number
}

/**
 * KIP-794: records without key stick to one partition until about a batch of bytes went there, then another is drawn;
 * partitions of slow brokers, where batches pile up, are drawn less often.
 */
export class StickyPartitioner {
  readonly #random: Random
  readonly #batchBytes: number
  #current = -1
  #bytes = 0

  constructor(random: Random, batchBytes: number) {
    this.#random = random
    this.#batchBytes = batchBytes
  }

  partition(partitionCount: number, loads: (partition: number) => PartitionLoad): number {
    if (this.#current < 0 || this.#current >= partitionCount) this.#draw(partitionCount, loads)
    return this.#current
  }

  /** Told after each record; `isBatchFresh`: the partition's open batch has just begun, so leaving splits none. */
  wrote(bytes: number, isBatchFresh: boolean): void {
    this.#bytes += bytes
    if (this.#bytes >= this.#batchBytes && (isBatchFresh || this.#bytes >= this.#batchBytes * 2)) this.#current = -1
  }

  #draw(count: number, loads: (partition: number) => PartitionLoad): void {
    this.#bytes = 0
    let most = 0
    let isAnyAvailable = false
    for (let i = 0; i < count; i++) {
      const load = loads(i)
      if (!load.isAvailable) continue
      isAnyAvailable = true
      most = Math.max(most, load.waiting)
    }
    const weightOf = (i: number) => {
      const load = loads(i)
      if (!isAnyAvailable) return 1
      return load.isAvailable ? most + 1 - load.waiting : 0
    }
    let total = 0
    for (let i = 0; i < count; i++) total += weightOf(i)
    let at = this.#random.below(total)
    for (let i = 0; i < count; i++) {
      at -= weightOf(i)
      if (at < 0) {
        this.#current = i
        return
      }
    }
  }
}
