import { crc32c } from '../../../src/bytes/index.ts'
import {
  AlterReplicaLogDirs,
  CreateTopics,
  DeleteRecords,
  DescribeLogDirs,
  DescribeProducers,
  Fetch,
  InitProducerId,
  ListOffsets,
  Metadata,
  OffsetForLeaderEpoch,
  Produce,
} from '../../../src/protocol/index.ts'
import { BatchBuilder, type BatchOptions } from '../../../src/records/index.ts'
import type { Case, Facts } from '../oracle.ts'

const text = (value: string) => new TextEncoder().encode(value)
const at = 1_700_000_000_000

function batch(values: readonly (string | null)[], o: BatchOptions = {}, key: string | null = null): Uint8Array {
  const builder = new BatchBuilder(o)
  values.forEach((value, i) => {
    builder.append(at + i, key === null ? null : text(key), value === null ? null : text(value), [
      { key: text('h'), value: text('v') },
    ])
  })
  return builder.build(crc32c)
}

const damaged = (bytes: Uint8Array, where: number) => {
  const copy = bytes.slice()
  copy[where]! ^= 0xff
  return copy
}
/** Says that it has `count` records, under a right checksum. */
const recounted = (bytes: Uint8Array, count: number) => {
  const copy = Buffer.from(bytes)
  copy.writeInt32BE(count - 1, 23)
  copy.writeInt32BE(count, 57)
  copy.writeUInt32BE(crc32c(copy, 21, copy.length) >>> 0, 17)
  return new Uint8Array(copy)
}
const joined = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts))

/** Produce and Fetch name topics by id in their last versions. */
const topic = (name: string, v: number, f: Facts, byId: number) =>
  v >= byId ? { topicId: String(f.known.get(`id of ${name}`)) } : { name }

const produce = (
  name: string,
  records: (v: number) => Uint8Array | null,
  o: { to?: string; index?: number; acks?: number } = {},
  more: object = {},
): Case => ({
  name,
  api: Produce,
  // the leader of a new partition may need a moment
  until: (answer) => !/"errorCode":(3|6)\b/.test(JSON.stringify(answer)) || o.index !== undefined,
  fields: (v, f) => ({
    acks: o.acks ?? -1,
    timeoutMs: 5000,
    topicData: [{ ...topic(o.to ?? 'data', v, f, 13), partitionData: [{ index: o.index ?? 0, records: records(v) }] }],
    ...more,
  }),
})

const fetch = (name: string, partition: object, more: object = {}, versions: [number, number] = [4, 18]): Case => ({
  name,
  api: Fetch,
  versions,
  fields: (v, f) => ({
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    sessionEpoch: -1,
    topics: [
      {
        ...(v >= 13 ? { topicId: String(f.known.get('id of data')) } : { topic: 'data' }),
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100_000, ...partition }],
      },
    ],
    ...more,
  }),
})

const offsets = (name: string, timestamp: number, versions: [number, number] = [1, 11], more: object = {}): Case => ({
  name,
  api: ListOffsets,
  versions,
  fields: () => ({
    replicaId: -1,
    topics: [{ name: 'data', partitions: [{ partitionIndex: 0, timestamp, ...more }] }],
    timeoutMs: 5000,
  }),
})

const epochEnd = (name: string, partition: object): Case => ({
  name,
  api: OffsetForLeaderEpoch,
  fields: () => ({
    replicaId: -1,
    topics: [{ topic: 'data', partitions: [{ partition: 0, leaderEpoch: 0, ...partition }] }],
  }),
})

