/** Reads records one by one as a member of a group. Run: node examples/client/consume.ts (Ctrl-C ends it) */
import { Kafka, stringSerde } from 'millrace/client'

const kafka = new Kafka({ bootstrapServers: process.env['KAFKA'] ?? 'localhost:9092' })
await using consumer = kafka.consumer({
  groupId: 'printers',
  topics: ['orders'],
  autoOffsetReset: 'earliest',
  valueDeserializer: stringSerde.deserialize,
})
// closing the consumer ends the loop: it commits what was processed and leaves the group
process.once('SIGINT', () => void consumer.close())

const most = Number(process.env['MOST'] ?? Number.POSITIVE_INFINITY)
let seen = 0
for await (const record of consumer) {
  console.log(`${record.topic}-${record.partition} ${record.offset}: ${record.value}`)
  if (++seen >= most) break
}
