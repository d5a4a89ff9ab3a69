import { partitionName, type TopicPartition } from '../../client/index.ts'
import { ToolFailure } from '../world.ts'

/** A replica of a partition: what can be moved between directories of its broker. */
export interface Replica extends TopicPartition {
  readonly broker: number
}

export interface Target extends TopicPartition {
  readonly replicas: readonly number[]
}

export interface Plan {
  readonly targets: readonly Target[]
  /** Replicas that are to lie in a directory of their own, and which. */
  readonly directories: readonly (Replica & { readonly path: string })[]
}

const anyDirectory = 'any'

/** Topics of `{"version":1,"topics":[{"topic":"t"}]}`. */
export function parseTopics(text: string): string[] {
  const data = parsed(text, () => 'The input string is not a valid JSON')
  const topics = list(data, 'topics').map((item) => words(item, 'topic'))
  const twice = duplicates(topics)
  if (twice.length > 0) {
    throw new ToolFailure(`List of topics to reassign contains duplicate entries: [${twice.join(', ')}]`)
  }
  return topics
}

/** As it stands: what can be executed is checked apart. */
export function parsePlan(text: string): Plan {
  const data = parsed(text, (message) => `The reassignment is not JSON: ${message}`)
  const targets: Target[] = []
  const directories: (Replica & { path: string })[] = []
  for (const item of list(data, 'partitions')) {
    const at = { topic: words(item, 'topic'), partition: whole(field(item, 'partition')) }
    const replicas = array(field(item, 'replicas')).map(whole)
    const paths = (item as { log_dirs?: unknown }).log_dirs
    const dirs = paths === undefined ? replicas.map(() => anyDirectory) : array(paths).map(String)
    if (dirs.length !== replicas.length) {
      throw new ToolFailure(
        `Size of replicas list [${replicas.join(', ')}] is different from size of log dirs list [${dirs.join(', ')}] for partition ${partitionName(at)}`,
      )
    }
    targets.push({ ...at, replicas })
    for (const [i, path] of dirs.entries()) {
      if (path !== anyDirectory) directories.push({ ...at, broker: replicas[i]!, path })
    }
  }
  return { targets, directories }
}

/** Refuses what no cluster could do. */
export function checkPlan({ targets }: Plan): void {
  if (targets.length === 0) throw new ToolFailure('Partition reassignment list cannot be empty')
  if (targets.some((t) => t.replicas.length === 0)) throw new ToolFailure('Partition replica list cannot be empty')
  const twice = duplicates(targets.map(partitionName))
  if (twice.length > 0) {
    throw new ToolFailure(`Partition reassignment contains duplicate topic partitions: ${twice.join(',')}`)
  }
  const repeated = targets.flatMap((t) => {
    const ids = duplicates(t.replicas)
    return ids.length === 0 ? [] : [`${partitionName(t)} contains multiple entries for ${ids.join(',')}`]
  })
  if (repeated.length > 0) {
    throw new ToolFailure(`Partition replica lists may not contain duplicate entries: ${repeated.join('. ')}`)
  }
}

/** The form that `--reassignment-json-file` takes; `pathOf` null: wherever the broker likes. */
export function planJson(targets: readonly Target[], pathOf: (replica: Replica) => string | null = () => null): string {
  const partitions = [...targets].sort(byPartition).map(({ topic, partition, replicas }) => ({
    topic,
    partition,
    replicas,
    log_dirs: replicas.map((broker) => pathOf({ topic, partition, broker }) ?? anyDirectory),
  }))
  return JSON.stringify({ version: 1, partitions })
}

export function byPartition(a: TopicPartition, b: TopicPartition): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}

export function byReplica(a: Replica, b: Replica): number {
  return a.broker - b.broker || byPartition(a, b)
}

export function replicaName(replica: Replica): string {
  return `${partitionName(replica)}-${replica.broker}`
}

export function duplicates<T>(items: readonly T[]): T[] {
  return [...new Set(items.filter((item, i) => items.indexOf(item) < i))]
}

// JSON, with the complaints of Apache's reader

function parsed(text: string, complaint: (message: string) => string): object {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (thrown) {
    throw new ToolFailure(complaint((thrown as Error).message))
  }
  const all = object(data)
  const version = (all as { version?: unknown }).version
  if (version !== undefined && whole(version) !== 1) {
    throw new ToolFailure(`Not supported version field value ${String(version)}`)
  }
  return all
}

function list(data: object, name: string): object[] {
  const value = (data as Record<string, unknown>)[name]
  return value === undefined ? [] : array(value).map(object)
}

function field(item: object, name: string): unknown {
  const value = (item as Record<string, unknown>)[name]
  if (value === undefined) throw new ToolFailure(`No such field exists: \`${name}\``)
  return value
}

function words(item: object, name: string): string {
  const value = field(item, name)
  if (typeof value !== 'string') throw new ToolFailure(`Expected String value, received ${JSON.stringify(value)}`)
  return value
}

function whole(value: unknown): number {
  if (!Number.isInteger(value)) throw new ToolFailure(`Expected Integer value, received ${JSON.stringify(value)}`)
  return value as number
}

function object(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new ToolFailure(`Expected JSON object, received ${JSON.stringify(value)}`)
}

function array(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  throw new ToolFailure(`Expected JSON array, received ${JSON.stringify(value)}`)
}
