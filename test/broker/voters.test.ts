import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AddRaftVoter, DescribeQuorum, errorName, RemoveRaftVoter } from '../../src/protocol/index.ts'
import { newUuid } from '../../src/raft/index.ts'
import { isApache, startBroker } from './harness.ts'

const random = { next: () => 0.5, below: () => 0, bytes: (into: Uint8Array) => into.fill(9) }
const someDirectory = newUuid(random)

it('a voter that does not keep up with the log is not added; one that is none is not removed', {
  skip: isApache,
}, async () => {
  await using broker = await startBroker()
  const listeners = [{ name: 'CONTROLLER', host: 'localhost', port: 1 }]
  const added = await broker.ask(AddRaftVoter, {
    ...{ clusterId: null, timeoutMs: 1000, voterId: 7, voterDirectoryId: someDirectory, listeners },
  })
  assert.notEqual(errorName(added.errorCode), 'NONE')
  const removed = await broker.ask(RemoveRaftVoter, { clusterId: null, voterId: 7, voterDirectoryId: someDirectory })
  assert.equal(errorName(removed.errorCode), 'VOTER_NOT_FOUND')
  const partitions = [{ partitionIndex: 0 }]
  const { topics } = await broker.ask(DescribeQuorum, { topics: [{ topicName: '__cluster_metadata', partitions }] })
  assert.equal(topics[0]!.partitions[0]!.currentVoters.length, 1)
})
