import {
  type Admin,
  PartitionMap,
  partitionHashOrder,
  partitionName,
  type ReplicaRead,
  type ReplicaSeen,
  unwrap,
} from '../../client/index.ts'
import { adminOf } from '../clients.ts'
import { dateFormat } from '../java-date.ts'
import { checkRequired, type OptionSpec, type Options } from '../jopt.ts'
import { sleep } from '../pace.ts'
import { joptTool } from '../tool.ts'
import { includeList } from '../topic-filter.ts'
import { type CliWorld, isToolFailure, ToolFailure } from '../world.ts'
import { compareReplicas } from './replica-comparison.ts'

const options: readonly OptionSpec[] = [
  {
    name: 'broker-list',
    arg: { type: 'String', what: 'hostname:port,...,hostname:port' },
    help: 'REQUIRED: Brokers to begin with.',
  },
  {
    name: 'fetch-size',
    arg: { type: 'Integer', what: 'bytes', default: '1048576' },
    help: 'How much one fetch may bring.',
  },
  { name: 'max-wait-ms', arg: { type: 'Integer', what: 'ms', default: '1000' }, help: 'How long a fetch may wait.' },
  {
    name: 'topics-include',
    arg: { type: 'String', what: 'Java regex (String)', default: '.*' },
    help: 'The topics to compare.',
  },
  {
    name: 'time',
    arg: { type: 'Long', what: 'timestamp/-1(latest)/-2(earliest)', default: '-1' },
    help: 'Where to begin: at the first record of that time or later.',
  },
  { name: 'report-interval-ms', arg: { type: 'Long', what: 'ms', default: '30000' }, help: 'How often to report.' },
]

const now = dateFormat('yyyy-MM-dd HH:mm:ss,SSS')

/** kafka-replica-verification.sh: runs until it is interrupted, or replicas hold other offsets. */
export const replicaVerification = joptTool({
  purpose: 'Validate that all replicas for a set of topics have the same data.',
  options,
  async run(o, world) {
    checkRequired(o, 'broker-list')
    const isWanted = wantedTopics(o.required('topics-include'))
    const admin = adminOf(world, new Map([['bootstrap.servers', o.required('broker-list')]]))
    try {
      const replicas = await replicasOf(admin, isWanted)
      if (replicas.length === 0) {
        throw new ToolFailure(
          'No topics found. [topics-include] if specified, is either filtering out all topics or there is no topic.',
        )
      }
      return await compare(admin, replicas, o, world)
    } finally {
      await admin.close()
    }
  },
})

function wantedTopics(list: string): (topic: string) => boolean {
  try {
    return includeList(list)
  } catch (thrown) {
    // this tool says it without a full stop
    if (isToolFailure(thrown)) throw new ToolFailure(thrown.message.replace(/\.$/, ''))
    throw thrown
  }
}

interface Replicated {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly replicas: readonly number[]
}

async function replicasOf(admin: Admin, isWanted: (topic: string) => boolean): Promise<Replicated[]> {
  const names = [...(await admin.listTopics()).keys()].filter(isWanted)
  const topics = [...unwrap(await admin.describeTopics(names)).values()]
  return topics.flatMap(({ name: topic, id: topicId, partitions }) =>
    partitions.map(({ partition, replicas }) => ({ topic, topicId, partition, replicas })),
  )
}

async function compare(admin: Admin, all: readonly Replicated[], o: Options, world: CliWorld): Promise<number> {
  const { clock } = world.env
  const stamp = () => now(clock.wallMs())
  const { stop } = world
  const partitions = partitionHashOrder(all)
  const timestamp = o.integer('time')!
  const found = await admin.listOffsets(partitions.map((p) => ({ ...p, timestamp })))
  const offsets = new PartitionMap<number>()
  for (const { topic, partition } of partitions) {
    const at = found.get(topic, partition)
    if (!at || at.error !== null)
      throw new ToolFailure(at?.error?.message ?? `${partitionName({ topic, partition })} has no offset`)
    offsets.set(topic, partition, Math.max(0, at.value.offset))
  }
  const read = { maxWaitMs: o.integer('max-wait-ms')!, partitionBytesMax: o.integer('fetch-size')!, signal: stop }
  const intervalMs = o.integer('report-interval-ms')!
  world.out(`${stamp()}: verification process is started\n`)
  let reportedMs = clock.monoMs()
  while (!stop.aborted) {
    const seen = await fetchAll(admin, partitions, offsets, read)
    const worst = { lag: -1, name: '', offset: 0 }
    for (const p of partitions) {
      const replicas = seen.get(p.topic, p.partition)
      // one of them does not answer: told by its missing progress
      if (replicas === undefined || replicas.size < p.replicas.length) continue
      const name = partitionName(p)
      const { offset, lag, differences } = compareReplicas(replicas, offsets.get(p.topic, p.partition)!)
      for (const { kind, of, other } of differences) {
        if (kind === 'offset') {
          world.out(
            `${stamp()}: partition ${name}: replica ${of.replicaId}'s offset ${of.lastOffset} doesn't match replica ${other.replicaId}'s offset ${other.lastOffset}\n`,
          )
          return 1
        }
        world.out(
          `${stamp()}: partition ${name} has unmatched checksum at offset ${other.lastOffset}; replica ${of.replicaId}'s checksum ${of.checksum}; replica ${other.replicaId}'s checksum ${other.checksum}\n`,
        )
      }
      offsets.set(p.topic, p.partition, offset)
      if (lag > worst.lag) Object.assign(worst, { lag, name, offset })
    }
    if (clock.monoMs() - reportedMs > intervalMs) {
      reportedMs = clock.monoMs()
      world.out(
        `${stamp()}: max lag is ${worst.lag} for partition ${worst.name} at offset ${worst.offset} among ${partitions.length} partitions\n`,
      )
    }
    await sleep(world, 0)
  }
  return stop.reason as number
}

async function fetchAll(
  admin: Admin,
  partitions: readonly Replicated[],
  offsets: PartitionMap<number>,
  read: Parameters<Admin['readReplicas']>[2],
): Promise<PartitionMap<Map<number, ReplicaSeen>>> {
  const byBroker = new Map<number, ReplicaRead[]>()
  for (const { topic, topicId, partition, replicas } of partitions) {
    const offset = offsets.get(topic, partition)!
    for (const id of replicas) byBroker.set(id, [...(byBroker.get(id) ?? []), { topic, topicId, partition, offset }])
  }
  const seen = new PartitionMap<Map<number, ReplicaSeen>>()
  await Promise.all(
    [...byBroker].map(async ([id, reads]) => {
      const answers = await admin.readReplicas(id, reads, read)
      for (const { topic, partition } of reads) {
        const answer = answers.get(topic, partition)
        if (!answer || answer.error !== null) continue
        const replicas = seen.get(topic, partition) ?? new Map<number, ReplicaSeen>()
        seen.set(topic, partition, replicas.set(id, answer.value))
      }
    }),
  )
  return seen
}
