/** Exactly once in a cluster: whichever broker is killed with -9, copies by Apache's copier and by ours are exact. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { Sites } from '../cluster/sites.ts'
import { until } from '../cluster/until.ts'
import { copierPrograms } from './copier-programs.ts'
import { Copier } from './copiers.ts'

const config = {
  'transaction.state.log.num.partitions': '6',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  'offsets.topic.num.partitions': '6',
  'offsets.topic.replication.factor': '3',
  'min.insync.replicas': '2',
  'broker.session.timeout.ms': '3000',
}
const count = 3000
const partitions = [0, 1, 2]

for (const { name, command, skip } of copierPrograms) {
  test(`${name} transactional copier in a cluster whose brokers are killed gives exactly the input`, {
    skip,
  }, async (t) => {
    await using cluster = await Sites.make(3, config)
    await cluster.start()
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
    await using admin = kafka.admin()
    const topics = ['in', 'out'].map((name) => ({ name, partitions: 3, replicationFactor: 3 }))
    unwrap(await admin.createTopics(topics))
    await using producer = kafka.producer()
    const records = Array.from({ length: count }, (_, n) => ({ topic: 'in', partition: n % 3, value: `${n}` }))
    await producer.sendAll(records)
    const copiers = partitions.map((p) => new Copier(command(cluster.bootstrap, p), `copier ${p}`))
    try {
      const inSync = async () => {
        const described = await admin.describeTopics(['out', '__transaction_state'])
        // the first transaction makes the second of them
        return [...described.values()].every(
          ({ error, value }) => error === null && value.partitions.every(({ isr }) => isr.length === 3),
        )
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
    const asked = partitions.map((partition) => ({ topic: 'out', partition }))
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
}
