import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { uuidToBytes } from '../bytes/index.ts'
import { encodeMetadataRecord, type MetadataRecord } from '../metadata/index.ts'
import { errors, errorText } from '../protocol/index.ts'
import { Bench, bootstrap, seededRandom } from './fakes.ts'

interface Step {
  // biome-ignore lint/suspicious/noExplicitAny: operations as the generator writes them
  op: any
  records: string[]
  result: Record<string, unknown>
}
interface Scenario {
  mv: number
  elr: boolean
  steps: Step[]
}
interface Done {
  readonly records: readonly MetadataRecord[]
  readonly result: Record<string, unknown>
}

/** Random lives of five brokers under Apache Kafka 4.3.1's own controller classes (testdata/ScenarioGolden.java). */
const scenarios = JSON.parse(
  gunzipSync(readFileSync(new URL('./testdata/scenarios.json.gz', import.meta.url))).toString(),
) as Scenario[]

/** Topic ids as the other controller drew them. */
function benchOf({ mv, elr }: Scenario): { bench: Bench; drawNext: (uuid: string) => void } {
  let next: Uint8Array | null = null
  const random = seededRandom(1)
  const bench = new Bench({
    bootstrapRecords: bootstrap(mv, elr ? { 'eligible.leader.replicas.version': 1 } : {}),
    random: {
      ...random,
      bytes: (into) => {
        into.set(next!)
        return into
      },
    },
  })
  bench.advance(0)
  return { bench, drawNext: (uuid) => (next = uuidToBytes(uuid)) }
}

