import { type Admin, offsetSpecs, PartitionMap, type TopicPartition, unwrap } from '../../client/index.ts'
import { parseTime } from '../time.ts'
import { type Call, type Command, jsonFlag, Mistake, type Noun } from './command.ts'
import { table } from './table.ts'
import { printJson } from './topics.ts'

const right = (title: string) => ({ title, isRight: true })

const list: Command = {
  name: 'list',
  summary: 'print the groups',
  args: '',
  least: 0,
  most: 0,
  flags: [jsonFlag],
  examples: [{ line: 'millrace groups', what: 'ids, protocols, states' }],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const { groups, errors } = await admin.listGroups()
      if (errors[0] !== undefined) throw errors[0]
      groups.sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
      if (call.isJson) printJson(call, groups)
      else if (groups.length === 0)
        call.world.err('There are no groups. Join one: millrace consume TOPIC --group NAME\n')
      else {
        const rows = groups.map((g) => [g.groupId, g.type, g.state])
        call.world.out(table(['GROUP', 'TYPE', 'STATE'], rows))
      }
      return 0
    }),
}

const show: Command = {
  name: 'show',
  summary: 'print where a group is, how far behind, and who its members are',
  args: 'GROUP',
  least: 1,
  most: 1,
  completes: ['group'],
  flags: [jsonFlag],
  examples: [{ line: 'millrace groups show billing', what: 'offsets, lag, members' }],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const [groupId] = call.args as [string]
      const group = unwrap(await admin.describeGroups([groupId])).get(groupId)!
      const committed = await committedOf(admin, groupId)
      const owners = new PartitionMap<string>()
      for (const m of group.members) for (const p of m.assignment) owners.set(p.topic, p.partition, m.memberId)
      for (const p of owners.keys()) if (!committed.has(p.topic, p.partition)) committed.set(p.topic, p.partition, null)
      const ends = await endOffsets(admin, [...committed.keys()])
      const partitions = [...committed]
        .sort(([a], [b]) => byPartition(a, b))
        .map(([p, offset]) => {
          const end = ends.get(p.topic, p.partition) ?? null
          const lag = offset === null || end === null ? null : Math.max(end - offset, 0)
          return {
            topic: p.topic,
            partition: p.partition,
            offset,
            end,
            lag,
            member: owners.get(p.topic, p.partition) ?? null,
          }
        })
      if (call.isJson) {
        const { type, state, assignor, members } = group
        printJson(call, { groupId, type, state, assignor, partitions, members })
      } else {
        const lag = partitions.reduce((sum, p) => sum + (p.lag ?? 0), 0)
        call.world.out(`${groupId}  ${group.state}, ${group.type}, ${lag} behind\n`)
        const rows = partitions.map((p) => [
          p.topic,
          p.partition,
          p.offset ?? '-',
          p.end ?? '?',
          p.lag ?? '-',
          p.member ?? '-',
        ])
        if (rows.length > 0) {
          const columns = ['TOPIC', right('PARTITION'), right('OFFSET'), right('END'), right('BEHIND'), 'MEMBER']
          call.world.out(table(columns, rows))
        }
        const idle = group.members.filter((m) => m.assignment.length === 0)
        for (const m of idle) call.world.out(`${m.memberId} has nothing assigned\n`)
      }
      return 0
    }),
}

const reset: Command = {
  name: 'reset',
  summary: 'move a group without members to other offsets',
  args: 'GROUP',
  least: 1,
  most: 1,
  completes: ['group'],
  flags: [
    {
      name: 'to',
      arg: 'PLACE',
      help: 'beginning, end, an offset, +N or -N from where it is, or a time (2026-01-31T12:00)',
    },
    {
      name: 'topic',
      short: 't',
      arg: 'TOPIC',
      help: 'only this one (all that it has read)',
      isRepeated: true,
      completes: 'topic',
    },
    { name: 'execute', help: 'do it, instead of showing what would be done' },
    jsonFlag,
  ],
  examples: [
    { line: 'millrace groups reset billing --to beginning', what: 'shows what it would do' },
    { line: 'millrace groups reset billing --to -100 --execute', what: 'the last hundred of each partition again' },
  ],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const [groupId] = call.args as [string]
      const to = call.value('to')
      if (to === null) throw new Mistake('--to says where to')
      const committed = await committedOf(admin, groupId)
      const scope = await scopeOf(call, admin, committed)
      const wanted = await places(admin, to, scope, committed)
      if (call.has('execute')) {
        const items = [...wanted].map(([p, offset]) => ({ ...p, offset }))
        for (const [, { error }] of await admin.alterGroupOffsets(groupId, items)) if (error !== null) throw error
      }
      const moved = [...wanted]
        .sort(([a], [b]) => byPartition(a, b))
        .map(([p, offset]) => ({
          topic: p.topic,
          partition: p.partition,
          from: committed.get(p.topic, p.partition) ?? null,
          to: offset,
        }))
      if (call.isJson) printJson(call, moved)
      else {
        const rows = moved.map((m) => [m.topic, m.partition, m.from ?? '-', m.to])
        call.world.out(table(['TOPIC', right('PARTITION'), right('FROM'), right('TO')], rows))
        if (!call.has('execute')) call.world.err('Nothing was changed. To do it: --execute\n')
      }
      return 0
    }),
}

