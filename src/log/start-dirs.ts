import { type Uuid, uuidFromBytes } from '../bytes/index.ts'
import type { Disk, Done, Failure, Random } from '../env/index.ts'
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
  disk: Disk,
  random: Random,
  dirs: readonly Directory[],
  expected: { readonly nodeId: number; readonly clusterId: string | null },
  nowMs: number,
  done: Done<StartedDirs>,
): void {
  const fail = (failure: Failure): void => done(failure, undefined as never)
  const opened = afterAll(Math.max(1, dirs.length), () => {
    const usable = dirs.filter(({ failure }) => failure === null)
    const clusterId = expected.clusterId ?? usable.find(({ meta }) => meta !== null)?.meta?.clusterId
    const problem = findProblem(dirs, usable, clusterId, expected.nodeId)
    if (problem !== null) return fail(problem)
    formatNew(disk, random, usable, { clusterId: clusterId!, nodeId: expected.nodeId }, nowMs, (failure) => {
      if (failure !== null) fail(failure)
      else find(disk, usable, done)
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

function find(disk: Disk, directories: readonly Directory[], done: Done<StartedDirs>): void {
  const toRemove: string[] = []
  const items: (Omit<FoundIn, 'found'> & { topic: string; partition: number; isFuture: boolean })[] = []
  for (const directory of directories) {
    for (const { name, parsed, isDirectory } of directory.found) {
      const { topic, partition, state } = parsed
      if (state === 'delete' && name.endsWith('-delete')) toRemove.push(`${directory.path}/${name}`)
      else if ((state === 'current' || state === 'future') && name !== METADATA_DIRECTORY) {
        items.push({ directory, name, isDirectory, topic, partition, isFuture: state === 'future' })
      }
    }
  }
  const logs: FoundIn[] = []
  inParallel(
    items,
    READS_AT_ONCE,
    ({ directory, name, isDirectory, topic, partition, isFuture }, next) => {
      const note = (failure: Failure | null, topicId: Uuid | null): void => {
        // What is wrong with it is said when the log is opened.
        if (failure !== null && isDirectory && failure.code === 'EIO') return next(failure)
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
        logs.push({ found, directory, name, isDirectory })
        next(null)
      }
      const summary = directory.summaries.get(name)
      if (summary === undefined) readTopicId(disk, `${directory.path}/${name}`, note)
      else note(null, topicIdIn(summary))
    },
    (failure) => done(failure, { logs, toRemove }),
  )
}
