import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { Sites } from './sites.ts'
import { until } from './until.ts'

const transactional = {
  'transaction.state.log.num.partitions': '6',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'offsets.topic.num.partitions': '6',
  'offsets.topic.replication.factor': '3',
  'min.insync.replicas': '2',
  'broker.session.timeout.ms': '3000',
}

test('coordinators, groups and partitions on different brokers end a transaction together', async () => {
  await using cluster = await Sites.make(3, transactional)
  await cluster.start()
  const kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await using admin = kafka.admin()
  unwrap(await admin.createTopics([{ name: 't', partitions: 6, replicationFactor: 3 }]))
  const coordinators = new Set<number>()
  for (let n = 0; n < 12; n++) {
    await using producer = kafka.producer({ transactionalId: `id-${n}` })
    for (const isKept of [true, false]) {
      const transaction = await producer.transaction()
      const records = [0, 1, 2, 3, 4, 5].map((partition) => ({ topic: 't', partition, value: `${n} ${isKept}` }))
      await transaction.sendAll(records)
      await transaction.sendOffsets([{ topic: 't', partition: 0, offset: n + (isKept ? 1 : 1000) }], `group-${n}`)
      if (isKept) await transaction.commit()
      else await transaction.abort()
    }
    const described = unwrap(await admin.describeTransactions([`id-${n}`])).get(`id-${n}`)!
    coordinators.add(described.coordinatorId)
    const offset = async () => {
      const found = await admin.listGroupOffsets(`group-${n}`, null, { requireStable: true })
      return found.get('t', 0)?.value?.offset ?? -1
    }
    await until(offset, (found) => found === n + 1)
  }
  assert.equal(coordinators.size, 3, 'every broker coordinates some')
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' })
  consumer.assign([0, 1, 2, 3, 4, 5].map((partition) => ({ topic: 't', partition })))
  const values: string[] = []
  while (values.length < 72)
    for (const { value } of await consumer.poll({ timeoutMs: 10_000 })) values.push(new TextDecoder().decode(value!))
  assert.ok(values.every((value) => value.endsWith('true')))
})