export const dataCases: readonly Case[] = [
  {
    name: 'the topics of this part',
    api: CreateTopics,
    versions: [7, 7],
    fields: () => ({
      topics: [
        { name: 'data', configs: [] },
        { name: 'compacted', configs: [{ name: 'cleanup.policy', value: 'compact' }] },
        { name: 'small', configs: [{ name: 'max.message.bytes', value: '200' }] },
        {
          name: 'strict',
          configs: [
            { name: 'message.timestamp.after.max.ms', value: '1' },
            { name: 'message.timestamp.before.max.ms', value: '1' },
          ],
        },
        { name: 'idempotent', configs: [] },
      ].map((one) => ({ numPartitions: 1, replicationFactor: 1, assignments: [], ...one })),
      timeoutMs: 10_000,
      validateOnly: false,
    }),
    learn: (answer, facts) => {
      for (const one of (answer as unknown as { topics: { name: string; topicId: string }[] }).topics)
        facts.known.set(`id of ${one.name}`, one.topicId)
    },
  },
  {
    name: 'the topics are there',
    api: Metadata,
    versions: [13, 13],
    fields: () => ({
      topics: ['data', 'compacted', 'small', 'strict', 'idempotent'].map((name) => ({ name })),
      allowAutoTopicCreation: false,
    }),
    until: (answer) =>
      (answer as unknown as { topics: { errorCode: number }[] }).topics.every((one) => one.errorCode === 0),
  },
  produce('a batch', (v) => batch([`v${v}`, null, 'third'], {}, 'k')),
  produce('a batch for the leader alone', (v) => batch([`leader ${v}`]), { acks: 1 }),
  produce('an unknown partition', () => batch(['x']), { index: 9 }),
  produce('a negative partition', () => batch(['x']), { index: -1 }),
  produce('acknowledgements that there are not', () => batch(['x']), { acks: 2 }),
  produce('a changed byte', () => damaged(batch(['checked']), 70)),
  produce('a wrong magic', () => damaged(batch(['x']), 16)),
  produce('a cut batch', () => batch(['cut']).subarray(0, 60)),
  produce('two batches at once', () => joined(batch(['one']), batch(['two']))),
  produce('an empty record set', () => new Uint8Array(0)),
  produce('a control batch', () => batch(['x'], { isControl: true })),
  produce(
    'a transactional batch without an id',
    () => batch(['x'], { isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 }),
    { to: 'small' },
  ),
  produce('a record without a key to a compacted topic', () => batch(['x']), { to: 'compacted' }),
  produce('a record with a key to a compacted topic', () => batch(['x'], {}, 'k'), { to: 'compacted' }),
  produce('too large a batch', () => batch(['x'.repeat(300)]), { to: 'small' }),
  produce('a time long ago where that is refused', () => batch(['x']), { to: 'strict' }),
  { ...produce('an internal topic', () => batch(['x']), { to: '__consumer_offsets' }), versions: [3, 12] },
  {
    name: 'a partition twice',
    api: Produce,
    versions: [3, 12],
    fields: () => ({
      acks: -1,
      timeoutMs: 5000,
      topicData: [
        {
          name: 'small',
          partitionData: [
            { index: 0, records: batch(['x']) },
            { index: 7, records: batch(['y']) },
          ],
        },
        { name: 'absent', partitionData: [{ index: 0, records: batch(['z']) }] },
      ],
    }),
  },
  produce('a batch that counts wrongly', () => recounted(batch(['a', 'b']), 5)),
  {
    name: 'a topic that is not there',
    api: Produce,
    fields: (v) => ({
      acks: -1,
      timeoutMs: 5000,
      topicData: [
        {
          ...(v >= 13 ? { topicId: 'Aa0aaaaaSaaaaaaaaaaaaQ' } : { name: 'absent' }),
          partitionData: [{ index: 0, records: batch(['x']) }],
        },
      ],
    }),
  },
  { name: 'nothing at all', api: Produce, fields: () => ({ acks: -1, timeoutMs: 5000, topicData: [] }) },
  {
    name: 'an id for an idempotent producer',
    api: InitProducerId,
    fields: () => ({ transactionalId: null, transactionTimeoutMs: 60_000 }),
    // ids come in blocks, and the first block from the controller
    until: (answer) => !JSON.stringify(answer).includes('"errorCode":14'),
  },
  {
    name: 'an id for a producer that has one',
    api: InitProducerId,
    versions: [3, 5],
    fields: () => ({ transactionalId: null, transactionTimeoutMs: 60_000, producerId: 77, producerEpoch: 3 }),
  },
  {
    name: 'an id for half a producer',
    api: InitProducerId,
    versions: [3, 5],
    fields: () => ({ transactionalId: null, transactionTimeoutMs: 60_000, producerId: 77, producerEpoch: -1 }),
  },
  {
    name: 'an empty transactional id',
    api: InitProducerId,
    fields: () => ({ transactionalId: '', transactionTimeoutMs: 60_000 }),
  },
  ...[
    ['the first sequence', 0, 0],
    ['the same sequence again', 0, 0],
    ['the next sequence', 0, 2],
    ['a sequence with a gap', 0, 9],
    ['an old sequence', 0, 0],
    ['a new epoch that starts at 0', 1, 0],
    ['a new epoch that does not', 2, 5],
    ['an old epoch', 0, 4],
  ].map(
    ([name, producerEpoch, baseSequence]): Case => ({
      ...produce(
        String(name),
        () =>
          batch(['a', 'b'], {
            producerId: 4242,
            producerEpoch: Number(producerEpoch),
            baseSequence: Number(baseSequence),
          }),
        { to: 'idempotent' },
      ),
      versions: [12, 12],
    }),
  ),
  {
    name: 'the producers of a partition',
    api: DescribeProducers,
    fields: () => ({
      topics: [
        { name: 'idempotent', partitionIndexes: [0, 5] },
        { name: 'absent', partitionIndexes: [0] },
      ],
    }),
  },
  fetch('from the start', {}),
  fetch('from the middle', { fetchOffset: 4 }),
  fetch('from the end', { fetchOffset: 44 }),
  fetch('beyond the end', { fetchOffset: 999 }),
  fetch('before the start', { fetchOffset: -5 }),
  fetch('what is committed', {}, { isolationLevel: 1 }),
  fetch('one byte', { partitionMaxBytes: 1 }),
  fetch('one byte in all', {}, { maxBytes: 1 }),
  fetch('no bytes', { partitionMaxBytes: 0 }, { maxBytes: 0 }),
  fetch('an unknown partition', { partition: 9 }),
  fetch('with the right epoch', { currentLeaderEpoch: 0 }, {}, [9, 18]),
  fetch('with an epoch of the future', { currentLeaderEpoch: 5 }, {}, [9, 18]),
  fetch('from a diverging epoch', { lastFetchedEpoch: 7, currentLeaderEpoch: 0 }, {}, [12, 18]),
  {
    name: 'a topic id that is not there',
    api: Fetch,
    versions: [13, 18],
    fields: () => ({
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1000,
      sessionEpoch: -1,
      topics: [
        { topicId: 'Aa0aaaaaSaaaaaaaaaaaaQ', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] },
      ],
    }),
  },
  fetch('an unknown session', {}, { sessionId: 12_345, sessionEpoch: 1 }, [7, 18]),
  {
    ...fetch('a new session', {}, { sessionId: 0, sessionEpoch: 0 }, [7, 18]),
    mayDiffer: { '^sessionId$': 'a number by chance' },
    learn: session,
  },
  {
    name: 'the session, nothing new',
    api: Fetch,
    versions: [18, 18],
    fields: (_, f) => ({
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1_000_000,
      sessionId: Number(f.known.get('session')),
      sessionEpoch: 1,
      topics: [],
    }),
    mayDiffer: { '^sessionId$': 'a number by chance' },
  },
  {
    name: 'the session, a wrong epoch',
    api: Fetch,
    versions: [18, 18],
    fields: (_, f) => ({
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1_000_000,
      sessionId: Number(f.known.get('session')),
      sessionEpoch: 7,
      topics: [],
    }),
    mayDiffer: { '^sessionId$': 'a number by chance' },
  },
  {
    name: 'the session, closed',
    api: Fetch,
    versions: [18, 18],
    fields: (_, f) => ({
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1_000_000,
      sessionId: Number(f.known.get('session')),
      sessionEpoch: -1,
      topics: [],
    }),
    mayDiffer: { '^sessionId$': 'a number by chance' },
  },
  offsets('the latest', -1),
  offsets('the earliest', -2),
  offsets('that of the largest timestamp', -3, [7, 11]),
  offsets('the earliest local', -4, [8, 11]),
  offsets('the latest tiered', -5, [9, 11]),
  offsets('the earliest to be uploaded', -6, [11, 11]),
  offsets('special times before they were known', -3, [1, 6]),
  offsets('an unknown special time', -9),
  offsets('a time', at + 1),
  offsets('a time after all records', at + 1_000_000_000),
  offsets('with an epoch of the future', -1, [4, 11], { currentLeaderEpoch: 5 }),
  offsets('an unknown partition', -1, [1, 11], { partitionIndex: 9 }),
  {
    name: 'a partition twice',
    api: ListOffsets,
    fields: () => ({
      replicaId: -1,
      topics: [
        {
          name: 'data',
          partitions: [
            { partitionIndex: 0, timestamp: -1 },
            { partitionIndex: 0, timestamp: -2 },
          ],
        },
      ],
    }),
  },
  {
    name: 'a topic that is not there',
    api: ListOffsets,
    fields: () => ({ replicaId: -1, topics: [{ name: 'absent', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] }),
  },
  {
    name: 'what is committed',
    api: ListOffsets,
    versions: [2, 11],
    fields: () => ({
      replicaId: -1,
      isolationLevel: 1,
      topics: [{ name: 'data', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    }),
  },
  {
    name: 'the end of an epoch of a topic that is not there',
    api: OffsetForLeaderEpoch,
    fields: () => ({ replicaId: -1, topics: [{ topic: 'absent', partitions: [{ partition: 0, leaderEpoch: 0 }] }] }),
  },
  epochEnd('the end of an epoch', {}),
  epochEnd('the end of a later epoch', { leaderEpoch: 9 }),
  epochEnd('the end of no epoch', { leaderEpoch: -1 }),
  epochEnd('with an epoch of the future', { currentLeaderEpoch: 5 }),
  epochEnd('an unknown partition', { partition: 9 }),
  ...[
    ['up to an offset', 0, 2],
    ['up to where it starts', 0, 0],
    ['beyond the end', 0, 9999],
    ['to the end', 0, -1],
    ['a negative offset', 0, -7],
    ['an unknown partition', 9, 1],
  ].map(
    ([name, partitionIndex, offset]): Case => ({
      name: `records ${name}`,
      api: DeleteRecords,
      fields: () => ({ topics: [{ name: 'idempotent', partitions: [{ partitionIndex, offset }] }], timeoutMs: 5000 }),
    }),
  ),
  {
    name: 'records of topics that are not there',
    api: DeleteRecords,
    fields: () => ({
      topics: [
        { name: 'absent', partitions: [{ partitionIndex: 0, offset: 1 }] },
        { name: '__consumer_offsets', partitions: [{ partitionIndex: 0, offset: 0 }] },
      ],
      timeoutMs: 5000,
    }),
  },
  { name: 'nothing', api: DeleteRecords, fields: () => ({ topics: [], timeoutMs: 5000 }) },
  { name: 'nothing', api: ListOffsets, fields: () => ({ replicaId: -1, topics: [] }) },
  { name: 'nothing', api: DescribeProducers, fields: () => ({ topics: [] }) },
  {
    name: 'records of a compacted topic',
    api: DeleteRecords,
    fields: () => ({
      topics: [{ name: 'compacted', partitions: [{ partitionIndex: 0, offset: 1 }] }],
      timeoutMs: 5000,
    }),
  },
  {
    name: 'the directory of a topic',
    api: DescribeLogDirs,
    fields: () => ({
      topics: [
        { topic: 'data', partitions: [0] },
        { topic: 'absent', partitions: [0] },
      ],
    }),
  },
  {
    name: 'a move to an unknown directory',
    api: AlterReplicaLogDirs,
    fields: () => ({
      dirs: [
        {
          path: '/nowhere',
          topics: [
            { name: 'data', partitions: [0] },
            { name: 'absent', partitions: [0] },
          ],
        },
      ],
    }),
  },
  {
    name: 'a move to a relative directory',
    api: AlterReplicaLogDirs,
    fields: () => ({ dirs: [{ path: 'nowhere', topics: [{ name: 'data', partitions: [0] }] }] }),
  },
]

function session(answer: object, facts: Facts): void {
  facts.known.set('session', (answer as { sessionId: number }).sessionId)
}
