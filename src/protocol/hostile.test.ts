/** Bytes from people who mean harm, or whose program is broken: refused with a MalformedError, at a bounded price. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { codecsByName, type GoldenLine, goldenFiles, goldenLines } from '../../test/golden/golden.ts'
import { isMalformed, Reader, Writer } from '../bytes/index.ts'
import {
  type AnyCodec,
  type AnyField,
  ApiVersions,
  apis,
  array,
  arrayOf,
  type BytesIn,
  bytes,
  codec,
  Fetch,
  FieldNotInVersionError,
  type Fields,
  groupRecords,
  int32,
  int64,
  Metadata,
  metadataRecords,
  Produce,
  string,
  struct,
} from './index.ts'

function decode(codec: AnyCodec, bytes: Uint8Array, version: number): unknown {
  return codec.decode(new Reader(bytes), version)
}

/** Decodes, and lets a MalformedError pass; anything else thrown is a bug. */
function decodeOrRefuse(codec: AnyCodec, bytes: Uint8Array, version: number, what: string): void {
  try {
    decode(codec, bytes, version)
  } catch (thrown) {
    assert.ok(isMalformed(thrown), `${what}: ${String(thrown)}`)
  }
}

function refuses(codec: AnyCodec, bytes: number[] | Uint8Array, version: number, reason: RegExp): void {
  assert.throws(
    () => decode(codec, Uint8Array.from(bytes), version),
    (thrown) => isMalformed(thrown) && reason.test(thrown.message),
  )
}

const full: readonly GoldenLine[] = goldenFiles
  .flatMap((file) => goldenLines(file))
  .filter((line) => line.instance === 'full')

describe('truncation', () => {
  it('is refused at every byte of every message and version', () => {
    for (const { message, version, bytes } of full) {
      const codec = codecsByName.get(message)!
      for (let to = 0; to < bytes.length; to++) {
        const r = new Reader(bytes, 0, to)
        assert.throws(() => codec.decode(r, version), isMalformed, `${message} v${version} cut at ${to}`)
      }
    }
  })
})

describe('a length that is a lie', () => {
  const lies = [
    [0x7f, 0xff, 0xff, 0xff],
    [0xff, 0xff, 0xff, 0xff],
    [0x80, 0, 0, 0],
    [0, 0x0f, 0x42, 0x40],
    [0xff, 0xff, 0xff, 0xff, 0x0f],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    [0x7f],
    [0xff],
  ]

  it('at any place in any message is read or refused, never thrown over', () => {
    for (const { message, version, bytes } of full) {
      const codec = codecsByName.get(message)!
      const changed = new Uint8Array(bytes)
      for (let at = 0; at < bytes.length; at++) {
        const lie = lies[at % lies.length]!
        changed.set(lie.slice(0, bytes.length - at), at)
        decodeOrRefuse(codec, changed, version, `${message} v${version} changed at ${at}`)
        changed.set(bytes.subarray(at, at + lie.length), at)
      }
    }
  })

  it('is measured against the bytes left before anything is made for it', () => {
    const strings = codec({ name: 'Strings', versions: [0, 1], flexible: 1, fields: { a: arrayOf(string()) } })
    refuses(strings, [0x7f, 0xff, 0xff, 0xff], 0, /array of 2147483647 elements cannot fit/)
    refuses(strings, [0, 0, 0, 3, 0, 0, 0, 0], 0, /array of 3 elements cannot fit in the 4 bytes left/)
    refuses(strings, [0, 0, 0, 1, 0x7f, 0xff], 0, /string needs 32767 bytes/)
    refuses(strings, [0xff, 0xff, 0xff, 0xff, 0x0f], 1, /array of \d+ elements cannot fit/)
    refuses(strings, [2, 0x81, 0x80, 0x04], 1, /string of 65536 bytes/)
  })

  it('counts an element by the least it can take in that version', () => {
    // 16 + 4 bytes in version 0; version 1 adds 8, and a nullable struct is one byte when it is null
    const wide = codec({
      name: 'Wide',
      versions: [0, 1],
      flexible: null,
      fields: {
        list: array({
          a: int64(),
          b: int64(),
          c: int32(),
          d: int64({ since: 1 }),
          e: struct({ x: int64() }, { since: 1, nullable: 1, absent: null }),
        }),
      },
    })
    refuses(wide, [0, 0, 0, 2, ...new Uint8Array(39)], 0, /array of 2 elements cannot fit in the 39 bytes left/)
    refuses(wide, [0, 0, 0, 1, ...new Uint8Array(28)], 1, /array of 1 elements cannot fit in the 28 bytes left/)
    const w = new Writer()
    wide.encode(w, { list: [{ e: null }] }, 1)
    assert.equal(w.length, 33)
    assert.deepEqual(wide.decode(new Reader(w.toBytes()), 1).list[0]?.e, null)
  })

  it('below -1 is refused, and -1 where the field is never null', () => {
    const one = codec({
      name: 'One',
      versions: [0, 1],
      flexible: null,
      fields: { s: string({ nullable: 1 }), b: bytes({ nullable: 1 }), a: arrayOf(int32(), { nullable: 1 }) },
    })
    refuses(one, [0xff, 0xfe], 0, /string of length -2/)
    refuses(one, [0xff, 0xff], 0, /null string/)
    refuses(one, [0, 0, 0xff, 0xff, 0xff, 0xff], 0, /null bytes/)
    refuses(one, [0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], 0, /null array/)
    refuses(one, [0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0], 1, /array of length -2147483648/)
    const nulls = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
    assert.deepEqual(decode(one, Uint8Array.from(nulls), 1), { s: null, b: null, a: null })
  })

  it('of records is refused past the end of the frame', () => {
    const w = new Writer()
    Produce.request.encode(w, { topicData: [{ name: 't', partitionData: [{ records: new Uint8Array(10) }] }] }, 3)
    const frame = w.toBytes()
    new DataView(frame.buffer, frame.byteOffset).setInt32(frame.length - 14, 11)
    refuses(Produce.request, frame, 3, /bytes needs 11 bytes, 10 are left/)
  })
})

