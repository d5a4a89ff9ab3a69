import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { uuidFromBytes } from '../bytes/index.ts'
import { metadataRecord, recordVersion } from '../metadata/index.ts'
import { Bench, bootstrap } from './fakes.ts'
import { changePartition, type PartitionAim } from './partition-change.ts'

interface Case {
  mv: number
  elr: boolean
  minIsr: number
  alive: number[]
  replicas: number[]
  directories: string[]
  isr: number[]
  removing: number[]
  adding: number[]
  elrMembers: number[]
  lastKnownElr: number[]
  leader: number
  recovery: number
  aim: PartitionAim
  change: object | null
}

/** What Apache Kafka 4.3.1's own PartitionChangeBuilder makes of random partitions (testdata/PartitionChangeGolden.java). */
const cases = JSON.parse(
  gunzipSync(readFileSync(new URL('./testdata/partition-changes.json.gz', import.meta.url))).toString(),
) as Case[]

/** The uuid of these two 64-bit halves, as the generator makes them. */
function uuid(high: number, low: number): string {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setUint32(4, high)
  view.setUint32(12, low)
  return uuidFromBytes(bytes)
}

function stateOf(c: Case): Bench {
  const bench = new Bench({
    bootstrapRecords: bootstrap(c.mv, c.elr ? { 'eligible.leader.replicas.version': 1 } : {}),
    config: { 'min.insync.replicas': String(c.minIsr) },
  })
  bench.advance(0)
  for (let id = 1; id <= 5; id++) {
    bench.apply(
      metadataRecord('RegisterBrokerRecord', {
        brokerId: id,
        brokerEpoch: id,
        fenced: !c.alive.includes(id),
        incarnationId: uuid(id, 9),
        logDirs: id === 4 ? [uuid(1004, 1), uuid(1004, 2)] : [uuid(1000 + id, 1)],
      }),
    )
  }
  bench.apply(metadataRecord('TopicRecord', { name: 't', topicId: uuid(7, 7) }))
  bench.apply(
    metadataRecord('PartitionRecord', {
      topicId: uuid(7, 7),
      partitionId: 0,
      replicas: c.replicas,
      isr: c.isr,
      removingReplicas: c.removing,
      addingReplicas: c.adding,
      leader: c.leader,
      leaderRecoveryState: c.recovery,
      leaderEpoch: 5,
      partitionEpoch: 9,
      directories: c.mv >= 17 ? c.directories : [],
      eligibleLeaderReplicas: c.elrMembers,
      lastKnownElr: c.lastKnownElr,
    }),
  )
  return bench
}

test('changes a thousand random partitions as Apache Kafka does', () => {
  assert.equal(cases.length, 1000)
  for (const [i, c] of cases.entries()) {
    const { state, options } = stateOf(c)
    const topic = state.image.topicsByName.get('t')!
    const record = changePartition(state, options, { topic, index: 0, partition: topic.partitions[0]! }, c.aim)
    let change: object | null = null
    if (record !== null) {
      const { topicId, partitionId, ...fields } = record.value as { topicId: string; partitionId: number }
      assert.deepEqual([topicId, partitionId], [topic.id, 0])
      change = { version: recordVersion(record, c.mv), ...fields }
    }
    assert.deepEqual(change, c.change, `case ${i}: ${JSON.stringify(c)}`)
  }
})
