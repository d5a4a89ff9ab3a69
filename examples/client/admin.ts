/** Makes, looks at, changes and deletes a topic. Run: node examples/client/admin.ts */
import { Kafka, offsetSpecs, unwrap } from 'millrace/client'

const kafka = new Kafka({ bootstrapServers: process.env['KAFKA'] ?? 'localhost:9092' })
await using admin = kafka.admin()

// calls about many things answer an outcome for each; unwrap takes the values or throws the first error
const topic = `events-${process.pid}`
unwrap(await admin.createTopics([{ name: topic, partitions: 3, configs: { 'retention.ms': '3600000' } }]))
const again = (await admin.createTopics([{ name: topic }])).get(topic)
console.log(`a second time: ${again?.error?.code}`)

const described = unwrap(await admin.describeTopics([topic])).get(topic)
console.log(`${topic} has partitions ${described?.partitions.map((p) => p.partition).join(', ')}`)

const resource = { type: 'topic', name: topic } as const
unwrap(await admin.alterConfigs(new Map([[resource, [{ name: 'retention.ms', operation: 'set', value: '60000' }]]])))
for (const entries of unwrap(await admin.describeConfigs([resource])).values()) {
  console.log(`retention.ms is ${entries.find((entry) => entry.name === 'retention.ms')?.value}`)
}

const ends = await admin.listOffsets([{ topic, partition: 0, timestamp: offsetSpecs.latest }])
console.log(`partition 0 ends at ${ends.get(topic, 0)?.value?.offset}`)

const { clusterId, nodes } = await admin.describeCluster()
console.log(`cluster ${clusterId}: ${nodes.map((node) => `${node.host}:${node.port}`).join(', ')}`)

unwrap(await admin.deleteTopics([topic]))
console.log('deleted')
