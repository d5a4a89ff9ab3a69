/** SIGTERM: in order and soon; a second one, or a kill -9 in its midst, costs a recovery and nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isKafkaError } from '../../src/client/node.ts'
import { Site } from './broker-process.ts'
import { makeTopic, numbered, readAll, withKafka, write } from './records.ts'
import { Luck } from './seed.ts'

test('SIGTERM: everything is flushed, the marker written, exit 0; the next start recovers nothing', async () => {
  using site = await Site.make()
  {
    await using broker = await site.start()
    await makeTopic(site, 't', { partitions: 3 })
    await write(site, 't', 0, 100)
    assert.equal(site.hasMarker(), false)
    assert.deepEqual(await broker.stop(), { code: 0, signal: null })
    assert.match(broker.said, /Shut down completed/)
    assert.doesNotMatch(broker.said, / ERROR /)
  }
  assert.equal(site.hasMarker(), true)
  await using broker = await site.start()
  assert.equal(site.hasMarker(), false, 'from now on a crash is a crash')
  assert.doesNotMatch(broker.said, /Recovered log/)
  assert.deepEqual(await readAll(site, 't'), numbered('t', 0, 100))
})

test('SIGTERM under load, with members in a group and fetches that wait: exit 0 within seconds', async () => {
  using site = await Site.make()
  await using broker = await site.start()
  await makeTopic(site, 't')
  await withKafka(site, async (kafka) => {
    const stop = new AbortController()
    const consumer = kafka.consumer({
      groupId: 'g',
      topics: ['t'],
      autoOffsetReset: 'earliest',
      fetchMaxWaitMs: 60_000,
    })
    const producer = kafka.producer({ deliveryTimeoutMs: 60_000 })
    const reading = (async () => {
      while (!stop.signal.aborted) await consumer.poll({ timeoutMs: 100 }).catch(ofKafka)
    })()
    const acknowledged: number[] = []
    let n = 0
    const writing = (async () => {
      while (!stop.signal.aborted) {
        producer.post({ topic: 't', value: `t ${n++}` }, (error, at) => {
          if (error === null) acknowledged.push(at!.offset)
        })
        if (n % 50 === 0) await new Promise((done) => setTimeout(done, 5))
      }
    })()
    while (acknowledged.length < 500) await new Promise((done) => setTimeout(done, 5))
    const startedMs = performance.now()
    assert.deepEqual(await broker.stop(), { code: 0, signal: null })
    const tookMs = performance.now() - startedMs
    assert.ok(tookMs < 15_000, `took ${tookMs} ms`)
    assert.equal(site.hasMarker(), true)
    stop.abort()
    await reading
    await writing
    // What was under way is written again after the restart, once.
    await using _again = await site.start()
    await producer.flush()
    await producer.close()
    await consumer.close({ timeoutMs: 100 })
    assert.deepEqual(await readAll(site, 't'), numbered('t', 0, n))
  })
})

test('a second SIGTERM while the first is being obeyed corrupts nothing, whenever it comes', async () => {
  const luck = new Luck(5)
  using site = await Site.make()
  let written = 0
  for (let round = 0; round < 6; round++) {
    await using broker = await site.start()
    if (round === 0) await makeTopic(site, 't', { configs: { 'segment.bytes': '1048576' } })
    assert.deepEqual(await readAll(site, 't'), numbered('t', 0, written))
    await write(site, 't', written, written + 300, 5000)
    written += 300
    broker.signal('SIGTERM')
    await new Promise((done) => setTimeout(done, luck.between(0, 30)))
    broker.signal('SIGTERM')
    const { code } = await broker.ended
    // 0: it was quicker than the second one.
    assert.ok(code === 0 || code === 143, `exit ${code}`)
    assert.equal(site.hasMarker(), code === 0)
  }
  await using _broker = await site.start()
  assert.deepEqual(await readAll(site, 't'), numbered('t', 0, written))
})

test('SIGTERM after SIGTERM up to the very end: the process ends by itself, in order or at once', async () => {
  using site = await Site.make()
  for (let round = 0; round < 5; round++) {
    const broker = await site.start()
    broker.signal('SIGTERM')
    // The marker is written: only the process itself is left to end.
    while (!site.hasMarker()) await new Promise((done) => setImmediate(done))
    while (!broker.isOver) {
      broker.signal('SIGTERM')
      await new Promise((done) => setImmediate(done))
    }
    const ending = await broker.ended
    assert.ok(ending.code === 0 || ending.code === 143, `exit ${ending.code} ${ending.signal}`)
  }
})

test('SIGTERM during the start ends the process; the next start is none the worse', async () => {
  const luck = new Luck(6)
  using site = await Site.make()
  {
    await using broker = await site.start()
    await makeTopic(site, 't')
    await write(site, 't', 0, 50)
    await broker.kill()
  }
  for (let round = 0; round < 6; round++) {
    const broker = site.spawn()
    await new Promise((done) => setTimeout(done, luck.between(100, 400)))
    const { code, signal } = await broker.stop()
    assert.ok(code === 0 || code === 143 || signal === 'SIGTERM', `exit ${code} ${signal}`)
  }
  await using _broker = await site.start()
  assert.deepEqual(await readAll(site, 't'), numbered('t', 0, 50))
})

function ofKafka(error: unknown): void {
  if (!isKafkaError(error)) throw error
}
