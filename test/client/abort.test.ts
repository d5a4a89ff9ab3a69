import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Kafka } from '../../src/client/node.ts'
import { Cuttable, clientsOf, newGroup, newTopic, type RunningBroker, startTarget } from './world.ts'

let broker: RunningBroker
let kafka: Kafka
before(async () => {
  broker = await startTarget()
  kafka = clientsOf(broker.bootstrapServers)
})
after(() => broker.stop())

/** What waits for ever, and ends with the signal's reason. */
async function ends(what: string, start: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const stop = new AbortController()
  const reason = new Error(`enough of ${what}`)
  let isOver = false
  const work = start(stop.signal).then(
    () => assert.fail(`${what} did not wait`),
    (error: unknown) => {
      isOver = true
      assert.equal(error, reason, what)
    },
  )
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.equal(isOver, false, `${what} was over before it was aborted`)
  stop.abort(reason)
  await work
  await assert.rejects(start(AbortSignal.abort(reason)), reason, `${what} begins in spite of the signal`)
}

test('every wait for a broker that is not there ends with the signal', async () => {
  const way = new Cuttable()
  const nobody = clientsOf('127.0.0.1:1', way.env)
  const producer = nobody.producer({ bufferBytes: 100 })
  const consumer = nobody.consumer({ groupId: 'g', topics: ['t'] })
  const assigned = nobody.consumer({ groupId: 'h' })
  assigned.assign([{ topic: 't', partition: 0 }])
  const admin = nobody.admin()
  const record = { topic: 't', value: 'x' }
  const at = [{ topic: 't', partition: 0 }]
  await ends('send', (signal) => producer.send(record, { signal }))
  await ends('sendAll', (signal) => producer.sendAll([record], { signal }))
  await ends('partitionsFor', (signal) => producer.partitionsFor('t', { signal }))
  producer.post({ topic: 't', value: 'x'.repeat(200) }, () => {})
  await ends('ready', (signal) => producer.ready({ signal }))
  await ends('send into a full buffer', (signal) => producer.send(record, { signal }))
  await ends('flush', (signal) => producer.flush({ signal }))
  await ends('poll', (signal) => consumer.poll({ signal }))
  await ends('for await', (signal) => consumer.records({ signal }).next())
  await ends('batches', (signal) => assigned.batches({ signal }).next())
  await ends('commit', (signal) => consumer.commit([{ ...at[0]!, offset: 1 }], { signal }))
  await ends('committed', (signal) => consumer.committed(at, { signal }))
  await ends('position', (signal) => assigned.position(at[0]!, { signal }))
  await ends('endOffsets', (signal) => consumer.endOffsets(at, { signal }))
  await ends('listTopics', (signal) => admin.listTopics({ signal }))
  await ends('createTopics', (signal) => admin.createTopics([{ name: 't' }], { signal }))
  await ends('describeCluster', (signal) => admin.describeCluster({ signal }))
  await ends('listGroups', (signal) => admin.listGroups({ signal }))
  await ends('listOffsets', (signal) => admin.listOffsets([{ ...at[0]!, timestamp: -1 }], { signal }))
  await ends('describeConfigs', (signal) => admin.describeConfigs([{ type: 'topic', name: 't' }], { signal }))
  // closing does not fail: what cannot be said any more is left unsaid
  await producer.close({ signal: AbortSignal.abort() })
  await consumer.close({ signal: AbortSignal.abort() })
  await assigned.close()
  await admin.close()
  way.die()
})

test('an aborted poll leaves the consumer usable', async () => {
  const topic = await newTopic(kafka)
  await using consumer = kafka.consumer({ groupId: newGroup(), topics: [topic], autoOffsetReset: 'earliest' })
  await ends('poll', (signal) => consumer.poll({ signal }))
  await ends('for await', async (signal) => {
    for await (const _ of consumer.records({ signal }));
  })
  await using producer = kafka.producer()
  await producer.send({ topic, value: 'x' })
  assert.equal((await consumer.poll()).length, 1)
})

test('a source of records that does not go on does not hold sendAll; what it gave is written', async () => {
  const topic = await newTopic(kafka)
  await using producer = kafka.producer()
  let isTold = false
  async function* source() {
    try {
      yield { topic, value: 'one' }
      await new Promise(() => {})
    } finally {
      isTold = true
    }
  }
  await ends('sendAll', (signal) => producer.sendAll(source(), { signal }))
  await producer.flush()
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  consumer.assign([{ topic, partition: 0 }])
  assert.equal((await consumer.poll()).length, 1)
  assert.equal(isTold, false, 'a generator is told only once it comes to itself')
})

test('a rebalance callback that takes its time does not hold an aborted poll; the next one waits for it', async () => {
  const topic = await newTopic(kafka)
  let finish = () => {}
  const slow = new Promise<void>((resolve) => {
    finish = resolve
  })
  let calls = 0
  const rebalanceListener = {
    assigned: async () => {
      calls++
      await slow
    },
  }
  await using consumer = kafka.consumer({
    groupId: newGroup(),
    topics: [topic],
    rebalanceListener,
    autoOffsetReset: 'earliest',
  })
  await using producer = kafka.producer()
  await producer.send({ topic, value: 'x' })
  const stop = new AbortController()
  const aborted = consumer.poll({ signal: stop.signal })
  while (calls === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  stop.abort(new Error('enough'))
  await assert.rejects(aborted, /enough/)
  const next = consumer.poll()
  finish()
  assert.equal((await next).length, 1)
  assert.equal(calls, 1)
})
