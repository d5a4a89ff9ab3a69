import { createRequire } from 'node:module'
import { type Crc32c, crc32c as pureCrc32c } from '../../bytes/index.ts'

/**
 * From here on the native checksum is faster. Measured on one core of a two-core machine, in ns a call, pure / native:
 * 64 B 47 / 253 · 256 B 214 / 214 · 512 B 433 / 288 · 1 KiB 849 / 328 · 16 KiB 19,000 / 3,900 · 1 MiB 890,000 / 179,000.
 */
const nativeBytesMin = 384

/** The native CRC-32C of @node-rs/crc32, null where it is not installed or does not load. Loading takes about 5 ms. */
export function nativeCrc32c(): Crc32c | null {
  try {
    const native: { crc32c(bytes: Uint8Array, seed?: number): number } = createRequire(import.meta.url)(
      '@node-rs/crc32',
    )
    return (bytes, from, to, seed) => native.crc32c(bytes.subarray(from, to), seed)
  } catch {
    // An optional dependency: without it the pure one serves.
    return null
  }
}

/** Loading takes longer (5 to 20 ms) than the pure one needs for this much: a start and a first record do without. */
const bytesBeforeLoading = 4 * 1024 * 1024

/** Pure for short ranges, native for long ones; the native one is loaded once enough was summed for it to pay. */
export function lazyCrc32c(): Crc32c {
  let native: Crc32c | null = null
  let summed = 0
  return (bytes, from, to, seed) => {
    const length = to - from
    if (length < nativeBytesMin) return pureCrc32c(bytes, from, to, seed)
    if (native === null) {
      summed += length
      if (summed < bytesBeforeLoading) return pureCrc32c(bytes, from, to, seed)
      native = nativeCrc32c() ?? pureCrc32c
    }
    return native(bytes, from, to, seed)
  }
}
