/**
 * XXH3, 64 bits, without seed: the hash in which Apache's coordinator keeps what it knows of a group's topics
 * (KIP-1101). It runs once per topic and change, not per request.
 */

const secret = new DataView(
  Uint8Array.from(
    (
      'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248e' +
      'e03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a' +
      '51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8f' +
      'f8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e'
    ).match(/../g)!,
    (hex) => Number.parseInt(hex, 16),
  ).buffer,
)

const prime32 = [0x9e3779b1n, 0x85ebca77n, 0xc2b2ae3dn] as const
const prime64 = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const
const mixPrime1 = 0x165667919e3779f9n
const mixPrime2 = 0x9fb21c651e98df25n
const mask = 0xffff_ffff_ffff_ffffn

const secret64 = (at: number): bigint => secret.getBigUint64(at, true)
const product = (a: bigint, b: bigint): bigint => (a * b) & mask

/** Both halves of a 128-bit product, folded. */
function fold(a: bigint, b: bigint): bigint {
  const both = a * b
  return (both & mask) ^ (both >> 64n)
}

function rotate(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (64n - by))) & mask
}

function swapBytes(value: bigint): bigint {
  let swapped = 0n
  for (let i = 0; i < 8; i++) swapped = (swapped << 8n) | ((value >> BigInt(i * 8)) & 0xffn)
  return swapped
}

function avalanche(hash: bigint): bigint {
  hash ^= hash >> 37n
  hash = product(hash, mixPrime1)
  return hash ^ (hash >> 32n)
}

function avalanche64(hash: bigint): bigint {
  hash ^= hash >> 33n
  hash = product(hash, prime64[1])
  hash ^= hash >> 29n
  hash = product(hash, prime64[2])
  return hash ^ (hash >> 32n)
}

/** The hash as Java shows it: signed. */
export function xxh3(bytes: Uint8Array): bigint {
  const input = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return BigInt.asIntN(64, hashOf(input))
}

function hashOf(input: DataView): bigint {
  const length = input.byteLength
  if (length === 0) return avalanche64(secret64(56) ^ secret64(64))
  if (length <= 16) return hashUpTo16(input, length)
  if (length <= 240) return hashUpTo240(input, length)
  return hashLong(input, length)
}

function hashUpTo16(input: DataView, length: number): bigint {
  if (length < 4) {
    const first = input.getUint8(0)
    const middle = input.getUint8(length >> 1)
    const last = input.getUint8(length - 1)
    const combined = ((first << 16) | (middle << 24) | last | (length << 8)) >>> 0
    const flip = (secret.getUint32(0, true) ^ secret.getUint32(4, true)) >>> 0
    return avalanche64(BigInt((combined ^ flip) >>> 0))
  }
  if (length <= 8) {
    const low = BigInt(input.getUint32(length - 4, true))
    const high = BigInt(input.getUint32(0, true))
    let hash = (low | (high << 32n)) ^ secret64(8) ^ secret64(16)
    hash ^= rotate(hash, 49n) ^ rotate(hash, 24n)
    hash = product(hash, mixPrime2)
    hash ^= (hash >> 35n) + BigInt(length)
    hash = product(hash, mixPrime2)
    return hash ^ (hash >> 28n)
  }
  const low = input.getBigUint64(0, true) ^ secret64(24) ^ secret64(32)
  const high = input.getBigUint64(length - 8, true) ^ secret64(40) ^ secret64(48)
  return avalanche((BigInt(length) + swapBytes(low) + high + fold(low, high)) & mask)
}

function mix16(input: DataView, at: number, secretAt: number): bigint {
  return fold(
    input.getBigUint64(at, true) ^ secret64(secretAt),
    input.getBigUint64(at + 8, true) ^ secret64(secretAt + 8),
  )
}

