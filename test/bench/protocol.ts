/**
 * What the codecs cost: `node test/bench/protocol.ts`. Prints operations per second and nanoseconds per partition.
 */
import { Reader, Slab, UuidTable, uuidFromBytes, Writer } from '../../src/bytes/index.ts'
import { type AnyCodec, Fetch, Metadata, Produce } from '../../src/protocol/index.ts'

const PRODUCE_PARTITIONS = 1_000
const METADATA_PARTITIONS = 10_000
const PARTITIONS_A_TOPIC = 10

function uuid(i: number): string {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(4, i * 2654435761)
  new DataView(bytes.buffer).setUint32(12, i + 1)
  return uuidFromBytes(bytes)
}

function topics<T>(partitions: number, topic: (i: number, each: <P>(make: (p: number) => P) => P[]) => T): T[] {
  const inTopic = Math.min(partitions, PARTITIONS_A_TOPIC)
  return Array.from({ length: partitions / inTopic }, (_, i) =>
    topic(i, (make) => Array.from({ length: inTopic }, (_, p) => make(p))),
  )
}

const batch = new Uint8Array(1_024)

const produce = (partitions: number) => ({
  acks: -1,
  timeoutMs: 30_000,
  topicData: topics(partitions, (i, each) => ({
    topicId: uuid(i),
    partitionData: each((index) => ({ index, records: batch })),
  })),
})
const produced = (partitions: number) => ({
  responses: topics(partitions, (i, each) => ({
    topicId: uuid(i),
    partitionResponses: each((index) => ({ index, errorCode: 0, baseOffset: 123_456_789 + i, logAppendTimeMs: -1 })),
  })),
})
const fetch = (partitions: number) => ({
  maxWaitMs: 500,
  minBytes: 1,
  topics: topics(partitions, (i, each) => ({
    topicId: uuid(i),
    partitions: each((partition) => ({ partition, fetchOffset: 9_000_000_000 + i, partitionMaxBytes: 1_048_576 })),
  })),
})
const fetched = (partitions: number) => ({
  responses: topics(partitions, (i, each) => ({
    topicId: uuid(i),
    partitions: each((partitionIndex) => ({
      partitionIndex,
      errorCode: 0,
      highWatermark: 9_000_000_000 + i,
      lastStableOffset: 9_000_000_000 + i,
      abortedTransactions: null,
      records: batch,
    })),
  })),
})
const metadata = {
  brokers: [0, 1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}.example.org`, port: 9092 })),
  topics: topics(METADATA_PARTITIONS, (i, each) => ({
    name: `topic-number-${i}`,
    topicId: uuid(i),
    partitions: each((partitionIndex) => ({
      partitionIndex,
      leaderId: partitionIndex % 3,
      leaderEpoch: 5,
      replicaNodes: [0, 1, 2],
      isrNodes: [0, 1, 2],
    })),
  })),
}

/** Warms up, then takes the best of twenty tenths of a second: what the code costs when nothing disturbs it. */
function measure(what: string, partitions: number, work: () => void): void {
  const msPerRun = (ms: number) => {
    const start = performance.now()
    let runs = 0
    let now = start
    while ((now = performance.now()) - start < ms) {
      work()
      runs++
    }
    return (now - start) / runs
  }
  msPerRun(500)
  const best = Math.min(...Array.from({ length: 20 }, () => msPerRun(100)))
  const perSecond = (1_000 / best).toFixed(0).padStart(8)
  const nsPerPartition = ((best * 1e6) / partitions).toFixed(0).padStart(7)
  console.log(`${what.padEnd(44)}${perSecond} op/s${nsPerPartition} ns per partition`)
}

function both(what: string, codec: AnyCodec, message: unknown, version: number, partitions: number): void {
  const w = new Writer()
  codec.encode(w, message, version)
  const bytes = w.toBytes().slice()
  const uuids = new UuidTable()
  const slab = new Slab()
  measure(`${what} v${version} decode`, partitions, () => {
    codec.decode(new Reader(bytes, 0, bytes.length, { uuids }), version)
  })
  const decoded = codec.decode(new Reader(bytes, 0, bytes.length, { uuids }), version)
  measure(`${what} v${version} encode`, partitions, () => {
    const w = new Writer(slab)
    codec.encode(w, decoded, version)
    w.parts()
  })
}

for (const partitions of [1, PRODUCE_PARTITIONS]) {
  const of = partitions === 1 ? '1 partition' : `${partitions.toLocaleString('en')} partitions`
  both(`Produce request, ${of}`, Produce.request, produce(partitions), 13, partitions)
  both(`Produce response, ${of}`, Produce.response, produced(partitions), 13, partitions)
  both(`Fetch request, ${of}`, Fetch.request, fetch(partitions), 17, partitions)
  both(`Fetch response, ${of}`, Fetch.response, fetched(partitions), 17, partitions)
}
both('Metadata response, 10,000 partitions', Metadata.response, metadata, 13, METADATA_PARTITIONS)
