/** Disks that are full, read-only or gone: one directory, or one of several. */
import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isKafkaError } from '../../src/client/node.ts'
import { type BrokerProcess, Site } from './broker-process.ts'
import { makeTopic, numbered, readAll, withKafka, write } from './records.ts'
import { SmallDisk, whyNoSmallDisk } from './small-disk.ts'

const skip = whyNoSmallDisk(join(tmpdir(), `millrace-faults-probe-${process.pid}`)) ?? false

/** Writes until the broker takes no more; says how many were acknowledged. */
async function writeUntilRefused(site: Site, topic: string, from = 0, partition = 0): Promise<number> {
  return withKafka(site, async (kafka) => {
    await using producer = kafka.producer({
      lingerMs: 0,
      requestTimeoutMs: 2000,
      deliveryTimeoutMs: 2000,
      batchSizeBytes: 1,
      batchSizeMaxBytes: 1,
    })
    for (let n = from; ; n++) {
      try {
        const value = `${topic} ${n}${'.'.repeat(20_000)}`
        const { offset } = await producer.send({ topic, partition, key: `${n}`, value })
        assert.equal(offset, n)
      } catch (error) {
        if (!isKafkaError(error)) throw error
        return n
      }
    }
  })
}

describe('a full disk', { skip }, () => {
  it('under the only log directory ends the broker with a sentence; after relief nothing acknowledged is lost', async () => {
    using site = await Site.make({ logDirs: ['small'] })
    using disk = new SmallDisk(site.logDir, 8)
    const broker = await site.start()
    await makeTopic(site, 't')
    const count = await writeUntilRefused(site, 't')
    assert.ok(count > 50)
    assert.deepEqual(await broker.ended, { code: 1, signal: null })
    assert.match(broker.said, /ERROR Log directory is offline directory=\S+small code=ENOSPC/)
    assert.match(broker.said, /ERROR Halting reason=/)
    // Still full: it starts as far as it can and says why it does not go on.
    const still = site.spawn()
    const ending = await Promise.race([still.ended, still.serving().then(() => null)])
    if (ending === null) await still.kill()
    else assert.match(still.said, /ERROR .*(no space left|ENOSPC)/)
    await using _again = await startWithRoom(site, disk)
    assert.deepEqual((await readAll(site, 't')).slice(0, count), numbered('t', 0, count))
  })

  it('under one of two log directories takes its partitions offline; the others, and the broker, go on', async () => {
    using site = await Site.make({ logDirs: ['sound', 'small'] })
    using disk = new SmallDisk(site.logDirs[1]!, 8)
    await using broker = await site.start()
    const { inSmall, inSound } = await oneInEach(site)
    const count = await writeUntilRefused(site, 't', 0, inSmall)
    assert.match(broker.said, /ERROR Log directory is offline directory=\S+small code=ENOSPC/)
    await assertServes(site, broker, inSound)
    await assertOffline(site, inSmall)
    await broker.stop()
    await using _again = await startWithRoom(site, disk)
    assert.deepEqual((await readAll(site, 't', inSmall)).slice(0, count), numbered('t', 0, count))
  })
})

describe('a read-only disk', { skip }, () => {
  it('under one of two log directories: its partitions are offline, no empty log takes their place, and they come back', async () => {
    using site = await Site.make({ logDirs: ['sound', 'small'] })
    using disk = new SmallDisk(site.logDirs[1]!, 16)
    let broker = await site.start()
    const { inSmall, inSound } = await oneInEach(site)
    await write(site, 't', 0, 10, 0, inSmall)
    await broker.stop()
    disk.makeReadOnly()
    for (const round of [0, 1]) {
      broker = await site.start()
      await assertServes(site, broker, inSound, round * 20)
      await assertOffline(site, inSmall)
      // What is made now goes to the directory that is left.
      await makeTopic(site, `later-${round}`, { partitions: 3 })
      await write(site, `later-${round}`, 0, 5, 0, 2)
      if (round === 0) assert.deepEqual(await broker.stop(), { code: 0, signal: null })
      else await broker.kill()
    }
    disk.makeWritable()
    await using _again = await site.start()
    assert.deepEqual(await readAll(site, 't', inSmall), numbered('t', 0, 10))
    assert.deepEqual(await write(site, 't', 10, 11, 0, inSmall), [10])
    assert.deepEqual(await readAll(site, 't', inSound), numbered('t', 0, 40))
  })

  it('under the only log directory stops the start with the directory and the reason', async () => {
    using site = await Site.make({ logDirs: ['small'] })
    using disk = new SmallDisk(site.logDir, 16)
    await (await site.start()).stop()
    disk.makeReadOnly()
    const broker = site.spawn()
    assert.equal((await broker.ended).code, 1)
    assert.match(broker.said, /ERROR .*small.*(read-only|EROFS)/)
    assert.doesNotMatch(broker.said, /^\s+at /m)
  })
})

describe('a directory without permission', {
  skip: process.getuid?.() === 0 ? 'root may do everything' : false,
}, () => {
  it('stops the start with the directory and the reason', async () => {
    using site = await Site.make()
    await (await site.start()).stop()
    chmodSync(site.logDir, 0o500)
    const broker = site.spawn()
    assert.equal((await broker.ended).code, 1)
    assert.match(broker.said, /ERROR .*(EACCES|permission denied)/)
    chmodSync(site.logDir, 0o700)
  })
})

/** More room than before, and the broker on it. */
async function startWithRoom(site: Site, disk: SmallDisk): Promise<BrokerProcess> {
  disk.grow(32)
  return site.start()
}

/** Topic `t` with partitions in both directories, and one of each. */
async function oneInEach(site: Site): Promise<{ inSound: number; inSmall: number }> {
  await makeTopic(site, 't', { partitions: 4 })
  return withKafka(site, async (kafka) => {
    await using admin = kafka.admin()
    const found = await admin.describeLogDirs([1])
    const places = new Map<number, boolean>()
    for (const dir of found.get(1)!.value ?? []) {
      for (const { topic, partition } of dir.replicas)
        if (topic === 't') places.set(partition, dir.path.endsWith('small'))
    }
    const of = (isSmall: boolean) => [...places].find(([, small]) => small === isSmall)![0]
    return { inSound: of(false), inSmall: of(true) }
  })
}

async function assertServes(site: Site, broker: BrokerProcess, partition: number, from = 0): Promise<void> {
  await write(site, 't', from, from + 20, 0, partition)
  assert.deepEqual(await readAll(site, 't', partition), numbered('t', 0, from + 20))
  assert.equal(broker.isOver, false)
}

/** Clients are told that there is no leader, and by DescribeLogDirs why. */
async function assertOffline(site: Site, partition: number): Promise<void> {
  await withKafka(site, async (kafka) => {
    await using admin = kafka.admin()
    let topic = (await admin.describeTopics(['t'])).get('t')!.value!
    while (topic.partitions[partition]!.leader !== -1) topic = (await admin.describeTopics(['t'])).get('t')!.value!
    const dirs = (await admin.describeLogDirs([1])).get(1)!.value!
    assert.deepEqual(
      new Map(dirs.map(({ path, error }) => [path.split('/').at(-1), error?.code ?? null])),
      new Map([
        ['sound', null],
        ['small', 'KAFKA_STORAGE_ERROR'],
      ]),
    )
  })
}
