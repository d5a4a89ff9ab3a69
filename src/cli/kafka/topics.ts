import { isUuid, ZERO_UUID } from '../../bytes/index.ts'
import {
  type Admin,
  type ConfigEntry,
  type DescribedPartition,
  type DescribedTopic,
  isKafkaError,
  type NewTopic,
  type OngoingReassignment,
  PartitionMap,
  stringHashOrder,
  unwrap,
} from '../../client/index.ts'
import { adminOf } from '../clients.ts'
import { loadProperties } from '../java-config.ts'
import { uuidProblem } from '../java-uuid.ts'
import { checkInvalid, checkRequired, isJoptError, type OptionSpec, type Options, usage } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { includeList, isInternalTopic } from '../topic-filter.ts'
import { type CliWorld, isToolFailure, ToolFailure } from '../world.ts'

const useConfigsTool = '(To alter topic configurations, the kafka-configs tool can be used.)'
const assignmentForm =
  'broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , ' +
  'broker_id_for_part2_replica1 : broker_id_for_part2_replica2 , ...'

const options: readonly OptionSpec[] = [
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'server to connect to' },
    help: 'REQUIRED: a broker to begin with, as host:port.',
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'command config property file' },
    help: 'A file of properties for the admin client.',
  },
  { name: 'list', help: 'Print the names of all topics.' },
  { name: 'create', help: 'Make a topic.' },
  { name: 'delete', help: 'Delete a topic.' },
  { name: 'alter', help: `Give a topic more partitions. ${useConfigsTool}` },
  { name: 'describe', help: 'Print the partitions and settings of topics.' },
  {
    name: 'topic',
    arg: { type: 'String', what: 'topic' },
    help: 'The topic to act upon; except for --create, a regular expression may stand for several.',
  },
  { name: 'topic-id', arg: { type: 'String', what: 'topic-id' }, help: 'The id of the topic to describe.' },
  {
    name: 'config',
    arg: { type: 'String', what: 'name=value' },
    help: `A setting of the new topic that differs from the cluster's. Only with --create. ${useConfigsTool}`,
  },
  {
    name: 'delete-config',
    arg: { type: 'String', what: 'name' },
    help: 'Does nothing any more; deprecated since 4.0.',
  },
  {
    name: 'partitions',
    arg: { type: 'Integer', what: '# of partitions' },
    help:
      'How many partitions the topic shall have; the default of the cluster when left out at --create. More partitions ' +
      'send the same key elsewhere.',
  },
  {
    name: 'replication-factor',
    arg: { type: 'Integer', what: 'replication factor' },
    help: 'Replicas of each partition of a new topic; the default of the cluster when left out.',
  },
  {
    name: 'replica-assignment',
    arg: { type: 'String', what: assignmentForm },
    help: 'On which brokers the replicas of each partition shall be.',
  },
  { name: 'under-replicated-partitions', help: 'Describe only partitions with replicas that lag behind.' },
  { name: 'unavailable-partitions', help: 'Describe only partitions without an available leader.' },
  { name: 'under-min-isr-partitions', help: 'Describe only partitions with fewer in-sync replicas than required.' },
  { name: 'at-min-isr-partitions', help: 'Describe only partitions with just as many in-sync replicas as required.' },
  { name: 'topics-with-overrides', help: 'Describe only topics with settings of their own.' },
  { name: 'if-exists', help: 'Be content when the topic to alter, delete or describe is not there.' },
  { name: 'if-not-exists', help: 'Be content when the topic to create is there already.' },
  { name: 'exclude-internal', help: "Leave out Kafka's own topics." },
  {
    name: 'partition-size-limit-per-response',
    arg: { type: 'Integer', what: 'maximum number of partitions per response' },
    help: 'How many partitions to ask for at a time.',
  },
]

const actions = ['create', 'list', 'alter', 'describe', 'delete'] as const
const reports = [
  'under-replicated-partitions',
  'under-min-isr-partitions',
  'at-min-isr-partitions',
  'unavailable-partitions',
]

