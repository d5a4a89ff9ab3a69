import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type MetadataRecord, recordVersion } from '../metadata/index.ts'
import { errorText } from '../protocol/index.ts'
import { Bench } from './fakes.ts'

// biome-ignore lint/suspicious/noExplicitAny: requests and records as Kafka's tools print them
type Any = any
type Answer = readonly [code: number, message: string | number | null]

/**
 * What a real Apache Kafka 4.3.1 node answered to these requests of its admin client in this order, and the metadata
 * records that its dump tool shows for them.
 */
const apache = JSON.parse(readFileSync(new URL('./testdata/admin-answers.json', import.meta.url), 'utf8')) as {
  asks: [ask: Any, answer: Answer][]
  records: [type: string, version: number, data: Record<string, Any>][]
}

interface Coded {
  readonly errorCode?: number | undefined
  readonly errorMessage?: string | null | undefined
}
const codes = (r: Coded): Answer => [r.errorCode!, r.errorMessage ?? null]
const hashes: Record<number, string> = { 1: 'sha256', 2: 'sha512' }
const aclFields = ['resourceType', 'resourceName', 'patternType', 'principal', 'host', 'operation', 'permissionType']

const asks: Record<string, (bench: Bench, ask: Any) => Answer> = {
  createTopic(bench, { name, partitions, rf, assignments, configs, validateOnly }) {
    const topic = {
      name,
      numPartitions: partitions ?? -1,
      replicationFactor: rf ?? -1,
      assignments: (assignments ?? []).map(([partitionIndex, brokerIds]: Any) => ({ partitionIndex, brokerIds })),
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value: value as string | null })),
    }
    return codes(bench.ask('createTopics', { topics: [topic], timeoutMs: 1, validateOnly }).response.topics![0]!)
  },
  createPartitions(bench, { name, count, assignments, validateOnly }) {
    const assigned = assignments?.map((brokerIds: number[]) => ({ brokerIds })) ?? null
    const topics = [{ name, count, assignments: assigned }]
    return codes(bench.ask('createPartitions', { topics, timeoutMs: 1, validateOnly }).response.results![0]!)
  },
  deleteTopic(bench, { name }) {
    const request = { topics: [], topicNames: [name], timeoutMs: 1 }
    return codes(bench.ask('deleteTopics', request).response.responses![0]!)
  },
  quota(bench, { entity, ops }) {
    const entry = {
      entity: Object.entries(entity).map(([entityType, name]) => ({ entityType, entityName: name as string | null })),
      ops: Object.entries(ops).map(([key, v]) => ({ key, value: (v as number | null) ?? 0, remove: v === null })),
    }
    return codes(bench.ask('alterClientQuotas', { entries: [entry], validateOnly: false }).response.entries![0]!)
  },
  createAcl(
    bench,
    { acl: [resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType] },
  ) {
    const creation = { resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType }
    return codes(bench.ask('createAcls', { creations: [creation] }).response.results![0]!)
  },
  deleteAcl(
    bench,
    {
      filter: [
        resourceTypeFilter,
        resourceNameFilter,
        patternTypeFilter,
        principalFilter,
        hostFilter,
        operation,
        permissionType,
      ],
    },
  ) {
    const filter = {
      resourceTypeFilter,
      resourceNameFilter,
      patternTypeFilter,
      principalFilter,
      hostFilter,
      operation,
      permissionType,
    }
    const { errorCode, matchingAcls } = bench.ask('deleteAcls', { filters: [filter] }).response.filterResults![0]!
    return [errorCode!, matchingAcls!.length]
  },
  scram(bench, { user: name, mechanism, iterations }) {
    const salt = new TextEncoder().encode('salt')
    const saltedPassword = new Uint8Array(
      pbkdf2Sync('pw', salt, iterations, mechanism === 1 ? 32 : 64, hashes[mechanism]!),
    )
    const upsertions = [{ name, mechanism, iterations, salt, saltedPassword }]
    return codes(bench.ask('alterUserScramCredentials', { deletions: [], upsertions }).response.results![0]!)
  },
  deleteScram(bench, { user: name, mechanism }) {
    const request = { deletions: [{ name, mechanism }], upsertions: [] }
    return codes(bench.ask('alterUserScramCredentials', request).response.results![0]!)
  },
  feature(bench, { feature, level, type, validateOnly }) {
    const update = { feature, maxVersionLevel: level, allowDowngrade: false, upgradeType: type }
    const request = { timeoutMs: 1, featureUpdates: [update], validateOnly }
    return codes(bench.ask('updateFeatures', request, { version: 2 }).response)
  },
  reassign(bench, { name, partition, replicas }) {
    const topics = [{ name, partitions: [{ partitionIndex: partition, replicas }] }]
    const request = { timeoutMs: 1, allowReplicationFactorChange: true, topics }
    return codes(bench.ask('alterPartitionReassignments', request).response.responses![0]!.partitions![0]!)
  },
  elect(bench, { type, name, partition }) {
    const request = { electionType: type, topicPartitions: [{ topic: name, partitions: [partition] }], timeoutMs: 1 }
    return codes(bench.ask('electLeaders', request).response.replicaElectionResults![0]!.partitionResult![0]!)
  },
  unregister: (bench, { id }) => codes(bench.ask('unregisterBroker', { brokerId: id }).response),
}

