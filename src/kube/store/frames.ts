import { type Crc32c, int32At, putInt32, utf8Decode, utf8Encode } from '../../bytes/index.ts'

/**
 * A frame: its payload's length (4 bytes, big-endian), CRC-32C of length and payload (4 bytes), and the payload, which is
 * JSON in UTF-8.
 */
const headerBytes = 8
/** No object comes near it; a length above it is damage. */
const payloadBytesMax = 64 * 1024 * 1024

export function encodeFrame(value: unknown, crc32c: Crc32c): Uint8Array {
  const payload = utf8Encode(JSON.stringify(value))
  const frame = new Uint8Array(headerBytes + payload.length)
  putInt32(frame, 0, payload.length)
  frame.set(payload, headerBytes)
  putInt32(frame, 4, checksum(frame, 0, payload.length, crc32c))
  return frame
}

/** Calls `visit` for each whole frame in order; returns where the first that is not whole begins. */
export function readFrames(bytes: Uint8Array, crc32c: Crc32c, visit: (value: unknown, size: number) => void): number {
  let at = 0
  while (at + headerBytes <= bytes.length) {
    const length = int32At(bytes, at)
    if (length <= 0 || length > payloadBytesMax || at + headerBytes + length > bytes.length) break
    if (int32At(bytes, at + 4) >>> 0 !== checksum(bytes, at, length, crc32c)) break
    const next = at + headerBytes + length
    visit(JSON.parse(utf8Decode(bytes, at + headerBytes, next)), next - at)
    at = next
  }
  return at
}

const checksum = (bytes: Uint8Array, at: number, length: number, crc32c: Crc32c): number =>
  crc32c(bytes, at + headerBytes, at + headerBytes + length, crc32c(bytes, at, at + 4)) >>> 0
