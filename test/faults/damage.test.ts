/** Files that a crash, a disk or a person damaged while the broker was down. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'node:test'
import { setTimeout as turn } from 'node:timers/promises'
import { isKafkaError } from '../../src/client/node.ts'
import { Site } from './broker-process.ts'
import { makeTopic, numbered, readAll, withKafka, write } from './records.ts'

const COUNT = 40

/** A broker that was killed with -9 (or stopped in order) after 40 acknowledged records in each of two topics. */
async function prepared(how: 'killed' | 'stopped' = 'killed', configs: Record<string, string> = {}): Promise<Site> {
  const site = await Site.make()
  await using broker = await site.start()
  for (const topic of ['hurt', 'well']) {
    await makeTopic(site, topic, { configs: { 'index.interval.bytes': '100', ...configs } })
    await write(site, topic, 0, COUNT)
  }
  if (how === 'killed') await broker.kill()
  else assert.deepEqual(await broker.stop(), { code: 0, signal: null })
  return site
}

function lastLog(site: Site, topic = 'hurt-0'): string {
  const names = readdirSync(site.path(topic)).filter((name) => name.endsWith('.log'))
  return site.path(topic, names.sort().at(-1)!)
}

async function assertWhole(site: Site, topic: string, count = COUNT): Promise<void> {
  assert.deepEqual(await readAll(site, topic), numbered(topic, 0, count))
}

const tails: [string, Uint8Array][] = [
  ['half a batch', new Uint8Array(0)],
  ['bytes of something else', Buffer.from('this is no batch, only what lay on the disk before '.repeat(20))],
  ['zeros, as a file system that grew the file leaves them', new Uint8Array(5000)],
]
for (const [what, bytes] of tails) {
  test(`a torn tail (${what}) is cut with one line in the log; every acknowledged record is there`, async () => {
    using site = await prepared()
    const path = lastLog(site)
    const size = statSync(path).size
    appendFileSync(path, bytes.length > 0 ? bytes : readFileSync(path).subarray(0, 70))
    await using broker = await site.start()
    const cut = broker.lines.filter((line) => line.includes('cut its torn end'))
    assert.equal(cut.length, 1)
    assert.match(cut[0]!, new RegExp(`topic=hurt partition=0 endOffset=${COUNT} .*bytesCut=${bytes.length || 70} `))
    assert.equal(statSync(path).size, size)
    await assertWhole(site, 'hurt')
    await assertWhole(site, 'well')
    assert.deepEqual(await write(site, 'hurt', COUNT, COUNT + 1), [COUNT])
  })
}

test('a flipped bit above what is known as committed is a torn tail: the log ends before it, at the next start too', async () => {
  using site = await prepared()
  const path = lastLog(site)
  const bytes = readFileSync(path)
  bytes[bytes.length - 5]! ^= 8
  writeFileSync(path, bytes)
  forgetCheckpoints(site)
  {
    await using broker = await site.start()
    assert.match(broker.said, /cut its torn end topic=hurt .*wrong checksum of the batch at offset 39/)
    assert.deepEqual(await readAll(site, 'hurt'), numbered('hurt', 0, COUNT - 1))
  }
  await using _broker = await site.start()
  assert.deepEqual(await readAll(site, 'hurt'), numbered('hurt', 0, COUNT - 1))
})

test('a flipped bit below what is known as committed takes that partition offline, by name; nothing is cut, others serve', async () => {
  using site = await prepared()
  const path = lastLog(site)
  const bytes = readFileSync(path)
  bytes[Math.floor(bytes.length / 2)]! ^= 8
  writeFileSync(path, bytes)
  writeFileSync(site.path('replication-offset-checkpoint'), `0\n2\nhurt 0 ${COUNT}\nwell 0 ${COUNT}\n`)
  await using broker = await site.start()
  assert.match(broker.said, /ERROR .*stays offline topic=hurt partition=0 .*is damaged at byte \d+/)
  assert.deepEqual(readFileSync(path), bytes)
  await assertWhole(site, 'well')
  await withKafka(site, async (kafka) => {
    await using producer = kafka.producer({ requestTimeoutMs: 400, deliveryTimeoutMs: 500 })
    const refused = (error: unknown) => isKafkaError(error)
    await assert.rejects(producer.send({ topic: 'hurt', value: 'x' }), refused)
  })
})

test('a topic with a damaged partition can be deleted and made again, without a restart', async () => {
  using site = await prepared()
  const path = lastLog(site)
  const bytes = readFileSync(path)
  bytes[Math.floor(bytes.length / 2)]! ^= 8
  writeFileSync(path, bytes)
  writeFileSync(site.path('replication-offset-checkpoint'), `0\n1\nhurt 0 ${COUNT}\n`)
  await using broker = await site.start()
  assert.equal(broker.lines.filter((line) => line.includes('stays offline topic=hurt partition=0')).length, 2)
  await withKafka(site, async (kafka) => {
    await using admin = kafka.admin()
    for (const { error } of (await admin.deleteTopics(['hurt'])).values()) assert.equal(error, null)
  })
  await makeTopic(site, 'hurt')
  await write(site, 'hurt', 0, 3)
  await assertWhole(site, 'hurt', 3)
})

