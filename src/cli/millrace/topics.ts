import { type Admin, type DescribedTopic, offsetSpecs, type PartitionMap, unwrap } from '../../client/index.ts'
import { type Call, type Command, jsonFlag, Mistake, type Noun } from './command.ts'
import { count, table } from './table.ts'

const configFlag = { name: 'config', short: 'c', arg: 'KEY=VALUE', help: 'a topic configuration', isRepeated: true }

const list: Command = {
  name: 'list',
  summary: 'print the topics',
  args: '',
  least: 0,
  most: 0,
  flags: [{ name: 'internal', help: "Kafka's own, too (__consumer_offsets, ...)" }, jsonFlag],
  examples: [{ line: 'millrace topics', what: 'names, partitions, replicas' }],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const all = [...(await admin.listTopics()).values()]
      const names = all.filter((t) => call.has('internal') || !t.isInternal).map((t) => t.name)
      const topics = [...unwrap(await admin.describeTopics(names.sort())).values()]
      if (call.isJson) printJson(call, topics.map(summaryOf))
      else if (topics.length === 0) call.world.err('There are no topics. Make one: millrace topics create NAME\n')
      else {
        const rows = topics.map((t) => [t.name, t.partitions.length, replicasOf(t)])
        const right = (title: string) => ({ title, isRight: true })
        call.world.out(table(['TOPIC', right('PARTITIONS'), right('REPLICAS')], rows))
      }
      return 0
    }),
}

const show: Command = {
  name: 'show',
  summary: 'print partitions, offsets and configurations of topics',
  args: 'TOPIC...',
  least: 1,
  most: Number.POSITIVE_INFINITY,
  completes: ['topic'],
  flags: [jsonFlag],
  examples: [{ line: 'millrace topics show orders', what: 'where it is, what it holds, how it is set' }],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const topics = [...unwrap(await admin.describeTopics(call.args)).values()]
      const asks = topics.flatMap((t) => t.partitions.map((p) => ({ topic: t.name, partition: p.partition })))
      const starts = await offsets(admin, asks, offsetSpecs.earliest)
      const ends = await offsets(admin, asks, offsetSpecs.latest)
      const found = []
      for (const topic of topics) {
        found.push({
          ...summaryOf(topic),
          partitionList: topic.partitions.map((p) => ({
            partition: p.partition,
            leader: p.leader,
            replicas: p.replicas,
            isr: p.isr,
            start: starts.get(topic.name, p.partition) ?? null,
            end: ends.get(topic.name, p.partition) ?? null,
          })),
          configs: await ownConfigs(admin, topic.name),
        })
      }
      if (call.isJson) printJson(call, found)
      else call.world.out(found.map(described).join('\n'))
      return 0
    }),
}

type Shown = ReturnType<typeof summaryOf> & {
  readonly partitionList: readonly {
    readonly partition: number
    readonly leader: number
    readonly replicas: readonly number[]
    readonly isr: readonly number[]
    readonly start: number | null
    readonly end: number | null
  }[]
  readonly configs: Readonly<Record<string, string | null>>
}

function described(topic: Shown): string {
  const right = (title: string) => ({ title, isRight: true })
  const rows = topic.partitionList.map((p) => [
    p.partition,
    p.leader < 0 ? 'none' : p.leader,
    p.replicas.join(','),
    p.isr.join(','),
    p.start ?? '?',
    p.end ?? '?',
    p.start === null || p.end === null ? '?' : p.end - p.start,
  ])
  const columns = [
    right('PARTITION'),
    right('LEADER'),
    'REPLICAS',
    'IN SYNC',
    right('START'),
    right('END'),
    right('RECORDS'),
  ]
  const configs = Object.entries(topic.configs).map(([name, value]) => `  ${name}=${value ?? ''}\n`)
  const head = `${topic.name}  ${count(topic.partitions, 'partition')}, ${count(topic.replicas, 'replica')}, id ${topic.id}\n`
  return head + configs.join('') + table(columns, rows)
}

