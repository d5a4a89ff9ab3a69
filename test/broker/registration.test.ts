import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors, Metadata, Produce, UnregisterBroker } from '../../src/protocol/index.ts'
import { batchOf, startBroker } from './harness.ts'

test('a broker that somebody unregistered while it lives comes back by itself, with its records', async () => {
  await using broker = await startBroker({ topics: ['t'], config: { 'broker.heartbeat.interval.ms': '20' } })
  const produce = async () => {
    const partitionData = [{ index: 0, records: batchOf([{ value: 'x' }]) }]
    const body = { acks: -1, timeoutMs: 5000, topicData: [{ name: 't', partitionData }] }
    const answer = await broker.ask(Produce, body, 12)
    return answer.responses[0]!.partitionResponses[0]!
  }
  assert.equal((await produce()).baseOffset, 0)
  const unregistered = await broker.ask(UnregisterBroker, { brokerId: 1 })
  assert.equal(unregistered.errorCode, errors.NONE)
  let answer = await produce()
  while (answer.errorCode === errors.NOT_LEADER_OR_FOLLOWER) answer = await produce()
  assert.deepEqual([answer.errorCode, answer.baseOffset], [errors.NONE, 1])
  const { brokers } = await broker.ask(Metadata, { topics: [] })
  assert.deepEqual(
    brokers.map((b) => b.nodeId),
    [1],
  )
})
