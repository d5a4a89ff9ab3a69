import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { absHash, crc32c, javaStringHash, murmur2, utf8Decode, utf8Encode, utf8Length, utf8Write } from './index.ts'

describe('crc32c', () => {
  it('gives the values of RFC 3720', () => {
    const cases: [Uint8Array, number][] = [
      [new Uint8Array(32), 0x8a9136aa],
      [new Uint8Array(32).fill(0xff), 0x62a8ab43],
      [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
      [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
      [utf8Encode('123456789'), 0xe3069283],
      [new Uint8Array(0), 0],
    ]
    for (const [bytes, want] of cases) assert.equal(crc32c(bytes, 0, bytes.length), want)
  })

  it('can be taken in pieces, from any offset', () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * 7)
    const whole = crc32c(bytes, 3, 997)
    for (const cut of [3, 4, 11, 500, 996, 997]) assert.equal(crc32c(bytes, cut, 997, crc32c(bytes, 3, cut)), whole)
  })
})

describe('hashes', () => {
  it('computes murmur2 as the Java client does', () => {
    const cases: [string, number][] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
      ['abc', 479470107],
    ]
    for (const [text, want] of cases) assert.equal(murmur2(utf8Encode(text)), want, text)
  })

  it('hashes a part of a buffer like the part alone', () => {
    assert.equal(murmur2(utf8Encode('..foobar.'), 2, 8), -790332482)
  })

  it("computes Java's String.hashCode over UTF-16 units", () => {
    assert.equal(javaStringHash(''), 0)
    assert.equal(javaStringHash('hello'), 99162322)
    assert.equal(javaStringHash('Aa'), javaStringHash('BB'))
    assert.equal(javaStringHash('polygenelubricants'), -(2 ** 31))
    assert.equal(absHash(javaStringHash('polygenelubricants')), 0)
    assert.equal(absHash(-5), 5)
  })
})

describe('utf8', () => {
  const texts = [
    '',
    'topic',
    'a-longer-ascii-name-for-a-topic',
    'Grüße',
    '日本語',
    '😀',
    'x'.repeat(70) + 'é',
    '\ufeffbom',
    'a\0b',
  ]

  it('reads what it writes, and knows the length before', () => {
    for (const text of texts) {
      const into = new Uint8Array(utf8Length(text) + 4)
      const end = utf8Write(text, into, 2)
      assert.equal(end, 2 + utf8Length(text), text)
      assert.deepEqual(into.slice(2, end), utf8Encode(text))
      assert.equal(utf8Decode(into, 2, end), text)
      assert.equal(into[end], 0)
    }
  })

  it('replaces what is not UTF-8, and lone surrogates, by U+FFFD', () => {
    assert.equal(utf8Decode(Uint8Array.of(0x61, 0xff, 0x62)), 'a\ufffdb')
    for (const text of ['\ud800', 'a\udc00b', 'é\ud83d']) {
      const into = new Uint8Array(utf8Length(text))
      assert.equal(utf8Write(text, into, 0), into.length)
      assert.deepEqual(into, utf8Encode(text))
    }
  })
})
