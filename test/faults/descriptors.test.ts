/** A process that may open few files (`ulimit -n`): connections are what it does without. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { Site } from './broker-process.ts'
import { Canary } from './canary.ts'
import { makeTopic, numbered, readAll, write } from './records.ts'

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0
const skip = hasPrlimit ? false : 'prlimit is not installed'
const LIMIT = 160

test('more connections than descriptors: no log suffers, who is connected is served, later ones when there is room', {
  skip,
}, async () => {
  using site = await Site.make()
  await using broker = await site.start({ wrapper: ['prlimit', `--nofile=${LIMIT}:${LIMIT}`] })
  await makeTopic(site, 't', { partitions: 20 })
  await using canary = await Canary.start(site.bootstrap)
  const sockets: Socket[] = []
  for (let n = 0; n < LIMIT * 2; n++) {
    const socket = connect(site.port, '127.0.0.1')
    socket.on('error', () => undefined)
    sockets.push(socket)
  }
  await broker.says(/A connection could not be accepted.*(EMFILE|connections are open)/)
  // While there is none left, logs are written and rolled by those who are in already.
  const before = canary.rounds
  while (canary.rounds < before + 20) {
    assert.deepEqual(canary.problems, [])
    await new Promise((done) => setTimeout(done, 20))
  }
  for (const socket of sockets) socket.destroy()
  for (let partition = 0; partition < 20; partition++) {
    assert.deepEqual(await write(site, 't', 0, 5, 0, partition), [0, 1, 2, 3, 4])
    assert.deepEqual(await readAll(site, 't', partition), numbered('t', 0, 5))
  }
  assert.doesNotMatch(broker.said, / ERROR /)
  assert.deepEqual(await broker.stop(), { code: 0, signal: null })
})

test('more logs than descriptors: all are written and read, and found again after a kill', { skip }, async () => {
  using site = await Site.make()
  const partitions = 120
  const limits = { wrapper: ['prlimit', '--nofile=100:100'] }
  {
    await using broker = await site.start(limits)
    await makeTopic(site, 't', { partitions })
    for (let partition = 0; partition < partitions; partition++) await write(site, 't', 0, 2, 0, partition)
    assert.doesNotMatch(broker.said, / ERROR /)
    await broker.kill()
  }
  await using broker = await site.start(limits)
  for (let partition = 0; partition < partitions; partition++) {
    assert.deepEqual(await readAll(site, 't', partition), numbered('t', 0, 2))
  }
  assert.doesNotMatch(broker.said, / ERROR /)
})
