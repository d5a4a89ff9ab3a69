/** Tells errors apart by Kafka's own codes. Run: node examples/client/errors.ts */
import { isKafkaError, Kafka } from 'millrace/client'

const kafka = new Kafka({ bootstrapServers: process.env['KAFKA'] ?? 'localhost:9092' })

// what a broker refuses
await using producer = kafka.producer()
await tell('too large', () => producer.send({ topic: 'orders', value: new Uint8Array(2 << 20) }))

// what the client refuses before it asks anybody
await tell('a typo', async () => kafka.consumer({ groupID: 'g' } as object))

// nobody is there: which brokers were tried, why that failed, and what to do about it
await using lost = new Kafka({ bootstrapServers: 'localhost:1', apiTimeoutMs: 500 }).admin()
await tell('no broker', () => lost.listTopics())

async function tell(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isKafkaError(error)) throw error
    console.log(
      `${what}: ${error.code} (${error.isRetriable ? 'may be tried again' : 'final'}, advice: ${error.advice})`,
    )
    console.log(`  ${error.message}`)
  }
}
