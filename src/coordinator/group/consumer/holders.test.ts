import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Holders, UNOWNED } from './holders.ts'
import { type ConsumerMember, newMember } from './member.ts'
import { Targets } from './targets.ts'

const topicId = 'topicidtopicidtopicidA'

function holding(id: string, epoch: number, ...partitions: number[]): ConsumerMember {
  const assigned = new Map([[topicId, new Map(partitions.map((partition) => [partition, epoch] as const))]])
  return { ...newMember(id), epoch, assigned }
}

/** A group as it grows from one member to four and shrinks again: with and without an index. */
test('who holds a partition is known in a small group as in a large one', () => {
  const members = new Map<string, ConsumerMember>()
  const holders = new Holders(members)
  const put = (member: ConsumerMember): void => {
    const old = members.get(member.id) ?? null
    members.set(member.id, member)
    holders.replaced('g', old, member)
  }
  const remove = (id: string): void => {
    const old = members.get(id)!
    members.delete(id)
    holders.replaced('g', old, null)
  }
  const epochs = (): number[] => [0, 1, 2, 3].map((partition) => holders.epoch(topicId, partition))
  put(holding('a', 1, 0, 1, 2, 3))
  assert.deepEqual(epochs(), [1, 1, 1, 1])
  put(holding('a', 2, 0, 1))
  put(holding('b', 3, 2, 3))
  assert.deepEqual(epochs(), [2, 2, 3, 3])
  put(holding('a', 4, 0))
  put(holding('c', 5, 1))
  put(holding('b', 6, 2))
  put(holding('d', 7, 3))
  assert.deepEqual(epochs(), [4, 5, 6, 7])
  assert.throws(() => put(holding('c', 5, 1, 3)), /held at epoch 7 and 5/)
  put(holding('c', 8, 1, 3))
  put(holding('d', 9))
  assert.deepEqual(epochs(), [4, 8, 6, 8])
  for (const id of ['c', 'd', 'b']) remove(id)
  assert.deepEqual(epochs(), [4, UNOWNED, UNOWNED, UNOWNED])
  remove('a')
  assert.deepEqual(epochs(), [UNOWNED, UNOWNED, UNOWNED, UNOWNED])
  put(holding('a', 1, 0))
  assert.throws(() => put(holding('b', 1, 0)), /held at epoch 1 and 1/)
})

test('whether anybody is to have a partition is known in a small group as in a large one', () => {
  const targets = new Targets()
  const wanted = (): boolean[] => [0, 1, 2, 3].map((partition) => targets.has(topicId, partition))
  const set = (id: string, ...partitions: number[]) => targets.set(id, new Map([[topicId, partitions]]))
  set('a', 0, 1)
  assert.deepEqual(wanted(), [true, true, false, false])
  for (const [at, id] of ['b', 'c', 'd'].entries()) set(id, at + 1)
  set('a', 0)
  assert.deepEqual(wanted(), [true, true, true, true])
  targets.set('c', null)
  assert.deepEqual(wanted(), [true, true, false, true])
  for (const id of ['a', 'b', 'd']) targets.set(id, null)
  assert.deepEqual([wanted(), targets.all.size], [[false, false, false, false], 0])
})