test('a directory that an earlier topic of the same name left is set aside, and the topic serves at once', async () => {
  using site = await prepared()
  const kept = site.mkdir('kept')
  cpSync(site.path('hurt-0'), kept, { recursive: true })
  {
    await using broker = await site.start()
    await withKafka(site, async (kafka) => {
      await using admin = kafka.admin()
      await admin.deleteTopics(['hurt'])
    })
    await makeTopic(site, 'hurt')
    await broker.kill()
  }
  // As a crash between the deletion and the renaming of its directory leaves it.
  rmSync(site.path('hurt-0'), { recursive: true })
  cpSync(kept, site.path('hurt-0'), { recursive: true })
  await using broker = await site.start()
  assert.match(broker.said, /Setting aside a log that belongs to no topic of this node topic=hurt partition=0/)
  assert.equal(readdirSync(site.logDir).filter((name) => /^hurt-0\..*-stray$/.test(name)).length, 1)
  await write(site, 'hurt', 0, 3)
  await assertWhole(site, 'hurt', 3)
})

test('a topic id in partition.metadata that no topic ever had: refused by name, nothing is set aside or served empty', async () => {
  using site = await prepared()
  writeFileSync(site.path('hurt-0', 'partition.metadata'), 'version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ')
  {
    await using broker = await site.start()
    assert.match(
      broker.said,
      /hurt-0 belongs to topic id AAAAAAAAAAAAAAAAAAAAAQ, not to .* remove .*partition\.metadata/,
    )
    assert.deepEqual(
      readdirSync(site.logDir).filter((name) => name.endsWith('-stray')),
      [],
    )
    await assertWhole(site, 'well')
    await broker.kill()
  }
  rmSync(site.path('hurt-0', 'partition.metadata'))
  await using _broker = await site.start()
  await assertWhole(site, 'hurt')
})

test('a damaged bootstrap.checkpoint is warned of and not needed where there is a metadata log; a new cluster needs it', async () => {
  using site = await prepared()
  writeFileSync(site.path('bootstrap.checkpoint'), 'no batch of any kind, but long enough to look like one of those')
  {
    await using broker = await site.start()
    assert.match(broker.said, / WARN Going on without a bootstrap checkpoint that is damaged/)
    await assertWhole(site, 'hurt')
    await broker.kill()
  }
  using fresh = await Site.make()
  await fresh.format('AAAAAAAAAAAAAAAAAAAAAQ', '--standalone')
  writeFileSync(fresh.path('bootstrap.checkpoint'), 'no batch of any kind, but long enough to look like one of those')
  const broker = fresh.spawn()
  assert.equal((await broker.ended).code, 1)
  assert.match(broker.said, /ERROR .*bootstrap\.checkpoint/)
})

test("a dangling link in the place of a partition's file, or of its directory, takes that partition offline only", async () => {
  for (const where of ['file', 'directory']) {
    using site = await prepared()
    const path = where === 'file' ? lastLog(site) : site.path('hurt-0')
    rmSync(path, { recursive: true })
    symlinkSync('/nowhere/at/all', path)
    await using broker = await site.start()
    assert.match(broker.said, / ERROR Log is damaged and stays offline topic=hurt partition=0 .*\ba link /)
    assert.doesNotMatch(broker.said, /directory is offline/)
    await assertWhole(site, 'well')
    assert.deepEqual(await write(site, 'well', COUNT, COUNT + 1), [COUNT])
  }
})

test("a directory with other people's files is not formatted unasked, and is left as it is", async () => {
  using site = await Site.make()
  site.mkdir('data')
  writeFileSync(site.path('thesis.txt'), 'mine')
  const broker = site.spawn()
  assert.equal((await broker.ended).code, 1)
  assert.match(
    broker.said,
    /ERROR .*data holds files but no Kafka data \(thesis\.txt\), so it is left as it is\. Name an empty/,
  )
  assert.deepEqual(readdirSync(site.logDir), ['thesis.txt'])
})

test('records that DeleteRecords was answered for do not come back after kill -9', async () => {
  using site = await prepared()
  {
    await using broker = await site.start()
    await withKafka(site, async (kafka) => {
      await using admin = kafka.admin()
      await admin.deleteRecords([{ topic: 'hurt', partition: 0, offset: 30 }])
    })
    await broker.kill()
  }
  await using _broker = await site.start()
  assert.deepEqual(await readAll(site, 'hurt'), numbered('hurt', 30, COUNT))
})

