import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { Pace, Volume } from './pace.ts'
import { SharedReader } from './shared-reader.ts'

test('one slow call sends the next to the pool, for a while', () => {
  const pace = new Pace()
  pace.took(1000, 1000)
  assert.equal(pace.isQuick(1000), true)
  pace.took(1000, 1006)
  assert.equal(pace.isQuick(1006), false)
  assert.equal(pace.isQuick(1105), false)
  assert.equal(pace.isQuick(1106), true)
  pace.took(1106, 1106)
  assert.equal(pace.isQuick(1106), true)
})

test('a single slow read is forgiven, two in a row are not', () => {
  const { readPace } = new Volume(2)
  const now = performance.now() + 60_000
  for (let i = 0; i < 3; i++) {
    readPace.took(now - 2, now)
    readPace.took(now, now)
  }
  assert.equal(readPace.isQuick(), true)
  readPace.took(now - 2, now)
  readPace.took(now - 2, now)
  assert.equal(readPace.isQuick(), false)
})

test('a volume takes so many syncs at once and then the next in order', () => {
  const volume = new Volume(2)
  const started: number[] = []
  for (let i = 0; i < 5; i++) volume.whenSyncMayStart(() => started.push(i))
  assert.deepEqual(started, [0, 1])
  volume.syncEnded()
  assert.deepEqual(started, [0, 1, 2])
  volume.syncEnded()
  volume.syncEnded()
  assert.deepEqual(started, [0, 1, 2, 3, 4])
  volume.syncEnded()
  volume.syncEnded()
  volume.whenSyncMayStart(() => started.push(5))
  assert.equal(started.at(-1), 5)
})

test('a stream whose handle cannot be reached is read as it is', () => {
  const stream = new net.Socket()
  let adopted: [net.Socket, boolean] | null = null
  new SharedReader().rebuild(stream, (...given) => {
    adopted = given
    return null as never
  })
  assert.deepEqual(adopted, [stream, false])
  stream.destroy()
})
