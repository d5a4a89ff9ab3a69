import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Logger } from '../env/index.ts'
import { memoryDisk } from '../env/memory/index.ts'
import {
  encodeMetadataRecord,
  MetadataDecoder,
  MetadataLoader,
  type MetadataRecord,
  metadataRecord,
} from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import { ManualClock, type RecordBytes } from '../runtime/index.ts'
import { MemoryLog, memoryStore } from './fakes.ts'
import { type LocalRaftNode, openRaftNode, type RaftOptions, RaftShardLog } from './index.ts'

const directoryId = 'lJNiOm5TR2GFjkqbYVJP0A'
const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => logger,
}

function world() {
  const clock = new ManualClock()
  const disk = memoryDisk(clock)
  const log = new MemoryLog(clock)
  disk.mkdir('/d/__cluster_metadata-0', () => undefined)
  clock.run()
  return { clock, disk, log }
}
type World = ReturnType<typeof world>

function open(w: World, o: Partial<RaftOptions> = {}): LocalRaftNode {
  let node: LocalRaftNode | null = null
  const env = {
    clock: w.clock,
    disk: w.disk,
    logger,
    halt: (reason: string): never => {
      throw new Error(`halt: ${reason}`)
    },
  }
  openRaftNode(
    {
      env,
      store: memoryStore(w.log, w.clock),
      clusterId: 'cluster',
      nodeId: 1,
      directory: { id: directoryId, path: '/d' },
      staticVoters: [{ id: 1, host: 'localhost', port: 9093 }],
      endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }],
      isEphemeral: false,
      ...o,
    },
    (failure, opened) => {
      if (failure !== null) throw new Error(failure.message)
      node = opened
    },
  )
  w.clock.run()
  assert.ok(node !== null)
  return node
}

function bytesOf(...records: MetadataRecord[]): RecordBytes[] {
  return records.map((r) => ({ key: null, value: encodeMetadataRecord(r, 30) }))
}

function read(w: World, path: string): Uint8Array {
  let out: Uint8Array | null = null
  w.disk.readAll(path, 1 << 20, (failure, bytes) => {
    assert.equal(failure, null)
    out = bytes
  })
  w.clock.run()
  return out!
}

const topic = (name: string, topicId: string) => metadataRecord('TopicRecord', { name, topicId })
const level = metadataRecord('FeatureLevelRecord', { name: 'metadata.version', featureLevel: 30 })
const idA = '8-2SxgkRR12GKyQlsrKX_w'

test('a sole voter leads at once, in the next epoch, and commits what is proposed', () => {
  const w = world()
  const node = open(w)
  assert.deepEqual(node.leadership, { epoch: 1, leaderId: 1, isActive: true })
  assert.equal(node.committedOffset, 1)
  assert.deepEqual(node.propose(bytesOf(level, topic('a', idA)), 1, 5), { base: 1, end: 3 })
  assert.equal(node.committedOffset, 1)
  w.clock.run()
  assert.equal(node.committedOffset, 3)
  assert.equal(node.propose(bytesOf(level), 0, 5), errors.NOT_LEADER_OR_FOLLOWER)
})

test('nothing commits before the quorum-state of the epoch is on disk', () => {
  const w = world()
  const replace = w.disk.replace.bind(w.disk)
  let release: (() => void) | null = null
  w.disk.replace = (path, bytes, done) => {
    release = () => replace(path, bytes, done)
  }
  const node = open(w)
  assert.equal(node.committedOffset, -1)
  release!()
  w.clock.run()
  assert.equal(node.committedOffset, 1)
})

test('quorum-state is written as Kafka writes it, for static and dynamic quorums', () => {
  const w = world()
  open(w)
  assert.equal(
    new TextDecoder().decode(read(w, '/d/__cluster_metadata-0/quorum-state')),
    '{"clusterId":"","leaderId":1,"leaderEpoch":1,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}',
  )
})

