import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { nodeEnv } from '../../src/env/node/index.ts'
import {
  AlterClientQuotas,
  AlterUserScramCredentials,
  ApiVersions,
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  CreatePartitions,
  DeleteRecords,
  DeleteTopics,
  DescribeClientQuotas,
  DescribeConfigs,
  DescribeUserScramCredentials,
  errorName,
  errors,
  Fetch,
  FindCoordinator,
  IncrementalAlterConfigs,
  ListOffsets,
  Metadata,
  OffsetCommit,
  OffsetFetch,
  Produce,
  UpdateFeatures,
} from '../../src/protocol/index.ts'
import { Site } from '../faults/broker-process.ts'
import {
  batchOf,
  type Connection,
  connectTo,
  initProducerId,
  isApache,
  makeTopics,
  produceTo,
  startBroker,
} from './harness.ts'

type Asks = Pick<Connection, 'ask'>
interface Facts {
  readonly topicIds: readonly string[]
  readonly producerId: number
  readonly retry: Uint8Array
}

const MEMBER = 'Aa0aaaaaSaaaaaaaaaaaaA'

/** Whatever a broker must not forget. */
async function furnish(to: Asks): Promise<Facts> {
  const topicIds = await makeTopics(
    to,
    { name: 'kept', partitions: 2, config: { 'retention.ms': '123456789' } },
    { name: 'cut', partitions: 1 },
    { name: 'dropped', partitions: 1 },
  )
  for (const value of ['a', 'b', 'c']) await produceTo(to, 'kept', batchOf([{ value }]), 1)
  for (const value of ['a', 'b', 'c']) await produceTo(to, 'cut', batchOf([{ value }]))
  await to.ask(DeleteRecords, {
    topics: [{ name: 'cut', partitions: [{ partitionIndex: 0, offset: 2 }] }],
    timeoutMs: 5000,
  })
  await to.ask(DeleteTopics, { topics: [{ name: 'dropped' }], timeoutMs: 5000 })
  await to.ask(CreatePartitions, {
    topics: [{ name: 'kept', count: 3, assignments: null }],
    timeoutMs: 5000,
    validateOnly: false,
  })

  const { producerId } = await initProducerId(to)
  const records = (sequence: number) =>
    batchOf([{ value: `${sequence}` }], { producerId, producerEpoch: 0, baseSequence: sequence })
  await produceTo(to, 'kept', records(0))
  const retry = records(1)
  assert.equal(await produceTo(to, 'kept', retry), 1)

  await coordinated(to)
  const partitions = [{ partitionIndex: 1, committedOffset: 2, committedMetadata: 'note' }]
  const commit = { groupId: 'g', memberId: '', generationIdOrMemberEpoch: -1, topics: [{ name: 'kept', partitions }] }
  const committed = await to.ask(OffsetCommit, commit, 9)
  assert.equal(committed.topics[0]!.partitions[0]!.errorCode, errors.NONE)
  const joining = { groupId: 'members', memberId: MEMBER, memberEpoch: 0, rebalanceTimeoutMs: 10_000 }
  await to.ask(ConsumerGroupHeartbeat, { ...joining, subscribedTopicNames: ['kept'], topicPartitions: [] })

  const set = (name: string, value: string) => [{ name, configOperation: 0, value }]
  const resources = [
    { resourceType: 2, resourceName: 'kept', configs: set('segment.ms', '7777777') },
    { resourceType: 4, resourceName: '', configs: set('message.max.bytes', '2000000') },
  ]
  await to.ask(IncrementalAlterConfigs, { resources, validateOnly: false })
  const entity = [{ entityType: 'user', entityName: 'anna' }]
  const ops = [{ key: 'producer_byte_rate', value: 1000, remove: false }]
  await to.ask(AlterClientQuotas, { entries: [{ entity, ops }], validateOnly: false })
  const secret = { salt: new Uint8Array(16), saltedPassword: new Uint8Array(32) }
  const upsertions = [{ name: 'anna', mechanism: 1, iterations: 4096, ...secret }]
  await to.ask(AlterUserScramCredentials, { deletions: [], upsertions })
  const featureUpdates = [{ feature: 'transaction.version', maxVersionLevel: 1, upgradeType: 2 }]
  await to.ask(UpdateFeatures, { timeoutMs: 5000, featureUpdates, validateOnly: false })
  return { topicIds, producerId, retry }
}

