import {
  type Admin,
  type CommittedOffset,
  type GroupDescription,
  type MemberDescription,
  type Outcome,
  offsetSpecs,
  PartitionMap,
  type TopicPartition,
  unwrap,
} from '../../client/index.ts'
import type { Options } from '../jopt.ts'
import type { CliWorld } from '../world.ts'
import { printError } from './groups-report.ts'

const MISSING = '-'

/** kafka-consumer-groups.sh --describe */
export async function describeGroups(
  o: Options,
  admin: Admin,
  groupIds: readonly string[],
  timeoutMs: number,
  world: CliWorld,
): Promise<void> {
  const described = unwrap(await admin.describeGroups(groupIds, { timeoutMs }))
  const groups = [...described.values()].sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
  const isVerbose = o.has('verbose')
  // everything is known before anything is printed: a failure leaves no half of it
  if (o.has('members')) for (const group of groups) printMembers(group, isVerbose, world)
  else if (o.has('state')) for (const group of groups) printState(group, isVerbose, world)
  else {
    const rows: OffsetRow[][] = []
    for (const group of groups) rows.push(await offsetRows(admin, group, timeoutMs))
    for (const [i, group] of groups.entries()) printOffsets(group, rows[i]!, isVerbose, world)
  }
}

/** Whether there are rows to print. */
function announce(group: GroupDescription, rowCount: number, world: CliWorld): boolean {
  switch (group.state) {
    case 'Dead':
      printError(world, `Consumer group '${group.groupId}' does not exist.`)
      return false
    case 'Empty':
      world.err(`\nConsumer group '${group.groupId}' has no active members.\n`)
      break
    case 'PreparingRebalance':
    case 'CompletingRebalance':
    case 'Assigning':
    case 'Reconciling':
      world.err(`\nWarning: Consumer group '${group.groupId}' is rebalancing.\n`)
      break
    default:
      break
  }
  return rowCount > 0
}

// Offsets

interface OffsetRow {
  readonly at: TopicPartition | null
  readonly leaderEpoch: number | null
  readonly offset: number | null
  readonly end: number | null
  readonly consumerId: string
  readonly host: string
  readonly clientId: string
}

async function offsetRows(admin: Admin, group: GroupDescription, timeoutMs: number): Promise<OffsetRow[]> {
  const committed = await admin.listGroupOffsets(group.groupId, null, { timeoutMs })
  const assigned = new PartitionMap<true>()
  const rows: OffsetRow[] = []
  const members = group.members
    .filter((m) => m.assignment.length > 0)
    .toSorted((a, b) => b.assignment.length - a.assignment.length)
  for (const member of members) {
    for (const p of member.assignment) assigned.set(p.topic, p.partition, true)
    rows.push(...(await partitionRows(admin, member.assignment, committed, member, timeoutMs)))
  }
  const rest = [...committed.keys()].filter((p) => !assigned.has(p.topic, p.partition))
  if (rest.length > 0) rows.push(...(await partitionRows(admin, rest, committed, null, timeoutMs)))
  return rows
}

async function partitionRows(
  admin: Admin,
  partitions: readonly TopicPartition[],
  committed: PartitionMap<Outcome<CommittedOffset>>,
  member: MemberDescription | null,
  timeoutMs: number,
): Promise<OffsetRow[]> {
  const topics = [...new Set(partitions.map((p) => p.topic))]
  const described = unwrap(await admin.describeTopics(topics, { timeoutMs }))
  const hasLeader = (p: TopicPartition) => (described.get(p.topic)?.partitions[p.partition]?.leader ?? -1) >= 0
  const asks = partitions.filter(hasLeader).map((p) => ({ ...p, timestamp: offsetSpecs.latest }))
  const ends = await admin.listOffsets(asks, { timeoutMs })
  const sorted = partitions.toSorted((a, b) =>
    a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition,
  )
  return sorted.map((at) => {
    const offset = committed.get(at.topic, at.partition)?.value ?? null
    const end = ends.get(at.topic, at.partition) ?? null
    if (end?.error) throw end.error
    return {
      at,
      leaderEpoch: offset?.leaderEpoch ?? null,
      offset: offset?.offset ?? null,
      end: end?.value?.offset ?? null,
      consumerId: member?.memberId ?? MISSING,
      host: member?.host ?? MISSING,
      clientId: member?.clientId ?? MISSING,
    }
  })
}

