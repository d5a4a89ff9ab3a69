import { bomb, corrupt } from './corrupt.ts'
import { decodeLz4Block, Lz4BlockCompressor, lz4BlockBound } from './lz4-block.ts'
import { xxhash32 } from './xxhash32.ts'

/**
 * The LZ4 frame format, version 1 (lz4_Frame_format.md). What we write is what Kafka's Java client writes and demands:
 * independent blocks of at most 64 KiB, no content size, no checksums but the header's. What we read is any one frame:
 * linked blocks, larger blocks, block and content checksums, content size; no dictionary.
 *
 *   magic | FLG BD [content size] [dictionary id] HC | (size, high bit = stored as it is | block | [checksum])* | 0 | [checksum]
 */
const magic = 0x184d2204
const flag = {
  version: 0x40,
  independent: 0x20,
  blockChecksum: 0x10,
  contentSize: 8,
  contentChecksum: 4,
  dictionary: 1,
}
const storedBit = 0x80000000
/** Block maximum sizes by the code in BD. */
const blockBytesByCode: readonly number[] = Object.freeze([0, 0, 0, 0, 1 << 16, 1 << 18, 1 << 20, 1 << 22])
const blockBytesMax = 1 << 16
const blockCode = 4

export function lz4Decompress(bytes: Uint8Array, bytesMax: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 7 || view.getUint32(0, true) !== magic) throw corrupt('not an LZ4 frame')
  const flags = bytes[4]!
  if ((flags & 0xc0) !== flag.version) throw corrupt('an LZ4 frame of another version')
  if ((flags & flag.dictionary) !== 0) throw corrupt('an LZ4 frame that needs a dictionary')
  const blockMax = blockBytesByCode[(bytes[5]! >>> 4) & 7]!
  if (blockMax === 0) throw corrupt('an LZ4 frame with an unknown block size')
  const headerEnd = (flags & flag.contentSize) !== 0 ? 14 : 6
  if (bytes.length <= headerEnd) throw corrupt('an LZ4 frame cut off in its header')
  if (((xxhash32(bytes, 4, headerEnd) >>> 8) & 255) !== bytes[headerEnd])
    throw corrupt('an LZ4 header with a wrong checksum')
  const blockTail = (flags & flag.blockChecksum) !== 0 ? 4 : 0
  const out = new Output(bytesMax, bytes.length)
  let at = headerEnd + 1
  for (;;) {
    if (at + 4 > bytes.length) throw corrupt('an LZ4 frame without its end')
    const mark = view.getUint32(at, true)
    at += 4
    if (mark === 0) break
    const size = mark & ~storedBit
    if (size > blockMax || size + blockTail > bytes.length - at) throw corrupt('an LZ4 block longer than the frame')
    if (blockTail > 0 && xxhash32(bytes, at, at + size) !== view.getUint32(at + size, true)) {
      throw corrupt('an LZ4 block with a wrong checksum')
    }
    const start = (flags & flag.independent) !== 0 ? out.length : 0
    if (mark >= storedBit) out.store(bytes, at, size)
    else out.decode(bytes, at, at + size, start, blockMax)
    at += size + blockTail
  }
  const content = out.take()
  if ((flags & flag.contentSize) !== 0 && Number(view.getBigUint64(6, true)) !== content.length) {
    throw corrupt('an LZ4 frame with another content size')
  }
  if ((flags & flag.contentChecksum) !== 0) {
    if (at + 4 > bytes.length || xxhash32(content, 0, content.length) !== view.getUint32(at, true)) {
      throw corrupt('an LZ4 frame with a wrong content checksum')
    }
    at += 4
  }
  if (at !== bytes.length) throw corrupt('bytes after an LZ4 frame')
  return content
}

/** Grows with what is decoded, never on what a header says. */
class Output {
  readonly #bytesMax: number
  #bytes: Uint8Array
  length = 0

  constructor(bytesMax: number, inputBytes: number) {
    this.#bytesMax = bytesMax
    this.#bytes = new Uint8Array(Math.min(bytesMax, Math.max(1024, inputBytes * 4)))
  }

  store(bytes: Uint8Array, from: number, size: number): void {
    if (this.length + size > this.#bytesMax) throw bomb(this.#bytesMax)
    this.#reserve(size)
    this.#bytes.set(bytes.subarray(from, from + size), this.length)
    this.length += size
  }

  decode(bytes: Uint8Array, from: number, to: number, start: number, blockMax: number): void {
    // A sequence of n bytes makes at most 255 n.
    this.#reserve(Math.min(blockMax, (to - from) * 255))
    const room = Math.min(this.#bytes.length, this.length + blockMax)
    const end = decodeLz4Block(bytes, from, to, this.#bytes, this.length, start, room)
    if (end < 0)
      throw room < this.length + blockMax ? bomb(this.#bytesMax) : corrupt('an LZ4 block larger than its frame allows')
    this.length = end
  }

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  #reserve(size: number): void {
    const needed = Math.min(this.length + size, this.#bytesMax)
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.min(this.#bytesMax, Math.max(needed, this.#bytes.length * 2)))
    grown.set(this.#bytes.subarray(0, this.length))
    this.#bytes = grown
  }
}

/** Keeps its tables between calls. */
export class Lz4Compressor {
  readonly #blocks = new Lz4BlockCompressor()

  /** @param level 1–17; as in Kafka 9, its default, is the fast way and every other searches deeper the higher it is. */
  compress(bytes: Uint8Array, level: number): Uint8Array {
    const blocks = Math.ceil(bytes.length / blockBytesMax)
    const out = new Uint8Array(7 + blocks * 4 + lz4BlockBound(bytes.length) + blocks * 16 + 4)
    const view = new DataView(out.buffer)
    view.setUint32(0, magic, true)
    out[4] = flag.version | flag.independent
    out[5] = blockCode << 4
    out[6] = (xxhash32(out, 4, 6) >>> 8) & 255
    let at = 7
    for (let from = 0; from < bytes.length; from += blockBytesMax) {
      const to = Math.min(from + blockBytesMax, bytes.length)
      const end = this.#blocks.encode(bytes, from, to, out, at + 4, level)
      if (end - at - 4 < to - from) {
        view.setUint32(at, end - at - 4, true)
        at = end
      } else {
        view.setUint32(at, ((to - from) | storedBit) >>> 0, true)
        out.set(bytes.subarray(from, to), at + 4)
        at += 4 + to - from
      }
    }
    view.setUint32(at, 0, true)
    return out.subarray(0, at + 4)
  }
}
