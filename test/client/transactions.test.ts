import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ConsumerRecord, Kafka, Producer } from '../../src/client/node.ts'
import { clientsOf, codeOf, newTopic, type RunningBroker, startTarget, until } from './world.ts'

const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? undefined)

/** What a reader of committed records finds, once nothing is open. */
async function committed(kafka: Kafka, topic: string, partitions = 1): Promise<string[]> {
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' })
  await using all = kafka.consumer({ autoOffsetReset: 'earliest' })
  const asked = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  await until('nothing is open', async () => {
    const stable = await consumer.endOffsets(asked)
    const last = await all.endOffsets(asked)
    return asked.every((p) => stable.get(topic, p.partition) === last.get(topic, p.partition))
  })
  const ends = await consumer.endOffsets(asked)
  const values: string[] = []
  consumer.assign(asked)
  for (const at of asked) {
    while ((await consumer.position(at)) < (ends.get(topic, at.partition) ?? 0)) {
      for (const { value } of await consumer.poll({ timeoutMs: 2000 })) values.push(text(value))
    }
  }
  return values.sort()
}

/** Both ways in which a broker and a client may do it. */
for (const level of [2, 1]) {
  describe(`transactions under transaction.version ${level}`, () => {
    let broker: RunningBroker
    let kafka: Kafka
    before(async () => {
      broker = await startTarget({ config: { 'transaction.state.log.num.partitions': '3' } })
      kafka = clientsOf(broker.bootstrapServers)
      if (level === 2) return
      await using admin = kafka.admin()
      await admin.updateFeatures([{ name: 'transaction.version', level, type: 'safeDowngrade' }])
      await until(
        'the level is',
        async () => (await admin.describeFeatures()).finalized.get('transaction.version') === level,
      )
    })
    after(() => broker.stop())
    let count = 0
    const producer = (o: object = {}): Producer => kafka.producer({ transactionalId: `id-${++count}`, ...o })

    test('what is committed is seen, what is aborted is not', async () => {
      const topic = await newTopic(kafka, 3)
      await using writer = producer({ compression: 'gzip' })
      for (let round = 0; round < 6; round++) {
        const transaction = await writer.transaction()
        await transaction.sendAll([0, 1, 2].map((partition) => ({ topic, partition, value: `${round}-${partition}` })))
        if (round % 2 === 0) await transaction.commit()
        else await transaction.abort()
        assert.equal(transaction.isOpen, false)
      }
      const wanted = [0, 2, 4].flatMap((round) => [0, 1, 2].map((partition) => `${round}-${partition}`))
      assert.deepEqual(await committed(kafka, topic, 3), wanted)
    })

    test('a function commits by coming to its end, and aborts by throwing', async () => {
      const topic = await newTopic(kafka)
      await using writer = producer()
      const offset = await writer.transaction(async (t) => (await t.send({ topic, value: 'kept' })).offset)
      assert.equal(offset, 0)
      const failed = writer.transaction(async (t) => {
        await t.send({ topic, value: 'dropped' })
        throw new Error('no')
      })
      await assert.rejects(failed, /^Error: no$/)
      await writer.transaction(async (t) => void t.post({ topic, value: 'posted' }))
      assert.deepEqual(await committed(kafka, topic), ['kept', 'posted'])
    })

    test('a transaction without anything in it ends like any other', async () => {
      const topic = await newTopic(kafka)
      await using writer = producer()
      await (await writer.transaction()).commit()
      await (await writer.transaction()).abort()
      await writer.transaction((t) => t.send({ topic, value: 'a' }))
      assert.deepEqual(await committed(kafka, topic), ['a'])
    })

    test('one that is left alone is aborted', async () => {
      const topic = await newTopic(kafka)
      await using writer = producer()
      {
        await using transaction = await writer.transaction()
        await transaction.send({ topic, value: 'dropped' })
      }
      await writer.transaction((t) => t.send({ topic, value: 'kept' }))
      const last = await writer.transaction()
      await last.send({ topic, value: 'open at close' })
      await writer.close()
      assert.deepEqual(await committed(kafka, topic), ['kept'])
    })

    test('records belong to a transaction, and one at a time is open', async () => {
      const topic = await newTopic(kafka)
      await using writer = producer()
      assert.equal(await codeOf(writer.send({ topic, value: 'x' })), 'INVALID_STATE')
      const transaction = await writer.transaction()
      assert.equal(await codeOf(writer.transaction()), 'INVALID_STATE')
      await transaction.commit()
      assert.equal(await codeOf(transaction.send({ topic, value: 'x' })), 'INVALID_STATE')
      assert.equal(await codeOf(transaction.commit()), 'INVALID_STATE')
      await using plain = kafka.producer()
      assert.equal(await codeOf(plain.transaction()), 'INVALID_STATE')
    })

    test('a producer that was overtaken writes nothing more', async () => {
      const topic = await newTopic(kafka)
      await using old = producer({ transactionalId: 'same' })
      const lost = await old.transaction()
      await lost.send({ topic, value: 'lost' })
      await using young = producer({ transactionalId: 'same' })
      await young.transaction((t) => t.send({ topic, value: 'kept' }))
      assert.match((await codeOf(lost.commit())) ?? '', /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH/)
      await lost.abort()
      assert.match((await codeOf(old.transaction())) ?? '', /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH/)
      assert.deepEqual(await committed(kafka, topic), ['kept'])
    })

    test('a record that cannot be written leaves the transaction to be aborted, and the next goes on', async () => {
      const topic = await newTopic(kafka, 1, { 'max.message.bytes': '2000' })
      await using writer = producer()
      const transaction = await writer.transaction()
      await transaction.send({ topic, value: 'a' })
      assert.equal(await codeOf(transaction.send({ topic, value: 'x'.repeat(10_000) })), 'MESSAGE_TOO_LARGE')
      assert.equal(await codeOf(transaction.send({ topic, value: 'b' })), 'MESSAGE_TOO_LARGE')
      assert.equal(await codeOf(transaction.commit()), 'MESSAGE_TOO_LARGE')
      await transaction.abort()
      await writer.transaction((t) => t.send({ topic, value: 'c' }))
      await writer.transaction((t) => t.send({ topic, value: 'd' }))
      assert.deepEqual(await committed(kafka, topic), ['c', 'd'])
    })

    test('offsets count with the records, and only for a member that is still one', async () => {
      const from = await newTopic(kafka)
      const to = await newTopic(kafka)
      await using source = kafka.producer()
      await source.sendAll([1, 2, 3].map((n) => ({ topic: from, value: `${n}` })))
      const groupId = `g-${from}`
      await using consumer = kafka.consumer({ groupId, topics: [from], autoOffsetReset: 'earliest', autoCommit: false })
      const read: ConsumerRecord[] = []
      while (read.length < 3) read.push(...(await consumer.poll({ timeoutMs: 10_000 })))
      await using writer = producer()
      const at = (offset: number) => [{ topic: from, partition: 0, offset }]
      const kept = async () => (await consumer.committed([{ topic: from, partition: 0 }])).get(from, 0)?.offset
      const dropped = await writer.transaction()
      await dropped.sendOffsets(at(1), consumer)
      await dropped.abort()
      await writer.transaction(async (t) => {
        await t.sendAll(read.map(({ value }) => ({ topic: to, value: `copy of ${text(value)}` })))
        await t.sendOffsets(at(3), consumer)
      })
      await until('the offset counts', async () => (await kept()) === 3)
      const stale = { ...consumer.groupMetadata(), memberId: 'somebody' }
      const refused = await writer.transaction()
      assert.equal(await codeOf(refused.sendOffsets(at(9), stale)), 'UNKNOWN_MEMBER_ID')
      await refused.abort()
      assert.equal(await kept(), 3)
      assert.deepEqual(await committed(kafka, to), ['copy of 1', 'copy of 2', 'copy of 3'])
    })

    test('the admin lists, describes and ends transactions', async () => {
      const topic = await newTopic(kafka)
      await using admin = kafka.admin()
      await using writer = producer({ transactionalId: 'watched' })
      const transaction = await writer.transaction()
      await transaction.send({ topic, value: 'x' })
      const described = (await admin.describeTransactions(['watched', 'nobody'])).get('watched')!.value!
      assert.equal(described.state, 'Ongoing')
      assert.deepEqual(described.partitions, [{ topic, partition: 0 }])
      const listed = [...(await admin.listTransactions({ states: ['Ongoing'], pattern: 'watch.*' })).values()]
      assert.deepEqual(
        listed.flatMap(({ value }) => value?.map((t) => t.transactionalId) ?? []),
        ['watched'],
      )
      await admin.fenceProducer('watched')
      assert.match(
        (await codeOf(transaction.commit())) ?? '',
        /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH|INVALID_TXN_STATE/,
      )
      assert.deepEqual(await committed(kafka, topic), [])
      const missing = (await admin.describeTransactions(['nobody'])).get('nobody')!
      assert.equal(missing.error?.code, 'TRANSACTIONAL_ID_NOT_FOUND')
    })
  })
}
