import {
  type Admin,
  isKafkaError,
  offsetSpecs,
  PartitionMap,
  partitionHashOrder,
  partitionName,
  stringHashOrder,
  type TopicPartition,
  unwrap,
} from '../../client/index.ts'
import { apacheText } from '../apache-texts.ts'
import { durationMs } from '../clients.ts'
import { type Options, parseInteger, usage } from '../jopt.ts'
import { parseTime } from '../time.ts'
import { type CliWorld, readFile } from '../world.ts'
import { commandFailed, printError, resetScenarios } from './groups-report.ts'

/** New offsets of one group. */
type Plan = PartitionMap<number>

/** A reset that cannot be: what Apache's tool says of it, and the exception that it shows beside it. */
class ResetFailure extends Error {
  readonly exception: string | null
  constructor(message: string, exception: string | null = null) {
    super(message)
    this.exception = exception
  }
}

/** kafka-consumer-groups.sh --reset-offsets */
export async function resetOffsets(
  o: Options,
  admin: Admin,
  groupIds: readonly string[],
  timeoutMs: number,
  world: CliWorld,
): Promise<void> {
  const reset = new Reset(o, admin, timeoutMs, world)
  const described = await admin.describeGroups(groupIds, { timeoutMs })
  const plans = new Map<string, Plan>()
  try {
    for (const groupId of stringHashOrder(described.keys(), true)) {
      const { error, value } = described.get(groupId)!
      if (error !== null && error.code !== 'GROUP_ID_NOT_FOUND') throw error
      const state = value?.state ?? 'Dead'
      if (state === 'Empty' || state === 'Dead') plans.set(groupId, await reset.group(groupId))
      else {
        printError(
          world,
          `Assignments can only be reset if the group '${groupId}' is inactive, but the current state is ${state}.`,
        )
        plans.set(groupId, new PartitionMap())
      }
    }
  } catch (thrown) {
    if (thrown instanceof ResetFailure) {
      const cause = thrown.exception === null ? null : `${thrown.exception}: ${thrown.message}`
      return commandFailed(world, thrown.message, cause)
    }
    if (!isKafkaError(thrown) || thrown.number === -1) throw thrown
    return commandFailed(
      world,
      apacheText(thrown),
      `org.apache.kafka.common.errors.${thrown.exception}: ${apacheText(thrown)}`,
    )
  }
  const inOrder = stringHashOrder(plans.keys()).map((id) => [id, plans.get(id)!] as const)
  if (o.has('export')) world.out(`${csv(inOrder, o.values('group').length === 1)}\n`)
  else print(inOrder, world)
}

function print(plans: readonly (readonly [string, Plan])[], world: CliWorld): void {
  const groupWidth = Math.max(15, ...plans.map(([id]) => id.length))
  const topicWidth = Math.max(15, ...plans.flatMap(([, plan]) => [...plan.keys()].map((p) => p.topic.length)))
  const line = (group: string, topic: string, partition: string, offset: string) => {
    world.out(`\n${group.padEnd(groupWidth)} ${topic.padEnd(topicWidth)} ${partition.padEnd(10)} ${offset}`)
  }
  if (plans.length > 0) line('GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET')
  for (const [id, plan] of plans) {
    for (const p of partitionHashOrder(plan.keys())) {
      line(id, p.topic, String(p.partition), String(plan.get(p.topic, p.partition)))
    }
  }
  world.out('\n')
}

function csv(plans: readonly (readonly [string, Plan])[], isOneGroup: boolean): string {
  const quoted = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const lines: string[] = []
  for (const [id, plan] of plans) {
    for (const p of partitionHashOrder(plan.keys())) {
      const cells = [quoted(p.topic), String(p.partition), String(plan.get(p.topic, p.partition))]
      lines.push(`${(isOneGroup ? cells : [quoted(id), ...cells]).join(',')}\n`)
    }
  }
  return lines.join('')
}

class Reset {
  readonly #o: Options
  readonly #admin: Admin
  readonly #timeoutMs: number
  readonly #world: CliWorld
  #file: ReadonlyMap<string, Plan> | null = null

  constructor(o: Options, admin: Admin, timeoutMs: number, world: CliWorld) {
    this.#o = o
    this.#admin = admin
    this.#timeoutMs = timeoutMs
    this.#world = world
  }

  async group(groupId: string): Promise<Plan> {
    const partitions = await this.#scope(groupId)
    await this.#checkExist(partitions)
    const plan = await this.#plan(groupId, partitions)
    if (this.#o.has('execute') && plan.size > 0) {
      const items = [...plan].map(([p, offset]) => ({ ...p, offset }))
      for (const [, result] of await this.#admin.alterGroupOffsets(groupId, items, { timeoutMs: this.#timeoutMs })) {
        if (result.error !== null) throw result.error
      }
    }
    return plan
  }