function hashUpTo240(input: DataView, length: number): bigint {
  let sum = product(BigInt(length), prime64[0])
  if (length <= 128) {
    for (let i = Math.floor((length - 1) / 32); i >= 0; i--) {
      sum += mix16(input, 16 * i, 32 * i) + mix16(input, length - 16 * (i + 1), 32 * i + 16)
    }
    return avalanche(sum & mask)
  }
  for (let i = 0; i < 8; i++) sum += mix16(input, 16 * i, 16 * i)
  sum = avalanche(sum & mask)
  for (let i = 8; i < Math.floor(length / 16); i++) sum += mix16(input, 16 * i, 16 * (i - 8) + 3)
  sum += mix16(input, length - 16, 136 - 17)
  return avalanche(sum & mask)
}

const stripeBytes = 64
const stripesPerBlock = 16
/** The secret as pairs of 32 bits: at every eighth byte, where stripes begin, and at seven short of the end. */
const secretWords = Uint32Array.from({ length: 48 }, (_, i) => secret.getUint32(i * 4, true))
const lastSecretWords = Uint32Array.from({ length: 16 }, (_, i) =>
  secret.getUint32(192 - stripeBytes - 7 + i * 4, true),
)

/** Long inputs go through eight lanes of 64 bits, kept here as low and high halves: BigInt would be ten times slower. */
function hashLong(input: DataView, length: number): bigint {
  const lanes = new Uint32Array(16)
  const start = [prime32[2], prime64[0], prime64[1], prime64[2], prime64[3], prime32[1], prime64[4], prime32[0]]
  start.forEach((value, lane) => {
    lanes[lane * 2] = Number(value & 0xffff_ffffn)
    lanes[lane * 2 + 1] = Number(value >> 32n)
  })
  const stripes = Math.floor((length - 1) / stripeBytes)
  for (let stripe = 0; stripe < stripes; stripe++) {
    accumulate(lanes, input, stripe * stripeBytes, secretWords, (stripe % stripesPerBlock) * 2)
    if (stripe % stripesPerBlock === stripesPerBlock - 1) scramble(lanes)
  }
  accumulate(lanes, input, length - stripeBytes, lastSecretWords, 0)
  const lane = (i: number): bigint => BigInt(lanes[i * 2]!) | (BigInt(lanes[i * 2 + 1]!) << 32n)
  let hash = product(BigInt(length), prime64[0])
  for (let i = 0; i < 4; i++) hash += fold(lane(2 * i) ^ secret64(11 + 16 * i), lane(2 * i + 1) ^ secret64(19 + 16 * i))
  return avalanche(hash & mask)
}

function accumulate(lanes: Uint32Array, input: DataView, at: number, words: Uint32Array, from: number): void {
  for (let lane = 0; lane < 16; lane += 2) {
    const low = input.getUint32(at + lane * 4, true)
    const high = input.getUint32(at + lane * 4 + 4, true)
    add(lanes, lane ^ 2, low, high)
    const a = (low ^ words[from + lane]!) >>> 0
    const b = (high ^ words[from + lane + 1]!) >>> 0
    add(lanes, lane, Math.imul(a, b) >>> 0, productHigh(a, b))
  }
}

function scramble(lanes: Uint32Array): void {
  for (let lane = 0; lane < 16; lane += 2) {
    const low = lanes[lane]!
    const high = lanes[lane + 1]!
    const a = (low ^ (high >>> 15) ^ secretWords[32 + lane]!) >>> 0
    const b = (high ^ secretWords[33 + lane]!) >>> 0
    lanes[lane] = Math.imul(a, 0x9e3779b1)
    lanes[lane + 1] = productHigh(a, 0x9e3779b1) + Math.imul(b, 0x9e3779b1)
  }
}

function add(lanes: Uint32Array, at: number, low: number, high: number): void {
  const sum = lanes[at]! + low
  lanes[at] = sum
  lanes[at + 1] = lanes[at + 1]! + high + (sum > 0xffff_ffff ? 1 : 0)
}

/** The upper 32 bits of a product of two unsigned numbers of 32 bits. */
function productHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const bLow = b & 0xffff
  const aHigh = a >>> 16
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = (middle & 0xffff) + aLow * bHigh
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0
}
