import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from './fakes.ts'
import { type PlacementBroker, placeReplicas } from './placement.ts'

function brokers(...racks: (string | null)[]): PlacementBroker[] {
  return racks.map((rack, i) => ({ id: i + 1, rack, isFenced: false }))
}

function placed(list: readonly PlacementBroker[], partitions: number, factor: number, seed = 1) {
  const result = placeReplicas(list, partitions, factor, seededRandom(seed))
  assert.ok('replicas' in result, JSON.stringify(result))
  return result.replicas
}

/** How often each broker occurs. */
function tally(ids: readonly number[]): number[] {
  return [...Map.groupBy(ids, (id) => id).values()].map((same) => same.length)
}

test('spreads leaders and replicas evenly, no broker twice in a partition', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const replicas = placed(brokers(null, null, null, null), 40, 3, seed)
    for (const r of replicas) assert.equal(new Set(r).size, 3)
    assert.deepEqual(tally(replicas.map((r) => r[0]!)), [10, 10, 10, 10])
    assert.ok(Math.max(...tally(replicas.flat())) - Math.min(...tally(replicas.flat())) <= 10)
  }
})

test('puts the replicas of a partition into different racks', () => {
  const list = brokers('a', 'a', 'b', 'b', 'c', 'c')
  const rackOf = (id: number) => list[id - 1]!.rack
  for (let seed = 1; seed <= 20; seed++) {
    for (const r of placed(list, 30, 3, seed)) assert.deepEqual(new Set(r.map(rackOf)), new Set(['a', 'b', 'c']))
    for (const r of placed(list, 30, 2, seed)) assert.equal(new Set(r.map(rackOf)).size, 2)
    for (const r of placed(list, 30, 5, seed)) assert.deepEqual([new Set(r).size, new Set(r.map(rackOf)).size], [5, 3])
  }
})

test('leads on unfenced brokers only, and uses fenced ones where no other is left', () => {
  const list = brokers('a', 'a', 'b').map((b) => ({ ...b, isFenced: b.id === 3 }))
  for (const r of placed(list, 20, 2)) {
    assert.notEqual(r[0], 3)
    assert.equal(r[1], 3)
  }
  for (const r of placed(list, 20, 3)) assert.deepEqual(new Set(r), new Set([1, 2, 3]))
})

test('starts somewhere else for every topic', () => {
  const list = brokers(null, null, null)
  const random = seededRandom(3)
  const leaders = Array.from({ length: 60 }, () => {
    const result = placeReplicas(list, 1, 1, random)
    return 'replicas' in result ? result.replicas[0]![0]! : -1
  })
  assert.ok(Math.min(...tally(leaders)) >= 10, String(tally(leaders)))
})

test('says why it cannot', () => {
  const random = seededRandom(1)
  const reason = (list: PlacementBroker[], factor: number) => {
    const result = placeReplicas(list, 1, factor, random)
    return 'reason' in result ? result.reason : null
  }
  assert.match(reason(brokers(null), 2)!, /only 1 broker\(s\) are registered/)
  assert.match(reason(brokers(null), 0)!, /must be positive/)
  assert.match(reason([{ id: 1, rack: null, isFenced: true }], 1)!, /All brokers are currently fenced/)
})