test('a metadata log that vanished stops the start with what is missing and what can be done; nothing is set aside', async () => {
  using site = await prepared()
  rmSync(lastLog(site, '__cluster_metadata-0'))
  const before = readdirSync(site.logDir).filter((name) => /-\d+$/.test(name))
  const broker = site.spawn()
  assert.equal((await broker.ended).code, 1)
  assert.match(
    broker.said,
    /__cluster_metadata-0 .*(ends at offset 0|the metadata log was lost).* Put its files back from a copy/,
  )
  assert.doesNotMatch(broker.said, /^\s+at /m)
  assert.deepEqual(
    readdirSync(site.logDir).filter((name) => /-\d+$/.test(name)),
    before,
  )
})

test('records of a topic made anew survive a kill, whatever was deleted from the topic of that name before', async () => {
  using site = await Site.make({ config: { 'log.flush.start.offset.checkpoint.interval.ms': '50' } })
  {
    await using broker = await site.start()
    await makeTopic(site, 'again')
    await write(site, 'again', 0, COUNT)
    await withKafka(site, async (kafka) => {
      await using admin = kafka.admin()
      await admin.deleteRecords([{ topic: 'again', partition: 0, offset: 30 }])
      const checkpoint = site.path('log-start-offset-checkpoint')
      while (!existsSync(checkpoint) || !readFileSync(checkpoint, 'utf8').includes('again 0 30')) await turn(10)
      await admin.deleteTopics(['again'])
    })
    await makeTopic(site, 'again')
    await write(site, 'again', 0, 5)
    await broker.kill()
  }
  await using _broker = await site.start()
  await assertWhole(site, 'again', 5)
})

for (const how of ['killed', 'stopped'] as const) {
  const after = how === 'killed' ? 'after kill -9' : 'after a clean stop'
  const changes: [string, (path: string) => void][] = [
    ['missing', (path) => rmSync(path)],
    ['empty', (path) => truncateSync(path, 0)],
    ['full of nonsense', (path) => writeFileSync(path, Buffer.alloc(statSync(path).size + 12, 0xa5))],
  ]
  for (const [what, change] of changes) {
    test(`${after}, index files that are ${what} are made anew`, async () => {
      using site = await prepared(how)
      let changed = 0
      for (const name of readdirSync(site.path('hurt-0'))) {
        if (!/\.(index|timeindex|txnindex)$/.test(name)) continue
        change(site.path('hurt-0', name))
        changed++
      }
      // After a kill there may be none: they are kept in memory until a segment is full.
      assert.ok(changed > 0 || how === 'killed')
      await using broker = await site.start()
      await assertWhole(site, 'hurt')
      await withKafka(site, async (kafka) => {
        await using admin = kafka.admin()
        const found = await admin.listOffsets([{ topic: 'hurt', partition: 0, timestamp: 0 }])
        assert.equal(found.get('hurt', 0)?.value?.offset, 0)
      })
      assert.doesNotMatch(broker.said, / ERROR /)
    })
  }
}

test('empty files, as a crash right after their creation leaves them, are no obstacle', async () => {
  using site = await prepared()
  for (const name of [`${'0'.repeat(18)}40.log`, `${'0'.repeat(18)}40.snapshot`, 'leader-epoch-checkpoint']) {
    writeFileSync(site.path('hurt-0', name), '')
  }
  for (const name of [
    'recovery-point-offset-checkpoint',
    'replication-offset-checkpoint',
    'log-start-offset-checkpoint',
  ]) {
    writeFileSync(site.path(name), '')
  }
  await using broker = await site.start()
  await assertWhole(site, 'hurt')
  await assertWhole(site, 'well')
  assert.deepEqual(await write(site, 'hurt', COUNT, COUNT + 1), [COUNT])
  assert.doesNotMatch(broker.said, / ERROR /)
})

test('a torn metadata log costs what was never answered: the broker starts, with every topic', async () => {
  using site = await prepared()
  appendFileSync(
    lastLog(site, '__cluster_metadata-0'),
    readFileSync(lastLog(site, '__cluster_metadata-0')).subarray(0, 99),
  )
  await using broker = await site.start()
  assert.match(broker.said, /cut its torn end topic=__cluster_metadata/)
  await assertWhole(site, 'hurt')
})

test('an empty quorum-state file stops the start with its name, not with a stack', async () => {
  using site = await prepared()
  writeFileSync(site.path('__cluster_metadata-0', 'quorum-state'), '')
  const broker = site.spawn()
  assert.equal((await broker.ended).code, 1)
  assert.match(broker.said, /ERROR .*quorum-state/)
  assert.doesNotMatch(broker.said, /^\s+at /m)
})

test('an empty meta.properties stops the start with its name', async () => {
  using site = await prepared()
  writeFileSync(site.path('meta.properties'), '')
  const broker = site.spawn()
  assert.equal((await broker.ended).code, 1)
  assert.match(broker.said, /ERROR .*meta\.properties/)
  assert.doesNotMatch(broker.said, /^\s+at /m)
})

/** As if they were older than the damage. */
function forgetCheckpoints(site: Site): void {
  for (const name of ['recovery-point-offset-checkpoint', 'replication-offset-checkpoint']) {
    rmSync(site.path(name), { force: true })
  }
}
