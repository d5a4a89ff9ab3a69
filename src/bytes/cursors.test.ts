import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isMalformed, Reader, Slab, uvarintSize, varintSize, varlongSize, Writer } from './index.ts'

function read<T>(bytes: number[] | Uint8Array, how: (r: Reader) => T): T {
  const r = new Reader(Uint8Array.from(bytes))
  const value = how(r)
  assert.equal(r.remaining, 0)
  return value
}

function written(how: (w: Writer) => void): number[] {
  const w = new Writer(1)
  how(w)
  assert.equal(w.length, w.toBytes().length)
  return [...w.toBytes()]
}

function malformed(bytes: number[], how: (r: Reader) => unknown): void {
  assert.throws(() => how(new Reader(Uint8Array.from(bytes))), isMalformed)
}

describe('numbers', () => {
  it('are big-endian and keep their sign', () => {
    assert.equal(
      read([0xff], (r) => r.int8()),
      -1,
    )
    assert.equal(
      read([0x80, 0], (r) => r.int16()),
      -0x8000,
    )
    assert.equal(
      read([0x80, 0], (r) => r.uint16()),
      0x8000,
    )
    assert.equal(
      read([0xff, 0xff, 0xff, 0xfe], (r) => r.int32()),
      -2,
    )
    assert.equal(
      read([0xff, 0xff, 0xff, 0xfe], (r) => r.uint32()),
      0xfffffffe,
    )
    assert.equal(
      read([0x3f, 0xf8, 0, 0, 0, 0, 0, 0], (r) => r.float64()),
      1.5,
    )
    assert.deepEqual(
      written((w) => w.int16(-2)),
      [0xff, 0xfe],
    )
    assert.deepEqual(
      written((w) => w.int32(0xfffffffe)),
      [0xff, 0xff, 0xff, 0xfe],
    )
    assert.deepEqual(
      written((w) => w.float64(1.5)),
      [0x3f, 0xf8, 0, 0, 0, 0, 0, 0],
    )
  })

  it('of 64 bits are exact within ±2^53 and keep both limits', () => {
    const exact = [
      0,
      1,
      -1,
      2 ** 31,
      -(2 ** 31),
      2 ** 32,
      -(2 ** 32) - 1,
      2 ** 53,
      -(2 ** 53),
      2 ** 53 - 1,
      1_700_000_000_000,
    ]
    for (const value of exact) {
      const bytes = written((w) => w.int64(value))
      assert.deepEqual(
        bytes,
        written((w) => w.int64Wide(BigInt(value))),
      )
      assert.equal(
        read(bytes, (r) => r.int64()),
        value,
      )
    }
    const most = [0x7f, 255, 255, 255, 255, 255, 255, 255]
    const least = [0x80, 0, 0, 0, 0, 0, 0, 0]
    assert.equal(
      read(most, (r) => r.int64()),
      2 ** 63,
    )
    assert.equal(
      read(least, (r) => r.int64()),
      -(2 ** 63),
    )
    assert.deepEqual(
      written((w) => w.int64(2 ** 63)),
      most,
    )
    assert.deepEqual(
      written((w) => w.int64(Number.POSITIVE_INFINITY)),
      most,
    )
    assert.deepEqual(
      written((w) => w.int64(-(2 ** 63))),
      least,
    )
    assert.deepEqual(
      written((w) => w.int64(-(2 ** 64))),
      least,
    )
  })

  it('of 64 bits as bigints use the full range', () => {
    for (const value of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 0x0123456789abcdefn, -0x0123456789abcdefn]) {
      assert.equal(
        read(
          written((w) => w.int64Wide(value)),
          (r) => r.int64Wide(),
        ),
        value,
      )
    }
  })
})

