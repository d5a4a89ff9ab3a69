import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { Copier } from '../faults/copiers.ts'
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

test('copies are exact whichever broker is killed', async (t) => {
  await using cluster = await Sites.make(3, {
    ...transactional,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  })
  await cluster.start()
  const kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await using admin = kafka.admin()
  const topics = ['in', 'out'].map((name) => ({ name, partitions: 3, replicationFactor: 3 }))
  unwrap(await admin.createTopics(topics))
  const count = 3000
  await using producer = kafka.producer()
  const records = Array.from({ length: count }, (_, n) => ({ topic: 'in', partition: n % 3, value: `${n}` }))
  await producer.sendAll(records)
  const program = join(import.meta.dirname, '..', 'faults', 'copier.ts')
  const copiers = [0, 1, 2].map(
    (p) => new Copier([process.execPath, program, cluster.bootstrap, `${p}`], `copier ${p}`),
  )
  try {
    const inSync = async () => {
      const described = unwrap(await admin.describeTopics(['out', '__transaction_state']))
      return [...described.values()].every(({ partitions }) => partitions.every(({ isr }) => isr.length === 3))
    }
    for (const id of [1, 2, 3]) {
      for (const copier of copiers) copier.keepGoing()
      await new Promise((resolve) => setTimeout(resolve, 700))
      t.diagnostic(`killing ${id}`)
      await cluster.kill(id)
      await new Promise((resolve) => setTimeout(resolve, 700))
      await cluster.start(id)
      for (const copier of copiers) copier.keepGoing()
      await until(inSync, (isSo) => isSo)
    }
    await until(
      async () => {
        for (const copier of copiers) copier.keepGoing()
        return copiers.every(({ isDone }) => isDone)
      },
      (isSo) => isSo,
    )
  } finally {
    for (const copier of copiers) await copier.kill()
  }
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' })
  const asked = [0, 1, 2].map((partition) => ({ topic: 'out', partition }))
  const ends = await consumer.endOffsets(asked)
  consumer.assign(asked)
  const values: number[] = []
  for (const at of asked) {
    while ((await consumer.position(at)) < (ends.get('out', at.partition) ?? 0))
      for (const { value } of await consumer.poll({ timeoutMs: 1000 }))
        values.push(Number(new TextDecoder().decode(value!)))
  }
  assert.deepEqual(
    values.sort((a, b) => a - b),
    Array.from({ length: count }, (_, n) => n),
  )
})