  async #scope(groupId: string): Promise<TopicPartition[]> {
    const o = this.#o
    if (o.has('all-topics')) return [...(await this.#committed(groupId)).keys()]
    if (!o.has('topic')) {
      if (!o.has('from-file')) throw usage('One of the reset scopes should be defined: --all-topics, --topic.')
      return []
    }
    const named: TopicPartition[] = []
    const whole: string[] = []
    for (const arg of o.values('topic')) {
      if (arg.includes(':')) named.push(...partitionsOfArgument(arg))
      else whole.push(arg)
    }
    const described = unwrap(await this.#admin.describeTopics(whole, { timeoutMs: this.#timeoutMs }))
    for (const topic of stringHashOrder(described.keys() as Iterable<string>, true)) {
      for (const p of described.get(topic)!.partitions) named.push({ topic, partition: p.partition })
    }
    return named
  }

  async #checkExist(partitions: readonly TopicPartition[]): Promise<void> {
    const topics = [...new Set(partitions.map((p) => p.topic))]
    const described = unwrap(await this.#admin.describeTopics(topics, { timeoutMs: this.#timeoutMs }))
    const state = (p: TopicPartition) => described.get(p.topic)?.partitions[p.partition]
    const missing = partitions.filter((p) => state(p) === undefined)
    if (missing.length > 0) {
      throw new ResetFailure(
        `The partitions "${missing.map(partitionName).join(',')}" do not exist`,
        'org.apache.kafka.common.errors.UnknownTopicOrPartitionException',
      )
    }
    const leaderless = partitions.filter((p) => (state(p)?.leader ?? -1) < 0)
    if (leaderless.length > 0) {
      throw new ResetFailure(
        `The partitions "${leaderless.map(partitionName).join(',')}" have no leader`,
        'org.apache.kafka.common.errors.LeaderNotAvailableException',
      )
    }
  }

  async #plan(groupId: string, partitions: readonly TopicPartition[]): Promise<Plan> {
    const o = this.#o
    if (o.has('to-offset')) return this.#within(planned(partitions, () => o.integer('to-offset')!))
    if (o.has('to-earliest')) return this.#offsets(partitions, offsetSpecs.earliest)
    if (o.has('to-latest')) return this.#offsets(partitions, offsetSpecs.latest)
    if (o.has('shift-by')) return this.#shifted(groupId, partitions, o.integer('shift-by')!)
    if (o.has('to-datetime')) return this.#atTime(partitions, dateTimeMs(o.required('to-datetime')))
    if (o.has('by-duration')) {
      const ms = durationMs(o.required('by-duration'))
      if (ms === null) throw new ResetFailure('Text cannot be parsed to a Duration')
      return this.#atTime(partitions, this.#world.env.clock.wallMs() - ms)
    }
    if (o.has('from-file')) return this.#fromFile(groupId)
    if (o.has('to-current')) return this.#current(groupId, partitions)
    throw usage(
      `Option '[reset-offsets]' requires one of the following scenarios: [${resetScenarios.map((s) => `[${s}]`).join(', ')}]`,
    )
  }

  async #committed(groupId: string): Promise<Plan> {
    const found = await this.#admin.listGroupOffsets(groupId, null, { timeoutMs: this.#timeoutMs })
    const offsets: Plan = new PartitionMap()
    for (const [p, result] of found) {
      if (result.error !== null) throw result.error
      offsets.set(p.topic, p.partition, result.value.offset)
    }
    return offsets
  }

