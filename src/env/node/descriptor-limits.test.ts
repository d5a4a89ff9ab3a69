import assert from 'node:assert/strict'
import { test } from 'node:test'
import { descriptorLimits } from './descriptor-limits.ts'

test('connections get the descriptors that files, and the process itself, leave', () => {
  assert.deepEqual(descriptorLimits(160), { filesMax: 56, socketsMax: 24 })
  assert.deepEqual(descriptorLimits(1024), { filesMax: 488, socketsMax: 456 })
  assert.deepEqual(descriptorLimits(20_000), { filesMax: 4096, socketsMax: 15_824 })
  assert.deepEqual(descriptorLimits(1_048_576), { filesMax: 4096, socketsMax: 1_044_400 })
})

test('even with hardly any there are some of each', () => {
  assert.deepEqual(descriptorLimits(64), { filesMax: 16, socketsMax: 16 })
})

test('the limit of this process leaves room for both', () => {
  const { filesMax, socketsMax } = descriptorLimits()
  assert.ok(filesMax >= 16 && socketsMax >= 16)
})
