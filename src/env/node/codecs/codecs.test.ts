import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { CodecName } from '../../index.ts'
import { Codecs } from './index.ts'
import { xxhash32 } from './xxhash32.ts'

const codecs: readonly CodecName[] = ['gzip', 'snappy', 'lz4', 'zstd']
const codec = new Codecs()

const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`./testdata/${name}`, import.meta.url), 'utf8'))
const ascii = (text: string) => new TextEncoder().encode(text)

function text(lines: number): Uint8Array {
  return ascii(Array.from({ length: lines }, (_, i) => `line ${i} of ${(i * 7919) % 1009}\n`).join(''))
}

function noise(length: number): Uint8Array {
  let state = 1
  return new Uint8Array(length).map(() => (state = (Math.imul(state, 1103515245) + 12345) | 0) >>> 16)
}

/** The inputs of testdata/Frames.java. */
const inputs: Readonly<Record<string, Uint8Array>> = {
  empty: new Uint8Array(0),
  'one byte': Uint8Array.of(7),
  short: text(2),
  text: text(80),
  'several blocks': text(3300),
  noise: noise(1000),
  zeros: new Uint8Array(200_000),
}

test('opens what Apache Kafka compressed with every codec', () => {
  const frames = read('frames.json')
  for (const name of codecs) {
    for (const [what, plain] of Object.entries(inputs)) {
      const frame = Buffer.from(frames[`${name}: ${what}`]!, 'base64')
      assert.deepEqual(Buffer.from(codec.decompress(name, frame, plain.length)), Buffer.from(plain), `${name}: ${what}`)
    }
  }
})

test('opens the frames of other LZ4 and snappy libraries: linked and large blocks, checksums, raw blocks', () => {
  for (const [what, base64] of Object.entries(read('others.json'))) {
    const plain = what === 'snappy: raw' ? text(3300).subarray(0, 20_000) : text(3300)
    const name = what.split(':')[0] as CodecName
    const opened = codec.decompress(name, Buffer.from(base64, 'base64'), 1 << 20)
    assert.deepEqual(Buffer.from(opened), Buffer.from(plain), what)
  }
})

test('frames snappy and LZ4 as the Java client demands', () => {
  const snappy = codec.compress('snappy', null, text(3300))
  assert.deepEqual(Buffer.from(snappy.subarray(0, 16)), Buffer.from('82534e41505059000000000100000001', 'hex'))
  const lz4 = codec.compress('lz4', null, text(3300))
  // Version 1, independent blocks, nothing else; blocks up to 64 KiB; the descriptor's checksum.
  assert.deepEqual(Buffer.from(lz4.subarray(0, 7)), Buffer.from('04224d18604082', 'hex'))
})

test('opens again what it compressed, at every level', () => {
  const levels: Record<CodecName, (number | null)[]> = {
    gzip: [null, -1, 1, 6, 9],
    snappy: [null],
    lz4: [null, 1, 2, 5, 9, 12, 17],
    zstd: [null, -131072, -1, 1, 3, 10],
  }
  for (const name of codecs) {
    for (const level of levels[name]) {
      for (const [what, plain] of Object.entries(inputs)) {
        const packed = codec.compress(name, level, plain)
        const opened = codec.decompress(name, packed, plain.length)
        assert.deepEqual(Buffer.from(opened), Buffer.from(plain), `${name} at ${level}: ${what}`)
      }
    }
  }
})

test('works on a part of a larger buffer', () => {
  const around = new Uint8Array(5000)
  around.set(text(80), 1234)
  const part = around.subarray(1234, 1234 + text(80).length)
  for (const name of codecs) {
    const packed = codec.compress(name, null, part)
    const moved = new Uint8Array(packed.length + 9)
    moved.set(packed, 5)
    const opened = codec.decompress(name, moved.subarray(5, 5 + packed.length), 1 << 20)
    assert.deepEqual(Buffer.from(opened), Buffer.from(part))
  }
})

test('refuses more output than allowed', () => {
  for (const name of codecs) {
    for (const plain of [text(80), new Uint8Array(8 << 20)]) {
      const packed = codec.compress(name, null, plain)
      for (const bytesMax of [0, 1, plain.length - 1]) {
        assert.throws(() => codec.decompress(name, packed, bytesMax), { code: 'EBOMB' }, `${name} ${bytesMax}`)
      }
      assert.equal(codec.decompress(name, packed, plain.length).length, plain.length)
    }
  }
})

test('believes no declared length', () => {
  // A raw snappy block of five bytes that announces 4 GiB; a framed one; an LZ4 content size of 2^62.
  const huge = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)
  assert.throws(() => codec.decompress('snappy', huge, 2 ** 33), { code: 'ECORRUPT' })
  const framed = Buffer.from(`82534e415050590000000001000000010000000${5}ffffffff0f`, 'hex')
  assert.throws(() => codec.decompress('snappy', framed, 2 ** 33), { code: 'ECORRUPT' })
  const descriptor = Buffer.from('684000000000000000400000000000', 'hex')
  const sized = Buffer.concat([Buffer.from('04224d18', 'hex'), descriptor.subarray(0, 10), Buffer.alloc(5)])
  sized[14] = (xxhash32(sized, 4, 14) >>> 8) & 255
  assert.throws(() => codec.decompress('lz4', sized, 2 ** 33), { code: 'ECORRUPT' })
})

test('refuses every truncation', () => {
  for (const name of codecs) {
    const packed = codec.compress(name, null, text(80))
    for (let length = 0; length < packed.length; length++) {
      // A snappy stream of no block is the empty one.
      if (name === 'snappy' && length === 16) continue
      assert.throws(
        () => codec.decompress(name, packed.subarray(0, length), 1 << 20),
        { code: 'ECORRUPT' },
        `${name} ${length}`,
      )
    }
  }
})

test('answers random damage with bytes or a refusal, never with anything else', () => {
  const random = noise(60_000)
  let at = 0
  const next = (bound: number): number => {
    at = (at + 2) % (random.length - 2)
    return (random[at]! * 256 + random[at + 1]!) % bound
  }
  for (const name of codecs) {
    const packed = codec.compress(name, null, text(80))
    for (let round = 0; round < 1500; round++) {
      const damaged = packed.slice()
      for (let i = 0; i < 1 + next(4); i++) damaged[next(damaged.length)] = next(256)
      try {
        assert.ok(codec.decompress(name, damaged, 100_000).length <= 100_000)
      } catch (thrown) {
        assert.match((thrown as { code?: string }).code ?? String(thrown), /^(ECORRUPT|EBOMB)$/)
      }
    }
  }
})

test('hashes as xxHash32 does', () => {
  // From the reference implementation's published vectors.
  const hashes: readonly [string, number][] = [
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ]
  for (const [what, hash] of hashes) assert.equal(xxhash32(ascii(what), 0, what.length), hash, what)
})
