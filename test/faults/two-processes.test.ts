import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Site } from './broker-process.ts'
import { makeTopic, numbered, readAll, write } from './records.ts'

test('a second process on the same directory ends at once, naming it; the first does not notice', async () => {
  using site = await Site.make()
  await using broker = await site.start()
  await makeTopic(site, 't')
  await write(site, 't', 0, 10)
  for (const overrides of [[], ['listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0']]) {
    const second = site.spawn({ overrides })
    assert.deepEqual(await second.ended, { code: 1, signal: null })
    assert.match(second.said, /ERROR .*Failed to acquire lock on file \.lock in .*data/)
    assert.doesNotMatch(second.said, /^\s+at /m)
  }
  assert.equal(broker.isOver, false)
  assert.deepEqual(await write(site, 't', 10, 20), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
  assert.deepEqual(await readAll(site, 't'), numbered('t', 0, 20))
})

test('of two processes that start together one serves and the other ends', async () => {
  using site = await Site.make()
  await (await site.start()).stop()
  const both = [site.spawn(), site.spawn()]
  const first = await Promise.race(both.map(async (broker) => ((await broker.ended).code === 1 ? broker : null)))
  const loser = both.find((broker) => broker === first)!
  const winner = both.find((broker) => broker !== first)!
  assert.match(loser.said, /Failed to acquire lock|the port is in use/)
  await winner.serving()
  assert.deepEqual(await winner.stop(), { code: 0, signal: null })
})

test('the lock goes with its process: after kill -9 the next one starts', async () => {
  using site = await Site.make()
  await (await site.start()).kill()
  await (await site.start()).stop()
})
