import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetadataLoader, metadataRecord } from '../metadata/index.ts'
import { RaftShardLog } from './index.ts'
import { appendTo, type Opened, RaftWorld } from './raft-world.ts'

const proposals = 8
const value = (i: number): string => String(i).padEnd(400, '.')

/** What the outside was told before the end: the newest answered value, and the epochs that were led. */
interface Told {
  answered: number
  epoch: number
}

/** Proposes one value after the other, each when the one before it is committed, with snapshots on the way. */
function work(w: RaftWorld, told: Told): void {
  w.begin({ segmentBytes: 2048, snapshots: { bytesBetween: 1200, retentionBytes: 4000 } }, (failure, opened) => {
    assert.equal(failure, null)
    const { node } = opened
    const loader = new MetadataLoader()
    const shard = new RaftShardLog(node)
    let next = told.answered + 1
    let end = Number.POSITIVE_INFINITY
    const propose = (): void => {
      const record = metadataRecord('ConfigRecord', {
        resourceType: 4,
        resourceName: '',
        name: 'x',
        value: value(next),
      })
      const appended = appendTo(shard, w.clock.wallMs(), record)
      assert.equal(typeof appended, 'object')
      end = (appended as { end: number }).end
    }
    shard.onCommitted = () => {
      if (shard.committedOffset() < end) return
      told.answered = next++
      if (told.answered < proposals) propose()
    }
    node.snapshotsFrom(loader)
    node.listen({
      beginSnapshot: (id, timestamp) => loader.beginSnapshot(id, timestamp),
      endSnapshot: (id) => loader.endSnapshot(id),
      committed: (batch) => loader.committed(batch),
      committedTo: (endOffset, epoch) => loader.committedTo(endOffset, epoch),
      leadership: ({ epoch, isActive }) => {
        if (!isActive) return
        assert.ok(epoch > told.epoch, `epoch ${epoch} after ${told.epoch}`)
        told.epoch = epoch
        w.clock.atTurnEnd(() => propose())
      },
    })
  })
}

/** Turns until the work comes to rest. */
function turnsOfWork(): number {
  const w = new RaftWorld()
  w.format()
  const told: Told = { answered: -1, epoch: 0 }
  work(w, told)
  let turns = 0
  while (w.clock.runTurn()) turns++
  assert.equal(told.answered, proposals)
  return turns
}

const ends: [name: string, end: (w: RaftWorld) => void][] = [
  ['kill -9', (w) => w.kill()],
  ['a power cut', (w) => w.crash()],
  ['a power cut that kept every name', (w) => w.crash({ names: 'all' })],
  ['a power cut with torn tails', (w) => w.crash({ names: 'all', tail: torn })],
]
const torn = (_path: string, unsynced: number): number => unsynced >> 1

for (const [name, end] of ends) {
  test(`${name} at any turn loses nothing that was answered, uses no epoch twice, and needs nobody to start again`, () => {
    const turns = turnsOfWork()
    for (let at = 0; at <= turns; at++) {
      const w = new RaftWorld()
      w.format()
      const told: Told = { answered: -1, epoch: 0 }
      // Twice at the same turn: the second life ends in what the first left behind.
      for (let life = 0; life < 2; life++) {
        work(w, told)
        for (let turn = 0; turn < at && w.clock.runTurn(); turn++);
        end(w)
      }
      const { node }: Opened = w.open()
      assert.ok(node.leadership.epoch > told.epoch, `turn ${at}`)
      const loader = new MetadataLoader()
      node.listen(loader)
      w.clock.runTurns()
      const found = loader.image.configs.get('4:')?.values.get('x')
      const newest = found === undefined ? -1 : Number.parseInt(found, 10)
      assert.ok(newest >= told.answered && newest <= told.answered + 1, `turn ${at}: ${newest}, told ${told.answered}`)
      assert.deepEqual(w.halts, [])
    }
  })
}
