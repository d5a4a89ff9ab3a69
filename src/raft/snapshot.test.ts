import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetadataLoader, metadataRecord } from '../metadata/index.ts'
import { RaftShardLog } from './index.ts'
import type { LocalRaftNode } from './node.ts'
import { bytesOf, metadataDirectory, RaftWorld } from './raft-world.ts'
import type { SnapshotOptions } from './snapshot-store.ts'
import type { SnapshotId } from './types.ts'

const idA = '8-2SxgkRR12GKyQlsrKX_w'
const topic = metadataRecord('TopicRecord', { name: 'a', topicId: idA })
const config = (value: string) =>
  metadataRecord('ConfigRecord', { resourceType: 4, resourceName: '', name: 'x', value })

function opened(w: RaftWorld, snapshots: Partial<SnapshotOptions> = {}, segmentBytes = 1 << 30) {
  const { node, store } = w.open({ snapshots, segmentBytes })
  const loader = new MetadataLoader()
  const wholes: [offset: number, isWhole: boolean][] = []
  loader.on((image, delta) => wholes.push([image.offset, delta.isWhole]))
  node.listen(loader)
  node.snapshotsFrom(loader)
  w.clock.runTurns()
  return { node, store, loader, wholes }
}

function propose(w: RaftWorld, node: LocalRaftNode, ...records: Parameters<typeof bytesOf>): void {
  node.propose(bytesOf(...records), node.leadership.epoch, w.clock.wallMs())
  w.clock.runTurns()
}

function take(w: RaftWorld, node: LocalRaftNode): SnapshotId | null {
  return w.wait<SnapshotId | null>((done) =>
    node.takeSnapshot((reason, id) => {
      assert.equal(reason, null)
      done(null, id)
    }),
  )
}

const checkpoints = (w: RaftWorld): string[] => w.names().filter((name) => name.includes('.checkpoint'))

test('a snapshot stands for the log before it, after a power cut too', () => {
  const w = new RaftWorld()
  w.format()
  let { node } = opened(w)
  propose(w, node, topic, config('1'))
  assert.deepEqual(take(w, node), { offset: 5, epoch: 1 })
  propose(w, node, config('2'))
  w.crash()
  const again = opened(w)
  node = again.node
  assert.equal(again.loader.image.topicsByName.get('a')?.id, idA)
  assert.equal(again.loader.image.configs.get('4:')?.values.get('x'), '2')
  assert.deepEqual(again.wholes, [[6, true]])
  const seen: string[] = []
  new RaftShardLog(node).replay(
    (_record, at) => seen.push(`${at.offset}@${at.epoch}`),
    () => undefined,
    (failure) => seen.push(`done ${failure}`),
  )
  w.clock.runTurns()
  assert.deepEqual(seen, ['4@1', '4@1', '5@1', 'done null'])
})

test('snapshots are taken after enough bytes, and after an hour with anything new', () => {
  const w = new RaftWorld()
  w.format()
  const { node } = opened(w, { bytesBetween: 1000 })
  for (let i = 0; i < 30; i++) propose(w, node, config('y'.repeat(50)))
  assert.ok(checkpoints(w).length > 2, checkpoints(w).join())
  const before = checkpoints(w).length
  w.clock.advance(3_600_001)
  assert.equal(checkpoints(w).length, before + 1)
  w.clock.advance(8_000_000)
  assert.equal(checkpoints(w).length, before + 1)
})

test('old snapshots go, and the log before the oldest that is kept', () => {
  const w = new RaftWorld()
  w.format()
  const first = opened(w, { bytesBetween: 20_000, retentionBytes: 60_000 }, 16_384)
  for (let i = 0; i < 300; i++) propose(w, first.node, config(String(i).padEnd(500, 'z')))
  const left = checkpoints(w)
  assert.ok(!left.includes('00000000000000000000-0000000000.checkpoint'))
  assert.equal(first.node.log.startOffset, Number(left[0]!.slice(0, 20)))
  first.store.applyRetention(w.clock.wallMs())
  w.clock.runTurns()
  assert.ok(first.node.log.sizeBytes < 70_000, String(first.node.log.sizeBytes))
  w.crash()
  const { loader, node } = opened(w)
  assert.equal(loader.image.configs.get('4:')?.values.get('x')?.slice(0, 3), '299')
  assert.equal(node.kraftVersion, 1)
  assert.equal(node.voters.length, 1)
})