function printOffsets(group: GroupDescription, rows: readonly OffsetRow[], isVerbose: boolean, world: CliWorld): void {
  if (!announce(group, rows.length, world)) return
  const widest = (least: number, texts: readonly string[]) => Math.max(least, ...texts.map((t) => t.length))
  const groupWidth = widest(15, [group.groupId])
  const topicWidth = widest(
    15,
    rows.map((r) => r.at?.topic ?? MISSING),
  )
  const idWidth = widest(
    15,
    rows.map((r) => r.consumerId),
  )
  const hostWidth = widest(
    15,
    rows.map((r) => r.host),
  )
  const widths = [groupWidth, topicWidth, 10, ...(isVerbose ? [15] : []), 15, 15, 15, idWidth, hostWidth]
  const line = (cells: readonly string[]) => {
    world.out(`\n${cells.map((cell, i) => (widths[i] === undefined ? cell : cell.padEnd(widths[i]))).join(' ')}`)
  }
  const epochTitle = isVerbose ? ['LEADER-EPOCH'] : []
  line([
    'GROUP',
    'TOPIC',
    'PARTITION',
    ...epochTitle,
    'CURRENT-OFFSET',
    'LOG-END-OFFSET',
    'LAG',
    'CONSUMER-ID',
    'HOST',
    'CLIENT-ID',
  ])
  const shown = (value: number | null) => (value === null ? MISSING : String(value))
  for (const r of rows) {
    const lag = r.offset === null || r.offset === -1 || r.end === null ? null : r.end - r.offset
    line([
      group.groupId,
      r.at?.topic ?? MISSING,
      shown(r.at?.partition ?? null),
      ...(isVerbose ? [shown(r.leaderEpoch)] : []),
      shown(r.offset),
      shown(r.end),
      shown(lag),
      r.consumerId,
      r.host,
      r.clientId,
    ])
  }
  world.out('\n')
}

// Members

function assignmentText(partitions: readonly TopicPartition[] | null): string {
  if (partitions === null || partitions.length === 0) return MISSING
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition])
  return [...byTopic]
    .map(([topic, ids]) => `${topic}:${ids.sort((a, b) => a - b).join(',')}`)
    .sort()
    .join(';')
}

function printMembers(group: GroupDescription, isVerbose: boolean, world: CliWorld): void {
  const { members } = group
  const isAnnounced = announce(group, members.length, world)
  const widest = (least: number, texts: readonly string[]) =>
    Math.max(least, ...(isAnnounced ? texts.map((t) => t.length) : []))
  const hasInstances = isAnnounced && members.some((m) => m.instanceId)
  const isMigrating = members.some((m) => m.isUpgraded === false) && members.some((m) => m.isUpgraded === true)
  const widths = [
    widest(15, [group.groupId]),
    widest(
      15,
      members.map((m) => m.memberId),
    ),
    ...(hasInstances
      ? [
          widest(
            17,
            members.map((m) => m.instanceId ?? ''),
          ),
        ]
      : []),
    widest(
      15,
      members.map((m) => m.host),
    ),
    widest(
      15,
      members.map((m) => m.clientId),
    ),
    15,
  ]
  const currentWidth = widest(
    20,
    members.map((m) => assignmentText(m.assignment)),
  )
  const targetWidth = widest(
    20,
    members.map((m) => assignmentText(m.targetAssignment)),
  )
  if (isVerbose) widths.push(15, currentWidth, 15, targetWidth)
  const row = (cells: readonly string[]) => {
    const text = cells.map((cell, i) => (widths[i] === undefined ? cell : cell.padEnd(widths[i]))).join(' ')
    return isVerbose ? text : `${text} `
  }
  const titles = [
    'GROUP',
    'CONSUMER-ID',
    ...(hasInstances ? ['GROUP-INSTANCE-ID'] : []),
    'HOST',
    'CLIENT-ID',
    '#PARTITIONS',
  ]
  if (isVerbose) {
    titles.push('CURRENT-EPOCH', 'CURRENT-ASSIGNMENT', 'TARGET-EPOCH', 'TARGET-ASSIGNMENT')
    if (isMigrating) titles.push('UPGRADED')
  }
  world.out(`\n${row(titles)}\n`)
  for (const m of members) {
    const cells = [group.groupId, m.memberId, ...(hasInstances ? [m.instanceId ?? ''] : []), m.host, m.clientId]
    cells.push(String(m.assignment.length))
    if (isVerbose) {
      const epoch = m.memberEpoch === null ? MISSING : String(m.memberEpoch)
      const target = group.targetAssignmentEpoch === null ? MISSING : String(group.targetAssignmentEpoch)
      cells.push(epoch, assignmentText(m.assignment), target, assignmentText(m.targetAssignment))
      if (isMigrating) cells.push(m.isUpgraded === null ? MISSING : String(m.isUpgraded))
    }
    world.out(`${row(cells)}\n`)
  }
}

// State

function printState(group: GroupDescription, isVerbose: boolean, world: CliWorld): void {
  if (!announce(group, 1, world)) return
  const { host, port, id } = group.coordinator
  const coordinator = `${host}:${port}  (${id})`
  const widths = [Math.max(15, group.groupId.length), Math.max(25, coordinator.length), 20, 20]
  if (isVerbose) widths.push(15, 25)
  const line = (cells: readonly string[]) => {
    world.out(`\n${cells.map((cell, i) => (widths[i] === undefined ? cell : cell.padEnd(widths[i]))).join(' ')}`)
  }
  const epochs = (epoch: string, target: string) => (isVerbose ? [epoch, target] : [])
  line([
    'GROUP',
    'COORDINATOR (ID)',
    'ASSIGNMENT-STRATEGY',
    'STATE',
    ...epochs('GROUP-EPOCH', 'TARGET-ASSIGNMENT-EPOCH'),
    '#MEMBERS',
  ])
  const shown = (value: number | null) => (value === null ? MISSING : String(value))
  line([
    group.groupId,
    coordinator,
    group.assignor || MISSING,
    group.state,
    ...epochs(shown(group.groupEpoch), shown(group.targetAssignmentEpoch)),
    String(group.members.length),
  ])
  world.out('\n')
}
