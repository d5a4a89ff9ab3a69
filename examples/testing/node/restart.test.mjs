// node --test
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Kafka, stringSerde } from 'millrace/client'
import { startKafka } from 'millrace/testing'

test('the program goes on after its broker was restarted', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'orders-'))
  const first = await startKafka({ topics: ['orders'], storage: { directory } })
  const client = new Kafka({ bootstrapServers: first.bootstrapServers })
  const producer = client.producer()
  await producer.send({ topic: 'orders', value: 'before' })

  await first.stop()
  const sending = producer.send({ topic: 'orders', value: 'after' })
  // The same port, so that clients find it again.
  const second = await startKafka({ port: first.port, storage: { directory } })
  await sending
  await producer.close()

  const consumer = client.consumer({ autoOffsetReset: 'earliest', valueDeserializer: stringSerde.deserialize })
  consumer.assign([{ topic: 'orders', partition: 0 }])
  const seen = []
  while (seen.length < 2) seen.push(...(await consumer.poll({ timeoutMs: 1000 })).map(({ value }) => value))
  assert.deepEqual(seen, ['before', 'after'])

  await consumer.close()
  await second.stop()
  await rm(directory, { recursive: true })
})
