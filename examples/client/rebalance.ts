/**
 * Two members share a topic; each hears what it gets and what it must give up, and commits at the last moment.
 * Run: node examples/client/rebalance.ts
 */
import { type Consumer, Kafka, partitionName, type TopicPartition } from 'millrace/client'

const kafka = new Kafka({ bootstrapServers: process.env['KAFKA'] ?? 'localhost:9092' })
await using admin = kafka.admin()
const topic = `shared-${process.pid}`
await admin.createTopics([{ name: topic, partitions: 4 }])
await using producer = kafka.producer()
await producer.sendAll(Array.from({ length: 40 }, (_, n) => ({ topic, partition: n % 4, value: `${n}` })))

let processed = 0
const first = member('first')
const reading = [read(first)]
await has(first, 4)
const second = member('second')
reading.push(read(second))
await has(second, 2)
while (processed < 40) await soon()
await second.close() // leaves: the first takes over
await has(first, 4)
await first.close()
await Promise.all(reading)
await admin.deleteTopics([topic])

function member(name: string): Consumer {
  const named = (partitions: readonly TopicPartition[]) => partitions.map(partitionName).join(' ') || 'nothing yet'
  const consumer: Consumer = kafka.consumer({
    groupId: `readers-${process.pid}`,
    groupProtocol: 'consumer', // the broker divides the partitions (KIP-848); leave it out for the classic protocol
    topics: [topic],
    autoOffsetReset: 'earliest',
    autoCommit: false,
    rebalanceListener: {
      assigned: (partitions) => console.log(`${name} gets ${named(partitions)}`),
      revoked: async (partitions) => {
        await consumer.commit() // the last moment: nothing that was processed is read again by others
        console.log(`${name} gives up ${named(partitions)}`)
      },
      lost: (partitions) => console.log(`${name} has lost ${named(partitions)}: it was away for too long`),
    },
  })
  return consumer
}

async function read(consumer: Consumer): Promise<void> {
  for await (const _ of consumer) processed++
}

async function has(consumer: Consumer, count: number): Promise<void> {
  while (consumer.assignment().length !== count) await soon()
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
