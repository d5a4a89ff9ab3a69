import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZERO_UUID } from '../bytes/index.ts'
import { epochAfter } from '../replication/index.ts'
import { FetchSession, FetchSessions } from './fetch-session.ts'

function sessions(slots: number): FetchSessions {
  let id = 100
  return new FetchSessions(slots, 120_000, () => id++)
}

test('a partition that is wanted again is the same one, and dirty', () => {
  const session = new FetchSession(1, false, 0)
  const first = session.want(ZERO_UUID, 't', 0)
  session.dirty.clear()
  assert.equal(session.want(ZERO_UUID, 't', 0), first)
  assert.deepEqual([...session.dirty], [first])
  assert.equal(session.partitionCount, 1)
})

test('a forgotten partition is unsubscribed and no longer counted', () => {
  const session = new FetchSession(1, false, 0)
  const partition = session.want(ZERO_UUID, 't', 3)
  let watched = 0
  partition.subscribe(() => {
    watched++
    return () => watched--
  })
  session.forget('t', 3)
  assert.equal(watched, 0)
  assert.equal(session.partitionCount, 0)
  assert.equal(session.dirty.size, 0)
})

test('what moves is dirty again, and a waiting fetch is told', () => {
  const session = new FetchSession(1, false, 0)
  const partition = session.want(ZERO_UUID, 't', 0)
  session.dirty.clear()
  let told = 0
  session.onDirty = () => told++
  partition.moved('highWatermark')
  assert.equal(told, 1)
  assert.ok(session.dirty.has(partition))
})

test('with every slot in fresh use a client gets no session', () => {
  const all = sessions(2)
  assert.notEqual(all.create(false, 0), null)
  assert.notEqual(all.create(false, 0), null)
  assert.equal(all.create(false, 60_000), null)
  assert.equal(all.size, 2)
})

test('the session unused for longest gives up its slot after the eviction time', () => {
  const all = sessions(2)
  const a = all.create(false, 0)!
  const b = all.create(false, 1)!
  all.touch(a, 100_000)
  const c = all.create(false, 130_000)
  assert.notEqual(c, null)
  assert.equal(all.get(b.id), undefined)
  assert.equal(all.get(a.id), a)
})

test('an epoch wraps to 1', () => {
  assert.equal(epochAfter(1), 2)
  assert.equal(epochAfter(0x7fffffff), 1)
})