/** Kafka's general sentence on a code, where ours is in our words. */
const general = /^(This server does not host|No partition reassignment is|Leader election not needed)/

/** The fields of a record as the dump tool prints them. */
function printed(record: MetadataRecord): [string, number, Record<string, Any>] {
  const type = record.type.replace(/(?<!^)[A-Z]/g, (c) => `_${c}`).toUpperCase()
  const data: Record<string, Any> = {}
  for (const [key, value] of Object.entries(record.value)) {
    data[key] = value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
  }
  return [type, recordVersion(record, 30), data]
}

test('answers the admin client as a real node did, and writes the same records', () => {
  const bench = new Bench({
    config: { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' },
  })
  bench.start(1)
  const from = bench.log.length
  for (const [ask, [code, message]] of apache.asks) {
    const answer = asks[ask.kind]!(bench, ask)
    const expected = typeof message === 'string' && general.test(message) ? errorText(code) : message
    assert.deepEqual(answer, [code, expected], JSON.stringify(ask))
  }
  /** Ids are drawn at random on both sides: the nth to be seen is the nth to be seen. */
  const ids = new Map<string, string>()
  const ours = bench.log.slice(from).map(printed)
  assert.deepEqual(
    ours.map(([type, version]) => [type, version]),
    apache.records.map(([type, version]) => [type, version]),
  )
  const removed = { ours: new Set<string>(), theirs: new Set<string>() }
  for (const [i, [type, , theirs]] of apache.records.entries()) {
    const data = ours[i]![2]
    if (type === 'REMOVE_ACCESS_CONTROL_ENTRY_RECORD') {
      removed.ours.add(data['id'])
      removed.theirs.add(ids.get(theirs['id'])!)
      continue
    }
    for (const [key, value] of Object.entries(theirs)) {
      if (key === 'directories') assert.equal(data[key].length, value.length)
      else if (key === 'topicId' || key === 'id') {
        if (!ids.has(value)) ids.set(value, data[key])
        assert.equal(data[key], ids.get(value))
      } else if (key === 'entity')
        assert.deepEqual(new Set(data[key].map(JSON.stringify)), new Set(value.map(JSON.stringify)))
      else assert.deepEqual(data[key], value, `${type} ${key}`)
    }
  }
  assert.deepEqual(removed.ours, removed.theirs)
})

test('stores no ACL while there is no authorizer to heed it', () => {
  const bench = new Bench().start(1)
  const acl = Object.fromEntries(aclFields.map((f) => [f, 3])) as Any
  const request = { creations: [{ ...acl, resourceName: 't', resourcePatternType: 3, principal: 'User:a', host: '*' }] }
  assert.deepEqual(codes(bench.ask('createAcls', request).response.results![0]!), [54, 'No Authorizer is configured.'])
})
