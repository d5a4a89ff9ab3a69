import { type Admin, offsetSpecs, partitionName, type TopicPartition, unwrap } from '../../client/index.ts'
import { withAdmin } from '../admin-tool.ts'
import { apacheCause } from '../apache-texts.ts'
import { checkRequired, type OptionSpec, type Options, parseInteger } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { includeList, isInternalTopic } from '../topic-filter.ts'
import { ToolFailure } from '../world.ts'
import { checkBootstrap } from './console-producer.ts'

const times =
  '<timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload'

const options: readonly OptionSpec[] = [
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'HOST1:PORT1,...,HOST3:PORT3' },
    help: 'REQUIRED. Brokers to begin with.',
  },
  {
    name: 'topic-partitions',
    arg: { type: 'String', what: 'topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3' },
    help:
      'Topics by regular expression, each with a partition, a range (the upper end is left out), or all. Not together ' +
      'with --topic or --partitions.',
  },
  {
    name: 'topic',
    arg: { type: 'String', what: 'topic' },
    help: 'A topic, or a regular expression; all when left out.',
  },
  {
    name: 'partitions',
    arg: { type: 'String', what: 'partition ids' },
    help: 'Partitions, separated by commas; all when left out.',
  },
  {
    name: 'time',
    arg: { type: 'String', what: times, default: 'latest' },
    help: 'Which offset: that of the first record at or after this time, or one of the named ones.',
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'config file' },
    help: 'A file of properties for the admin client.',
  },
  { name: 'exclude-internal-topics', help: "Leave out Kafka's own topics." },
]

type Filter = { topic(name: string): boolean; partition(p: TopicPartition): boolean }

/** kafka-get-offsets.sh */
export const getOffsets = joptTool({
  purpose: 'An interactive shell for getting topic-partition offsets.',
  options,
  helpOnMistake: false,
  mistakePrefix: 'Error occurred: ',
  async run(o, world) {
    checkRequired(o, 'bootstrap-server')
    checkBootstrap(o.value('bootstrap-server'))
    if (o.has('topic-partitions') && (o.has('topic') || o.has('partitions'))) {
      throw occurred('--topic-partitions cannot be used with --topic or --partitions')
    }
    const timestamp = timestampOf(o.required('time'))
    const filter = o.has('topic-partitions') ? patternFilter(o.required('topic-partitions')) : plainFilter(o)
    return withAdmin(o, world, async (admin) => {
      const partitions = await matching(admin, filter, o.has('exclude-internal-topics'))
      if (partitions.length === 0) throw occurred('Could not match any topic-partitions with the specified filters')
      const found = await admin.listOffsets(partitions.map((p) => ({ ...p, timestamp })))
      for (const p of partitions) {
        const { error, value } = found.get(p.topic, p.partition)!
        if (error !== null) {
          world.err(
            `Skip getting offsets for topic-partition ${partitionName(p)} due to error: ${apacheCause(error)}\n`,
          )
        } else if (value.offset >= 0) world.out(`${p.topic}:${p.partition}:${value.offset}\n`)
      }
      return 0
    })
  },
})

function occurred(message: string): ToolFailure {
  return new ToolFailure(`Error occurred: ${message}`)
}

function timestampOf(text: string): number {
  const names: Readonly<Record<string, number>> = {
    earliest: offsetSpecs.earliest,
    latest: offsetSpecs.latest,
    'max-timestamp': offsetSpecs.maxTimestamp,
    'earliest-local': offsetSpecs.earliestLocal,
    'latest-tiered': offsetSpecs.latestTiered,
    'earliest-pending-upload': offsetSpecs.earliestPendingUpload,
  }
  const timestamp = names[text] ?? parseInteger(text, 'Long')
  if (timestamp !== null) return timestamp
  throw occurred(
    `Malformed time argument ${text}. Please use ${times.slice('<timestamp> / '.length)}, or a specified long format timestamp`,
  )
}

function plainFilter(o: Options): Filter {
  const ids = new Set<number>()
  const text = o.value('partitions')
  for (const id of text ? text.split(',') : []) {
    const partition = parseInteger(id, 'Integer')
    if (partition === null) {
      throw occurred(`--partitions expects a comma separated list of numeric partition ids, but received: ${text}`)
    }
    ids.add(partition)
  }
  return { topic: includeList(o.value('topic') ?? '.*'), partition: (p) => ids.size === 0 || ids.has(p.partition) }
}

function patternFilter(list: string): Filter {
  const rules = list.split(',').map((rule) => {
    const match = /^([^:,]*)(?::(?:([0-9]*)|(?:([0-9]*)-([0-9]*))))?$/.exec(rule)
    if (!match) throw occurred(`org.apache.kafka.tools.TerseException: Invalid rule specification: ${rule}`)
    const [, topic, only, from, to] = match
    const isWanted = (id: number) => (only ? id === Number(only) : id >= Number(from || 0) && (!to || id < Number(to)))
    return { topic: includeList(topic || '.*'), isWanted }
  })
  return {
    topic: (name) => rules.some((r) => r.topic(name)),
    partition: (p) => rules.some((r) => r.topic(p.topic) && r.isWanted(p.partition)),
  }
}

/** In the order in which they are printed: by the text `topic-partition`. */
async function matching(admin: Admin, filter: Filter, leavesOutInternal: boolean): Promise<TopicPartition[]> {
  const names = [...(await admin.listTopics()).keys()].filter(
    (name) => filter.topic(name) && !(leavesOutInternal && isInternalTopic(name)),
  )
  const described = unwrap(await admin.describeTopics(names))
  return [...described.values()]
    .flatMap((t) => t.partitions.map((p) => ({ topic: t.name, partition: p.partition })))
    .filter((p) => filter.partition(p))
    .sort((a, b) => (partitionName(a) < partitionName(b) ? -1 : 1))
}
