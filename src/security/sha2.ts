/**
 * SHA-256 and SHA-512 (FIPS 180-4) in plain code, for the few short inputs that a decision must digest at once: SCRAM
 * keys, token signatures. Long work (PBKDF2) goes to env's Heavy.
 */
export type ShaName = 'sha256' | 'sha512'

/** Words of the constants: the fractional parts of roots of the first primes, worked out once with exact integers. */
const primes: readonly bigint[] = firstPrimes(80)
const cubes = Uint32Array.from(primes.flatMap((p) => words(fraction(p, 3n))))
const squares = Uint32Array.from(primes.slice(0, 8).flatMap((p) => words(fraction(p, 2n))))

/** The first 64 bits after the point of the `n`th root of `p`: floor(root(p · 2^(64n))) mod 2^64. */
function fraction(p: bigint, n: bigint): bigint {
  const target = p << (64n * n)
  let low = 0n
  let high = 1n << 72n
  while (high - low > 1n) {
    const middle = (low + high) >> 1n
    if (middle ** n <= target) low = middle
    else high = middle
  }
  return low & 0xffff_ffff_ffff_ffffn
}

function words(value: bigint): [high: number, low: number] {
  return [Number(value >> 32n), Number(value & 0xffff_ffffn)]
}

function firstPrimes(count: number): bigint[] {
  const found: bigint[] = []
  for (let n = 2n; found.length < count; n++) if (found.every((p) => n % p !== 0n)) found.push(n)
  return found
}

export function sha(name: ShaName, message: Uint8Array): Uint8Array {
  return name === 'sha256' ? sha256(message) : sha512(message)
}

/** The message, a one bit, zeros, and its length in bits, to whole blocks. */
function padded(message: Uint8Array, blockBytes: number): DataView {
  const lengthBytes = blockBytes / 8
  const size = Math.ceil((message.length + 1 + lengthBytes) / blockBytes) * blockBytes
  const bytes = new Uint8Array(size)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(size - 8, Math.floor(message.length / 0x2000_0000))
  view.setUint32(size - 4, (message.length << 3) >>> 0)
  return view
}

function sha256(message: Uint8Array): Uint8Array {
  const view = padded(message, 64)
  const h = Uint32Array.from({ length: 8 }, (_, i) => squares[i * 2]!)
  const w = new Uint32Array(64)
  const turn = (x: number, n: number) => (x >>> n) | (x << (32 - n))
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + i * 4)
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15]!
      const b = w[i - 2]!
      const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)
      const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10)
      w[i] = w[i - 16]! + s0 + w[i - 7]! + s1
    }
    const v = h.slice()
    for (let i = 0; i < 64; i++) {
      const a = v[0]!
      const e = v[4]!
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
      const t1 = v[7]! + s1 + ((e & v[5]!) ^ (~e & v[6]!)) + cubes[i * 2]! + w[i]!
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
      const t2 = s0 + ((a & v[1]!) ^ (a & v[2]!) ^ (v[1]! & v[2]!))
      v.copyWithin(1, 0, 7)
      v[4] = v[4]! + t1
      v[0] = t1 + t2
    }
    for (let i = 0; i < 8; i++) h[i] = h[i]! + v[i]!
  }
  return bytesOf(h)
}

function sha512(message: Uint8Array): Uint8Array {
  const view = padded(message, 128)
  const mask = 0xffff_ffff_ffff_ffffn
  const whole = (table: Uint32Array, i: number) => (BigInt(table[i * 2]!) << 32n) | BigInt(table[i * 2 + 1]!)
  const turn = (x: bigint, n: bigint) => ((x >> n) | (x << (64n - n))) & mask
  const h = Array.from({ length: 8 }, (_, i) => whole(squares, i))
  const k = Array.from({ length: 80 }, (_, i) => whole(cubes, i))
  for (let at = 0; at < view.byteLength; at += 128) {
    const w = Array.from({ length: 16 }, (_, i) => view.getBigUint64(at + i * 8))
    for (let i = 16; i < 80; i++) {
      const a = w[i - 15]!
      const b = w[i - 2]!
      const s0 = turn(a, 1n) ^ turn(a, 8n) ^ (a >> 7n)
      const s1 = turn(b, 19n) ^ turn(b, 61n) ^ (b >> 6n)
      w.push((w[i - 16]! + s0 + w[i - 7]! + s1) & mask)
    }
    let [a, b, c, d, e, f, g, last] = h as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint]
    for (let i = 0; i < 80; i++) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)
      const t1 = last + s1 + ((e & f) ^ (~e & mask & g)) + k[i]! + w[i]!
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c))
      ;[last, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & mask, c, b, a, (t1 + t2) & mask]
    }
    for (const [i, value] of [a, b, c, d, e, f, g, last].entries()) h[i] = (h[i]! + value) & mask
  }
  return bytesOf(Uint32Array.from(h.flatMap(words)))
}

function bytesOf(big: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(big.length * 4)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < big.length; i++) view.setUint32(i * 4, big[i]!)
  return bytes
}

/** RFC 2104. */
export function hmac(name: ShaName, key: Uint8Array, message: Uint8Array): Uint8Array {
  const blockBytes = name === 'sha256' ? 64 : 128
  const short = key.length > blockBytes ? sha(name, key) : key
  const inner = new Uint8Array(blockBytes + message.length).fill(0x36, 0, blockBytes)
  const outer = new Uint8Array(blockBytes).fill(0x5c)
  for (let i = 0; i < short.length; i++) {
    inner[i] = inner[i]! ^ short[i]!
    outer[i] = outer[i]! ^ short[i]!
  }
  inner.set(message, blockBytes)
  const digest = sha(name, inner)
  const both = new Uint8Array(blockBytes + digest.length)
  both.set(outer)
  both.set(digest, blockBytes)
  return sha(name, both)
}
