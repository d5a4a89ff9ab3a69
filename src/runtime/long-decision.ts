import { sizeOf } from './batch.ts'
import type { RecordBytes, RecordCodec } from './shard.ts'

/** The records of one decision on their way into the log, so many at a time: made and encoded first, applied then. */
export class LongDecision<Rec> {
  readonly records: Rec[] = []
  readonly encoded: RecordBytes[] = []
  bytes = 0
  isMade = false
  readonly #perPiece: number
  readonly #first: readonly Rec[]
  readonly #rest: Iterator<Rec>
  #applied = 0

  constructor(first: readonly Rec[], rest: Iterable<Rec>, perPiece: number) {
    this.#first = first
    this.#rest = rest[Symbol.iterator]()
    this.#perPiece = perPiece
  }

  get isApplied(): boolean {
    return this.#applied === this.records.length
  }

  /** Makes and encodes the next ones. */
  make(codec: RecordCodec<Rec>): void {
    const from = this.records.length
    const to = from + this.#perPiece
    while (this.records.length < to && !this.isMade) {
      const at = this.records.length
      const next = at < this.#first.length ? { value: this.#first[at]!, done: false } : this.#rest.next()
      if (next.done === true) this.isMade = true
      else this.records.push(next.value)
    }
    const encoded: RecordBytes[] = []
    for (let i = from; i < this.records.length; i++) encoded.push(codec.encode(this.records[i]!))
    this.bytes += sizeOf(encoded)
    for (const bytes of encoded) this.encoded.push(bytes)
  }

  /** Applies the next ones. */
  apply(apply: (record: Rec, encoded: RecordBytes, index: number) => void): void {
    const to = Math.min(this.#applied + this.#perPiece, this.records.length)
    while (this.#applied < to) apply(this.records[this.#applied]!, this.encoded[this.#applied]!, this.#applied++)
  }
}