/** The group's coordinator is known and has loaded. */
async function coordinated(to: Asks): Promise<void> {
  await to.ask(FindCoordinator, { keyType: 0, coordinatorKeys: ['g'] })
  for (;;) {
    const { groups } = await to.ask(OffsetFetch, { groups: [{ groupId: 'g', topics: null }] })
    if (!isApache || groups[0]!.errorCode === errors.NONE) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/**
 * All of it, as it was. After a kill, the start of a log may be where it was a minute ago: like Apache Kafka, a broker
 * notes it once a minute (log.flush.start.offset.checkpoint.interval.ms), and deletes again when it is asked again.
 */
async function verify(to: Asks, { topicIds, producerId, retry }: Facts, wasKilled = false): Promise<void> {
  const { topics } = await to.ask(Metadata, { topics: null })
  const found = topics.filter((t) => !t.isInternal).map((t) => `${t.name} ${t.topicId} ${t.partitions.length}`)
  assert.deepEqual(found.sort(), [`cut ${topicIds[1]} 1`, `kept ${topicIds[0]} 3`])

  const offsets = async (name: string, partitionIndex: number, timestamp: number) => {
    const asked = [{ name, partitions: [{ partitionIndex, timestamp }] }]
    for (;;) {
      const partition = (await to.ask(ListOffsets, { replicaId: -1, topics: asked })).topics[0]!.partitions[0]!
      if (isApache && partition.errorCode === errors.NOT_LEADER_OR_FOLLOWER) continue
      return partition.offset
    }
  }
  if (!wasKilled) assert.equal(await offsets('cut', 0, -2), 2)
  assert.equal(await offsets('cut', 0, -1), 3)
  assert.deepEqual([await offsets('kept', 1, -2), await offsets('kept', 1, -1)], [0, 3])
  const partitions = [{ partition: 1, fetchOffset: 0, partitionMaxBytes: 10_000 }]
  const fetch = {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 10_000,
    sessionEpoch: -1,
    topics: [{ topic: 'kept', partitions }],
  }
  const read = (await to.ask(Fetch, fetch, 12)).responses[0]!.partitions[0]!.records!
  assert.ok(read.to - read.from > 3 * 61)

  // A producer that did not hear the answer asks again, and is told the offset of the first time.
  assert.equal(await produceTo(to, 'kept', retry), 1)
  assert.equal(await offsets('kept', 0, -1), 2)
  const gap = batchOf([{ value: 'x' }], { producerId, producerEpoch: 0, baseSequence: 5 })
  const topicData = [{ name: 'kept', partitionData: [{ index: 0, records: gap }] }]
  const refused = await to.ask(Produce, { acks: -1, timeoutMs: 5000, topicData }, 12)
  const { errorCode } = refused.responses[0]!.partitionResponses[0]!
  assert.equal(errorName(errorCode), 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  assert.notEqual((await initProducerId(to)).producerId, producerId)

  await coordinated(to)
  const { groups } = await to.ask(OffsetFetch, { groups: [{ groupId: 'g', topics: null }] }, 9)
  const committed = groups[0]!.topics.flatMap((t) =>
    t.partitions.map((p) => [t.name, p.partitionIndex, p.committedOffset, p.metadata]),
  )
  assert.deepEqual(committed, [['kept', 1, 2, 'note']])
  const group = (await to.ask(ConsumerGroupDescribe, { groupIds: ['members'] })).groups[0]!
  assert.deepEqual(
    group.members.map((m) => [m.memberId, m.assignment.topicPartitions.map((t) => [...t.partitions].sort())]),
    [[MEMBER, [[0, 1, 2]]]],
  )

  const value = async (resourceType: number, resourceName: string, key: string) => {
    const resources = [{ resourceType, resourceName, configurationKeys: [key] }]
    return (await to.ask(DescribeConfigs, { resources })).results[0]!.configs[0]!.value
  }
  assert.equal(await value(2, 'kept', 'retention.ms'), '123456789')
  assert.equal(await value(2, 'kept', 'segment.ms'), '7777777')
  assert.equal(await value(2, 'cut', 'max.message.bytes'), '2000000')
  const quotas = await to.ask(DescribeClientQuotas, { components: [], strict: false })
  assert.deepEqual(
    quotas.entries!.map((e) => [e.entity[0]!.entityName, e.values]),
    [['anna', [{ key: 'producer_byte_rate', value: 1000 }]]],
  )
  const { results } = await to.ask(DescribeUserScramCredentials, { users: null })
  assert.deepEqual(
    results.map((r) => [r.user, r.credentialInfos]),
    [['anna', [{ mechanism: 1, iterations: 4096 }]]],
  )
  const { finalizedFeatures } = await to.ask(ApiVersions, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
  assert.equal(finalizedFeatures.find((f) => f.name === 'transaction.version')?.maxVersionLevel, 1)
}

describe('a broker knows what it knew', () => {
  it('after it was stopped and started again, twice', async () => {
    const place = mkdtempSync(join(tmpdir(), 'millrace-restart-'))
    const options = { storage: { directory: join(place, 'data') } }
    try {
      let broker = await startBroker(options)
      const facts = await furnish(broker)
      for (let restart = 0; restart < 2; restart++) {
        await broker[Symbol.asyncDispose]()
        broker = await startBroker(options)
        await verify(broker, facts)
      }
      await broker[Symbol.asyncDispose]()
    } finally {
      rmSync(place, { recursive: true })
    }
  })

  it('after kill -9', { skip: isApache }, async () => {
    using site = await Site.make()
    const env = nodeEnv({ logLevel: 'off' })
    try {
      await using first = await site.start()
      const facts = await furnish(await connectTo(env, { host: '127.0.0.1', port: site.port }))
      await first.kill()
      await using _second = await site.start()
      await verify(await connectTo(env, { host: '127.0.0.1', port: site.port }), facts, true)
    } finally {
      env.close()
    }
  })
})
