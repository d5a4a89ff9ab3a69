import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  AlterPartitionReassignments,
  ElectLeaders,
  errorName,
  errors,
  ListPartitionReassignments,
} from '../../src/protocol/index.ts'
import { type Broker, startBroker } from './harness.ts'

const PREFERRED = 0
const UNCLEAN = 1

let broker: Broker
before(async () => {
  broker = await startBroker({ topics: ['t', { name: 'two', partitions: 2 }] })
})
after(() => broker[Symbol.asyncDispose]())

describe('ElectLeaders', () => {
  const elect = async (electionType: number, topic: string | null, ...partitions: number[]) => {
    const topicPartitions = topic === null ? null : [{ topic, partitions }]
    const answer = await broker.ask(ElectLeaders, { electionType, topicPartitions, timeoutMs: 5000 })
    const results = answer.replicaElectionResults.flatMap((t) =>
      t.partitionResult.map((p) => `${t.topic}-${p.partitionId} ${errorName(p.errorCode)}`),
    )
    return [errorName(answer.errorCode), ...results]
  }

  it('has nothing to do where the right one leads', async () => {
    assert.deepEqual(await elect(PREFERRED, 't', 0), ['NONE', 't-0 ELECTION_NOT_NEEDED'])
    assert.deepEqual(await elect(UNCLEAN, 't', 0), ['NONE', 't-0 ELECTION_NOT_NEEDED'])
  })

  it('says of all partitions only those that changed', async () => {
    assert.deepEqual(await elect(PREFERRED, null), ['NONE'])
  })

  it('says what is not there', async () => {
    assert.deepEqual(await elect(PREFERRED, 'absent', 0), ['NONE', 'absent-0 UNKNOWN_TOPIC_OR_PARTITION'])
    assert.deepEqual(await elect(PREFERRED, 'two', 7), ['NONE', 'two-7 UNKNOWN_TOPIC_OR_PARTITION'])
  })

  it('knows two kinds of elections', async () => {
    assert.deepEqual(await elect(5, 't', 0), ['INVALID_REQUEST', 't-0 INVALID_REQUEST'])
  })
})

describe('AlterPartitionReassignments', () => {
  const assign = async (name: string, partitionIndex: number, replicas: number[] | null) => {
    const topics = [{ name, partitions: [{ partitionIndex, replicas }] }]
    const answer = await broker.ask(AlterPartitionReassignments, { timeoutMs: 5000, topics })
    assert.equal(answer.errorCode, errors.NONE)
    return errorName(answer.responses[0]!.partitions[0]!.errorCode)
  }

  it('takes the assignment that is there already', async () => {
    assert.equal(await assign('t', 0, [1]), 'NONE')
  })

  it('says what is wrong', async () => {
    assert.equal(await assign('t', 0, [7]), 'INVALID_REPLICA_ASSIGNMENT')
    assert.equal(await assign('t', 0, [1, 1]), 'INVALID_REPLICA_ASSIGNMENT')
    assert.equal(await assign('t', 0, []), 'INVALID_REPLICA_ASSIGNMENT')
    assert.equal(await assign('absent', 0, [1]), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await assign('two', 7, [1]), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await assign('t', 0, null), 'NO_REASSIGNMENT_IN_PROGRESS')
  })
})

describe('ListPartitionReassignments', () => {
  it('has none to tell, asked for all or for some', async () => {
    for (const topics of [
      null,
      [{ name: 'two', partitionIndexes: [0, 1] }],
      [{ name: 'absent', partitionIndexes: [0] }],
    ]) {
      const answer = await broker.ask(ListPartitionReassignments, { timeoutMs: 5000, topics })
      assert.deepEqual([answer.errorCode, answer.topics], [errors.NONE, []])
    }
  })
})