test('after a restart the next epoch begins and the image is what it was', () => {
  const w = world()
  const first = open(w)
  first.propose(bytesOf(level, topic('a', idA)), 1, 5)
  w.clock.run()
  const node = open(w)
  assert.equal(node.leadership.epoch, 2)
  assert.equal(node.committedOffset, 4)
  const loader = new MetadataLoader()
  const published: boolean[] = []
  loader.on((image, delta) => {
    assert.equal(image.topicsByName.get('a')?.id, idA)
    published.push(delta.isWhole)
  })
  node.listen(loader)
  w.clock.run()
  assert.deepEqual(published, [true])
  assert.equal(loader.image.offset, 3)
  assert.equal(loader.image.epoch, 2)
})

test('a quorum that is not this node alone is refused by name', () => {
  const w = world()
  const two = [1, 2].map((id) => ({ id, host: 'localhost', port: 9093 }))
  assert.throws(
    () => open(w, { staticVoters: two }),
    /voters of the metadata quorum are 1, 2; only a quorum of node 1 alone/,
  )
  assert.throws(() => open(w, { staticVoters: null }), /knows no voters/)
})

test('listeners hear the image before those who wait for their records are answered', () => {
  const w = world()
  const node = open(w)
  const heard: string[] = []
  const loader = new MetadataLoader()
  node.listen(loader)
  const shard = new RaftShardLog(node)
  shard.onCommitted = () => heard.push(`answered ${shard.committedOffset()}`)
  w.clock.run()
  loader.on((image) => heard.push(`published ${image.offset}`))
  assert.equal(shard.check(), 0)
  shard.append(bytesOf(topic('a', idA)), null, 5)
  w.clock.run()
  assert.deepEqual(heard, ['published 1', 'answered 2'])
})

test('a shard replays what was appended before it, committed or not', () => {
  const w = world()
  const node = open(w)
  node.propose(bytesOf(level), 1, 5)
  w.clock.run()
  node.propose(bytesOf(topic('a', idA), topic('b', 'commlsOaXbXwFKoJiPnfIw')), 1, 5)
  const shard = new RaftShardLog(node)
  const decoder = new MetadataDecoder()
  const seen: string[] = []
  shard.replay(
    (record, at) => seen.push(`${at.offset}@${at.epoch} ${decoder.decode(record.value).type}`),
    () => undefined,
    (failure) => seen.push(`done ${failure}`),
  )
  w.clock.run()
  assert.deepEqual(seen, ['1@1 FeatureLevelRecord', '2@1 TopicRecord', '3@1 TopicRecord', 'done null'])
})

test('a snapshot is taken, loaded after a restart, and stands for the log before it', () => {
  const w = world()
  const first = open(w)
  const loader = new MetadataLoader()
  first.listen(loader)
  first.snapshotsFrom(loader)
  first.propose(bytesOf(level, topic('a', idA)), 1, 5)
  w.clock.run()
  let taken: string | null = null
  first.takeSnapshot((failure, id) => {
    taken = `${failure} ${id?.offset}-${id?.epoch}`
  })
  w.clock.run()
  assert.equal(taken, 'null 3-1')
  w.log.batches.splice(0)
  w.log.startOffset = 3
  const node = open(w)
  assert.equal(node.leadership.epoch, 2)
  const again = new MetadataLoader()
  const wholes: boolean[] = []
  again.on((_image, delta) => wholes.push(delta.isWhole))
  node.listen(again)
  w.clock.run()
  assert.equal(again.image.topicsByName.get('a')?.id, idA)
  assert.equal(again.image.offset, 3)
  assert.deepEqual(wholes, [true])
  const shard = new RaftShardLog(node)
  const seen: string[] = []
  shard.replay(
    (_record, at) => seen.push(`${at.offset}@${at.epoch}`),
    () => undefined,
    (failure) => seen.push(`done ${failure}`),
  )
  w.clock.run()
  assert.deepEqual(seen, ['2@1', '2@1', 'done null'])
})