describe('too many elements', () => {
  it('in one message are refused by the allowance of the reader, though they would fit', () => {
    // three bytes for a topic that costs some two hundred in memory
    const count = 100_000
    const w = new Writer()
    w.uvarint(count + 1)
    for (let i = 0; i < count; i++) w.copy(Uint8Array.of(0, 1, 0))
    const frame = new Uint8Array([...Uint8Array.of(), ...w.toBytes(), 0, 0, 0, 0])
    const topics = codec({
      name: 'Topics',
      versions: [0, 0],
      flexible: 0,
      fields: { topics: array({ name: string({ nullable: 0 }), partitions: arrayOf(int32()) }) },
    })
    assert.equal((decode(topics, frame, 0) as { topics: unknown[] }).topics.length, count)
    const r = new Reader(frame, 0, frame.length, { elementsMax: 50_000 })
    assert.throws(() => topics.decode(r, 0), isMalformed)
  })
})

describe('tagged fields', () => {
  const flexible = full.filter(({ message, version }) => version >= codecsByName.get(message)!.flexibleFrom)

  it('that nobody knows are skipped', () => {
    for (const { message, version } of flexible) {
      const codec = codecsByName.get(message)!
      const w = new Writer()
      codec.encode(w, {}, version)
      const plain = w.toBytes()
      const tagged = Uint8Array.from([
        ...plain.subarray(0, -1),
        2,
        100,
        3,
        1,
        2,
        3,
        ...[0xff, 0xff, 0xff, 0xff, 0x0f],
        0,
      ])
      const r = new Reader(tagged)
      assert.deepEqual(codec.decode(r, version), decode(codec, plain, version), `${message} v${version}`)
      assert.equal(r.remaining, 0)
    }
  })

  const header = codec({
    name: 'Tagged',
    versions: [0, 0],
    flexible: 0,
    fields: { known: string({ tag: 0 }), n: int32({ tag: 1 }) },
  })

  it('are skipped by the million', () => {
    const count = 1_000_000
    const w = new Writer(3 * count)
    w.uvarint(count)
    for (let i = 0; i < count; i++) w.copy(Uint8Array.of(9, 0))
    assert.deepEqual(decode(header, w.toBytes(), 0), { known: '', n: 0 })
  })

  it('that are announced but cannot fit are refused at once', () => {
    refuses(header, [0xc0, 0x84, 0x3d, 9, 0, 9, 0], 0, /1000000 tagged fields cannot fit in the 4 bytes left/)
    refuses(header, [0xff, 0xff, 0xff, 0xff, 0x0f], 0, /tagged fields cannot fit/)
    refuses(header, [1, 9, 0xff, 0xff, 0xff, 0xff, 0x0f], 0, /tagged field of 4294967295 bytes, 0 are left/)
  })

  it('whose size is not what their value takes are refused', () => {
    refuses(header, [1, 0, 4, 3, 0x61, 0x62, 0], 0, /tagged field known said 4 bytes and took 3/)
    refuses(header, [1, 1, 3, 0, 0, 0, 0, 0], 0, /tagged field n said 3 bytes and took 4/)
    assert.deepEqual(decode(header, Uint8Array.of(1, 0, 3, 3, 0x61, 0x62), 0), { known: 'ab', n: 0 })
  })
})

