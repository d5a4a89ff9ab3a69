import { type Uuid, uuidFromBytes } from '../bytes/index.ts'
import { type Clock, type Disk, type Done, type Failure, overTurns, type Random } from '../env/index.ts'
import { type Directory, METADATA_DIRECTORY, readTopicId } from './log-dir.ts'
import { type MetaProperties, writeMetaProperties } from './meta-properties.ts'
import { dirName, fileName } from './names.ts'
import { afterAll, eachInTurn, inParallel } from './shared.ts'
import { topicIdIn } from './summary.ts'
import type { FoundLog } from './types.ts'

const READS_AT_ONCE = 16

/** A partition directory and where it is. */
export interface FoundIn {
  readonly found: FoundLog
  readonly directory: Directory
  /** Name of the directory: `topic-partition`, or that with `.<id>-future`. */
  readonly name: string
  /** False: a link, or something else that stands where a directory belongs. It is never set aside. */
  readonly isDirectory: boolean
}

export interface StartedDirs {
  readonly logs: readonly FoundIn[]
  /** Paths whose deletion a stop interrupted. */
  readonly toRemove: readonly string[]
}

/** Locks and reads all directories, and checks that they are of one cluster and one node. See openLogStore for failures. */
export function startDirectories(
  { clock, disk, random }: { readonly clock: Clock; readonly disk: Disk; readonly random: Random },
  dirs: readonly Directory[],
  expected: { readonly nodeId: number; readonly clusterId: string | null },
  done: Done<StartedDirs>,
): void {
  const fail = (failure: Failure): void => done(failure, undefined as never)
  const opened = afterAll(Math.max(1, dirs.length), () => {
    const usable = dirs.filter(({ failure }) => failure === null)
    const clusterId = expected.clusterId ?? usable.find(({ meta }) => meta !== null)?.meta?.clusterId
    const problem = findProblem(dirs, usable, clusterId, expected.nodeId)
    if (problem !== null) return fail(problem)
    const node = { clusterId: clusterId!, nodeId: expected.nodeId }
    formatNew(disk, random, usable, node, clock.wallMs(), (failure) => {
      if (failure !== null) fail(failure)
      else find(clock, disk, usable, done)
    })
  })
  if (dirs.length === 0) return opened(null)
  for (const directory of dirs) {
    directory.open((failure) => {
      if (failure !== null) directory.failure = failure
      opened(null)
    })
  }
}

function findProblem(
  dirs: readonly Directory[],
  usable: readonly Directory[],
  clusterId: string | undefined,
  nodeId: number,
): Failure | null {
  const fatal = dirs.find(({ failure }) => failure?.code === 'ELOCKED' || failure?.code === 'EMETA')?.failure
  if (fatal !== undefined && fatal !== null) return fatal
  if (usable.length === 0) {
    return dirs[0]?.failure ?? { code: 'EINVAL', message: 'no log directory is configured', retry: 'never' }
  }
  if (clusterId === undefined || usable.every(({ meta }) => meta === null)) {
    const message = `No meta.properties found in ${usable[0]!.path} (have you run kafka-storage.sh to format the directory?)`
    return { code: 'EUNFORMATTED', message, retry: 'never' }
  }
  for (const { meta, path } of usable) {
    const reason = meta === null ? null : mismatch(meta, clusterId, nodeId)
    if (reason !== null)
      return { code: 'EMETA', message: `${path}/${fileName.metaProperties}: ${reason}`, retry: 'never' }
  }
  return null
}

function mismatch(meta: MetaProperties, clusterId: string, nodeId: number): string | null {
  if (meta.clusterId !== clusterId) return `cluster.id is ${meta.clusterId}, expected ${clusterId}`
  if (meta.nodeId !== nodeId) return `node.id is ${meta.nodeId}, but this node is configured as ${nodeId}`
  return null
}

/** Directories that were never formatted join the others. */
function formatNew(
  disk: Disk,
  random: Random,
  usable: readonly Directory[],
  node: { readonly clusterId: string; readonly nodeId: number },
  nowMs: number,
  done: Done,
): void {
  eachInTurn(
    usable.filter(({ meta }) => meta === null),
    (directory, next) => {
      directory.id = newDirectoryId(random)
      directory.meta = { ...node, directoryId: directory.id }
      writeMetaProperties(disk, directory.path, directory.meta, nowMs, next)
    },
    done,
  )
}

/** Not reserved (the first 100) and not beginning with a dash, as Apache makes them. */
function newDirectoryId(random: Random): Uuid {
  for (;;) {
    const bytes = random.bytes(new Uint8Array(16))
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const id = uuidFromBytes(bytes)
    if (!id.startsWith('-')) return id
  }
}

type Item = Omit<FoundIn, 'found'> & { topic: string; partition: number; isFuture: boolean }

/** What the last clean shutdown noted of a log says its topic id; the others are read. */
function find(clock: Clock, disk: Disk, directories: readonly Directory[], done: Done<StartedDirs>): void {
  const toRemove: string[] = []
  const logs: FoundIn[] = []
  const unknown: Item[] = []
  const look = ({ directory, name, parsed, isDirectory }: Directory['found'][number] & { directory: Directory }) => {
    const { topic, partition, state } = parsed
    if (state === 'delete' && name.endsWith('-delete')) toRemove.push(`${directory.path}/${name}`)
    else if ((state === 'current' || state === 'future') && name !== METADATA_DIRECTORY) {
      const item = { directory, name, isDirectory, topic, partition, isFuture: state === 'future' }
      const summary = directory.summaries.get(name)
      if (summary === undefined) unknown.push(item)
      else logs.push(foundIn(item, topicIdIn(summary)))
    }
  }
  const read = (item: Item, next: Done): void =>
    readTopicId(disk, `${item.directory.path}/${item.name}`, (failure, topicId) => {
      // What is wrong with it is said when the log is opened.
      if (failure !== null && item.isDirectory && failure.code === 'EIO') return next(failure)
      logs.push(foundIn(item, topicId))
      next(null)
    })
  overTurns(clock, allFound(directories), look, () =>
    inParallel(unknown, READS_AT_ONCE, read, (failure) => done(failure, { logs, toRemove })),
  )
}

function* allFound(directories: readonly Directory[]) {
  for (const directory of directories) for (const found of directory.found) yield { ...found, directory }
}

function foundIn({ directory, name, isDirectory, topic, partition, isFuture }: Item, topicId: Uuid | null): FoundIn {
  const key = dirName(topic, partition)
  const offset = (offsets: ReadonlyMap<string, number>): number => (isFuture ? 0 : (offsets.get(key) ?? 0))
  const found: FoundLog = {
    topic,
    partition,
    topicId,
    directoryId: directory.id,
    startOffset: offset(directory.logStarts),
    recoveryPoint: offset(directory.recoveryPoints),
    highWatermark: offset(directory.highWatermarks),
    isFuture,
  }
  return { found, directory, name, isDirectory }
}
