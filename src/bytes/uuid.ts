/**
 * A uuid as Kafka prints it: 22 characters of unpadded base64url for 16 bytes. Equal bytes give equal strings, so a
 * Uuid is compared with `===` and used as a Map key.
 */
export type Uuid = string

/** "No id": the value of an absent topic id. */
export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA'
export const ONE_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ'
export const METADATA_TOPIC_UUID: Uuid = ONE_UUID
/** Directory ids that are states, not directories (KIP-858); the first hundred are reserved. */
export const MIGRATING_DIRECTORY: Uuid = ZERO_UUID
export const UNASSIGNED_DIRECTORY: Uuid = ONE_UUID
export const LOST_DIRECTORY: Uuid = 'AAAAAAAAAAAAAAAAAAAAAg'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const CODES = Uint8Array.from(ALPHABET, (c) => c.charCodeAt(0))
/** Value of a base64url character code; 255 where there is none. */
const VALUES = new Uint8Array(128).fill(255)
for (let i = 0; i < 64; i++) VALUES[CODES[i]!] = i

/** The uuid in the 16 bytes at `from`. */
export function uuidFromBytes(bytes: Uint8Array, from = 0): Uuid {
  let text = ''
  for (let i = 0; i < 15; i += 3) {
    const group = (bytes[from + i]! << 16) | (bytes[from + i + 1]! << 8) | bytes[from + i + 2]!
    text += String.fromCharCode(
      CODES[group >>> 18]!,
      CODES[(group >>> 12) & 63]!,
      CODES[(group >>> 6) & 63]!,
      CODES[group & 63]!,
    )
  }
  const last = bytes[from + 15]!
  return text + String.fromCharCode(CODES[last >>> 2]!, CODES[(last & 3) << 4]!)
}

/** Writes the 16 bytes of `uuid` at `at`. Throws a RangeError for text that is not a uuid. */
export function uuidWrite(uuid: Uuid, into: Uint8Array, at: number): void {
  if (uuid.length !== 22) throw new RangeError(`not a uuid: ${JSON.stringify(uuid)}`)
  let bad = 0
  for (let i = 0; i < 5; i++) {
    const a = valueAt(uuid, i * 4)
    const b = valueAt(uuid, i * 4 + 1)
    const c = valueAt(uuid, i * 4 + 2)
    const d = valueAt(uuid, i * 4 + 3)
    bad |= a | b | c | d
    const group = (a << 18) | (b << 12) | (c << 6) | d
    into[at + i * 3] = group >>> 16
    into[at + i * 3 + 1] = group >>> 8
    into[at + i * 3 + 2] = group
  }
  const a = valueAt(uuid, 20)
  const b = valueAt(uuid, 21)
  bad |= a | b
  if (bad > 63) throw new RangeError(`not a uuid: ${JSON.stringify(uuid)}`)
  into[at + 15] = (a << 2) | (b >>> 4)
}

function valueAt(uuid: Uuid, i: number): number {
  return VALUES[uuid.charCodeAt(i)] ?? 255
}

export function uuidToBytes(uuid: Uuid): Uint8Array {
  const bytes = new Uint8Array(16)
  uuidWrite(uuid, bytes, 0)
  return bytes
}

/** Whether `text` is the canonical form of some uuid (the four unused bits are zero). */
export function isUuid(text: string): boolean {
  if (text.length !== 22) return false
  for (let i = 0; i < 22; i++) if (valueAt(text, i) > 63) return false
  return (valueAt(text, 21) & 15) === 0
}

/**
 * Strings of uuids by their bytes, so that reading a known uuid builds no string. One per connection or server, handed
 * to each {@link Reader}. Holds at most `entriesMax`; when full it starts over, so a hostile peer costs only speed.
 */
export class UuidTable {
  #slots: Int32Array
  #words: Int32Array
  #texts: Uuid[] = []
  readonly #entriesMax: number

  constructor(entriesMax = 16_384) {
    this.#entriesMax = entriesMax
    this.#slots = new Int32Array(64)
    this.#words = new Int32Array(32 * 4)
  }

  get size(): number {
    return this.#texts.length
  }

  at(bytes: Uint8Array, from: number): Uuid {
    const a = word(bytes, from)
    const b = word(bytes, from + 4)
    const c = word(bytes, from + 8)
    const d = word(bytes, from + 12)
    if ((a | b | c | d) === 0) return ZERO_UUID
    const slots = this.#slots
    const words = this.#words
    const mask = slots.length - 1
    let slot = hash(a, b, c, d) & mask
    for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
      const w = (entry - 1) * 4
      if (words[w] === a && words[w + 1] === b && words[w + 2] === c && words[w + 3] === d)
        return this.#texts[entry - 1]!
      slot = (slot + 1) & mask
    }
    return this.#add(a, b, c, d, uuidFromBytes(bytes, from))
  }

  #add(a: number, b: number, c: number, d: number, text: Uuid): Uuid {
    if (this.#texts.length >= this.#entriesMax) {
      this.#texts = []
      this.#slots.fill(0)
    } else if ((this.#texts.length + 1) * 2 > this.#slots.length) {
      this.#grow()
    }
    const entry = this.#texts.push(text)
    this.#words.set([a, b, c, d], (entry - 1) * 4)
    this.#place(entry)
    return text
  }

  #place(entry: number): void {
    const w = (entry - 1) * 4
    const words = this.#words
    const mask = this.#slots.length - 1
    let slot = hash(words[w]!, words[w + 1]!, words[w + 2]!, words[w + 3]!) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = entry
  }

  #grow(): void {
    const words = new Int32Array(this.#words.length * 2)
    words.set(this.#words)
    this.#words = words
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let entry = 1; entry <= this.#texts.length; entry++) this.#place(entry)
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xc2b2ae35) ^ Math.imul(c ^ Math.imul(d, 0x27d4eb2f), 0x165667b1)
  h ^= h >>> 15
  h = Math.imul(h, 0x2c1b3c6d)
  return h ^ (h >>> 13)
}
