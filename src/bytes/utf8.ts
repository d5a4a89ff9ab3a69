/**
 * UTF-8 both ways. Malformed input becomes U+FFFD, as in Java. On Node the engine's own string slicers are used when
 * they are there: they work on any Uint8Array and cost a quarter of TextDecoder on short strings.
 */
interface NativeSlicer {
  utf8Slice(this: Uint8Array, from: number, to: number): string
  latin1Slice(this: Uint8Array, from: number, to: number): string
}

const native = (globalThis as { Buffer?: { prototype: Partial<NativeSlicer> } }).Buffer?.prototype
const utf8Slice = native?.utf8Slice
const latin1Slice = native?.latin1Slice
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** Below this length a loop over char codes beats any call into the engine. */
const SHORT = 12

export function utf8Decode(bytes: Uint8Array, from = 0, to: number = bytes.length): string {
  const length = to - from
  if (length <= SHORT) {
    const short = shortAscii(bytes, from, length)
    if (short !== null) return short
  } else if (latin1Slice !== undefined && isAscii(bytes, from, to)) {
    return latin1Slice.call(bytes, from, to)
  }
  if (utf8Slice !== undefined) return utf8Slice.call(bytes, from, to)
  return decoder.decode(bytes.subarray(from, to))
}

function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  let seen = 0
  for (let i = from; i < to; i++) seen |= bytes[i]!
  return seen < 0x80
}

function shortAscii(bytes: Uint8Array, from: number, length: number): string | null {
  let text = ''
  for (let i = from; i < from + length; i++) {
    const byte = bytes[i]!
    if (byte >= 0x80) return null
    text += String.fromCharCode(byte)
  }
  return text
}

export function utf8Encode(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Bytes that {@link utf8Write} will write; a lone surrogate counts as the three of U+FFFD. */
export function utf8Length(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) continue
    if (code < 0x800) {
      length += 1
    } else if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text, i + 1)) {
      length += 2
      i++
    } else {
      length += 2
    }
  }
  return length
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code < 0xe000
}

/** Writes `text` at `at`; `into` must have {@link utf8Length} bytes left there. Returns the end. */
export function utf8Write(text: string, into: Uint8Array, at: number): number {
  const length = text.length
  if (length > 64) return at + encoder.encodeInto(text, into.subarray(at)).written
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) return at + i + encoder.encodeInto(text.slice(i), into.subarray(at + i)).written
    into[at + i] = code
  }
  return at + length
}
