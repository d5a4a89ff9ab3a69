import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestName } from './index.ts'

test('the nearest name is found over capitals, dots and a few letters', () => {
  const names = ['topics', 'storage', 'num.partitions', 'port']
  assert.equal(nearestName('topic', names), 'topics')
  assert.equal(nearestName('topicz', names), 'topics')
  assert.equal(nearestName('num.partitionz', names), 'num.partitions')
  assert.equal(nearestName('numPartitions', names), 'num.partitions')
  assert.equal(nearestName('Prot', names), 'port')
})

test('nothing is near to a name that shares too little', () => {
  assert.equal(nearestName('replicas', ['topics', 'port']), null)
  assert.equal(nearestName('x', ['y']), null)
  assert.equal(nearestName('', ['port']), null)
})
