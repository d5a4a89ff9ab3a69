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

/** Where a {@link PlainRun} stands and what it saw. */
export class PlainRun {
  /** First byte of the next record. */
  at = 0
  /** Index of the next record. */
  index = 0
  /** Largest timestamp delta so far. */
  maxDelta = Number.NEGATIVE_INFINITY

  start(at: number): void {
    this.at = at
    this.index = 0
    this.maxDelta = Number.NEGATIVE_INFINITY
  }

  /**
   * Steps over records as long as they are sound, in their place, in time, without headers, and have the key that is
   * asked for; stops before the first of which it cannot say so. Nearly every record of every producer passes here, so
   * everything is in local variables.
   */
  go(b: Uint8Array, to: number, count: number, leastDelta: number, mostDelta: number, needsKey: boolean): void {
    let { at, index, maxDelta } = this
    while (index < count && at < to) {
      let next = at
      let byte = b[next++]!
      let length = byte
      if (byte > 127) {
        byte = b[next++]!
        length = (length & 127) | (byte << 7)
        if (byte > 127) {
          byte = b[next++]!
          length = (length & 0x3fff) | (byte << 14)
          if (byte > 127) break
        }
      }
      const end = next + (length >>> 1)
      if ((length & 1) !== 0 || end > to) break
      // Attributes have no meaning yet.
      next++
      let delta = b[next]!
      if (delta < 128) {
        next++
        delta = (delta >>> 1) ^ -(delta & 1)
      } else {
        delta = varlongAt(b, next)
        next += varlongLengthAt(b, next)
      }
      let place = b[next++]!
      if (place > 127) {
        byte = b[next++]!
        if (byte > 127) break
        place = (place & 127) | (byte << 7)
      }
      if (place !== index << 1 || delta < leastDelta || delta > mostDelta) break
      let keyLength = b[next++]!
      if (keyLength === 1) {
        if (needsKey) break
      } else {
        if (keyLength > 127) {
          byte = b[next++]!
          if (byte > 127) break
          keyLength = (keyLength & 127) | (byte << 7)
        }
        if ((keyLength & 1) !== 0) break
        next += keyLength >>> 1
      }
      if (next >= end) break
      let valueLength = b[next++]!
      if (valueLength > 127) {
        byte = b[next++]!
        valueLength = (valueLength & 127) | (byte << 7)
        if (byte > 127) {
          byte = b[next++]!
          if (byte > 127) break
          valueLength = (valueLength & 0x3fff) | (byte << 14)
        }
      }
      if ((valueLength & 1) === 0) next += valueLength >>> 1
      else if (valueLength !== 1) break
      if (next !== end - 1 || b[next] !== 0) break
      if (delta > maxDelta) maxDelta = delta
      index++
      at = end
    }
    this.at = at
    this.index = index
    this.maxDelta = maxDelta
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