/** kafka-topics.sh */
export const topics = joptTool({
  purpose: 'This tool helps to create, delete, describe, or change a topic.',
  options,
  helpOnMistake: false,
  async run(o, world) {
    check(o, world)
    const config = o.has('command-config') ? await loadProperties(world, o.required('command-config')) : new Map()
    config.set('bootstrap.servers', o.required('bootstrap-server'))
    const admin = adminOf(world, config)
    try {
      if (o.has('create')) await create(o, admin, world)
      else if (o.has('alter')) await alter(o, admin)
      else if (o.has('list')) world.out(`${(await matching(o, admin)).join('\n')}\n`)
      else if (o.has('describe')) await describe(o, admin, world)
      else await remove(o, admin)
      return 0
    } catch (thrown) {
      if (!isKafkaError(thrown) && !isToolFailure(thrown) && !isJoptError(thrown)) throw thrown
      if (isKafkaError(thrown) && thrown.code === 'UNKNOWN_HOST') throw thrown
      world.out(`Error while executing topic command : ${messageOf(thrown, o)}\n`)
      return 1
    } finally {
      await admin.close()
    }
  },
})

function messageOf(thrown: Error, o: Options): string {
  if (isKafkaError(thrown) && thrown.number === -1 && thrown.isRetriable) {
    const call = o.has('create') ? 'createTopics' : 'listTopics'
    return `Timed out waiting for a node assignment. Call: ${call}`
  }
  return thrown.message
}

function check(o: Options, world: CliWorld): void {
  if (actions.filter((name) => o.has(name)).length !== 1) {
    throw usage('Command must include exactly one action: --list, --describe, --create, --alter or --delete')
  }
  if (o.has('delete-config')) {
    world.err(
      'delete-config option is no longer supported and deprecated since version 4.0. The config will be fully removed in future releases.\n',
    )
  }
  if (!o.has('bootstrap-server')) throw new ToolFailure('--bootstrap-server must be specified')
  if (o.has('describe') && o.has('if-exists')) {
    if (!o.has('topic') && !o.has('topic-id')) throw usage('--topic or --topic-id is required to describe a topic')
    if (o.has('topic') && o.has('topic-id')) {
      world.out(
        'Only topic id will be used when both --topic and --topic-id are specified and topicId is not Uuid.ZERO_UUID\n',
      )
    }
  }
  if (!o.has('list') && !o.has('describe')) checkRequired(o, 'topic')
  if (o.has('alter')) {
    if (o.has('config')) {
      throw usage(
        `Option combination "[[bootstrap-server], [config]]" can't be used with option "[alter]" ${useConfigsTool}`,
      )
    }
    checkRequired(o, 'partitions')
  }
  const allBut = (...names: string[]) =>
    ['alter', 'create', 'describe', 'list', 'delete'].filter((a) => !names.includes(a))
  checkInvalid(o, 'config', allBut('alter', 'create'))
  checkInvalid(o, 'partitions', allBut('alter', 'create'))
  checkInvalid(o, 'replication-factor', allBut('create'))
  checkInvalid(o, 'replica-assignment', allBut('alter', 'create'))
  if (o.has('create')) checkInvalid(o, 'replica-assignment', ['partitions', 'replication-factor'])
  for (const report of reports) checkInvalid(o, report, [...allBut('describe'), 'topics-with-overrides'])
  checkInvalid(o, 'topics-with-overrides', [...allBut('describe'), ...reports])
  checkInvalid(o, 'if-exists', allBut('alter', 'delete', 'describe'))
  checkInvalid(o, 'if-not-exists', allBut('create'))
  checkInvalid(o, 'exclude-internal', allBut('list', 'describe'))
}

async function matching(o: Options, admin: Admin): Promise<string[]> {
  const all = [...(await admin.listTopics()).keys()].sort()
  const pattern = o.value('topic')
  const isWanted = pattern === null ? () => true : includeList(pattern)
  return all.filter((name) => isWanted(name) && !(o.has('exclude-internal') && isInternalTopic(name)))
}

function mustExist(found: readonly unknown[], o: Options): void {
  const topic = o.value('topic')
  if (topic && !o.has('if-exists') && found.length === 0) {
    throw new ToolFailure(`Topic '${topic}' does not exist as expected`)
  }
}

