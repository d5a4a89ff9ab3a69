import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshSeed } from '../faults/seed.ts'
import { fuzz } from '../fuzz/fuzz.ts'
import { isApache } from './harness.ts'

/** `npm run fuzz` goes on for longer; a seed that failed is run again by `npm run fuzz -- --seed N`. */
const seconds = 5

test('requests made from the schemas, right, nearly right and broken, do the broker no harm', {
  skip: isApache,
}, async (t) => {
  const seed = freshSeed()
  t.diagnostic(`seed ${seed}`)
  const { requests, problems } = await fuzz({ seed, seconds })
  assert.ok(requests > 0)
  assert.deepEqual(problems, [])
})
