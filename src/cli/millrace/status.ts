import { type Admin, isKafkaError, type QuorumDescription, unwrap } from '../../client/index.ts'
import { METADATA_VERSION, metadataVersionOf } from '../../metadata/index.ts'
import { type Command, jsonFlag } from './command.ts'
import {
  type BrokerFacts,
  type ClusterFacts,
  duration,
  type Health,
  healthOf,
  type QuorumFacts,
  type ReplicaFacts,
  type TopicFacts,
} from './health.ts'
import { count, table } from './table.ts'
import { printJson } from './topics.ts'

/** For what a node that is down would answer. */
const PATIENCE_MS = 5_000
/** More of a kind are counted. */
const PROBLEMS_SHOWN = 10

export const status: Command = {
  name: 'status',
  summary: 'tell whether the cluster is well, and what to do where it is not',
  args: '',
  least: 0,
  most: 0,
  flags: [jsonFlag],
  examples: [
    { line: 'millrace status', what: 'quorum, brokers, partitions; exit code 0: all is well, 1: it is not' },
    { line: 'millrace status --json', what: 'the same, for scripts' },
  ],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const facts = await gather(admin)
      const health = healthOf(facts)
      if (call.isJson)
        printJson(call, { isHealthy: health.problems.length === 0, ...facts, ...health, topics: facts.topics.length })
      else call.world.out(told(facts, health))
      return health.problems.length === 0 ? 0 : 1
    }),
}

async function gather(admin: Admin): Promise<ClusterFacts> {
  const { clusterId, nodes } = await describeAll(admin)
  const features = await admin.describeFeatures()
  const level = features.finalized.get(METADATA_VERSION)
  const [quorum, brokers, topics] = await Promise.all([
    quorumFacts(admin),
    Promise.all(nodes.map((node) => brokerFacts(admin, node))),
    topicFacts(admin),
  ])
  const metadataVersion = level === undefined ? null : versionName(level)
  return { clusterId, metadataVersion, ...quorum, brokers, topics }
}

type Nodes = Awaited<ReturnType<Admin['describeCluster']>>

/** Brokers before 4.0 do not tell of fenced ones. */
async function describeAll(admin: Admin): Promise<Nodes> {
  try {
    return await admin.describeCluster({ includeFencedBrokers: true })
  } catch (thrown) {
    if (!isKafkaError(thrown) || thrown.code !== 'UNSUPPORTED_BY_BROKER') throw thrown
    return admin.describeCluster()
  }
}

async function quorumFacts(admin: Admin): Promise<Pick<ClusterFacts, 'quorum' | 'whyNoQuorum'>> {
  try {
    return { quorum: quorumOf(await admin.describeQuorum({ timeoutMs: PATIENCE_MS })), whyNoQuorum: null }
  } catch (thrown) {
    if (!isKafkaError(thrown)) throw thrown
    return { quorum: null, whyNoQuorum: thrown.code }
  }
}

function quorumOf({ topics }: QuorumDescription): QuorumFacts | null {
  const partition = topics[0]?.partitions[0]
  if (partition === undefined) return null
  const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = partition
  const leader = currentVoters.find(({ replicaId }) => replicaId === leaderId)
  const facts = (replica: (typeof currentVoters)[number]): ReplicaFacts => {
    const { replicaId: id, logEndOffset, lastCaughtUpTimestamp: caughtUpMs } = replica
    // both times are of the leader's clock
    const behindMs =
      leader === undefined || caughtUpMs < 0 ? null : Math.max(0, leader.lastCaughtUpTimestamp - caughtUpMs)
    const lag = leader === undefined || logEndOffset < 0 ? -1 : leader.logEndOffset - logEndOffset
    return { id, lag, behindMs }
  }
  return { leaderId, leaderEpoch, highWatermark, voters: currentVoters.map(facts), observers: observers.map(facts) }
}

async function brokerFacts(admin: Admin, node: Nodes['nodes'][number]): Promise<BrokerFacts> {
  const { id, host, port, rack, isFenced } = node
  const facts = { id, address: `${host}:${port}`, rack, isFenced }
  if (isFenced) return { ...facts, metadataVersions: null }
  try {
    const { supported } = await admin.describeFeatures({ nodeId: id, timeoutMs: PATIENCE_MS })
    const range = supported.get(METADATA_VERSION)
    const metadataVersions = range === undefined ? null : `${versionName(range.min)} to ${versionName(range.max)}`
    return { ...facts, metadataVersions }
  } catch (thrown) {
    // it went away since the cluster was described; soon it is fenced
    if (!isKafkaError(thrown)) throw thrown
    return { ...facts, metadataVersions: null }
  }
}