const create: Command = {
  name: 'create',
  summary: 'make topics',
  args: 'TOPIC...',
  least: 1,
  most: Number.POSITIVE_INFINITY,
  flags: [
    { name: 'partitions', short: 'p', arg: 'N', help: "how many (the broker's num.partitions)" },
    {
      name: 'replicas',
      short: 'r',
      arg: 'N',
      help: "brokers that hold each (the broker's default.replication.factor)",
    },
    configFlag,
    { name: 'if-absent', help: 'a topic that is there already is no failure' },
    jsonFlag,
  ],
  examples: [
    { line: 'millrace topics create orders', what: 'as the broker likes' },
    { line: 'millrace topics create orders -p 6 -c retention.ms=3600000', what: 'six partitions, kept for an hour' },
    { line: 'millrace topics create users -c cleanup.policy=compact', what: 'keeps the latest record of each key' },
  ],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const [partitions, replicas] = [call.number('partitions', 1), call.number('replicas', 1)]
      const results = await admin.createTopics(
        call.args.map((name) => ({
          name,
          configs: pairs(call.values('config')),
          ...(partitions === null ? {} : { partitions }),
          ...(replicas === null ? {} : { replicationFactor: replicas }),
        })),
      )
      const made = []
      for (const [name, { error, value }] of results) {
        if (error === null) {
          made.push({ name, id: value.id.toString(), partitions: value.partitions, replicas: value.replicationFactor })
        } else if (error.code !== 'TOPIC_ALREADY_EXISTS' || !call.has('if-absent')) throw error
      }
      if (call.isJson) printJson(call, made)
      else {
        for (const t of made) {
          call.world.out(`Created ${t.name}: ${count(t.partitions, 'partition')}, ${count(t.replicas, 'replica')}\n`)
        }
      }
      return 0
    }),
}

const alter: Command = {
  name: 'alter',
  summary: 'give a topic more partitions, or other configurations',
  args: 'TOPIC',
  least: 1,
  most: 1,
  completes: ['topic'],
  flags: [
    { name: 'partitions', short: 'p', arg: 'N', help: 'as many as it shall have; never fewer than now' },
    configFlag,
    { name: 'unset', short: 'u', arg: 'KEY', help: "back to the broker's value", isRepeated: true },
  ],
  examples: [
    { line: 'millrace topics alter orders -p 12', what: 'keys go to other partitions from then on' },
    { line: 'millrace topics alter orders -c retention.ms=-1', what: 'kept for ever' },
  ],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const [topic] = call.args as [string]
      const partitions = call.number('partitions', 1)
      const set = Object.entries(pairs(call.values('config'))).map(
        ([name, value]) => ({ name, operation: 'set', value }) as const,
      )
      const unset = call.values('unset').map((name) => ({ name, operation: 'delete' }) as const)
      if (partitions === null && set.length + unset.length === 0) {
        throw new Mistake('nothing to change: give --partitions, --config or --unset')
      }
      if (set.length + unset.length > 0) {
        unwrap(await admin.alterConfigs(new Map([[{ type: 'topic', name: topic } as const, [...set, ...unset]]])))
      }
      if (partitions !== null) unwrap(await admin.createPartitions([{ topic, count: partitions }]))
      call.world.out(`Changed ${topic}\n`)
      return 0
    }),
}

const remove: Command = {
  name: 'delete',
  summary: 'delete topics and all their records',
  args: 'TOPIC...',
  least: 1,
  most: Number.POSITIVE_INFINITY,
  completes: ['topic'],
  flags: [{ name: 'if-present', help: 'a topic that is not there is no failure' }, jsonFlag],
  examples: [{ line: 'millrace topics delete orders', what: 'there is no way back' }],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const gone: { name: string }[] = []
      for (const [name, { error }] of await admin.deleteTopics(call.args)) {
        if (error === null) {
          gone.push({ name: `${name}` })
          if (!call.isJson) call.world.out(`Deleted ${name}\n`)
        } else if (error.code !== 'UNKNOWN_TOPIC_OR_PARTITION' || !call.has('if-present')) throw error
      }
      if (call.isJson) printJson(call, gone)
      return 0
    }),
}

export const topics: Noun = {
  name: 'topics',
  summary: 'list, show, create, alter and delete topics',
  commands: [list, show, create, alter, remove],
}

function summaryOf(topic: DescribedTopic) {
  return {
    name: topic.name,
    id: topic.id.toString(),
    partitions: topic.partitions.length,
    replicas: replicasOf(topic),
    isInternal: topic.isInternal,
  }
}

function replicasOf(topic: DescribedTopic): number {
  return topic.partitions[0]?.replicas.length ?? 0
}

async function ownConfigs(admin: Admin, name: string): Promise<Record<string, string | null>> {
  const resource = { type: 'topic', name } as const
  const entries = unwrap(await admin.describeConfigs([resource])).get(resource)!
  return Object.fromEntries(entries.filter((e) => e.source === 'DYNAMIC_TOPIC_CONFIG').map((e) => [e.name, e.value]))
}

/** A partition without a leader has no offsets to tell. */
async function offsets(
  admin: Admin,
  partitions: readonly { topic: string; partition: number }[],
  timestamp: number,
): Promise<Pick<PartitionMap<number>, 'get'>> {
  const found = await admin.listOffsets(partitions.map((p) => ({ ...p, timestamp })))
  return { get: (topic, partition) => found.get(topic, partition)?.value?.offset }
}

/** KEY=VALUE arguments. */
export function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new Mistake(`wants KEY=VALUE, not ${text}`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

export function printJson(call: Call, value: unknown): void {
  call.world.out(`${JSON.stringify(value, null, 2)}\n`)
}
