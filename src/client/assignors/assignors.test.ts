import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Reader } from '../../bytes/index.ts'
import {
  type Assignor,
  cooperativeStickyAssignor,
  type MemberSubscription,
  rangeAssignor,
  roundRobinAssignor,
  stickyAssignor,
  type TopicPartition,
} from './index.ts'

type Pair = [topic: string, partition: number]
type MemberRow = [
  id: string,
  instance: string | null,
  rack: string | null,
  generation: number,
  userData: string | null,
  topics: string[],
  owned: Pair[],
]
type Row = [
  assignor: string,
  topics: Record<string, string[][]>,
  members: MemberRow[],
  expected: Record<string, Pair[]>,
]

const rows = gunzipSync(readFileSync(new URL('./testdata/assignors.jsonl.gz', import.meta.url)))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)

const pairs = (list: readonly TopicPartition[]): Pair[] => list.map((p) => [p.topic, p.partition])

for (const assignor of [rangeAssignor, roundRobinAssignor, stickyAssignor, cooperativeStickyAssignor]) {
  test(`${assignor.name} divides partitions as the Java client does, in the same order`, () => {
    const mine = rows.filter(([name]) => name === assignor.name)
    assert.ok(mine.length > 100)
    for (const row of mine) assert.deepEqual(answer(assignor, row), row[3])
  })
}

function answer(assignor: Assignor, [, topics, members]: Row): Record<string, Pair[]> {
  const subscriptions = members.map(
    ([memberId, instanceId, rackId, generation, userData, names, owned]): MemberSubscription => ({
      memberId,
      instanceId,
      rackId,
      topics: names,
      generationId: generation < 0 ? null : generation,
      userData: userData === null ? null : Uint8Array.from(Buffer.from(userData, 'hex')),
      ownedPartitions: owned.map(([topic, partition]) => ({ topic, partition })),
    }),
  )
  const result = assignor.assign(new Map(Object.entries(topics)), subscriptions)
  return Object.fromEntries(members.map(([id]) => [id, pairs(result.get(id)!)]))
}

test('sticky and cooperative-sticky write the user data that the Java client writes', () => {
  let compared = 0
  for (const [name, , members] of rows) {
    for (const [, , , generation, hex] of members) {
      if (hex === null) continue
      const isSticky = name === 'sticky'
      const owned = isSticky ? previousAssignment(Buffer.from(hex, 'hex')) : []
      const written = (isSticky ? stickyAssignor : cooperativeStickyAssignor).userData(owned, generation)
      assert.equal(Buffer.from(written!).toString('hex'), hex)
      compared++
    }
  }
  assert.ok(compared > 500)
})

/** Topics, each with its partitions in the order written. */
function previousAssignment(data: Uint8Array): TopicPartition[] {
  const r = new Reader(data)
  const topics: TopicPartition[][] = []
  for (let count = r.int32(); count > 0; count--) {
    const topic = r.string(r.int16())
    topics.push(Array.from({ length: r.int32() }, () => ({ topic, partition: r.int32() })))
  }
  return topics.flat()
}