async function topicFacts(admin: Admin): Promise<TopicFacts[]> {
  const names = [...(await admin.listTopics()).keys()].sort()
  if (names.length === 0) return []
  const [described, configs] = await Promise.all([
    admin.describeTopics(names),
    admin.describeConfigs(names.map((name) => ({ type: 'topic', name }))),
  ])
  const minIsrs = new Map<string, number>()
  for (const [{ name }, entries] of unwrap(configs)) {
    minIsrs.set(name, Number(entries.find((e) => e.name === 'min.insync.replicas')?.value ?? 1))
  }
  return [...unwrap(described).values()].map(({ name, partitions }) => {
    return { name, minIsr: minIsrs.get(name) ?? 1, partitions }
  })
}

function versionName(level: number): string {
  return metadataVersionOf(level)?.name ?? `level ${level}`
}

function told(facts: ClusterFacts, health: Health): string {
  const { clusterId, metadataVersion } = facts
  const { problems } = health
  const verdict = problems.length === 0 ? 'all is well' : count(problems.length, 'problem')
  const version = metadataVersion === null ? '' : `, metadata.version ${metadataVersion}`
  const parts = [
    `Cluster ${clusterId}${version}: ${verdict}\n`,
    quorumText(facts.quorum),
    brokersText(facts),
    partitionsText(facts, health),
  ]
  if (problems.length > 0) parts.push(problemsText(health))
  return parts.join('\n')
}

const right = (title: string) => ({ title, isRight: true })

function quorumText(quorum: QuorumFacts | null): string {
  if (quorum === null) return 'Metadata quorum: no leader\n'
  const { leaderId, leaderEpoch, highWatermark, voters, observers } = quorum
  const row = ({ id, lag, behindMs }: ReplicaFacts, role: string) => [
    ...[id, role, lag < 0 ? '?' : lag],
    behindMs === null ? '?' : duration(behindMs),
  ]
  const rows = [
    ...voters.map((voter) => row(voter, voter.id === leaderId ? 'leader' : 'voter')),
    ...observers.map((observer) => row(observer, 'observer')),
  ]
  const head = `Metadata quorum: leader ${leaderId}, epoch ${leaderEpoch}, committed to ${highWatermark}, ${count(voters.length, 'voter')}\n`
  return head + table([right('NODE'), 'ROLE', right('LAG'), right('BEHIND')], rows)
}

function brokersText({ brokers, topics }: ClusterFacts): string {
  const partitions = topics.flatMap((topic) => topic.partitions)
  const rows = [...brokers]
    .sort((a, b) => a.id - b.id)
    .map(({ id, address, rack, isFenced, metadataVersions }) => [
      ...[id, address, isFenced ? 'fenced' : metadataVersions === null ? 'no answer' : 'up', rack ?? '-'],
      partitions.filter((p) => p.leader === id).length,
      partitions.filter((p) => p.replicas.includes(id)).length,
      metadataVersions ?? '?',
    ])
  const columns = [right('BROKER'), 'ADDRESS', 'STATE', 'RACK', right('LEADS'), right('REPLICAS'), 'METADATA VERSIONS']
  return table(columns, rows)
}

function partitionsText({ topics }: ClusterFacts, { offline, underMinIsr, underReplicated }: Health): string {
  const partitions = topics.reduce((sum, topic) => sum + topic.partitions.length, 0)
  return (
    `${count(partitions, 'partition')} of ${count(topics.length, 'topic')}: ${offline.length} offline, ` +
    `${underMinIsr.length} under min ISR, ${underReplicated.length} under-replicated\n`
  )
}

function problemsText({ problems }: Health): string {
  const lines: string[] = []
  const seen = new Map<string, number>()
  for (const { kind, what, advice } of problems) {
    const nth = (seen.get(kind) ?? 0) + 1
    seen.set(kind, nth)
    if (nth <= PROBLEMS_SHOWN) lines.push(`! ${what}`, `  ${advice}`)
    else if (nth === PROBLEMS_SHOWN + 1) {
      const all = problems.filter((problem) => problem.kind === kind).length
      lines.push(`! ${all - PROBLEMS_SHOWN} more of that kind: millrace status --json lists all`)
    }
  }
  return `${lines.join('\n')}\n`
}
