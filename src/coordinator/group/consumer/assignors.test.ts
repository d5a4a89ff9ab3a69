import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Assignment, assignNow, type GroupSpec, type MemberSpec } from './assignor.ts'
import { rangeAssignor } from './assignor-range.ts'
import { uniformAssignor } from './assignor-uniform.ts'

type Line = [
  assignor: 'uniform' | 'range',
  isHomogeneous: boolean,
  counts: Record<string, number>,
  members: [string, string | null, string[], [string, number[]][]][],
  expected: Record<string, Record<string, number[]>>,
]

const lines = readFileSync(new URL('testdata/assignors.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Line)

function specOf([, isHomogeneous, counts, members]: Line): GroupSpec {
  const specs = new Map<string, MemberSpec>()
  const owned = new Set<string>()
  for (const [id, instanceId, topicIds, target] of members) {
    specs.set(id, { instanceId, topicIds, target: new Map(target) })
    for (const [topicId, partitions] of target) for (const partition of partitions) owned.add(`${topicId} ${partition}`)
  }
  return {
    members: specs,
    isHomogeneous,
    partitionCount: (topicId) => counts[topicId] ?? -1,
    isAssigned: (topicId, partition) => owned.has(`${topicId} ${partition}`),
  }
}

function plain(targets: Map<string, Assignment>): Line[4] {
  return Object.fromEntries(
    [...targets].map(([id, target]) => [
      id,
      Object.fromEntries([...target].map(([topicId, partitions]) => [topicId, [...partitions].sort((a, b) => a - b)])),
    ]),
  )
}

for (const name of ['uniform', 'range'] as const) {
  for (const isHomogeneous of [true, false]) {
    test(`${name} gives ${isHomogeneous ? 'equal' : 'different'} members what Apache’s coordinator gives them`, () => {
      const chosen = lines.filter((line) => line[0] === name && line[1] === isHomogeneous)
      assert.ok(chosen.length > 10)
      for (const line of chosen) {
        const assignor = name === 'uniform' ? uniformAssignor : rangeAssignor
        assert.deepEqual(plain(assignNow(assignor, specOf(line))), line[4])
      }
    })
  }
}

test('an unchanged target stays the very object, so that nothing is written', () => {
  const target: Assignment = new Map([['aaaaaaaaaaaaaaaaaaaaaA', [0, 1]]])
  const spec: GroupSpec = {
    members: new Map([['m', { instanceId: null, topicIds: ['aaaaaaaaaaaaaaaaaaaaaA'], target }]]),
    isHomogeneous: true,
    partitionCount: () => 2,
    isAssigned: () => true,
  }
  assert.equal(assignNow(uniformAssignor, spec).get('m'), target)
  assert.equal(assignNow(uniformAssignor, { ...spec, isHomogeneous: false }).get('m'), target)
})
