import {
  type Admin,
  isKafkaError,
  type OngoingReassignment,
  type PartitionMap,
  partitionName,
} from '../../client/index.ts'
import { withAdmin } from '../admin-tool.ts'
import { apacheText } from '../apache-texts.ts'
import { checkRequired, isJoptError, type OptionSpec, type Options, parseInteger, usage } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { type CliWorld, isToolFailure, readFile, ToolFailure } from '../world.ts'
import {
  byPartition,
  checkPlan,
  duplicates,
  parsePlan,
  parseTopics,
  planJson,
  replicaName,
  type Target,
} from './reassign-json.ts'
import { directoriesOf, moveStates, startMoves } from './reassign-moves.ts'
import { propose } from './reassign-placement.ts'
import { clearThrottles, movesOf, throttleDirectories, throttleMoves } from './reassign-throttles.ts'

const options: readonly OptionSpec[] = [
  {
    name: 'verify',
    help: 'Say whether the reassignment of --reassignment-json-file is complete; when it is, remove the throttles.',
  },
  { name: 'generate', help: 'Propose a reassignment; nothing is changed.' },
  { name: 'execute', help: 'Start the reassignment of --reassignment-json-file.' },
  { name: 'cancel', help: 'Cancel the reassignment of --reassignment-json-file.' },
  { name: 'list', help: 'List the reassignments that are under way.' },
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'Server(s) to use for bootstrapping', isOptional: true },
    help: 'Brokers to begin with, as host:port.',
  },
  {
    name: 'bootstrap-controller',
    arg: { type: 'String', what: 'bootstrap controller to connect to', isOptional: true },
    help: 'Controllers to begin with, instead of brokers: for --cancel and --list.',
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'Admin client property file' },
    help: 'A file of properties for the admin client.',
  },
  {
    name: 'reassignment-json-file',
    arg: { type: 'String', what: 'manual assignment json file path' },
    help:
      'Where replicas should be: {"version": 1, "partitions": [{"topic": "foo", "partition": 1, "replicas": [1, 2, 3], ' +
      '"log_dirs": ["dir1", "any", "any"]}]}. log_dirs may be left out; "any" is where the broker likes.',
  },
  {
    name: 'topics-to-move-json-file',
    arg: { type: 'String', what: 'topics to reassign json file path' },
    help: 'For --generate: {"version": 1, "topics": [{"topic": "foo"}, {"topic": "foo1"}]}.',
  },
  {
    name: 'broker-list',
    arg: { type: 'String', what: 'brokerlist' },
    help: 'For --generate: the brokers to spread the topics over, as 0,1,2.',
  },
  { name: 'disable-rack-aware', help: 'Do not heed the racks of brokers.' },
  {
    name: 'throttle',
    arg: { type: 'Long', what: 'throttle', default: '-1' },
    help: 'Bytes a second that brokers copy from each other at most; with --additional it can be changed later.',
  },
  {
    name: 'replica-alter-log-dirs-throttle',
    arg: { type: 'Long', what: 'replicaAlterLogDirsThrottle', default: '-1' },
    help: 'Bytes a second that a broker copies between its directories at most.',
  },
  {
    name: 'timeout',
    arg: { type: 'Long', what: 'timeout', default: '10000' },
    help: 'Milliseconds to wait for moves between directories to begin.',
  },
  { name: 'additional', help: 'Execute in addition to what is under way, and change its throttle.' },
  { name: 'preserve-throttles', help: 'Leave throttles as they are.' },
  {
    name: 'disallow-replication-factor-change',
    help: 'Refuse a reassignment that changes how many replicas a partition has.',
  },
]

const actions = ['generate', 'execute', 'verify', 'cancel', 'list'] as const
type Action = (typeof actions)[number]

const required: Readonly<Record<Action, readonly string[]>> = {
  verify: ['reassignment-json-file'],
  generate: ['topics-to-move-json-file', 'broker-list'],
  execute: ['reassignment-json-file'],
  cancel: ['reassignment-json-file'],
  list: [],
}

const permitted: Readonly<Record<Action, readonly string[]>> = {
  verify: ['preserve-throttles'],
  generate: ['disable-rack-aware'],
  execute: [
    'additional',
    'throttle',
    'replica-alter-log-dirs-throttle',
    'timeout',
    'disallow-replication-factor-change',
  ],
  cancel: ['preserve-throttles', 'timeout'],
  list: [],
}

