import assert from 'node:assert/strict'
import test from 'node:test'
import { brokerKeys, topicKeys } from '../../config/index.ts'
import { deadBrokerKeys, deadTopicKeys } from './dead-keys.ts'

test('no key that is called dead is a key of today', () => {
  assert.deepEqual(
    deadBrokerKeys.filter((key) => brokerKeys.has(key)),
    [],
  )
  assert.deepEqual(
    deadTopicKeys.filter((key) => topicKeys.has(key)),
    [],
  )
})