describe('nesting', () => {
  function depth(fields: Fields): number {
    return 1 + Math.max(0, ...Object.values(fields).map((f: AnyField) => (f.kind.fields ? depth(f.kind.fields) : 0)))
  }

  it('is bounded by the schemas: none of them refers to itself', () => {
    for (const codec of codecsByName.values()) assert.ok(depth(codec.fields) <= 6, codec.name)
  })
})

describe('noise', () => {
  it('of any length is read or refused by every request', () => {
    // xorshift: the same noise every time
    let state = 0x9e3779b9
    const next = () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state >>> 0
    }
    for (const api of apis.values()) {
      for (let version = api.minVersion; version <= api.maxVersion; version++) {
        for (let i = 0; i < 20; i++) {
          const noise = Uint8Array.from({ length: next() % 200 }, () => (next() % 3 === 0 ? next() % 4 : next()))
          decodeOrRefuse(api.request, noise, version, `${api.name} v${version}`)
        }
      }
    }
  })
})

describe('records of a log', () => {
  it('of an unknown type are told by null, those from the future are refused', () => {
    assert.equal(metadataRecords.decode(Uint8Array.of(1, 120, 0, 0)), null)
    assert.throws(() => metadataRecords.decode(Uint8Array.of(2, 2, 0, 0)), isMalformed)
    assert.throws(() => metadataRecords.decode(Uint8Array.of(1, 2, 9, 0)), isMalformed)
    assert.equal(groupRecords.decode(Uint8Array.of(0x7f, 0xff, 0), null), null)
    const { key, value } = groupRecords.encode({
      type: 'ConsumerGroupMetadata',
      key: { groupId: 'g' },
      value: { epoch: 1 },
    })
    value![1] = 9
    assert.throws(() => groupRecords.decode(key, value), isMalformed)
    assert.throws(() => groupRecords.decode(key.subarray(0, 1), null), isMalformed)
  })
})

describe('encoding', () => {
  it('refuses a value for a field that the version of a request lacks, unless the field may be dropped', () => {
    const w = new Writer()
    assert.throws(() => Metadata.request.encode(w, { allowAutoTopicCreation: false }, 3), FieldNotInVersionError)
    assert.throws(() => Metadata.request.encode(w, { allowAutoTopicCreation: false }, 3), /version 3 has no field/)
    ApiVersions.request.encode(w, { clientSoftwareName: 'x' }, 0)
  })

  it('leaves out of a response what its version has no field for', () => {
    const [full, plain] = [new Writer(), new Writer()]
    Fetch.response.encode(full, { sessionId: 5, errorCode: 9, throttleTimeMs: 3 }, 4)
    Fetch.response.encode(plain, { throttleTimeMs: 3 }, 4)
    assert.deepEqual(full.toBytes(), plain.toBytes())
  })

  it('refuses null where the version has none', () => {
    const w = new Writer()
    assert.throws(() => Metadata.request.encode(w, { topics: null }, 0), TypeError)
    Metadata.request.encode(w, { topics: null }, 1)
  })

  it('refuses a version that the message does not have', () => {
    assert.throws(() => Produce.request.encode(new Writer(), {}, 2), /ProduceRequest has versions 3 to 13, not 2/)
    assert.throws(() => decode(Produce.request, new Uint8Array(9), 14), RangeError)
    assert.throws(() => decode(Produce.request, new Uint8Array(9), -1), RangeError)
  })

  it('takes bytes whole or as a part of a buffer', () => {
    const blob = codec({ name: 'Blob', versions: [0, 0], flexible: 0, fields: { b: bytes() } })
    const buffer = Uint8Array.of(9, 1, 2, 9)
    for (const b of [buffer.subarray(1, 3), { bytes: buffer, from: 1, to: 3 }] satisfies BytesIn[]) {
      const w = new Writer()
      blob.encode(w, { b }, 0)
      assert.deepEqual([...w.toBytes()], [3, 1, 2, 0])
    }
  })
})
