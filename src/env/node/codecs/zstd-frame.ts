import { corrupt } from './corrupt.ts'

/**
 * Walks the frames of a zstd stream (RFC 8878) without decompressing, and throws when it ends before its last frame does:
 * the decoder of older Nodes takes a stream that was cut off for a short one.
 */
export function checkZstdFrames(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const need = (length: number): number => {
    if (length > bytes.length - at) throw corrupt('a zstd stream cut off')
    at += length
    return at - length
  }
  do {
    const magic = view.getUint32(need(4), true)
    if (magic >>> 4 === skippableMagic >>> 4) {
      need(view.getUint32(need(4), true))
      continue
    }
    if (magic !== frameMagic) throw corrupt('not a zstd stream')
    const descriptor = bytes[need(1)]!
    const isSingleSegment = (descriptor & 0x20) !== 0
    const contentSizeBytes = contentSizeBytesByCode[descriptor >>> 6]! || (isSingleSegment ? 1 : 0)
    need((isSingleSegment ? 0 : 1) + dictionaryIdBytesByCode[descriptor & 3]! + contentSizeBytes)
    for (let isLast = false; !isLast; ) {
      const header = need(3)
      const bits = bytes[header]! | (bytes[header + 1]! << 8) | (bytes[header + 2]! << 16)
      isLast = (bits & 1) !== 0
      // A block of one repeated byte (type 1) holds only that byte, whatever size it has.
      need(((bits >>> 1) & 3) === 1 ? 1 : bits >>> 3)
    }
    if ((descriptor & 4) !== 0) need(4)
  } while (at < bytes.length)
}

const frameMagic = 0xfd2fb528
/** The last four bits are free. */
const skippableMagic = 0x184d2a50
const contentSizeBytesByCode: readonly number[] = Object.freeze([0, 2, 4, 8])
const dictionaryIdBytesByCode: readonly number[] = Object.freeze([0, 1, 2, 4])
