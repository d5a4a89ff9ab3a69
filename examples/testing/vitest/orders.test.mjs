// npx vitest run
import { Kafka, stringSerde } from 'millrace/client'
import { startKafka } from 'millrace/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

let kafka
beforeAll(async () => {
  kafka = await startKafka({ topics: ['orders'] })
})
afterAll(() => kafka.stop())

test('an order that is placed is read', async () => {
  const client = new Kafka({ bootstrapServers: kafka.bootstrapServers })
  const producer = client.producer()
  await producer.send({ topic: 'orders', key: 'anna', value: 'a kettle' })
  await producer.close()

  const { deserialize } = stringSerde
  const consumer = client.consumer({
    groupId: 'warehouse',
    topics: ['orders'],
    autoOffsetReset: 'earliest',
    keyDeserializer: deserialize,
    valueDeserializer: deserialize,
  })
  for await (const { key, value } of consumer) {
    expect([key, value]).toEqual(['anna', 'a kettle'])
    break
  }
  await consumer.close()
})