/** kafka-reassign-partitions.sh */
export const reassignPartitions = joptTool({
  purpose: 'This tool helps to move topic partitions between replicas.',
  options,
  async run(o, world) {
    const action = actionOf(o)
    try {
      if (o.has('bootstrap-controller') && action !== 'cancel' && action !== 'list') {
        throw new ToolFailure('The --bootstrap-controller option is not supported with these action.')
      }
      const run: Readonly<Record<Action, (admin: Admin) => Promise<void>>> = {
        verify: (admin) => verify(admin, o, world),
        generate: (admin) => generate(admin, o, world),
        execute: (admin) => execute(admin, o, world),
        cancel: (admin) => cancel(admin, o, world),
        list: async (admin) => world.out(`${listed(await admin.listReassignments())}\n`),
      }
      await withAdmin(o, world, run[action], { 'client.id': 'reassign-partitions-tool' })
      return 0
    } catch (thrown) {
      // Apache's tool says what failed on standard output
      if (isToolFailure(thrown)) world.out(`${thrown.exitCode === PLAIN ? '' : 'Error: '}${thrown.message}\n`)
      else if (isJoptError(thrown)) world.out(`Error: ${thrown.message}\n`)
      else if (isKafkaError(thrown)) {
        world.out(`Error: org.apache.kafka.common.errors.${thrown.exception}: ${apacheText(thrown)}\n`)
      } else throw thrown
      return 1
    }
  },
})

/** Marks a failure that is said without `Error:`. */
const PLAIN = -1
const plain = (message: string) => new ToolFailure(message, { exitCode: PLAIN })

function actionOf(o: Options): Action {
  const given = actions.filter((name) => o.has(name))
  const [action] = given
  if (action === undefined || given.length > 1) {
    throw usage(`Command must include exactly one action: ${actions.map((name) => `--${name}`).join(', ')}`)
  }
  const hasServer = o.has('bootstrap-server')
  const hasController = o.has('bootstrap-controller')
  if (hasServer && hasController) {
    throw usage("Please don't specify both --bootstrap-server and --bootstrap-controller")
  }
  if (!hasServer && !hasController) throw usage('Please specify either --bootstrap-server or --bootstrap-controller')
  checkRequired(o, ...required[action])
  const allowed = new Set([
    action,
    hasServer ? 'bootstrap-server' : 'bootstrap-controller',
    'command-config',
    ...required[action],
    ...permitted[action],
  ])
  const stray = options.find(({ name }) => o.has(name) && !allowed.has(name))
  if (stray !== undefined) throw usage(`Option "[${stray.name}]" can't be used with action "[${action}]"`)
  return action
}

async function fileOf(o: Options, name: string, world: CliWorld): Promise<string> {
  return new TextDecoder().decode(
    await readFile(world, o.required(name), (path) => new ToolFailure(`Unable to read file ${path}`)),
  )
}

async function generate(admin: Admin, o: Options, world: CliWorld): Promise<void> {
  const text = await fileOf(o, 'topics-to-move-json-file', world)
  const ids = o
    .required('broker-list')
    .split(',')
    .map((id) => {
      const broker = parseInteger(id, 'Integer')
      if (broker === null) throw new ToolFailure(`For input string: "${id}"`)
      return broker
    })
  const twice = duplicates(ids)
  if (twice.length > 0) throw new ToolFailure(`Broker list contains duplicate entries: [${twice.join(', ')}]`)
  const current = await replicasOf(admin, parseTopics(text))
  const brokers = (await admin.describeCluster()).nodes.filter((n) => ids.includes(n.id))
  const heedsRacks = !o.has('disable-rack-aware')
  const without = brokers.filter((b) => b.rack === null).length
  if (heedsRacks && without > 0 && without < brokers.length) {
    throw new ToolFailure(
      'Not all brokers have rack information. Add --disable-rack-aware in command line to make replica assignment without rack information.',
    )
  }
  const placed = brokers.map((b) => ({ id: b.id, rack: heedsRacks ? b.rack : null }))
  const proposed = [...Map.groupBy(current, (t) => t.topic)].flatMap(([topic, partitions]) => {
    const factor = partitions[0]!.replicas.length
    if (placed.length === 0) {
      throw new ToolFailure('All brokers are currently fenced, or have all their log directories cordoned.')
    }
    if (factor > placed.length) {
      throw new ToolFailure(
        `The target replication factor of ${factor} cannot be reached because only ${placed.length} broker(s) are registered or some brokers have all their log directories cordoned.`,
      )
    }
    const lists = propose(placed, partitions.length, factor, world.env.random)
    return partitions.map((t, i): Target => ({ topic, partition: t.partition, replicas: lists[i]! }))
  })
  world.out(`Current partition replica assignment\n${await rollbackJson(admin, current)}\n\n`)
  world.out(`Proposed partition reassignment configuration\n${planJson(proposed)}\n`)
}

