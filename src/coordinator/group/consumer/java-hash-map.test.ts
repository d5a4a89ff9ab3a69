import assert from 'node:assert/strict'
import { test } from 'node:test'
import { javaStringHash } from '../../../bytes/index.ts'
import { integerHash, JavaHashMap } from './java-hash-map.ts'

// What `new HashMap` with these keys prints in Java 17.
test('strings come in the order of their hashes, spread over a power of two', () => {
  const map = new JavaHashMap<string, number>(javaStringHash)
  for (const key of ['roundrobin', 'range', 'sticky', 'cooperative-sticky', 'A', 'b']) map.set(key, 0)
  assert.deepEqual(map.keys(), ['A', 'b', 'sticky', 'range', 'roundrobin', 'cooperative-sticky'])
})

test('integers beyond the table wrap around, later ones behind earlier ones', () => {
  const map = new JavaHashMap<number, string>(integerHash)
  for (const key of [33, 17, 1, 2, 100]) map.set(key, '')
  assert.deepEqual(map.keys(), [33, 17, 1, 2, 100])
})

test('the table grows when it is three quarters full', () => {
  const map = new JavaHashMap<number, string>(integerHash)
  for (let key = 0; key < 12; key++) map.set(key, '')
  map.set(16, '')
  assert.deepEqual(map.keys().slice(-2), [11, 16])
})
