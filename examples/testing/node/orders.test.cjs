// node --test
const assert = require('node:assert/strict')
const { after, before, test } = require('node:test')
const { Kafka, stringSerde } = require('millrace/client')
const { startKafka } = require('millrace/testing')

let kafka
before(async () => {
  kafka = await startKafka({ topics: ['orders'] })
})
after(() => kafka.stop())

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
    assert.deepEqual([key, value], ['anna', 'a kettle'])
    break
  }
  await consumer.close()
})