async function execute(admin: Admin, o: Options, world: CliWorld): Promise<void> {
  const [rate, directoryRate] = [o.integer('throttle')!, o.integer('replica-alter-log-dirs-throttle')!]
  const timeoutMs = o.integer('timeout')!
  const plan = parsePlan(await fileOf(o, 'reassignment-json-file', world))
  checkPlan(plan)
  const ongoing = await admin.listReassignments()
  if (ongoing.size > 0 && !o.has('additional')) {
    throw plain(
      'Cannot execute because there is an existing partition assignment.  Use --additional to override this and create a new partition assignment in addition to the existing one. The --additional flag can also be used to change the throttle by resubmitting the current reassignment.',
    )
  }
  const known = new Set((await admin.describeCluster()).nodes.map((n) => n.id))
  const unknown = plan.targets.flatMap((t) => t.replicas).find((id) => !known.has(id))
  if (unknown !== undefined) throw new ToolFailure(`Unknown broker id ${unknown}`)
  const current = await currentOf(admin, plan.targets)
  world.out(`Current partition replica assignment\n\n${await rollbackJson(admin, current)}\n\n`)
  world.out('Save this to use as the --reassignment-json-file option during rollback\n')
  if (rate >= 0 || directoryRate >= 0) {
    world.out(
      'Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is removed.\n',
    )
  }
  if (rate >= 0) await throttleMoves(admin, movesOf(ongoing, plan.targets, current), rate, world)
  if (directoryRate >= 0) {
    await throttleDirectories(admin, new Set(plan.directories.map((d) => d.broker)), directoryRate, world)
  }
  const targets = [...plan.targets].sort(byPartition)
  const outcomes = await admin.alterReassignments(targets, {
    allowReplicationFactorChange: !o.has('disallow-replication-factor-change'),
  })
  const errors = targets.flatMap((t) => {
    const error = outcomes.get(t.topic, t.partition)?.error ?? null
    return error === null ? [] : [`${partitionName(t)}: ${apacheText(error)}`]
  })
  if (errors.length > 0) throw plain(`Error reassigning partition(s):\n${errors.join('\n')}`)
  world.out(
    `Successfully started partition reassignment${targets.length === 1 ? '' : 's'} for ${targets.map(partitionName).join(',')}\n`,
  )
  if (plan.directories.length > 0) await startMoves(admin, plan.directories, timeoutMs, world)
}

/** Where everything lies now, so that it can be put back; a broker that is away is not asked. */
async function rollbackJson(admin: Admin, current: readonly Target[]): Promise<string> {
  const online = new Set((await admin.describeCluster()).nodes.map((n) => n.id))
  const replicas = current.flatMap(({ topic, partition, replicas: ids }) =>
    ids.filter((id) => online.has(id)).map((broker) => ({ topic, partition, broker })),
  )
  const lying = new Map<string, string | null>()
  for (const [r, { current: path }] of await directoriesOf(admin, replicas)) lying.set(replicaName(r), path)
  return planJson(current, (r) => lying.get(replicaName(r)) ?? null)
}

