/** One element of DER: its tag byte and where its content stands. */
export interface DerElement {
  readonly tag: number
  /** The whole element in its bytes, and its content. */
  readonly start: number
  readonly from: number
  readonly to: number
}

/** Deeper is no certificate of anybody. */
const LENGTH_BYTES_MAX = 4

/** The element at `at`; null when there is no whole one before `end`. Tags above 30 do not occur in certificates. */
export function derAt(bytes: Uint8Array, at: number, end: number): DerElement | null {
  if (end - at < 2 || (bytes[at]! & 0x1f) === 0x1f) return null
  let length = bytes[at + 1]!
  let from = at + 2
  if (length >= 0x80) {
    const count = length & 0x7f
    if (count === 0 || count > LENGTH_BYTES_MAX || from + count > end) return null
    length = 0
    for (let i = 0; i < count; i++) length = length * 256 + bytes[from + i]!
    from += count
  }
  return from + length > end ? null : { tag: bytes[at]!, start: at, from, to: from + length }
}

/** The elements inside a constructed one; null when they do not fill it exactly. */
export function derInside(
  bytes: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
): DerElement[] | null {
  const inside: DerElement[] = []
  for (let at = from; at < to; ) {
    const element = derAt(bytes, at, to)
    if (element === null) return null
    inside.push(element)
    at = element.to
  }
  return inside
}

/** The dotted text of an object identifier's content. */
export function oidText(bytes: Uint8Array, { from, to }: { readonly from: number; readonly to: number }): string {
  const arcs: number[] = []
  let value = 0
  for (let i = from; i < to; i++) {
    value = value * 128 + (bytes[i]! & 0x7f)
    if (bytes[i]! >= 0x80) continue
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(value / 40))
      arcs.push(first, value - first * 40)
    } else arcs.push(value)
    value = 0
  }
  return arcs.join('.')
}
