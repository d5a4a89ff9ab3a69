import { int32At, int64At, putInt32, putInt64 } from '../bytes/index.ts'

export const OFFSET_ENTRY_BYTES = 8
export const TIME_ENTRY_BYTES = 12

const NO_INTS = new Int32Array(0)
const NO_FLOATS = new Float64Array(0)

/**
 * Offset and time index of one segment, in memory: relative offsets, positions and timestamps in growing typed arrays.
 * Both are sparse: an entry every index.interval.bytes.
 */
export class SparseIndex {
  readonly baseOffset: number
  /** Pairs of relative last offset and position. */
  #entries: Int32Array
  #count = 0
  #times: Float64Array
  #timeOffsets: Int32Array
  #timeCount = 0

  constructor(baseOffset: number, entriesInitial = 0) {
    this.baseOffset = baseOffset
    this.#entries = entriesInitial === 0 ? NO_INTS : new Int32Array(entriesInitial * 2)
    this.#times = entriesInitial === 0 ? NO_FLOATS : new Float64Array(entriesInitial)
    this.#timeOffsets = entriesInitial === 0 ? NO_INTS : new Int32Array(entriesInitial)
  }

  get count(): number {
    return this.#count
  }

  get timeCount(): number {
    return this.#timeCount
  }

  get sizeBytes(): number {
    return this.#entries.byteLength + this.#times.byteLength + this.#timeOffsets.byteLength
  }

  add(lastOffset: number, position: number): void {
    const at = this.#count * 2
    if (at === this.#entries.length) {
      const grown = new Int32Array(Math.max(16, at * 2))
      grown.set(this.#entries)
      this.#entries = grown
    }
    this.#entries[at] = lastOffset - this.baseOffset
    this.#entries[at + 1] = position
    this.#count++
  }

  /** Only a later timestamp than the last entry's makes an entry. */
  addTime(timestamp: number, offset: number): void {
    const count = this.#timeCount
    if (timestamp < 0 || (count > 0 && timestamp <= this.#times[count - 1]!)) return
    if (count === this.#times.length) {
      const times = new Float64Array(Math.max(16, count * 2))
      const offsets = new Int32Array(times.length)
      times.set(this.#times)
      offsets.set(this.#timeOffsets)
      this.#times = times
      this.#timeOffsets = offsets
    }
    this.#times[count] = timestamp
    this.#timeOffsets[count] = offset - this.baseOffset
    this.#timeCount = count + 1
  }

  /** Position to scan from for `offset`: that of the greatest entry ≤ offset, else 0. */
  positionFor(offset: number): number {
    const entries = this.#entries
    const relative = offset - this.baseOffset
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (entries[middle * 2]! <= relative) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : entries[low * 2 - 1]!
  }

  /** Offset to scan from for the first record with a time ≥ `timestamp`: the greatest entry with a smaller time. */
  offsetBefore(timestamp: number): number {
    let low = 0
    let high = this.#timeCount
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#times[middle]! < timestamp) low = middle + 1
      else high = middle
    }
    return low === 0 ? this.baseOffset : this.baseOffset + this.#timeOffsets[low - 1]!
  }

  get lastPosition(): number {
    return this.#count === 0 ? 0 : this.#entries[this.#count * 2 - 1]!
  }

  get lastOffset(): number {
    return this.#count === 0 ? this.baseOffset : this.baseOffset + this.#entries[this.#count * 2 - 2]!
  }

  /** -1 when there is no entry. */
  get lastTime(): number {
    return this.#timeCount === 0 ? -1 : this.#times[this.#timeCount - 1]!
  }

  get lastTimeOffset(): number {
    return this.#timeCount === 0 ? -1 : this.baseOffset + this.#timeOffsets[this.#timeCount - 1]!
  }

  /** Drops entries of batches at `position` or behind, and times of offsets ≥ `offset`. */
  truncate(position: number, offset: number): void {
    while (this.#count > 0 && this.#entries[this.#count * 2 - 1]! >= position) this.#count--
    while (this.#timeCount > 0 && this.baseOffset + this.#timeOffsets[this.#timeCount - 1]! >= offset) this.#timeCount--
  }

  encodeOffsets(): Uint8Array {
    const bytes = new Uint8Array(this.#count * OFFSET_ENTRY_BYTES)
    for (let i = 0; i < this.#count * 2; i++) putInt32(bytes, i * 4, this.#entries[i]!)
    return bytes
  }

  encodeTimes(): Uint8Array {
    const bytes = new Uint8Array(this.#timeCount * TIME_ENTRY_BYTES)
    for (let i = 0; i < this.#timeCount; i++) {
      putInt64(bytes, i * TIME_ENTRY_BYTES, this.#times[i]!)
      putInt32(bytes, i * TIME_ENTRY_BYTES + 8, this.#timeOffsets[i]!)
    }
    return bytes
  }

  /**
   * Reads both files of a segment of `segmentBytes`. Null when one cannot belong to it: a partial entry, offsets or
   * positions that do not grow, a position beyond the segment. Zeros at the end of a file (preallocated by Apache and
   * never trimmed) end it.
   */
  static decode(baseOffset: number, offsets: Uint8Array, times: Uint8Array, segmentBytes: number): SparseIndex | null {
    if (offsets.length % OFFSET_ENTRY_BYTES !== 0 || times.length % TIME_ENTRY_BYTES !== 0) return null
    const index = new SparseIndex(baseOffset, Math.max(4, offsets.length / OFFSET_ENTRY_BYTES))
    let lastOffset = -1
    let lastPosition = -1
    for (let at = 0; at < offsets.length; at += OFFSET_ENTRY_BYTES) {
      const relative = int32At(offsets, at)
      const position = int32At(offsets, at + 4)
      if (relative === 0 && position === 0 && lastPosition !== -1) break
      if (relative <= lastOffset || position <= lastPosition || position >= segmentBytes) return null
      index.add(baseOffset + relative, position)
      lastOffset = relative
      lastPosition = position
    }
    let lastTime = -1
    let lastTimeOffset = -1
    for (let at = 0; at < times.length; at += TIME_ENTRY_BYTES) {
      const time = int64At(times, at)
      const relative = int32At(times, at + 8)
      if (time === 0 && relative === 0) break
      if (time < lastTime || relative < lastTimeOffset) return null
      index.addTime(time, baseOffset + relative)
      lastTime = time
      lastTimeOffset = relative
    }
    return index
  }
}