  async #offsets(partitions: readonly TopicPartition[], timestamp: number): Promise<Plan> {
    const asks = partitions.map((p) => ({ topic: p.topic, partition: p.partition, timestamp }))
    const found = await this.#admin.listOffsets(asks, { timeoutMs: this.#timeoutMs })
    const offsets: Plan = new PartitionMap()
    for (const p of partitions) {
      const { error, value } = found.get(p.topic, p.partition)!
      if (error !== null) throw error
      offsets.set(p.topic, p.partition, value.offset)
    }
    return offsets
  }

  async #atTime(partitions: readonly TopicPartition[], wallMs: number): Promise<Plan> {
    const offsets = await this.#offsets(partitions, wallMs)
    const late = partitionHashOrder([...offsets].filter(([, offset]) => offset < 0).map(([p]) => p))
    for (const p of late) {
      this.#world.out(
        `\nWarn: Partition ${p.partition} from topic ${p.topic} is empty. Falling back to latest known offset.\n`,
      )
    }
    if (late.length === 0) return offsets
    for (const [p, offset] of await this.#offsets(late, offsetSpecs.latest)) offsets.set(p.topic, p.partition, offset)
    return offsets
  }

  async #shifted(groupId: string, partitions: readonly TopicPartition[], by: number): Promise<Plan> {
    const current = await this.#committed(groupId)
    return this.#within(
      planned(partitions, (p) => {
        const offset = current.get(p.topic, p.partition)
        if (offset !== undefined) return offset + by
        throw usage(`Cannot shift offset for partition ${partitionName(p)} since there is no current committed offset`)
      }),
    )
  }

  async #current(groupId: string, partitions: readonly TopicPartition[]): Promise<Plan> {
    const current = await this.#committed(groupId)
    const fresh = partitions.filter((p) => !current.has(p.topic, p.partition))
    const ends = await this.#offsets(fresh, offsetSpecs.latest)
    return planned(partitions, (p) => current.get(p.topic, p.partition) ?? ends.get(p.topic, p.partition)!)
  }

  /** Offsets that the partitions do not hold are moved to the nearer end. */
  async #within(wanted: Plan): Promise<Plan> {
    const partitions = [...wanted.keys()]
    const starts = await this.#offsets(partitions, offsetSpecs.earliest)
    const ends = await this.#offsets(partitions, offsetSpecs.latest)
    const warn = (p: TopicPartition, offset: number, side: string, end: number) => {
      this.#world.env.logger.warn(
        `New offset (${offset}) is ${side} offset for topic partition ${partitionName(p)}. Value will be set to ${end}`,
        { logger: 'org.apache.kafka.tools.OffsetsUtils' },
      )
      return end
    }
    return planned(partitionHashOrder(partitions), (p) => {
      const offset = wanted.get(p.topic, p.partition)!
      const start = starts.get(p.topic, p.partition)!
      const end = ends.get(p.topic, p.partition)!
      if (offset > end) return warn(p, offset, 'higher than latest', end)
      return offset < start ? warn(p, offset, 'lower than earliest', start) : offset
    })
  }

  async #fromFile(groupId: string): Promise<Plan> {
    this.#file ??= await this.#readFile(this.#o.required('from-file'))
    const plan = this.#file.get(groupId)
    if (plan !== undefined) return this.#within(plan)
    printError(this.#world, `No reset plan for group ${groupId} found`)
    return new PartitionMap()
  }

  /** topic,partition,offset for one group; group,topic,partition,offset for several. */
  async #readFile(path: string): Promise<Map<string, Plan>> {
    const bytes = await readFile(
      this.#world,
      path,
      (p) => new ResetFailure(`java.io.IOException: Unable to read file ${p}`),
    )
    const groups = this.#o.values('group')
    const plans = new Map<string, Plan>()
    const rows = new TextDecoder()
      .decode(bytes)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(csvCells)
    const isOneGroup = groups.length === 1 && rows[0]?.length === 3
    for (const cells of rows) {
      const [group = '', topic = '', partition = '', offset = ''] = isOneGroup ? [groups[0]!, ...cells] : cells
      const [p, at] = [parseInteger(partition, 'Integer'), parseInteger(offset, 'Long')]
      if (p === null || at === null) continue // told as "no reset plan" for the groups that it would have been for
      let plan = plans.get(group)
      if (!plan) plans.set(group, (plan = new PartitionMap()))
      plan.set(topic, p, at)
    }
    return plans
  }
}

function planned(partitions: readonly TopicPartition[], offsetOf: (p: TopicPartition) => number): Plan {
  const plan: Plan = new PartitionMap()
  for (const p of partitions) plan.set(p.topic, p.partition, offsetOf(p))
  return plan
}

function csvCells(line: string): string[] {
  return [...line.trim().matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}

/** `topic:0,1,2` */
export function partitionsOfArgument(arg: string): TopicPartition[] {
  const parts = arg.split(':')
  while (parts.at(-1) === '') parts.pop()
  if (parts.length !== 2) throw usage(`Invalid topic arg '${arg}', expected topic name and partitions`)
  return parts[1]!.split(',').map((id) => {
    const partition = parseInteger(id, 'Integer')
    if (partition === null) throw usage(`Invalid partition '${id}' specified in topic arg '${arg}''`)
    return { topic: parts[0]!, partition }
  })
}

/** Without a zone: UTC. */
function dateTimeMs(text: string): number {
  const time = text.split('T')[1]
  const wrong = (why: string) => new ResetFailure(`java.text.ParseException: ${why}`)
  if (time === undefined) {
    throw wrong("Error parsing timestamp. It does not contain a 'T' according to ISO8601 format")
  }
  const isTime = /^\d{2}:\d{2}:\d{2}\.\d{3}(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?$/.test(time)
  const wallMs = isTime ? parseTime(text) : null
  if (wallMs === null) throw wrong(`Unparseable date: "${text}"`)
  return wallMs
}
