import { varintAt, varintLengthAt, varlongAt, varlongLengthAt } from './varint.ts'

/**
 * Steps over the records in `bytes[from..to)` without allocating: a cursor to be reused. After {@link RecordWalk.step}
 * said true its fields describe one record whose every length lies within the record and the record within `to`.
 */
export class RecordWalk {
  #bytes: Uint8Array = NO_BYTES
  #to = 0
  /** First byte of the next record. */
  at = 0
  timestampDelta = 0
  offsetDelta = 0
  /** -1 = null. */
  keyLength = -1
  keyFrom = 0
  /** -1 = null (a tombstone). */
  valueLength = -1
  valueFrom = 0
  headerCount = 0
  /** First byte of the first header. */
  headersFrom = 0

  start(bytes: Uint8Array, from: number, to: number): void {
    this.#bytes = bytes
    this.at = from
    this.#to = to
  }

  /** False at the end and when what stands there is no record; compare `at` with the end to tell them apart. */
  step(): boolean {
    const bytes = this.#bytes
    let at = this.at
    if (at >= this.#to) return false
    const length = varintAt(bytes, at)
    at += varintLengthAt(bytes, at)
    const end = at + length
    if (length < 6 || end > this.#to) return false
    at += 1
    this.timestampDelta = varlongAt(bytes, at)
    at += varlongLengthAt(bytes, at)
    this.offsetDelta = varintAt(bytes, at)
    at += varintLengthAt(bytes, at)
    const keyLength = varintAt(bytes, at)
    at += varintLengthAt(bytes, at)
    this.keyLength = keyLength < 0 ? -1 : keyLength
    this.keyFrom = at
    if (keyLength > 0) at += keyLength
    if (at >= end) return false
    const valueLength = varintAt(bytes, at)
    at += varintLengthAt(bytes, at)
    this.valueLength = valueLength < 0 ? -1 : valueLength
    this.valueFrom = at
    if (valueLength > 0) at += valueLength
    if (at >= end) return false
    const headerCount = varintAt(bytes, at)
    at += varintLengthAt(bytes, at)
    this.headerCount = headerCount
    this.headersFrom = at
    if (headerCount !== 0) at = skipHeaders(bytes, at, end, headerCount)
    if (at !== end) return false
    this.at = end
    return true
  }
}

const NO_BYTES = new Uint8Array(0)

/** Position after `count` headers, or one past `end` when they are not well formed. */
function skipHeaders(bytes: Uint8Array, at: number, end: number, count: number): number {
  if (count < 0 || count * 2 > end - at) return end + 1
  for (let i = 0; i < count; i++) {
    if (at >= end) return end + 1
    const keyLength = varintAt(bytes, at)
    if (keyLength < 0) return end + 1
    at += varintLengthAt(bytes, at) + keyLength
    if (at >= end) return end + 1
    const valueLength = varintAt(bytes, at)
    at += varintLengthAt(bytes, at)
    if (valueLength > 0) at += valueLength
  }
  return at
}
