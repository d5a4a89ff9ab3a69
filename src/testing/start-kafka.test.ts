import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type StartKafkaOptions, startKafka } from './index.ts'

const place = mkdtempSync(join(tmpdir(), 'millrace-testing-'))
after(() => rmSync(place, { recursive: true }))
/** Where temporary brokers keep their files, from now on. */
process.env['TMPDIR'] = place

/** What keeps a process alive: sockets, servers, timers, workers, requests to the thread pool. */
async function handles(): Promise<string[]> {
  // A request or socket whose end was just told is taken off the list in this turn or the next.
  for (let turn = 0; turn < 2; turn++) await setImmediate()
  return process.getActiveResourcesInfo().sort()
}

async function refused({ host, port }: { host: string; port: number }): Promise<void> {
  const client = connect(port, host)
  const gone = once(client, 'close')
  await assert.rejects(gone, /ECONNREFUSED/)
  if (!client.closed) await once(client, 'close')
}

for (const storage of ['memory', 'temporary'] as const) {
  test(`stop() leaves no handle and no file (${storage})`, async () => {
    const before = await handles()
    const kafka = await startKafka({ storage, topics: ['t'] })
    const client = connect(kafka.port, kafka.host)
    await once(client, 'connect')
    assert.equal(readdirSync(place).length, storage === 'temporary' ? 1 : 0)
    const gone = once(client, 'close')
    client.resume()
    await kafka.stop()
    assert.deepEqual(readdirSync(place), [])
    await gone
    assert.deepEqual(await handles(), before)
    await refused(kafka)
  })
}

test('stop() may be called again, also while it runs', async () => {
  const kafka = await startKafka()
  await Promise.all([kafka.stop(), kafka.stop()])
  await kafka.stop()
})

test('a broker that is declared with await using stops at the end of the block', async () => {
  let port = 0
  {
    await using kafka = await startKafka()
    port = kafka.port
  }
  await refused({ host: '127.0.0.1', port })
})

test('brokers in one process are clusters of their own', async () => {
  const all = await Promise.all([startKafka(), startKafka(), startKafka({ storage: 'temporary' })])
  assert.equal(new Set(all.map(({ clusterId }) => clusterId)).size, 3)
  assert.equal(new Set(all.map(({ port }) => port)).size, 3)
  await all[0]!.stop()
  const other = connect(all[1]!.port, all[1]!.host)
  await once(other, 'connect')
  other.destroy()
  await Promise.all(all.map((kafka) => kafka.stop()))
})

test('a directory keeps the cluster for the next start', async () => {
  const storage = { directory: join(place, 'kept') }
  const first = await startKafka({ storage })
  await first.stop()
  const second = await startKafka({ storage })
  await second.stop()
  assert.equal(second.clusterId, first.clusterId)
  rmSync(storage.directory, { recursive: true })
})

test('a start that fails says why, and leaves no handle and no file', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const directory = join(place, 'kept')
  const owner = await startKafka({ storage: { directory } })
  const cases: [StartKafkaOptions, RegExp][] = [
    [{ port }, new RegExp(`127.0.0.1:${port}.*in use.*choose another with the option port`)],
    [{ config: { 'num.partitions': 'many' } }, /many for configuration num\.partitions/],
    [{ config: { 'authorizer.class.name': 'x.Y' } }, /authorizer\.class\.name/],
    [{ topics: ['no blanks'] }, /topic no blanks/],
    [{ topics: [{ name: 't', config: { 'retention.ms': 'long' } }] }, /topic t: .*retention\.ms/],
    [{ topics: [{ name: 't', partitions: 0 }] }, /topic t: /],
  ]
  const before = await handles()
  for (const [options, why] of cases) {
    for (const storage of ['memory', 'temporary'] as const) {
      await assert.rejects(startKafka({ ...options, storage }), why)
      assert.deepEqual(await handles(), before, String(why))
      assert.deepEqual(readdirSync(place), ['kept'], String(why))
    }
  }
  await assert.rejects(startKafka({ storage: { directory } }), /kept/)
  await assert.rejects(startKafka({ storage: { directory: '/dev/null/x' } }), /\/dev\/null\/x/)
  assert.deepEqual(await handles(), before)
  await owner.stop()
  taken.close()
})

test('an option that is none, or has no such value, is refused by name before anything is touched', async () => {
  const cases: [unknown, RegExp][] = [
    [{ storage: 'disk' }, /storage is 'memory', 'temporary' or \{ directory \}, not 'disk'/],
    [{ storage: { dir: '/x' } }, /storage is 'memory', 'temporary' or \{ directory \}, not \{ dir \}/],
    [{ storage: { directory: '' } }, /storage is 'memory'/],
    [{ storage: null }, /storage is 'memory', .*, not null/],
    [{ topic: ['t'] }, /topic is not an option of startKafka; did you mean topics\?/],
    [{ brokers: '3' }, /brokers is a number from 1 to 20, not '3'/],
    [{ security: 'none' }, /security is not an option of startKafka; it has brokers, port, topics, config, storage/],
    [{ topics: 'orders' }, /topics is a list such as \['orders'\], not 'orders'/],
    [{ topics: [{ name: 't', partition: 3 }] }, /partition is not an option of a topic; did you mean partitions\?/],
    [{ topics: [7] }, /a topic is a name or \{ name, partitions, replicas, config \}, not 7/],
    [{ config: { 'num.partitionz': '3' } }, /num\.partitionz is not a .*; did you mean num\.partitions\?/],
    [
      { config: { 'retention.ms': '3' } },
      /retention\.ms is not .* but of a topic; for all topics it is log\.retention/,
    ],
    [{ config: { 'num.partitions': 3 } }, /num\.partitions in config is a text, such as '3', not 3/],
    [{ port: '9092' }, /port is a number from 0 to 65535, not '9092'/],
    ['localhost:9092', /options is an object/],
  ]
  const before = await handles()
  const files = readdirSync(place)
  for (const [options, why] of cases) await assert.rejects(startKafka(options as StartKafkaOptions), why)
  assert.deepEqual(await handles(), before)
  assert.deepEqual(readdirSync(place), files)
})