test('a snapshot that was being written when the power went is no snapshot', () => {
  const w = new RaftWorld()
  w.format()
  const { node } = opened(w)
  propose(w, node, topic)
  const { rename } = w.disk
  w.disk.rename = () => undefined
  node.takeSnapshot(() => undefined)
  w.clock.runTurns()
  assert.ok(checkpoints(w).includes('00000000000000000004-0000000001.checkpoint.part'))
  w.disk.rename = rename
  w.crash({ names: 'all' })
  const { loader } = opened(w)
  assert.equal(loader.image.topicsByName.get('a')?.id, idA)
  assert.deepEqual(checkpoints(w), ['00000000000000000000-0000000000.checkpoint'])
})

test('a snapshot that cannot be written is given up without harm, and is tried again', () => {
  const w = new RaftWorld()
  w.format()
  const { node } = opened(w)
  propose(w, node, topic)
  const { rename } = w.disk
  w.disk.rename = (_from, _to, done) =>
    w.clock.atTurnEnd(() => done({ code: 'ENOSPC', message: 'no room', retry: 'later' }))
  let reason: string | null = null
  node.takeSnapshot((why) => {
    reason = why
  })
  w.clock.runTurns()
  assert.equal(reason, 'no room')
  assert.deepEqual(checkpoints(w), ['00000000000000000000-0000000000.checkpoint'])
  w.disk.rename = rename
  assert.deepEqual(take(w, node), { offset: 4, epoch: 1 })
})

test('asking twice gives one snapshot, and closing waits for it', () => {
  const w = new RaftWorld()
  w.format()
  const { node, store } = opened(w)
  propose(w, node, topic)
  const got: (SnapshotId | null)[] = []
  node.takeSnapshot((_why, id) => got.push(id))
  node.takeSnapshot((_why, id) => got.push(id))
  w.close({ node, store })
  assert.deepEqual(got, [
    { offset: 4, epoch: 1 },
    { offset: 4, epoch: 1 },
  ])
  assert.deepEqual(take(w, opened(w).node), { offset: 5, epoch: 2 })
})

test('files in the directory that are not ours stay', () => {
  const w = new RaftWorld()
  w.format()
  w.wait<void>((done) => w.disk.replace(`${metadataDirectory}/notes.checkpoint.txt`, new Uint8Array(1), done))
  opened(w)
  assert.ok(w.names().includes('notes.checkpoint.txt'))
})

test('a damaged, incomplete or missing snapshot stops the start by its name', () => {
  const name = '00000000000000000004-0000000001.checkpoint'
  const withSnapshot = (change: (bytes: Uint8Array) => Uint8Array): RaftWorld => {
    const w = new RaftWorld()
    w.format()
    const first = opened(w)
    propose(w, first.node, topic)
    take(w, first.node)
    w.kill()
    const path = `${metadataDirectory}/${name}`
    const bytes = w.wait<Uint8Array>((done) => w.disk.readAll(path, 1 << 20, done))
    w.wait<void>((done) => w.disk.replace(path, change(bytes), done))
    return w
  }
  const damaged = withSnapshot((bytes) => bytes.with(200, bytes[200]! ^ 1))
  assert.throws(() => damaged.open(), new RegExp(`metadata snapshot ${name}: the batch at byte \\d+ is damaged`))
  const short = withSnapshot((bytes) => bytes.slice(0, -75))
  assert.throws(() => short.open(), /it is not complete/)
  const whole = withSnapshot((bytes) => bytes)
  whole.disk.remove(`${metadataDirectory}/00000000000000000000.log`, () => undefined)
  const { loader, node } = opened(whole)
  assert.equal(loader.image.topicsByName.get('a')?.id, idA)
  assert.deepEqual([node.log.startOffset, node.committedOffset], [4, 5])
  whole.kill()
  whole.disk.remove(`${metadataDirectory}/${name}`, () => undefined)
  assert.throws(() => whole.open(), /the metadata log: it begins at offset 4, but the newest snapshot ends at 0/)
})

test('what was appended before a restart counts towards the next snapshot', () => {
  const w = new RaftWorld()
  w.format()
  propose(w, opened(w).node, config('y'.repeat(900)))
  w.kill()
  propose(w, opened(w, { bytesBetween: 1100 }).node, config('z'))
  assert.equal(checkpoints(w).length, 2)
})
