import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock, memoryNet } from '../env/memory/index.ts'
import { MetadataDecoder, MetadataLoader, metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import { RaftShardLog } from './index.ts'
import type { LocalRaftNode } from './node.ts'
import { appendTo, bytesOf, directoryId, metadataDirectory, RaftWorld } from './raft-world.ts'
import type { Leadership } from './types.ts'

const idA = '8-2SxgkRR12GKyQlsrKX_w'
const idB = 'commlsOaXbXwFKoJiPnfIw'
const topic = (name: string, topicId: string) => metadataRecord('TopicRecord', { name, topicId })
const level = metadataRecord('FeatureLevelRecord', { name: 'metadata.version', featureLevel: 30 })
const config = (value: string) =>
  metadataRecord('ConfigRecord', { resourceType: 4, resourceName: '', name: 'x', value })

function formatted(isDynamic = true): RaftWorld {
  const w = new RaftWorld()
  w.format(isDynamic)
  return w
}

function propose(w: RaftWorld, node: LocalRaftNode, ...records: Parameters<typeof bytesOf>): void {
  const outcome = node.propose(bytesOf(...records), node.leadership.epoch, w.clock.wallMs())
  assert.equal(typeof outcome, 'object')
  w.clock.runTurns()
}

function loaded(w: RaftWorld, node: LocalRaftNode): MetadataLoader {
  const loader = new MetadataLoader()
  node.listen(loader)
  w.clock.runTurns()
  return loader
}

test('a sole voter leads at once, in the next epoch, and commits what is proposed', () => {
  const w = formatted()
  const { node } = w.open()
  assert.deepEqual(node.leadership, { epoch: 1, leaderId: 1, isActive: true })
  // LeaderChange, KRaftVersion, Voters.
  assert.equal(node.committedOffset, 3)
  assert.deepEqual(node.propose(bytesOf(level, topic('a', idA)), 1, 5), { base: 3, end: 5 })
  assert.equal(node.committedOffset, 3)
  w.clock.runTurns()
  assert.equal(node.committedOffset, 5)
  assert.equal(node.propose(bytesOf(level), 0, 5), errors.NOT_LEADER_OR_FOLLOWER)
  const many = Array.from({ length: 300 }, () => config('x'.repeat(30_000)))
  assert.equal(node.propose(bytesOf(...many), 1, 5), errors.RECORD_LIST_TOO_LARGE)
})

test('static voters lead too, without voters in the log', () => {
  const w = formatted(false)
  const { node } = w.open({ staticVoters: [{ id: 1, host: 'localhost', port: 9093 }] })
  assert.deepEqual([node.kraftVersion, node.committedOffset], [0, 1])
  assert.equal(
    w.read(`${metadataDirectory}/quorum-state`),
    '{"clusterId":"","leaderId":1,"leaderEpoch":1,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}',
  )
})

test('nothing commits before the quorum-state of the epoch is on disk', () => {
  const w = formatted()
  const replace = w.disk.replace.bind(w.disk)
  let release: (() => void) | null = null
  w.disk.replace = (path, bytes, done) => {
    if (path.endsWith('quorum-state')) release = () => replace(path, bytes, done)
    else replace(path, bytes, done)
  }
  const { node } = w.open()
  assert.deepEqual([node.endOffset, node.committedOffset, node.leadership.isActive], [3, -1, false])
  release!()
  w.clock.runTurns()
  assert.deepEqual([node.committedOffset, node.leadership.isActive], [3, true])
})

test('after a clean restart the next epoch begins and the image is what it was', () => {
  const w = formatted()
  const first = w.open()
  propose(w, first.node, level, topic('a', idA))
  w.close(first)
  const { node } = w.open()
  assert.deepEqual([node.leadership.epoch, node.committedOffset], [2, 6])
  const published: boolean[] = []
  const loader = new MetadataLoader()
  loader.on((image, delta) => {
    assert.equal(image.topicsByName.get('a')?.id, idA)
    published.push(delta.isWhole)
  })
  node.listen(loader)
  w.clock.runTurns()
  assert.deepEqual(published, [true])
  assert.deepEqual([loader.image.offset, loader.image.epoch], [5, 2])
})

test('what was committed survives a power cut; what was not may be gone, and the epoch is never used twice', () => {
  for (const names of ['synced', 'all'] as const) {
    const w = formatted()
    let { node } = w.open()
    propose(w, node, level, topic('a', idA))
    const committed = node.committedOffset
    node.propose(bytesOf(topic('b', idB)), 1, 5)
    w.crash({ names })
    ;({ node } = w.open())
    assert.equal(node.leadership.epoch, 2)
    assert.ok(node.committedOffset > committed)
    const image = loaded(w, node).image
    assert.equal(image.topicsByName.get('a')?.id, idA)
    assert.equal(image.topicsByName.has('b'), false)
    w.kill()
    ;({ node } = w.open())
    assert.equal(node.leadership.epoch, 3)
    assert.equal(loaded(w, node).image.topicsByName.get('a')?.id, idA)
  }
})

test('a torn tail is cut and its epoch is not used again', () => {
  const w = formatted()
  let { node } = w.open()
  propose(w, node, level)
  propose(w, node, topic('a', idA))
  w.kill()
  const path = `${metadataDirectory}/00000000000000000000.log`
  const bytes = w.wait<Uint8Array>((done) => w.disk.readAll(path, 1 << 20, done))
  w.wait<void>((done) => w.disk.replace(path, bytes.subarray(0, bytes.length - 5), done))
  ;({ node } = w.open())
  assert.equal(node.leadership.epoch, 2)
  assert.equal(loaded(w, node).image.topicsByName.size, 0)
  propose(w, node, topic('b', idB))
  w.kill()
  ;({ node } = w.open())
  assert.deepEqual([...loaded(w, node).image.topicsByName.keys()], ['b'])
})

test('a lost quorum-state file is made up for by the epochs in the log', () => {
  const w = formatted()
  let { node } = w.open()
  propose(w, node, level)
  w.kill()
  w.wait<void>((done) => w.disk.remove(`${metadataDirectory}/quorum-state`, done))
  ;({ node } = w.open())
  assert.equal(node.leadership.epoch, 2)
})

test('a changed address of this voter goes into the voter set', () => {
  const w = formatted()
  w.close(w.open())
  const { node } = w.open({ endpoints: [{ name: 'CONTROLLER', host: 'elsewhere', port: 9094 }] })
  assert.equal(node.voters[0]!.endpoints[0]!.host, 'elsewhere')
  w.kill()
  const again = w.open({ endpoints: [{ name: 'CONTROLLER', host: 'elsewhere', port: 9094 }] })
  // Epochs 1 and 2 wrote LeaderChange, KRaftVersion and Voters, epoch 3 LeaderChange alone.
  assert.equal(again.node.committedOffset, 7)
})

test('a quorum that is not this node alone is refused by name, and so is a damaged file', () => {
  const w = formatted(false)
  const two = [1, 2].map((id) => ({ id, host: 'localhost', port: 9093 }))
  assert.throws(
    () => w.open({ staticVoters: two }),
    /voters of the metadata quorum are 1, 2; without a network node 1 can only be alone/,
  )
  w.kill()
  assert.throws(() => w.open(), /knows no voters/)
  const other = formatted()
  assert.throws(
    () => other.open({ directory: { id: idA, path: '/data' } }),
    new RegExp(`the only voter is node 1@${directoryId}, but the directory id of this node's metadata is ${idA}`),
  )
  other.kill()
  other.wait<void>((done) => other.disk.replace(`${metadataDirectory}/quorum-state`, new Uint8Array(3), done))
  assert.throws(() => other.open(), /quorum-state: /)
})

test('a node that has nobody to ask is refused, one that has is not', () => {
  const network = (port: number) => ({
    net: memoryNet(new ManualClock()),
    random: { next: () => 0 },
    listener: 'CONTROLLER',
    bootstrap: [{ host: 'localhost', port }],
    canBeVoter: true,
    joinsItself: false,
    software: { name: 'millrace', version: '0' },
  })
  const w = formatted(false)
  assert.throws(() => w.open({ network: network(9093) }), /knows no voters.*controller\.quorum\.bootstrap\.servers/)
  w.kill()
  const { node } = w.open({ network: network(9094) })
  assert.deepEqual(node.leadership, { epoch: 0, leaderId: null, isActive: false })
  const other = formatted()
  const directory = { id: idA, path: '/data' }
  assert.throws(() => other.open({ directory, network: network(9093) }), /the only voter is node 1@/)
})

test('listeners hear the image before those who wait for their records are answered', () => {
  const w = formatted()
  const { node } = w.open()
  const heard: string[] = []
  const loader = loaded(w, node)
  loader.on((image) => heard.push(`published ${image.offset}`))
  const shard = new RaftShardLog(node)
  shard.onCommitted = () => heard.push(`answered ${shard.committedOffset()}`)
  assert.equal(shard.check(), 0)
  appendTo(shard, 5, topic('a', idA))
  w.clock.runTurns()
  assert.deepEqual(heard, ['published 3', 'answered 4'])
})

test('an answer is not ahead of the image when the image takes longer', () => {
  const w = formatted()
  const { node } = w.open()
  const heard: string[] = []
  const loader = loaded(w, node)
  loader.on((image) => heard.push(`published ${image.offset}`))
  const shard = new RaftShardLog(node)
  shard.onCommitted = () => heard.push(`answered ${shard.committedOffset()}`)
  const { log } = node
  const read = log.read.bind(log)
  let release: (() => void) | null = null
  log.read = (ask, into, done) => {
    release = () => {
      read(ask, into, done)
      done(null)
    }
    return false
  }
  appendTo(shard, 5, topic('a', idA))
  w.clock.runTurns()
  assert.deepEqual([heard, node.committedOffset, shard.committedOffset()], [[], 4, 3])
  release!()
  assert.deepEqual(heard, ['published 3', 'answered 4'])
})

test('a shard replays what was appended before it, committed or not, and hears of a lost leadership', () => {
  const w = formatted()
  const opened = w.open()
  const { node } = opened
  propose(w, node, level)
  node.propose(bytesOf(topic('a', idA), topic('b', idB)), 1, 5)
  const shard = new RaftShardLog(node)
  const decoder = new MetadataDecoder()
  const seen: string[] = []
  shard.onLost = (code) => seen.push(`lost ${code}`)
  shard.replay(
    (record, at) => seen.push(`${at.offset}@${at.epoch} ${decoder.decode(record.value).type}`),
    () => undefined,
    (failure) => seen.push(`done ${failure}`),
  )
  w.clock.runTurns()
  assert.deepEqual(seen, ['3@1 FeatureLevelRecord', '4@1 TopicRecord', '5@1 TopicRecord', 'done null'])
  w.close(opened)
  assert.equal(seen.at(-1), `lost ${errors.NOT_CONTROLLER}`)
  assert.equal(shard.check(), errors.NOT_CONTROLLER)
  assert.equal(node.propose(bytesOf(level), 1, 5), errors.NOT_LEADER_OR_FOLLOWER)
})

test('leadership is told once it may be used', () => {
  const w = formatted()
  const { node } = w.open()
  const heard: Leadership[] = []
  const nothing = { beginSnapshot() {}, endSnapshot() {}, committed() {}, committedTo() {} }
  node.listen({ ...nothing, leadership: (now) => heard.push(now) })
  w.clock.runTurns()
  assert.deepEqual(heard, [{ epoch: 1, leaderId: 1, isActive: true }])
})

test('DescribeQuorum knows this voter', () => {
  const w = formatted()
  const { node } = w.open()
  const report = node.describeQuorum()
  assert.deepEqual([report.leaderId, report.leaderEpoch, report.highWatermark], [1, 1, 3])
  assert.deepEqual(report.voters[0]!.replica, { id: 1, directoryId })
  assert.equal(report.voters[0]!.logEndOffset, 3)
  assert.deepEqual(report.nodes, [{ nodeId: 1, endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }] }])
})

