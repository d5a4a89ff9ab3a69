import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds } from './seeds.case.ts'
import { seedsThatFailed } from './seeds-that-failed.ts'

test('a seed is one run: every event happens again in the same order', async () => {
  const lines: string[] = []
  const first = await holds(2, { traceTo: (line) => lines.push(line) })
  const again: string[] = []
  const second = await holds(2, { traceTo: (line) => again.push(line) })
  assert.equal(first.hash, second.hash)
  assert.deepEqual(again, lines)
  assert.equal((await holds(2)).hash, first.hash, 'whether anybody looks or not')
  assert.notEqual((await holds(1)).hash, first.hash)
})

for (const { seed, because, plan } of seedsThatFailed) {
  test(`seed ${seed}: ${because}`, async () => void (await holds(seed, plan === undefined ? {} : { plan })))
}

test('a cluster without faults takes what it is given, in order', async () => {
  const plan = { faults: [], workloads: ['idempotent', 'plain'], nodes: 3, faultsMs: 200 } as const
  const { acknowledged } = await holds(100, { plan })
  assert.ok(acknowledged > 100, `${acknowledged} acknowledged`)
})
