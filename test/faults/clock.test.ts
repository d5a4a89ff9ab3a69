/** The wall clock jumps, as after a wrong battery, a suspended machine or a step of NTP. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { type BrokerProcess, Site } from './broker-process.ts'
import { makeTopic, numbered, readAll, withKafka, write } from './records.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

class Clock {
  readonly #file: string
  readonly #broker: BrokerProcess

  private constructor(file: string, broker: BrokerProcess) {
    this.#file = file
    this.#broker = broker
  }

  static async start(site: Site): Promise<[BrokerProcess, Clock]> {
    const file = join(site.root, 'clock')
    writeFileSync(file, '0')
    const broker = await site.start({
      env: {
        NODE_OPTIONS: `--import ${resolve(import.meta.dirname, 'skewed-clock.ts')}`,
        FAULTS_CLOCK: file,
      },
    })
    return [broker, new Clock(file, broker)]
  }

  async jumpTo(skewMs: number): Promise<void> {
    writeFileSync(this.#file, `${skewMs}`)
    this.#broker.signal('SIGUSR2')
    await this.#broker.says(new RegExp(`clock jumped to ${skewMs} ms`))
  }
}

const frequent = { 'log.retention.check.interval.ms': '200', 'offsets.retention.check.interval.ms': '200' }

test('a clock that jumps back: appends, reads, groups and restarts go on; offsets and their order are untouched', async () => {
  using site = await Site.make({ config: frequent })
  const [broker, clock] = await Clock.start(site)
  await using _ = broker
  const configs = { 'message.timestamp.type': 'LogAppendTime' }
  await makeTopic(site, 't', { configs })
  await write(site, 't', 0, 10)
  await clock.jumpTo(-3 * DAY_MS)
  assert.deepEqual(await write(site, 't', 10, 20), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
  assert.deepEqual(await readAll(site, 't'), numbered('t', 0, 20))
  await withKafka(site, async (kafka) => {
    await using admin = kafka.admin()
    // The first record at or after a time, in the order of the log.
    const now = await admin.listOffsets([{ topic: 't', partition: 0, timestamp: Date.now() - DAY_MS }])
    assert.equal(now.get('t', 0)?.value?.offset, 0)
    const later = await admin.listOffsets([{ topic: 't', partition: 0, timestamp: Date.now() - 4 * DAY_MS }])
    assert.equal(later.get('t', 0)?.value?.offset, 0)
  })
  await broker.kill()
  await using again = await site.start()
  assert.doesNotMatch(again.said, / ERROR /)
  assert.deepEqual(await readAll(site, 't'), numbered('t', 0, 20))
})

test('a clock that jumps forward: members stay in their group, its offsets stay, sequences go on; retention goes by the clock', async () => {
  using site = await Site.make({ config: frequent })
  const [broker, clock] = await Clock.start(site)
  await using _ = broker
  await makeTopic(site, 'kept', { configs: { 'retention.ms': '-1' } })
  await makeTopic(site, 'old', { configs: { 'retention.ms': `${DAY_MS}` } })
  await write(site, 'old', 0, 5)
  await withKafka(site, async (kafka) => {
    await using producer = kafka.producer()
    let rebalances = 0
    await using consumer = kafka.consumer({
      groupId: 'g',
      autoOffsetReset: 'earliest',
      autoCommit: false,
      rebalanceListener: { assigned: () => void rebalances++ },
    })
    consumer.subscribe(['kept'])
    await producer.send({ topic: 'kept', partition: 0, value: 'before' })
    const first = await consumer.poll({ timeoutMs: 20_000 })
    assert.equal(first.length, 1)
    await consumer.commit()

    await clock.jumpTo(10 * DAY_MS)
    // The same producer goes on where it was, and the member is still one: its session is not counted in wall time.
    const { offset } = await producer.send({ topic: 'kept', partition: 0, value: 'after' })
    assert.equal(offset, 1)
    const second = await consumer.poll({ timeoutMs: 20_000 })
    assert.deepEqual(
      second.map((record) => record.offset),
      [1],
    )
    assert.equal(rebalances, 1)
    await using admin = kafka.admin()
    const offsets = await admin.listGroupOffsets('g')
    assert.equal(offsets.get('kept', 0)?.value?.offset, 1)

    // What is ten days old by the broker's clock is gone; what is written now is not.
    let start = 0
    while (start === 0) start = (await consumer.beginningOffsets([{ topic: 'old', partition: 0 }])).get('old', 0) ?? 0
    assert.equal(start, 5)
  })
  assert.doesNotMatch(broker.said, / ERROR /)
  await clock.jumpTo(0)
  assert.deepEqual(await write(site, 'old', 5, 8), [5, 6, 7])
  assert.deepEqual(await readAll(site, 'old'), numbered('old', 5, 8))
})