test('a metadata record that cannot be applied halts the node by its offset', () => {
  const w = formatted()
  const { node } = w.open()
  loaded(w, node)
  node.propose(bytesOf(metadataRecord('RemoveTopicRecord', { topicId: idA })), 1, 5)
  assert.throws(() => w.clock.runTurns(), /halt: applying metadata at offset 3: .*no topic has the id/s)
  assert.equal(w.halts.length, 1)
})

test('a large batch is told in pieces, each its own step, and shows as a whole', () => {
  const w = formatted()
  const { node } = w.open()
  const loader = loaded(w, node)
  const pieces: { count: number; shown: number | undefined }[] = []
  const { committed } = loader
  const partitionsShown = (): number | undefined => loader.image.topicsByName.get('a')?.partitions.length
  loader.committed = (batch) => {
    pieces.push({ count: batch.records.length, shown: partitionsShown() })
    committed.call(loader, batch)
  }
  const partitions = Array.from({ length: 5000 }, (_, partitionId) =>
    metadataRecord('PartitionRecord', { topicId: idA, partitionId, replicas: [1], isr: [1], leader: 1 }),
  )
  propose(w, node, topic('a', idA), ...partitions)
  w.clock.runTurns()
  assert.ok(pieces.length >= 5000 / 256 && pieces.every(({ count }) => count <= 256))
  assert.ok(pieces.every(({ shown }) => shown === undefined))
  assert.equal(partitionsShown(), 5000)
})