async function create(o: Options, admin: Admin, world: CliWorld): Promise<void> {
  const name = o.required('topic')
  const partitions = o.integer('partitions')
  const replicationFactor = o.integer('replication-factor')
  const assignments = replicaAssignment(o)
  const configs = topicConfigs(o)
  if (/[._]/.test(name)) {
    world.out(
      "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.\n",
    )
  }
  if (replicationFactor !== null && (replicationFactor > 32_767 || replicationFactor < 1)) {
    throw new ToolFailure('The replication factor must be between 1 and 32767 inclusive')
  }
  if (partitions !== null && partitions < 1) throw new ToolFailure('The partitions must be greater than 0')
  const topic: NewTopic = {
    name,
    configs,
    ...(assignments === null ? {} : { assignments }),
    ...(partitions === null ? {} : { partitions }),
    ...(replicationFactor === null ? {} : { replicationFactor }),
  }
  const { error } = (await admin.createTopics([topic])).get(name)!
  if (error?.code === 'TOPIC_ALREADY_EXISTS' && o.has('if-not-exists')) return
  if (error) throw error
  world.out(`Created topic ${name}.\n`)
}

function topicConfigs(o: Options): Record<string, string> {
  const configs: Record<string, string> = {}
  for (const text of o.values('config')) {
    const parts = text.split(/\s*=\s*/)
    while (parts.length > 1 && parts.at(-1) === '') parts.pop()
    if (parts.length !== 2) {
      throw new ToolFailure(
        'requirement failed: Invalid topic config: all configs to be added must be in the format "key=val".',
      )
    }
    configs[parts[0]!.trim()] = parts[1]!.trim()
  }
  return configs
}

function replicaAssignment(o: Options): number[][] | null {
  const text = o.value('replica-assignment')
  if (!text) return null
  const assignments: number[][] = []
  for (const [partition, list] of text.split(',').entries()) {
    const brokers = list.split(':').map((id) => {
      if (!/^[+-]?\d+$/.test(id.trim())) throw new ToolFailure(`For input string: "${id.trim()}"`)
      return Number(id)
    })
    const twice = [...new Set(brokers.filter((id, i) => brokers.indexOf(id) !== i))]
    if (twice.length > 0) {
      throw new ToolFailure(`Partition replica lists may not contain duplicate entries: ${twice.join(',')}`)
    }
    assignments.push(brokers)
    if (brokers.length !== assignments[0]!.length) {
      throw new ToolFailure(`Partition ${partition} has different replication factor: [${brokers.join(', ')}]`)
    }
  }
  return assignments
}

async function alter(o: Options, admin: Admin): Promise<void> {
  const assignments = replicaAssignment(o)
  const count = o.integer('partitions')!
  const found = await matching(o, admin)
  mustExist(found, o)
  if (found.length === 0) return
  const described = assignments === null ? null : unwrap(await admin.describeTopics(found))
  const asks = found.map((topic) => {
    if (assignments === null || described === null) return { topic, count }
    return { topic, count, assignments: assignments.slice(described.get(topic)!.partitions.length) }
  })
  unwrap(await admin.createPartitions(asks))
}

async function remove(o: Options, admin: Admin): Promise<void> {
  const found = await matching(o, admin)
  mustExist(found, o)
  unwrap(await admin.deleteTopics(found))
}

// Describe

async function describe(o: Options, admin: Admin, world: CliWorld): Promise<void> {
  const described = await describedTopics(o, admin)
  const configs = unwrap(await admin.describeConfigs(described.map(({ name }) => ({ type: 'topic', name }))))
  const liveBrokers = new Set((await admin.describeCluster()).nodes.map((n) => n.id))
  const reassignments =
    described.length === 0 ? new PartitionMap<OngoingReassignment>() : await reassignmentsOf(admin, described)
  const isReport = reports.some((name) => o.has(name))
  const byName = new Map([...configs].map(([resource, entries]) => [resource.name, entries]))
  // in the order in which Java's map of descriptions walks them
  const order = stringHashOrder(
    described.map((t) => t.name),
    true,
  )
  for (const topic of described.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name))) {
    const entries = byName.get(topic.name)!
    if (!isReport) printTopic(o, world, topic, entries, reassignments)
    if (o.has('topics-with-overrides')) continue
    for (const p of topic.partitions) {
      const reassignment = reassignments.get(topic.name, p.partition) ?? null
      if (isReport && !isReported(o, p, entries, liveBrokers, reassignment)) continue
      printPartition(world, topic.name, p, reassignment)
    }
  }
}

