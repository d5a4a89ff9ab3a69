/**
 * Murmur2 as Kafka's Java client computes it for keys, as a signed 32-bit number. A key's partition is
 * `(murmur2(key) & 0x7fffffff) % partitionCount`.
 */
export function murmur2(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  const multiplier = 0x5bd1e995
  const length = to - from
  let h = 0x9747b28c ^ length
  let i = from
  for (const last = to - 4; i <= last; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    k = Math.imul(k, multiplier)
    k ^= k >>> 24
    h = Math.imul(h, multiplier) ^ Math.imul(k, multiplier)
  }
  const left = to - i
  if (left > 0) {
    if (left > 2) h ^= bytes[i + 2]! << 16
    if (left > 1) h ^= bytes[i + 1]! << 8
    h = Math.imul(h ^ bytes[i]!, multiplier)
  }
  h ^= h >>> 13
  h = Math.imul(h, multiplier)
  return h ^ (h >>> 15)
}

/** Java's `String.hashCode`, signed 32-bit. The coordinator of a group is `abs(hash) % partitionCount`. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** Kafka's `Utils.abs`: the magnitude of a 32-bit hash, with the one that has none read as 0. */
export function absHash(hash: number): number {
  return hash === -0x80000000 ? 0 : Math.abs(hash)
}
