// @platformatic/kafka as one of the libraries of suite.ts: node platformatic.mjs NPM_DIR COMMAND JSON
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [dir, command, json] = process.argv.slice(2)
const at = createRequire(`${dir}/package.json`).resolve('@platformatic/kafka')
const { Admin, Consumer, Producer, stringDeserializers, stringSerializers } = await import(pathToFileURL(at).href)

const ask = JSON.parse(json)
const base = { clientId: 'interop', bootstrapBrokers: [ask.bootstrap] }
/** Ends once everything said has left: a pipe takes it later when its reader is slow. */
const end = () => process.stdout.write('', () => process.exit(0))
const say = (what) => console.log(JSON.stringify(what))

async function withAdmin(use) {
  const admin = new Admin(base)
  try {
    return await use(admin)
  } finally {
    await admin.close()
  }
}

async function produce(topic, records, o) {
  const producer = new Producer({
    ...base,
    serializers: stringSerializers,
    ...(o.idempotent ? { idempotent: true } : {}),
  })
  await producer.send({
    messages: records.map(({ key, value, headers }) => ({ topic, key, value, headers })),
    acks: o.acks === 'all' ? -1 : Number(o.acks),
    compression: o.codec,
  })
  await producer.close()
  return records.length
}

async function consume({ topic, count, isolationLevel = 0 }) {
  const consumer = new Consumer({
    ...base,
    groupId: `platformatic-reader-${process.pid}-${Date.now()}`,
    deserializers: stringDeserializers,
  })
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'earliest',
    autocommit: false,
    isolationLevel,
    sessionTimeout: 6000,
    heartbeatInterval: 500,
  })
  const read = []
  for await (const m of stream) {
    read.push({
      partition: m.partition,
      offset: Number(m.offset),
      key: m.key ?? null,
      value: m.value,
      headers: Object.fromEntries(m.headers),
    })
    if (read.length === count) break
  }
  await consumer.close(true)
  return read
}

const commands = {
  create: ({ topic, partitions }) =>
    withAdmin((admin) => admin.createTopics({ topics: [topic], partitions, replicas: 1 })),
  async produce() {
    say({ acked: await produce(ask.topic, ask.records, ask) })
  },
  async consume() {
    for (const record of await consume(ask)) say(record)
  },
  async member({ topic, group, protocol }) {
    const how =
      protocol === 'consumer'
        ? { groupProtocol: 'consumer' }
        : { sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 10000 }
    const consumer = new Consumer({ ...base, groupId: group, deserializers: stringDeserializers, ...how })
    let before = ''
    setInterval(() => {
      const now = (consumer.assignments ?? []).flatMap((a) => (a.topic === topic ? a.partitions : [])).toSorted()
      if (before !== now.join()) say({ assigned: now })
      before = now.join()
    }, 50)
    const stream = await consumer.consume({
      topics: [topic],
      mode: 'committed',
      fallbackMode: 'earliest',
      autocommit: false,
      maxWaitTime: 500,
    })
    process.on('SIGTERM', async () => {
      await consumer.close(true)
      end()
    })
    for await (const m of stream) {
      say({ partition: m.partition, offset: Number(m.offset), value: m.value })
      await m.commit()
    }
  },
  committed: ({ topic, group }) =>
    withAdmin(async (admin) => {
      const [found] = await admin.listConsumerGroupOffsets({ groups: [group] })
      const partitions = found.topics.find((t) => t.name === topic)?.partitions ?? []
      say({ committed: partitions.map((p) => Number(p.committedOffset)) })
    }),
  admin: ({ topic, group }) =>
    withAdmin(async (admin) => {
      const answer = {}
      const failure = (error) => [error.message, error.apiId, ...(error.errors ?? []).map(failure)].join(' ')
      await admin.createTopics({
        topics: [topic],
        partitions: 2,
        replicas: 1,
        configs: [{ name: 'retention.ms', value: '99999' }],
      })
      answer.created = true
      answer.existsError = await admin
        .createTopics({ topics: [topic], partitions: 2, replicas: 1 })
        .then(() => '', failure)
      const partitions = async () =>
        (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic).partitionsCount
      answer.partitions = await partitions()
      await admin.createPartitions({ topics: [{ name: topic, count: 4, assignments: null }] })
      answer.partitionsAfter = await partitions()
      const configs = [{ name: 'retention.ms', configOperation: 0, value: '123456' }]
      await admin.incrementalAlterConfigs({ resources: [{ resourceType: 2, resourceName: topic, configs }] })
      const [described] = await admin.describeConfigs({
        resources: [{ resourceType: 2, resourceName: topic, configurationKeys: ['retention.ms'] }],
      })
      answer.retentionMs = described.configs[0].value
      await produce(
        topic,
        [0, 1, 2, 3, 4].map((i) => ({ key: 'same', value: String(i), headers: {} })),
        { acks: 'all', codec: 'none' },
      )
      const asked = [0, 1, 2, 3].map((partitionIndex) => ({ partitionIndex, timestamp: -1n }))
      const [ends] = await admin.listOffsets({ topics: [{ name: topic, partitions: asked }] })
      answer.endOffset = ends.partitions.reduce((sum, p) => sum + Number(p.offset), 0)
      answer.listsTopic = (await admin.listTopics()).includes(topic)
      await admin.alterConsumerGroupOffsets({
        groupId: group,
        topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset: 0n }] }],
      })
      answer.listsGroup = (await admin.listGroups()).has(group)
      await admin.deleteGroups({ groups: [group] })
      await admin.deleteTopics({ topics: [topic] })
      answer.deleted = true
      answer.unknownError = await admin.deleteTopics({ topics: [`${topic}-absent`] }).then(() => '', failure)
      say(answer)
    }),
  async transaction({ topic, id }) {
    const producer = new Producer({
      ...base,
      serializers: stringSerializers,
      transactionalId: id,
      idempotent: true,
      retries: 3,
    })
    for (const [count, commit] of [
      [3, true],
      [3, false],
      [2, true],
    ]) {
      const transaction = await producer.beginTransaction()
      const tag = commit ? 'commit' : 'abort'
      await transaction.send({
        messages: Array.from({ length: count }, (_, i) => ({ topic, value: `${tag}${i}` })),
        acks: -1,
      })
      await (commit ? transaction.commit() : transaction.abort())
    }
    await producer.close()
    const seen = await consume({ topic, count: 5, isolationLevel: 1 })
    if (seen.some((record) => record.value.startsWith('abort'))) throw new Error(JSON.stringify(seen))
    say({ committed: 5, aborted: 3, seen: seen.length })
  },
}

await commands[command](ask)
end()