const runs: Record<string, (bench: Bench, op: Step['op']) => Done> = {
  register(bench, op) {
    const features = [
      ['metadata.version', 7, 30],
      ['group.version', 0, 1],
      ['transaction.version', 0, 2],
      ['eligible.leader.replicas.version', 0, 1],
      ['kraft.version', 0, 1],
    ] as const
    const { records, response } = bench.ask(
      'brokerRegistration',
      {
        brokerId: op.id,
        clusterId: 'cluster',
        incarnationId: op.incarnation,
        listeners: [{ name: 'PLAINTEXT', host: 'h', port: 9000 + op.id, securityProtocol: 0 }],
        features: features
          .filter(([name]) => !(op.noElr && name.startsWith('eligible')))
          .map(([name, min, max]) => ({ name, minSupportedVersion: min, maxSupportedVersion: max })),
        rack: op.rack,
        isMigratingZkBroker: false,
        logDirs: op.logDirs,
        previousBrokerEpoch: op.previousBrokerEpoch,
      },
      { version: op.version },
    )
    const { errorCode, brokerEpoch } = response
    return { records, result: errorCode === 0 ? { epoch: brokerEpoch } : { error: errorCode } }
  },
  heartbeat(bench, op) {
    const { records, response: r } = bench.ask('brokerHeartbeat', {
      brokerId: op.id,
      brokerEpoch: op.epoch,
      currentMetadataOffset: op.offset,
      wantFence: op.wantFence,
      wantShutDown: op.wantShutDown,
      offlineLogDirs: op.offline,
      cordonedLogDirs: null,
    })
    const result = { caughtUp: r.isCaughtUp, fenced: r.isFenced, shouldShutDown: r.shouldShutDown }
    return { records, result: r.errorCode === 0 ? result : { error: r.errorCode } }
  },
  createTopic(bench, { name, assignments, minIsr, unclean }) {
    const configs: Record<string, string> = {}
    if (minIsr !== null) configs['min.insync.replicas'] = minIsr
    if (unclean !== null) configs['unclean.leader.election.enable'] = unclean
    const { records, result } = bench.createTopic(name, { assignments, configs })
    return { records, result: { error: result.errorCode, message: result.errorMessage } }
  },
  alterPartition(bench, op) {
    const isr = op.isr as [id: number, epoch: number][]
    const partition = {
      partitionIndex: op.partition,
      leaderEpoch: op.leaderEpoch,
      newIsr: op.version < 3 ? isr.map(([id]) => id) : [],
      newIsrWithEpochs: op.version < 3 ? [] : isr.map(([brokerId, brokerEpoch]) => ({ brokerId, brokerEpoch })),
      leaderRecoveryState: op.recovery,
      partitionEpoch: op.partitionEpoch,
    }
    const topics = [{ topicId: op.topicId, partitions: [partition] }]
    const request = { brokerId: op.broker, brokerEpoch: op.brokerEpoch, topics }
    const { records, response } = bench.ask('alterPartition', request, { version: op.version })
    if (response.errorCode !== 0) return { records, result: { error: response.errorCode } }
    const p = response.topics![0]!.partitions![0]!
    return {
      records,
      result: {
        error: p.errorCode,
        leader: p.leaderId ?? 0,
        leaderEpoch: p.leaderEpoch ?? 0,
        isr: p.isr,
        recovery: p.leaderRecoveryState ?? 0,
        partitionEpoch: p.partitionEpoch ?? 0,
      },
    }
  },
  elect(bench, { type, name, partition }) {
    const topicPartitions = [{ topic: name, partitions: [partition] }]
    const { records, response } = bench.ask('electLeaders', { electionType: type, topicPartitions, timeoutMs: 1 })
    return { records, result: { error: response.replicaElectionResults![0]!.partitionResult![0]!.errorCode } }
  },
  reassign(bench, { name, partition, replicas, allow }) {
    const { records, response } = bench.ask('alterPartitionReassignments', {
      timeoutMs: 1,
      allowReplicationFactorChange: allow,
      topics: [{ name, partitions: [{ partitionIndex: partition, replicas }] }],
    })
    const { errorCode, errorMessage } = response.responses![0]!.partitions![0]!
    return { records, result: { error: errorCode, message: errorMessage } }
  },
  assignDirectory(bench, { id, epoch, directory, topicId }) {
    const { records, response } = bench.ask('assignReplicasToDirs', {
      brokerId: id,
      brokerEpoch: epoch,
      directories: [{ id: directory, topics: [{ topicId, partitions: [{ partitionIndex: 0 }] }] }],
    })
    if (response.errorCode !== 0) return { records, result: { error: response.errorCode } }
    return { records, result: { error: response.directories![0]!.topics![0]!.partitions![0]!.errorCode } }
  },
  unregister(bench, { id }) {
    const { records, response } = bench.ask('unregisterBroker', { brokerId: id })
    const { errorCode, errorMessage } = response
    return { records, result: errorCode === 0 ? { error: 0 } : { error: errorCode, message: errorMessage } }
  },
  deleteTopic(bench, { topicId }) {
    const request = { topics: [{ name: null, topicId }], topicNames: [], timeoutMs: 1 }
    const { records, response } = bench.ask('deleteTopics', request)
    return { records, result: { error: response.responses![0]!.errorCode } }
  },
  balance: (bench) => ({ records: bench.tell({ kind: 'balanceDue' }), result: {} }),
  unclean: (bench) => ({ records: bench.tell({ kind: 'uncleanDue' }), result: {} }),
  expired: (bench, { id }) => ({ records: bench.tell({ kind: 'sessionDue', brokerId: id }), result: {} }),
  wait(bench, { ms }) {
    bench.monoMs += ms
    return { records: [], result: {} }
  },
}

/** Answers without a place for a message. */
const wordless = ['register', 'heartbeat', 'alterPartition', 'assignDirectory']

/**
 * Partitions of one operation come in the order of a hash table there and of creation here. A change of a registration
 * whose last directory is lost has another version there, and says the same.
 */
function comparable(records: readonly string[]): string[] {
  return records.map((hex) => hex.replace(/^0111../, '0111xx')).sort()
}

for (const [seed, scenario] of scenarios.entries()) {
  const { mv, elr, steps } = scenario
  test(`leads five brokers through life ${seed} as Apache Kafka does (metadata.version ${mv}${elr ? ', ELR' : ''})`, () => {
    const { bench, drawNext } = benchOf(scenario)
    for (const [i, { op, records, result }] of steps.entries()) {
      if (op.kind === 'createTopic') drawNext(op.topicId)
      const done = runs[op.kind]!(bench, op)
      const where = `step ${i}: ${JSON.stringify(op)}`
      const hex = done.records.map((r) => Buffer.from(encodeMetadataRecord(r, mv)).toString('hex'))
      assert.deepEqual(comparable(hex), comparable(records), where)
      if (wordless.includes(op.kind)) delete result['message']
      // Kafka's general sentence on a code is ours in our words.
      if (result['error'] === errors.NO_REASSIGNMENT_IN_PROGRESS) result['message'] = errorText(result['error'])
      assert.deepEqual(done.result, result, where)
    }
  })
}
