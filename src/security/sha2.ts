/**
 * SHA-256 and SHA-512 (FIPS 180-4) in plain code, for the few short inputs that a decision must digest at once: SCRAM
 * keys, token signatures. Long work (PBKDF2) goes to env's Heavy.
 */
export type ShaName = 'sha256' | 'sha512'

/**
 * SHA-512's round constants, high and low words in turn: the first 64 bits of the fractional parts of the cube roots of
 * the first eighty primes. SHA-256 uses the high words of the first 64.
 */
const cubes: Uint32Array = fromHex(
  '428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc3956c25bf348b53859f111f1b605d019' +
    '923f82a4af194f9bab1c5ed5da6d8118d807aa98a303024212835b0145706fbe243185be4ee4b28c550c7dc3d5ffb4e2' +
    '72be5d74f27b896f80deb1fe3b1696b19bdc06a725c71235c19bf174cf692694e49b69c19ef14ad2efbe4786384f25e3' +
    '0fc19dc68b8cd5b5240ca1cc77ac9c652de92c6f592b02754a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5' +
    '983e5152ee66dfaba831c66d2db43210b00327c898fb213fbf597fc7beef0ee4c6e00bf33da88fc2d5a79147930aa725' +
    '06ca6351e003826f142929670a0e6e7027b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed53380d139d95b3df' +
    '650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353ba2bfe8a14cf10364a81a664bbc423001' +
    'c24b8b70d0f89791c76c51a30654be30d192e819d6ef5218d69906245565a910f40e35855771202a106aa07032bbd1b8' +
    '19a4c116b8d2d0c81e376c085141ab532748774cdf8eeb9934b0bcb5e19b48a8391c0cb3c5c95a634ed8aa4ae3418acb' +
    '5b9cca4f7763e373682e6ff3d6b2b8a3748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec' +
    '90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915c67178f2e372532bca273eceea26619cd186b8c721c0c207' +
    'eada7dd6cde0eb1ef57d4f7fee6ed17806f067aa72176fba0a637dc5a2c898a6113f9804bef90dae1b710b35131c471b' +
    '28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc431d67c49c100d4c4cc5d4becb3e42b6597f299cfc657e2a' +
    '5fcb6fab3ad6faec6c44198c4a475817',
)
/** Its initial state: the same of the square roots of the first eight. SHA-256 uses the high words. */
const squares: Uint32Array = fromHex(
  '6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1510e527fade682d19b05688c2b3e6c1f' +
    '1f83d9abfb41bd6b5be0cd19137e2179',
)

function fromHex(hex: string): Uint32Array {
  return Uint32Array.from({ length: hex.length / 8 }, (_, i) => Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16))
}

function words(value: bigint): [high: number, low: number] {
  return [Number(value >> 32n), Number(value & 0xffff_ffffn)]
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