async function verify(admin: Admin, o: Options, world: CliWorld): Promise<void> {
  const { targets, directories } = parsePlan(await fileOf(o, 'reassignment-json-file', world))
  const ongoing = await admin.listReassignments()
  const rest = targets.filter((t) => !ongoing.has(t.topic, t.partition))
  const described = await admin.describeTopics([...new Set(rest.map((t) => t.topic))])
  const lines = [...targets].sort(byPartition).map((t) => {
    if (ongoing.has(t.topic, t.partition)) return `Reassignment of partition ${partitionName(t)} is still in progress.`
    const topic = described.get(t.topic)
    if (topic?.error && topic.error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') throw topic.error
    const now = topic?.value?.partitions.find((p) => p.partition === t.partition)?.replicas ?? []
    if (String(now) === String(t.replicas)) return `Reassignment of partition ${partitionName(t)} is completed.`
    return `There is no active reassignment of partition ${partitionName(t)}, but replica set is ${now.join(',')} rather than ${t.replicas.join(',')}.`
  })
  world.out(`${['Status of partition reassignment:', ...lines].join('\n')}\n`)
  const moves = await moveStates(admin, directories)
  world.out(`${moves.text}\n`)
  if (ongoing.size === 0 && !moves.isOngoing && !o.has('preserve-throttles'))
    await clearThrottles(admin, targets, world)
}

async function cancel(admin: Admin, o: Options, world: CliWorld): Promise<void> {
  const { targets, directories } = parsePlan(await fileOf(o, 'reassignment-json-file', world))
  const ongoing = [...(await admin.listReassignments(targets)).keys()].sort(byPartition)
  if (ongoing.length === 0) world.out('None of the specified partition reassignments are active.\n')
  else {
    const outcomes = await admin.alterReassignments(ongoing.map((at) => ({ ...at, replicas: null })))
    const errors = ongoing.flatMap((at) => {
      const error = outcomes.get(at.topic, at.partition)?.error ?? null
      return error === null ? [] : [`${partitionName(at)}: ${apacheText(error)}`]
    })
    if (errors.length > 0) {
      throw plain(`Error cancelling partition reassignment${errors.length === 1 ? '' : 's'} for:\n${errors.join('\n')}`)
    }
    world.out(
      `Successfully cancelled partition reassignment${ongoing.length === 1 ? '' : 's'} for: ${ongoing.map(partitionName).join(',')}\n`,
    )
  }
  const { active } = await moveStates(admin, directories)
  if (active.length === 0) world.out('None of the specified partition moves are active.')
  else await startMoves(admin, active, o.integer('timeout')!, world)
  if (!o.has('preserve-throttles')) await clearThrottles(admin, targets, world)
}

function listed(ongoing: PartitionMap<OngoingReassignment>): string {
  if (ongoing.size === 0) return 'No partition reassignments found.'
  const lines = [...ongoing]
    .sort(([a], [b]) => byPartition(a, b))
    .map(([at, { replicas, addingReplicas, removingReplicas }]) => {
      const adding = addingReplicas.length === 0 ? '' : ` adding: ${addingReplicas.join(',')}.`
      const removing = removingReplicas.length === 0 ? '' : ` removing: ${removingReplicas.join(',')}.`
      return `${partitionName(at)}: replicas: ${replicas.join(',')}.${adding}${removing}`
    })
  return `Current partition reassignments:\n${lines.join('\n')}`
}

async function replicasOf(admin: Admin, topics: readonly string[]): Promise<Target[]> {
  const described = await admin.describeTopics([...new Set(topics)])
  return [...described].flatMap(([name, { error, value }]) => {
    if (error === null) {
      return value.partitions.map(({ partition, replicas }): Target => ({ topic: value.name, partition, replicas }))
    }
    if (error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
    throw new ToolFailure(
      `org.apache.kafka.common.errors.UnknownTopicOrPartitionException: Topic ${String(name)} not found.`,
    )
  })
}

/** Of these partitions alone; each must be there. */
async function currentOf(admin: Admin, targets: readonly Target[]): Promise<Target[]> {
  const all = await replicasOf(
    admin,
    targets.map((t) => t.topic),
  )
  const found = targets.map((t) => all.find((a) => a.topic === t.topic && a.partition === t.partition))
  const missing = targets.filter((_, i) => found[i] === undefined)
  if (missing.length === 0) return found.filter((t) => t !== undefined)
  throw new ToolFailure(
    `org.apache.kafka.common.errors.UnknownTopicOrPartitionException: Unable to find partition: ${missing.map(partitionName).join(', ')}`,
  )
}
