import {
  isKafkaError,
  type KafkaError,
  partitionHashOrder,
  partitionName,
  type TopicPartition,
} from '../../client/index.ts'
import { withAdmin } from '../admin-tool.ts'
import { apacheCause } from '../apache-texts.ts'
import { JoptError, type OptionSpec, type Options } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { type CliWorld, readFile, ToolFailure } from '../world.ts'

const types = ['PREFERRED', 'UNCLEAN'] as const

const options: readonly OptionSpec[] = [
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'host:port' },
    help: 'REQUIRED: brokers to begin with, separated by commas.',
  },
  {
    name: 'admin.config',
    arg: { type: 'String', what: 'config file' },
    help: '(DEPRECATED) What --command-config is now.',
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'Config file' },
    help: 'A file of properties for the admin client.',
  },
  {
    name: 'path-to-json-file',
    arg: { type: 'String', what: 'Path to JSON file' },
    help: 'A file that names the partitions: {"partitions": [{"topic": "foo", "partition": 1}]}.',
  },
  { name: 'topic', arg: { type: 'String', what: 'topic name' }, help: 'The topic of one partition.' },
  {
    name: 'partition',
    arg: { type: 'Integer', what: 'partition id' },
    help: 'The partition of the topic; REQUIRED with --topic.',
  },
  { name: 'all-topic-partitions', help: 'All partitions that can have an election of this type.' },
  {
    name: 'election-type',
    arg: { type: '[PREFERRED,UNCLEAN]', what: 'election type' },
    help:
      'REQUIRED: preferred, where the leader is not the first of the replicas; unclean, where there is no leader and ' +
      'no replica in sync: records may be lost.',
  },
]

/** kafka-leader-election.sh */
export const leaderElection = joptTool({
  purpose:
    'This tool attempts to elect a new leader for a set of topic partitions. The type of elections supported are preferred replicas and unclean replicas.',
  options,
  helpOnMistake: false,
  async run(o, world) {
    check(o)
    const type = typeOf(o)
    const partitions = await partitionsOf(o, world)
    if (o.has('admin.config')) {
      world.out(
        'Option --admin.config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
      )
    }
    try {
      return await elect(o, type, partitions, world)
    } catch (thrown) {
      const known = isKafkaError(thrown) ? requestFailures.get(thrown.code) : undefined
      if (known === undefined) throw thrown
      world.out(`${known}\n`)
      throw new ToolFailure(known)
    }
  },
})

const requestFailures: ReadonlyMap<string, string> = new Map([
  ['TIMED_OUT', 'Timeout waiting for election results'],
  ['REQUEST_TIMED_OUT', 'Timeout waiting for election results'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'Not authorized to perform leader election'],
])

function check(o: Options): void {
  const missing = ['bootstrap-server', 'election-type'].filter((name) => !o.has(name))
  if (missing.length > 0) throw new ToolFailure(`Missing required option(s): ${missing.join(', ')}`)
  const ways = ['topic', 'all-topic-partitions', 'path-to-json-file']
  if (ways.filter((name) => o.has(name)).length !== 1) {
    throw new ToolFailure(`One and only one of the following options is required: ${ways.join(', ')}`)
  }
  if (o.has('topic') && !o.has('partition')) throw new ToolFailure('Missing required option(s): partition')
  if (o.has('partition') && !o.has('topic')) throw new ToolFailure('Option partition is only allowed if topic is used')
}

function typeOf(o: Options): (typeof types)[number] {
  const text = o.required('election-type')
  const found = types.find((type) => type === text.toUpperCase())
  if (found === undefined) throw new JoptError(`Cannot parse argument '${text}' of option election-type`)
  return found
}

/** null: all. */
async function partitionsOf(o: Options, world: CliWorld): Promise<TopicPartition[] | null> {
  if (o.has('topic')) return [{ topic: o.required('topic'), partition: o.integer('partition')! }]
  if (!o.has('path-to-json-file')) return null
  const unread = (path: string) => new ToolFailure(`java.io.IOException: Unable to read file ${path}`)
  const bytes = await readFile(world, o.required('path-to-json-file'), unread)
  return electionData(new TextDecoder().decode(bytes))
}

function electionData(text: string): TopicPartition[] {
  const wrong = (what: string) => new ToolFailure(`com.fasterxml.jackson.databind.JsonMappingException: ${what}`)
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (thrown) {
    if (text.trim() === '') throw wrong('Expected JSON object, received ')
    throw new ToolFailure(`Replica election data is not JSON: ${(thrown as Error).message}`)
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw wrong(`Expected JSON object, received ${JSON.stringify(data)}`)
  }
  const list = (data as { partitions?: unknown }).partitions
  if (list === undefined) throw new ToolFailure('Replica election data is missing "partitions" field')
  if (!Array.isArray(list)) throw wrong(`Expected JSON array, received ${JSON.stringify(list)}`)
  const partitions = list.map((item: unknown) => {
    const { topic, partition } = (item ?? {}) as { topic?: unknown; partition?: unknown }
    if (typeof topic !== 'string') throw wrong(`No such field exists: \`topic\``)
    if (!Number.isInteger(partition)) throw wrong(`No such field exists: \`partition\``)
    return { topic, partition: partition as number }
  })
  if (partitions.length === 0) throw new ToolFailure('Replica election data is empty')
  const names = partitions.map(partitionName)
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) < i))]
  if (twice.length === 0) return partitions
  throw new ToolFailure(`Replica election data contains duplicate partitions: [${twice.join(',')}]`)
}

async function elect(
  o: Options,
  type: (typeof types)[number],
  partitions: readonly TopicPartition[] | null,
  world: CliWorld,
): Promise<number> {
  const defaults = { 'default.api.timeout.ms': '30000', 'request.timeout.ms': '15000' }
  const kind = type === 'UNCLEAN' ? 'unclean' : 'preferred'
  const found = await withAdmin(o, world, (admin) => admin.electLeaders(kind, partitions), defaults, 'admin.config')
  const elected: TopicPartition[] = []
  const needless: TopicPartition[] = []
  const failed: { readonly at: TopicPartition; readonly error: KafkaError }[] = []
  for (const [at, { error }] of found) {
    if (error === null) elected.push(at)
    else if (error.code === 'ELECTION_NOT_NEEDED') needless.push(at)
    else failed.push({ at, error })
  }
  const told = (list: readonly TopicPartition[]) => partitionHashOrder(list).map(partitionName).join(', ')
  if (elected.length > 0) {
    world.out(`Successfully completed leader election (${type}) for partitions ${told(elected)}\n`)
  }
  if (needless.length > 0) world.out(`Valid replica already elected for partitions ${told(needless)}\n`)
  for (const { at, error } of failed) {
    world.out(`Error completing leader election (${type}) for partition: ${partitionName(at)}: ${apacheCause(error)}\n`)
  }
  if (failed.length === 0) return 0
  world.err(`${failed.length} replica(s) could not be elected\n`)
  for (const { error } of failed) world.err(`\tSuppressed: ${apacheCause(error)}\n`)
  world.err('\n')
  return 1
}
