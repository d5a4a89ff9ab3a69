import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../bytes/index.ts'
import {
  encodeMetadataRecord,
  MetadataDecoder,
  MetadataLoader,
  MetadataState,
  metadataVersionIn,
  snapshotRecords,
} from '../metadata/index.ts'
import {
  BatchCursor,
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  isControlBatch,
} from '../records/index.ts'
import { recordsOf } from './committed-reader.ts'
import { decodeControlBatch, encodeControlBatch } from './control-records.ts'
import { decodeQuorumState, encodeQuorumState } from './quorum-state.ts'
import apache from './testdata/apache-standalone.json' with { type: 'json' }

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16))

function batches(bytes: Uint8Array): { bytes: Uint8Array; from: number; to: number }[] {
  const cursor = new BatchCursor({ bytes, from: 0, to: bytes.length })
  const found = []
  while (cursor.next()) found.push({ bytes, from: cursor.from, to: cursor.to })
  assert.equal(cursor.end, bytes.length)
  return found
}

const log = fromHex(apache.log)

test('quorum-state of a dynamic quorum is what Apache writes', () => {
  const state = decodeQuorumState(new TextEncoder().encode(apache.quorumState))
  assert.deepEqual(state, { leaderId: 1, leaderEpoch: 1, votedKey: null })
  assert.equal(new TextDecoder().decode(encodeQuorumState(state, 1, [1])), apache.quorumState)
})

test("the first batch of Apache's log comes out of our encoder to the byte", () => {
  const first = batches(log)[0]!
  const records = decodeControlBatch(first).map((r) => r.record)
  assert.deepEqual(
    records.map((r) => r.type),
    ['leaderChange', 'kraftVersion', 'voters'],
  )
  const at = { baseOffset: 0, leaderEpoch: 1 }
  const ours = encodeControlBatch(records, batchMaxTimestamp(log, first.from), at, crc32c)
  assert.deepEqual(ours, log.slice(first.from, first.to))
})

test("every record of Apache's log is written again in the same bytes and version", () => {
  const state = new MetadataState({ tracksDelta: false })
  const decoder = new MetadataDecoder()
  let count = 0
  for (const batch of batches(log)) {
    if (isControlBatch(log, batch.from)) continue
    let offset = batchBaseOffset(log, batch.from)
    for (const { value } of recordsOf(batch)) {
      const record = decoder.decode(value)
      assert.deepEqual(encodeMetadataRecord(record, 30), value!.slice(), record.type)
      state.apply(record, offset++, batchLeaderEpoch(log, batch.from))
      count++
    }
  }
  assert.equal(count, 33)
  assert.equal(metadataVersionIn(state), 30)
})

test("Apache's log gives the image, and its snapshot gives it again", () => {
  const loader = new MetadataLoader()
  let whole: boolean | null = null
  loader.on((_image, delta) => {
    whole = delta.isWhole
  })
  let end = 0
  for (const batch of batches(log)) {
    end = batchLastOffset(log, batch.from) + 1
    if (isControlBatch(log, batch.from)) continue
    loader.committed({
      baseOffset: batchBaseOffset(log, batch.from),
      isLast: true,
      isSnapshot: false,
      epoch: batchLeaderEpoch(log, batch.from),
      appendMs: batchMaxTimestamp(log, batch.from),
      records: recordsOf(batch),
    })
  }
  loader.committedTo(end, 1)
  const { image } = loader
  assert.equal(whole, true)
  assert.equal(image.offset, 35)
  const topic = image.topicsByName.get('a')!
  assert.deepEqual(topic.partitions[1], {
    replicas: [1],
    directories: ['commlsOaXbXwFKoJiPnfIw'],
    isr: [],
    removingReplicas: [],
    addingReplicas: [],
    elr: [1],
    lastKnownElr: [1],
    leader: -1,
    leaderRecoveryState: 0,
    leaderEpoch: 1,
    partitionEpoch: 2,
  })
  const broker = image.brokers.get(1)!
  assert.deepEqual([broker.epoch, broker.isFenced, broker.isInControlledShutdown], [13, true, true])
  assert.deepEqual(broker.endpoints, [{ name: 'PLAINTEXT', host: 'localhost', port: 19092, securityProtocol: 0 }])
  assert.equal(image.controllers.get(1)?.endpoints[0]?.port, 19093)
  assert.deepEqual([...image.configs.get('2:a')!.values], [['retention.ms', '100000']])
  assert.deepEqual([...image.configs.get('4:')!.values], [['min.insync.replicas', '1']])
  const again = new MetadataState({ tracksDelta: true })
  const decoder = new MetadataDecoder()
  for (const record of snapshotRecords(image)) {
    again.apply(decoder.decode(encodeMetadataRecord(record, 30)), 35, 1)
  }
  assert.deepEqual(again.freeze(), loader.frozen())
})