async function describedTopics(o: Options, admin: Admin): Promise<DescribedTopic[]> {
  const id = o.value('topic-id')
  if (id !== null && !isUuid(id)) throw new ToolFailure(uuidProblem(id))
  if (id !== null && id !== ZERO_UUID) {
    const topic = [...(await admin.listTopics()).values()].find((t) => t.id === id)
    if (topic) return [...unwrap(await admin.describeTopics([topic.name])).values()]
    if (!o.has('if-exists')) throw new ToolFailure(`TopicId '${id}' does not exist as expected`)
    return []
  }
  const found = await matching(o, admin)
  mustExist(found, o)
  return [...unwrap(await admin.describeTopics(found)).values()]
}

async function reassignmentsOf(
  admin: Admin,
  described: readonly DescribedTopic[],
): Promise<PartitionMap<OngoingReassignment>> {
  const partitions = described.flatMap((t) => t.partitions.map((p) => ({ topic: t.name, partition: p.partition })))
  try {
    return await admin.listReassignments(partitions)
  } catch (error) {
    const isNotTold =
      isKafkaError(error) && ['UNSUPPORTED_BY_BROKER', 'CLUSTER_AUTHORIZATION_FAILED'].includes(error.code)
    if (!isNotTold) throw error
    return new PartitionMap()
  }
}

function printTopic(
  o: Options,
  world: CliWorld,
  topic: DescribedTopic,
  entries: readonly ConfigEntry[],
  reassignments: PartitionMap<OngoingReassignment>,
): void {
  const own = new Map(entries.map((e) => [e.name, e]))
  // in the order in which Java's map of all settings walks them
  const overrides = stringHashOrder(own.keys())
    .map((name) => own.get(name)!)
    .filter((e) => e.source !== 'DEFAULT_CONFIG')
  if (o.has('topics-with-overrides') && overrides.length === 0) return
  const first = topic.partitions[0]!
  const factor = replicationFactorOf(first, reassignments.get(topic.name, first.partition) ?? null)
  const id = topic.id === '' || topic.id === ZERO_UUID ? '' : `\tTopicId: ${topic.id}`
  const configs = overrides.map((e) => `${e.name}=${e.value}`).join(',')
  world.out(
    `Topic: ${topic.name}${id}\tPartitionCount: ${topic.partitions.length}\tReplicationFactor: ${factor}\tConfigs: ${configs}\n`,
  )
}

/** While a reassignment is under way, replicas that are still being added do not count. */
function replicationFactorOf(p: DescribedPartition, reassignment: OngoingReassignment | null): number {
  if (reassignment === null) return p.replicas.length
  const changing = new Set([...reassignment.addingReplicas, ...reassignment.removingReplicas])
  if (!p.replicas.some((id) => changing.has(id))) return p.replicas.length
  return reassignment.replicas.length - reassignment.addingReplicas.length
}

function isReported(
  o: Options,
  p: DescribedPartition,
  entries: readonly ConfigEntry[],
  liveBrokers: ReadonlySet<number>,
  reassignment: OngoingReassignment | null,
): boolean {
  const minIsr = Number(entries.find((e) => e.name === 'min.insync.replicas')?.value ?? 1)
  const hasLeader = p.leader >= 0
  return (
    (o.has('under-replicated-partitions') && replicationFactorOf(p, reassignment) > p.isr.length) ||
    (o.has('unavailable-partitions') && (!hasLeader || !liveBrokers.has(p.leader))) ||
    (o.has('under-min-isr-partitions') && (!hasLeader || p.isr.length < minIsr)) ||
    (o.has('at-min-isr-partitions') && p.isr.length === minIsr)
  )
}

function printPartition(
  world: CliWorld,
  topic: string,
  p: DescribedPartition,
  reassignment: OngoingReassignment | null,
): void {
  const moving =
    reassignment === null
      ? ''
      : `\tAdding Replicas: ${reassignment.addingReplicas.join(',')}\tRemoving Replicas: ${reassignment.removingReplicas.join(',')}`
  const told = (ids: readonly number[] | null) => (ids === null ? 'N/A' : ids.join(','))
  world.out(
    `\tTopic: ${topic}\tPartition: ${p.partition}\tLeader: ${p.leader < 0 ? 'none' : p.leader}` +
      `\tReplicas: ${p.replicas.join(',')}\tIsr: ${p.isr.join(',')}${moving}` +
      `\tElr: ${told(p.elr)}\tLastKnownElr: ${told(p.lastKnownElr)}\n`,
  )
}
