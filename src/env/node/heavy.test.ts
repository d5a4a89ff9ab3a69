import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask } from '../disk.case.ts'
import type { CodecName, Jobs } from '../index.ts'
import { nodeEnv } from './index.ts'

const env = nodeEnv({ logLevel: 'off' })
after(() => env.close())

const run = <J extends 'compress' | 'decompress' | 'pbkdf2'>(job: J, what: Jobs[J]['ask'], lane?: string) =>
  ask<Uint8Array>((done) => env.heavy.run(job, what, done, lane))
const codecs: readonly CodecName[] = ['gzip', 'snappy', 'lz4', 'zstd']
const large = new TextEncoder().encode(Array.from({ length: 40_000 }, (_, i) => `row ${i} `).join(''))

test('compresses and opens small and large inputs, leaving them as they were', async () => {
  for (const codec of codecs) {
    for (const length of [0, 100, large.length]) {
      const plain = large.slice(0, length)
      const packed = await run('compress', { codec, level: null, bytes: plain })
      const opened = await run('decompress', { codec, bytes: packed, bytesMax: length })
      assert.deepEqual(Buffer.from(opened), Buffer.from(large.subarray(0, length)), `${codec} ${length}`)
      assert.deepEqual(Buffer.from(plain), Buffer.from(large.subarray(0, length)))
    }
  }
})

test('opens little that becomes much, up to the limit', async () => {
  const packed = await run('compress', { codec: 'gzip', level: null, bytes: new Uint8Array(20 << 20) })
  assert.ok(packed.length < 64 * 1024)
  assert.equal((await run('decompress', { codec: 'gzip', bytes: packed, bytesMax: 20 << 20 })).length, 20 << 20)
  await assert.rejects(run('decompress', { codec: 'gzip', bytes: packed, bytesMax: (20 << 20) - 1 }), { code: 'EBOMB' })
})

test('refuses bytes that are not the codec’s, small and large', async () => {
  for (const codec of codecs) {
    for (const bytes of [new Uint8Array([1, 2, 3]), large]) {
      await assert.rejects(run('decompress', { codec, bytes, bytesMax: 1 << 24 }), { code: 'ECORRUPT', retry: 'never' })
    }
  }
})

test('answers jobs of one lane in the order asked, whatever their size', async () => {
  const answered: number[] = []
  const sizes = [large.length, 10, 200_000, 0, 70_000, 5]
  await Promise.all(
    sizes.map((length, i) =>
      run('compress', { codec: 'zstd', level: null, bytes: large.subarray(0, length) }, 'topic-0').then(() => {
        answered.push(i)
      }),
    ),
  )
  assert.deepEqual(answered, [0, 1, 2, 3, 4, 5])
})

test('derives keys as PBKDF2 does', async () => {
  const ascii = (text: string) => new TextEncoder().encode(text)
  const password = ascii('password')
  const key = await run('pbkdf2', { hash: 'sha256', password, salt: ascii('salt'), iterations: 4096 })
  // A widely published vector for PBKDF2-HMAC-SHA-256.
  assert.equal(Buffer.from(key).toString('hex'), 'c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a')
})
