import zlib from 'node:zlib'
import type { CodecName } from '../../index.ts'
import { bomb, CodecError, corrupt } from './corrupt.ts'
import { Lz4Compressor, lz4Decompress } from './lz4-frame.ts'
import { SnappyCompressor, snappyDecompress } from './snappy.ts'
import { checkZstdFrames } from './zstd-frame.ts'

/** Kafka's defaults: `compression.gzip.level`, `compression.lz4.level`, `compression.zstd.level`. */
const levels: Readonly<Record<CodecName, number>> = { gzip: -1, snappy: 0, lz4: 9, zstd: 3 }
/** A larger window than this (128 MiB) is refused, as zstd itself does unless told otherwise. */
const zstdWindowLogMax = 27
/** Output is taken in chunks of about what most inputs give, and of a size that is given back to the system when freed. */
const chunkBytesMin = 16 * 1024
const chunkBytesUsual = 256 * 1024
const chunkBytesMax = 1 << 20
/** Longer inputs may become anything. */
const shortInputBytes = 4096

/** The four codecs of Kafka, framed as its Java client frames them, on the thread that calls. */
export class Codecs {
  #snappy: SnappyCompressor | null = null
  #lz4: Lz4Compressor | null = null

  /** @param level null for Kafka's default; snappy has none. */
  compress(codec: CodecName, level: number | null, bytes: Uint8Array): Uint8Array {
    const asked = level ?? levels[codec]
    if (codec === 'snappy') return (this.#snappy ??= new SnappyCompressor()).compress(bytes)
    if (codec === 'lz4') return (this.#lz4 ??= new Lz4Compressor()).compress(bytes, asked)
    if (codec === 'gzip') return zlib.gzipSync(bytes, { level: asked })
    return zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_compressionLevel]: asked } })
  }

  /** @throws CodecError EBOMB when the output would pass `bytesMax`, ECORRUPT when the input is not the codec's. */
  decompress(codec: CodecName, bytes: Uint8Array, bytesMax: number): Uint8Array {
    if (codec === 'snappy') return snappyDecompress(bytes, bytesMax)
    if (codec === 'lz4') return lz4Decompress(bytes, bytesMax)
    if (bytes.length === 0) throw corrupt(`no ${codec} stream`)
    const options = {
      // Zero is not a limit that zlib knows.
      maxOutputLength: Math.max(1, bytesMax),
      chunkSize:
        bytes.length <= shortInputBytes
          ? chunkBytesMin
          : Math.min(chunkBytesMax, Math.max(chunkBytesUsual, bytes.length * 4)),
    }
    let out: Uint8Array
    try {
      if (codec === 'gzip') out = zlib.gunzipSync(bytes, options)
      else {
        checkZstdFrames(bytes)
        const params = { [zlib.constants.ZSTD_d_windowLogMax]: zstdWindowLogMax }
        out = zlib.zstdDecompressSync(bytes, { ...options, params })
      }
    } catch (thrown) {
      if (thrown instanceof CodecError) throw thrown
      const { code, message } = thrown as { code?: string; message?: string }
      if (code === 'ERR_BUFFER_TOO_LARGE') throw bomb(bytesMax)
      throw corrupt(`not a ${codec} stream: ${message ?? code}`)
    }
    if (out.length > bytesMax) throw bomb(bytesMax)
    return out
  }
}

export { CodecError }
