import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { Pace, Volume } from './pace.ts'
import { SharedReader } from './shared-reader.ts'

test('one slow call sends the next to the pool, for a while', async () => {
  const pace = new Pace()
  pace.took(performance.now())
  assert.equal(pace.isQuick(), true)
  pace.took(performance.now() - 6)
  assert.equal(pace.isQuick(), false)
  while (!pace.isQuick()) await new Promise((resolve) => setImmediate(resolve))
  pace.took(performance.now())
  assert.equal(pace.isQuick(), true)
})

test('a single slow read is forgiven, two in a row are not', () => {
  const { readPace } = new Volume(2)
  for (let i = 0; i < 3; i++) {
    readPace.took(performance.now() - 2)
    readPace.took(performance.now())
  }
  assert.equal(readPace.isQuick(), true)
  readPace.took(performance.now() - 2)
  readPace.took(performance.now() - 2)
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