describe('varints', () => {
  it('take the bytes that Kafka gives them', () => {
    const unsigned: [number, number[]][] = [
      [0, [0]],
      [127, [0x7f]],
      [128, [0x80, 1]],
      [16383, [0xff, 0x7f]],
      [16384, [0x80, 0x80, 1]],
      [0xffffffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ]
    for (const [value, bytes] of unsigned) {
      assert.deepEqual(
        written((w) => w.uvarint(value)),
        bytes,
      )
      assert.equal(
        read(bytes, (r) => r.uvarint()),
        value,
      )
      assert.equal(uvarintSize(value), bytes.length)
    }
    const signed: [number, number[]][] = [
      [0, [0]],
      [-1, [1]],
      [1, [2]],
      [63, [0x7e]],
      [-64, [0x7f]],
      [64, [0x80, 1]],
      [-65, [0x81, 1]],
      [2147483647, [0xfe, 0xff, 0xff, 0xff, 0x0f]],
      [-2147483648, [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ]
    for (const [value, bytes] of signed) {
      assert.deepEqual(
        written((w) => w.varint(value)),
        bytes,
      )
      assert.equal(
        read(bytes, (r) => r.varint()),
        value,
      )
      assert.equal(varintSize(value), bytes.length)
      assert.deepEqual(
        written((w) => w.varlong(value)),
        bytes,
      )
      assert.equal(
        read(bytes, (r) => r.varlong()),
        value,
      )
      assert.equal(varlongSize(value), bytes.length)
    }
  })

  it('of 64 bits are exact within ±2^53 and read the limits', () => {
    for (const value of [2 ** 53, -(2 ** 53), 2 ** 53 - 1, 2 ** 40 + 1, -(2 ** 34) - 7, 1_700_000_000_123]) {
      const bytes = written((w) => w.varlong(value))
      assert.equal(
        read(bytes, (r) => r.varlong()),
        value,
      )
      assert.equal(varlongSize(value), bytes.length)
    }
    const nines = new Array(9).fill(0xff)
    assert.equal(
      read([0xfe, ...nines.slice(1), 1], (r) => r.varlong()),
      2 ** 63,
    )
    assert.equal(
      read([...nines, 1], (r) => r.varlong()),
      -(2 ** 63),
    )
  })

  it('that are too long or cut short are malformed', () => {
    malformed([0x80, 0x80, 0x80, 0x80, 0x80, 0], (r) => r.uvarint())
    malformed([0xff, 0xff, 0xff, 0xff, 0x1f], (r) => r.uvarint())
    malformed([0x80, 0x80], (r) => r.uvarint())
    malformed([], (r) => r.uvarint())
    malformed(new Array(11).fill(0x80), (r) => r.varlong())
    malformed([...new Array(9).fill(0xff), 2], (r) => r.varlong())
    malformed([0xff], (r) => r.varlong())
  })
})

describe('Reader', () => {
  it('never reads past its end, though the buffer goes on', () => {
    const bytes = new Uint8Array(100)
    for (const how of [
      (r: Reader) => r.int8(),
      (r: Reader) => r.int64(),
      (r: Reader) => r.uuid(),
      (r: Reader) => r.uvarint(),
      (r: Reader) => r.string(1),
      (r: Reader) => r.slice(1),
      (r: Reader) => r.copy(1),
      (r: Reader) => r.skip(1),
      (r: Reader) => r.slice(-1),
    ]) {
      assert.throws(() => how(new Reader(bytes, 10, 10)), isMalformed)
    }
  })

  it('says what was missing and where', () => {
    assert.throws(() => new Reader(new Uint8Array(6), 3).int32(), {
      code: 'MALFORMED',
      at: 3,
      message: 'int32 needs 4 bytes, 3 are left (at byte 3)',
    })
  })

  it('borrows slices and copies copies', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4)
    const r = new Reader(bytes, 1)
    assert.deepEqual(r.slice(2), { bytes, from: 1, to: 3 })
    const copy = r.copy(1)
    bytes[3] = 9
    assert.deepEqual(copy, Uint8Array.of(4))
  })

  it('refuses array counts that the bytes left cannot hold, or that exceed its allowance', () => {
    assert.equal(new Reader(new Uint8Array(8)).elements(2, 4), 2)
    assert.throws(() => new Reader(new Uint8Array(8)).elements(3, 4), isMalformed)
    assert.throws(() => new Reader(new Uint8Array(8)).elements(-2, 4), isMalformed)
    assert.throws(() => new Reader(new Uint8Array(8)).elements(0x7fffffff, 1), isMalformed)
    const r = new Reader(new Uint8Array(100), 0, 100, { elementsMax: 10 })
    r.elements(6, 1)
    assert.throws(() => r.elements(5, 1), isMalformed)
  })
})

describe('Writer', () => {
  const lent = { bytes: new Uint8Array(2000).fill(7), from: 500, to: 1500 }

  it('lends foreign bytes without copying them', () => {
    const w = new Writer()
    w.int32(1)
    w.lend(lent)
    w.int32(2)
    const parts = w.parts()
    assert.equal(parts.length, 3)
    assert.equal(parts[1]!.buffer, lent.bytes.buffer)
    assert.equal(parts[1]!.byteOffset, 500)
    assert.equal(w.length, 1008)
    assert.deepEqual([...w.toBytes()], [0, 0, 0, 1, ...new Array(1000).fill(7), 0, 0, 0, 2])
  })

  it('copies a few foreign bytes, where a part of its own would cost more', () => {
    const w = new Writer()
    w.lend({ bytes: lent.bytes, from: 0, to: 100 })
    assert.equal(w.parts().length, 1)
    assert.notEqual(w.parts()[0]!.buffer, lent.bytes.buffer)
  })

  it('patches a reserved length wherever it has gone to', () => {
    const w = new Writer(4)
    const first = w.reserveInt32()
    for (let i = 0; i < 100; i++) w.int64(i)
    const second = w.reserveInt32()
    w.lend(lent)
    w.int32(1)
    w.lend(lent)
    const third = w.reserveInt32()
    w.patchInt32(first, 11)
    w.patchInt32(second, 22)
    w.patchInt32(third, 33)
    const r = new Reader(w.toBytes())
    assert.equal(r.int32(), 11)
    r.skip(800)
    assert.equal(r.int32(), 22)
    r.skip(1000 + 4 + 1000)
    assert.equal(r.int32(), 33)
  })

  it('puts a length in front of what was written, whatever its size', () => {
    for (const size of [0, 1, 127, 128, 16383, 16384, 70000]) {
      const w = new Writer(4)
      w.lend(lent)
      w.int32(5)
      const opened = w.openVarintLength()
      w.copy(new Uint8Array(size).fill(3))
      w.closeVarintLength(opened)
      w.int8(9)
      const r = new Reader(w.toBytes(), 1004)
      assert.equal(r.uvarint(), size)
      assert.ok(r.copy(size).every((b) => b === 3))
      assert.equal(r.int8(), 9)
      assert.equal(r.remaining, 0)
    }
  })

  it('shares a slab with other writers, none of which disturbs another', () => {
    const slab = new Slab(4096)
    const written: [Writer, number[]][] = []
    for (let i = 0; i < 200; i++) {
      // two at a time: one begins while the other is half done
      const first = new Writer(slab)
      const second = new Writer(slab)
      first.int32(i)
      second.copy(new Uint8Array(i * 11).fill(i))
      if (i % 3 === 0) first.lend(lent)
      first.int32(-i)
      const lentBytes = i % 3 === 0 ? new Array(1000).fill(7) : []
      const low = new Uint8Array(Int32Array.of(i).buffer).reverse()
      const high = new Uint8Array(Int32Array.of(-i).buffer).reverse()
      written.push([first, [...low, ...lentBytes, ...high]], [second, new Array(i * 11).fill(i)])
      first.parts()
      second.parts()
    }
    for (const [w, bytes] of written) assert.deepEqual([...w.toBytes()], bytes)
  })

  it('gives a slab back what it did not use', () => {
    const slab = new Slab(4096)
    const buffers = new Set<ArrayBufferLike>()
    for (let i = 0; i < 1000; i++) {
      const w = new Writer(slab)
      w.int32(i)
      buffers.add(w.toBytes().buffer)
    }
    assert.ok(buffers.size <= 2, `${buffers.size} arrays for 1,000 writers of four bytes`)
  })

  it('gives the parts so far, and goes on', () => {
    const w = new Writer()
    w.int8(1)
    assert.equal(w.parts().length, 1)
    w.int8(2)
    assert.deepEqual([...w.toBytes()], [1, 2])
  })
})
