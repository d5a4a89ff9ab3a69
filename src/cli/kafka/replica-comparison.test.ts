import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareReplicas } from './replica-comparison.ts'

const seen = (highWatermark: number, ...batches: [lastOffset: number, checksum: number][]) => {
  return { highWatermark, batches: batches.map(([lastOffset, checksum]) => ({ lastOffset, checksum })) }
}

test('goes on behind the last batch that all have, and tells how far the slowest is behind', () => {
  const replicas = new Map([
    [1, seen(10, [3, 7], [9, 8])],
    [2, seen(10, [3, 7])],
  ])
  assert.deepEqual(compareReplicas(replicas, 0), { offset: 4, lag: 6, differences: [] })
})

test('what is not committed is not compared', () => {
  const replicas = new Map([
    [1, seen(4, [3, 7], [9, 8])],
    [2, seen(4, [3, 7], [9, 9])],
  ])
  assert.deepEqual(compareReplicas(replicas, 0), { offset: 4, lag: 0, differences: [] })
})

test('other bytes at the same offset are a difference, and the comparison goes on', () => {
  const replicas = new Map([
    [1, seen(10, [3, 7], [9, 8])],
    [2, seen(10, [3, 6], [9, 8])],
  ])
  const { offset, differences } = compareReplicas(replicas, 0)
  assert.equal(offset, 10)
  const [of, other] = [
    { replicaId: 1, lastOffset: 3, checksum: 7 },
    { replicaId: 2, lastOffset: 3, checksum: 6 },
  ]
  assert.deepEqual(differences, [{ kind: 'checksum', of, other }])
})

test('other offsets end it there', () => {
  const replicas = new Map([
    [1, seen(10, [3, 7], [9, 8])],
    [2, seen(10, [4, 6], [9, 8])],
  ])
  const { offset, differences } = compareReplicas(replicas, 0)
  assert.equal(offset, 0)
  assert.deepEqual(
    differences.map(({ kind }) => kind),
    ['offset'],
  )
})
