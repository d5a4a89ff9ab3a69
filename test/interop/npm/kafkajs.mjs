// kafkajs as one of the libraries of suite.ts: node kafkajs.mjs NPM_DIR COMMAND JSON
import { createRequire } from 'node:module'
import zlib from 'node:zlib'

const [dir, command, json] = process.argv.slice(2)
const require = createRequire(`${dir}/package.json`)
const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = require('kafkajs')
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy')
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async (encoder) => zlib.zstdCompressSync(encoder.buffer),
  decompress: async (buffer) => zlib.zstdDecompressSync(buffer),
})
const codecs = { none: 'None', gzip: 'GZIP', snappy: 'Snappy', zstd: 'ZSTD' }

const ask = JSON.parse(json)
const kafka = new Kafka({ clientId: 'interop', brokers: [ask.bootstrap], logLevel: logLevel.ERROR })
/** Ends once everything said has left: a pipe takes it later when its reader is slow. */
const end = () => process.stdout.write('', () => process.exit(0))
const say = (what) => console.log(JSON.stringify(what))
const text = (buffer) => (buffer === null || buffer === undefined ? null : buffer.toString())

async function withAdmin(use, retries = 5) {
  const admin = kafka.admin({ retry: { retries } })
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

async function produce(topic, records, o) {
  const producer = kafka.producer({
    idempotent: o.idempotent === true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  })
  await producer.connect()
  await producer.send({
    topic,
    acks: o.acks === 'all' ? -1 : Number(o.acks),
    compression: CompressionTypes[codecs[o.codec]],
    messages: records,
  })
  await producer.disconnect()
  return records.length
}

const readers = {
  async consume({ topic, count, readUncommitted = true }) {
    const consumer = kafka.consumer({ groupId: `kafkajs-reader-${process.pid}-${Date.now()}`, readUncommitted })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const read = new Map() // a rebalance may begin anew
    await new Promise((done, fail) => {
      consumer
        .run({
          autoCommit: false,
          eachMessage: async ({ partition, message }) => {
            const headers = Object.fromEntries(
              Object.entries(message.headers ?? {}).map(([name, value]) => [name, text(value)]),
            )
            read.set(`${partition}/${message.offset}`, {
              partition,
              offset: Number(message.offset),
              key: text(message.key),
              value: text(message.value),
              headers,
            })
            if (read.size === count) done()
          },
        })
        .catch(fail)
    })
    await consumer.disconnect()
    return [...read.values()]
  },
}

const commands = {
  create: ({ topic, partitions }) =>
    withAdmin((admin) =>
      admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
      }),
    ),
  async produce() {
    say({ acked: await produce(ask.topic, ask.records, ask) })
  },
  async consume() {
    for (const record of await readers.consume(ask)) say(record)
  },
  async member({ topic, group }) {
    const consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: 6000,
      heartbeatInterval: 500,
      rebalanceTimeout: 10000,
      maxWaitTimeInMs: 500,
    })
    await consumer.connect()
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
      say({ assigned: (payload.memberAssignment[topic] ?? []).toSorted() }),
    )
    consumer.on(consumer.events.REBALANCING, () => say({ assigned: [] }))
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        say({ partition, offset: Number(message.offset), value: text(message.value) })
        await consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }])
      },
    })
    process.on('SIGTERM', async () => {
      await consumer.disconnect()
      end()
    })
    await new Promise(() => {})
  },
  committed: ({ topic, group }) =>
    withAdmin(async (admin) => {
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
      say({ committed: found.partitions.map((p) => Number(p.offset)) })
    }),
  admin: ({ topic, group }) =>
    withAdmin(async (admin) => {
      const answer = {}
      const wanted = {
        topic,
        numPartitions: 2,
        replicationFactor: 1,
        configEntries: [{ name: 'retention.ms', value: '99999' }],
      }
      answer.created = await admin.createTopics({ waitForLeaders: true, topics: [wanted] })
      // kafkajs answers false, and throws nothing, when all topics exist
      answer.existsError = (await admin.createTopics({ topics: [wanted] })) ? '' : 'topic exists'
      const partitions = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length
      answer.partitions = await partitions()
      await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
      answer.partitionsAfter = await partitions()
      const resource = { type: 2, name: topic }
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '123456' }] }],
      })
      const described = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ ...resource, configNames: ['retention.ms'] }],
      })
      answer.retentionMs = described.resources[0].configEntries[0].configValue
      const records = [0, 1, 2, 3, 4].map((i) => ({ key: 'same', value: String(i) }))
      await produce(topic, records, { acks: 'all', codec: 'none' })
      answer.endOffset = (await admin.fetchTopicOffsets(topic)).reduce((sum, p) => sum + Number(p.offset), 0)
      answer.listsTopic = (await admin.listTopics()).includes(topic)
      await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '0' }] })
      answer.listsGroup = (await admin.listGroups()).groups.some((g) => g.groupId === group)
      await admin.deleteGroups([group])
      await admin.deleteTopics({ topics: [topic] })
      answer.deleted = true
      answer.unknownError = await withAdmin((once) => once.deleteTopics({ topics: [`${topic}-absent`] }), 0).then(
        () => '',
        (error) => error.message,
      )
      say(answer)
    }),
  async transaction({ topic, id }) {
    const producer = kafka.producer({
      transactionalId: id,
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { retries: 3 },
    })
    await producer.connect()
    for (const [count, commit] of [
      [3, true],
      [3, false],
      [2, true],
    ]) {
      const transaction = await producer.transaction()
      const tag = commit ? 'commit' : 'abort'
      await transaction.send({ topic, messages: Array.from({ length: count }, (_, i) => ({ value: `${tag}${i}` })) })
      await (commit ? transaction.commit() : transaction.abort())
    }
    await producer.disconnect()
    const seen = await readers.consume({ topic, count: 5, readUncommitted: false })
    if (seen.some((record) => record.value.startsWith('abort'))) throw new Error(JSON.stringify(seen))
    say({ committed: 5, aborted: 3, seen: seen.length })
  },
}

await commands[command](ask)
end()