const remove: Command = {
  name: 'delete',
  summary: 'delete groups without members, and their offsets',
  args: 'GROUP...',
  least: 1,
  most: Number.POSITIVE_INFINITY,
  completes: ['group'],
  flags: [],
  examples: [{ line: 'millrace groups delete billing', what: 'its offsets are forgotten' }],
  run: (call) =>
    call.withAdmin(async (admin) => {
      for (const [id, { error }] of await admin.deleteGroups(call.args)) {
        if (error !== null) throw error
        call.world.out(`Deleted ${id}\n`)
      }
      return 0
    }),
}

export const groups: Noun = {
  name: 'groups',
  summary: 'list, show, reset and delete consumer groups',
  commands: [list, show, reset, remove],
}

async function committedOf(admin: Admin, groupId: string): Promise<PartitionMap<number | null>> {
  const offsets = new PartitionMap<number | null>()
  for (const [p, { error, value }] of await admin.listGroupOffsets(groupId)) {
    if (error !== null) throw error
    offsets.set(p.topic, p.partition, value.offset)
  }
  return offsets
}

async function endOffsets(admin: Admin, partitions: readonly TopicPartition[]): Promise<PartitionMap<number>> {
  const ends = new PartitionMap<number>()
  const asks = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp: offsetSpecs.latest }))
  // a topic that was deleted since has no end
  for (const [p, { value }] of await admin.listOffsets(asks)) if (value) ends.set(p.topic, p.partition, value.offset)
  return ends
}

async function scopeOf(
  call: Call,
  admin: Admin,
  committed: PartitionMap<number | null>,
): Promise<readonly TopicPartition[]> {
  const named = call.values('topic')
  if (named.length === 0) {
    if (committed.size === 0) throw new Mistake(`${call.args[0]} has read nothing yet: say --topic`)
    return [...committed.keys()]
  }
  const described = unwrap(await admin.describeTopics(named))
  return [...described.values()].flatMap((t) => t.partitions.map((p) => ({ topic: t.name, partition: p.partition })))
}

/** Where `to` is in each partition, within what the partition holds. */
async function places(
  admin: Admin,
  to: string,
  partitions: readonly TopicPartition[],
  committed: PartitionMap<number | null>,
): Promise<PartitionMap<number>> {
  const find = async (timestamp: number) => {
    const found = await admin.listOffsets(partitions.map(({ topic, partition }) => ({ topic, partition, timestamp })))
    const offsets = new PartitionMap<number>()
    for (const [p, { error, value }] of found) {
      if (error !== null) throw error
      offsets.set(p.topic, p.partition, value.offset)
    }
    return offsets
  }
  const starts = await find(offsetSpecs.earliest)
  const ends = await find(offsetSpecs.latest)
  if (to === 'beginning') return starts
  if (to === 'end') return ends
  const wallMs = parseTime(to)
  const atTime = wallMs === null ? null : await find(wallMs)
  const isRelative = /^[+-]\d+$/.test(to)
  if (atTime === null && !/^[+-]?\d+$/.test(to)) {
    throw new Mistake(`--to is beginning, end, an offset, +N, -N or a time, not ${to}`)
  }
  const wanted = new PartitionMap<number>()
  for (const { topic, partition } of partitions) {
    const end = ends.get(topic, partition)!
    let offset = Number(to)
    if (atTime !== null) {
      const found = atTime.get(topic, partition)!
      offset = found < 0 ? end : found
    } else if (isRelative) offset += committed.get(topic, partition) ?? end
    wanted.set(topic, partition, Math.min(Math.max(offset, starts.get(topic, partition)!), end))
  }
  return wanted
}

function byPartition(a: TopicPartition, b: TopicPartition): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}
