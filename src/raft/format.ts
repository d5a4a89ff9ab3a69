import { type Crc32c, isUuid, type Uuid, utf8Decode, utf8Encode, uuidFromBytes } from '../bytes/index.ts'
import { parseProperties } from '../config/index.ts'
import type { Clock, Disk, Done, Failure, Random } from '../env/index.ts'
import {
  decodeMetaProperties,
  encodeMetaProperties,
  metaPropertiesName,
  type StoredMetaProperties,
} from '../log/index.ts'
import { describeBootstrap, type FeaturePlan, type InitialVoter, type MetadataRecord } from '../metadata/index.ts'
import { bootstrapCheckpointName, encodeBootstrapCheckpoint, encodeVotersCheckpoint } from './bootstrap.ts'
import { bootstrapSnapshot, snapshotFileName } from './snapshot-name.ts'
import { metadataTopic } from './wire-requests.ts'

export interface FormatStorageAsk {
  readonly clusterId: string
  readonly nodeId: number
  /** log.dirs and metadata.log.dir. */
  readonly directories: readonly string[]
  readonly metadataDirectory: string
  /** Name of the first controller listener: the name of the voters' endpoints. */
  readonly controllerListener: string
  readonly plan: FeaturePlan
  /** SCRAM credentials to begin with. */
  readonly credentials?: readonly MetadataRecord[]
  /** `--standalone` (this node alone) or `--initial-controllers`; null for static voters and `--no-initial-controllers`. */
  readonly initialVoters: readonly InitialVoter[] | null
  /** Formatted directories are left alone instead of refused. */
  readonly ignoresFormatted: boolean
}

export interface FormatEnv {
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly crc32c?: Crc32c
}

export interface FormattedStorage {
  /** What Kafka's tool prints on standard output, also before it fails. */
  readonly lines: readonly string[]
  readonly directories: readonly { readonly path: string; readonly directoryId: Uuid }[]
}

/** What stands in a directory's meta.properties. */
export interface FoundDirectory {
  readonly path: string
  readonly state: 'formatted' | 'empty' | 'unreadable'
  readonly properties: StoredMetaProperties | null
  /** Why it is unreadable. */
  readonly reason: string | null
}

/** Reads the meta.properties of each directory, in sorted order. */
export function findDirectories(
  disk: Disk,
  directories: readonly string[],
  done: Done<readonly FoundDirectory[]>,
): void {
  const paths = [...new Set(directories)].sort()
  const found: FoundDirectory[] = []
  let left = paths.length
  const finish = (i: number, entry: FoundDirectory): void => {
    found[i] = entry
    if (--left === 0) done(null, found)
  }
  paths.forEach((path, i) => {
    disk.readAll(`${path}/${metaPropertiesName}`, 1 << 20, (failure, bytes) => {
      if (failure?.code === 'ENOENT') return finish(i, { path, state: 'empty', properties: null, reason: null })
      if (failure !== null) {
        return finish(i, { path, state: 'unreadable', properties: null, reason: failure.message })
      }
      const read = decodeMetaProperties(parseProperties(utf8Decode(bytes, 0, bytes.length)))
      if (typeof read === 'string') return finish(i, { path, state: 'unreadable', properties: null, reason: read })
      finish(i, { path, state: 'formatted', properties: read, reason: null })
    })
  })
}

/**
 * Makes the directories of a node ready for its first start: `bootstrap.checkpoint` and `meta.properties` in each, and
 * the first voters of a dynamic quorum beside the metadata log. meta.properties comes last, so that a directory whose
 * formatting was cut short counts as not formatted. Fails with EFORMAT for what Kafka's tool refuses; `lines` is told
 * either way.
 */
export function formatStorage(env: FormatEnv, ask: FormatStorageAsk, done: Done<FormattedStorage>): void {
  const lines: string[] = []
  const directories: { path: string; directoryId: Uuid }[] = []
  const refuse = (message: string, code = 'EFORMAT'): void =>
    done({ code, message, retry: 'never' }, { lines, directories })
  findDirectories(env.disk, ask.directories, (_failure, found) => {
    const formatted = found.filter((d) => d.state === 'formatted')
    const mismatch = formatted.map((d) => mismatchOf(d, ask)).find((reason) => reason !== null)
    if (mismatch !== undefined) return refuse(mismatch!)
    if (formatted.length > 0 && !ask.ignoresFormatted) {
      return refuse(
        `Log directory ${formatted[0]!.path} is already formatted. Use --ignore-formatted to ignore this directory ` +
          'and format the others.',
      )
    }
    const unreadable = found.filter((d) => d.state === 'unreadable')
    for (const { path } of unreadable) lines.push(`I/O error trying to read log directory ${path}. Ignoring...`)
    const empty = found.filter((d) => d.state === 'empty')
    if (unreadable.length > 0 && empty.length === 0 && formatted.length === 0) {
      return refuse('No available log directories to format.')
    }
    if (empty.length === 0) {
      lines.push('All of the log directories are already formatted.')
      return done(null, { lines, directories })
    }
    const { metadataVersion } = ask.plan
    const records = [...ask.plan.records, ...(ask.credentials ?? [])]
    lines.push(`Bootstrap metadata: ${describeBootstrap(records, metadataVersion.level, 'format command')}`)
    const taken = new Set<Uuid>(formatted.flatMap((d) => d.properties?.directoryId ?? []))
    for (const voter of ask.initialVoters ?? []) taken.add(voter.directoryId)
    const bootstrap = encodeBootstrapCheckpoint(records, metadataVersion.level, env.clock.wallMs(), env.crc32c)
    const next = (i: number): void => {
      const directory = empty[i]
      if (directory === undefined) return done(null, { lines, directories })
      const { path } = directory
      const kind = kindOf(path, ask)
      lines.push(`Formatting ${kind} ${path} with metadata.version ${metadataVersion.name}.`)
      const own = kind === voterDirectory ? ask.initialVoters!.find((v) => v.id === ask.nodeId)! : null
      const directoryId = own?.directoryId ?? newDirectoryId(env.random, taken)
      const isDynamic = kind === voterDirectory || kind === observerDirectory
      writeDirectory(env, ask, { path, directoryId, bootstrap, isDynamic }, (failure) => {
        if (failure !== null) {
          return refuse(`Error while writing meta.properties file ${path}: ${failure.message}`, failure.code)
        }
        directories.push({ path, directoryId })
        next(i + 1)
      })
    }
    next(0)
  })
}

function mismatchOf(directory: FoundDirectory, ask: FormatStorageAsk): string | null {
  const path = `${directory.path}/${metaPropertiesName}`
  const { clusterId, nodeId } = directory.properties!
  if (clusterId !== null && clusterId !== ask.clusterId) {
    return `Invalid cluster.id in: ${path}. Expected ${ask.clusterId}, but read ${clusterId}`
  }
  return nodeId !== null && nodeId !== ask.nodeId ? nodeIdMismatch(path, nodeId, ask.nodeId) : null
}

export function nodeIdMismatch(path: string, stored: number, configured: number): string {
  return (
    `Stored node id ${stored} doesn't match previous node id ${configured} in ${path}. If you moved your data, make ` +
    'sure your configured node id matches. If you intend to create a new node, you should remove all data in your ' +
    'data directories.'
  )
}

const voterDirectory = 'dynamic metadata voter directory'
const observerDirectory = 'dynamic metadata directory'

function kindOf(path: string, ask: FormatStorageAsk): string {
  if (path !== ask.metadataDirectory) return 'data directory'
  if (ask.initialVoters === null) return 'metadata directory'
  return ask.initialVoters.some((v) => v.id === ask.nodeId) ? voterDirectory : observerDirectory
}

/** Random, not one of the first hundred (they have meanings), and not mistaken for an option on a command line. */
export function newDirectoryId(random: Random, taken: Set<Uuid>): Uuid {
  for (;;) {
    const id = newUuid(random)
    if (taken.has(id)) continue
    taken.add(id)
    return id
  }
}

/** A random id as Kafka makes them: uuid version 4, never reserved, never beginning with a dash. */
export function newUuid(random: Random): Uuid {
  for (;;) {
    const bytes = random.bytes(new Uint8Array(16))
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const id = uuidFromBytes(bytes)
    if (!id.startsWith('-') && isUuid(id)) return id
  }
}

interface DirectoryToWrite {
  readonly path: string
  readonly directoryId: Uuid
  readonly bootstrap: Uint8Array
  readonly isDynamic: boolean
}

/** Everything but meta.properties at once (their syncs share the journal's commits), then meta.properties. */
function writeDirectory(
  env: FormatEnv,
  ask: FormatStorageAsk,
  { path, directoryId, bootstrap, isDynamic }: DirectoryToWrite,
  done: (failure: Failure | null) => void,
): void {
  const { disk, clock } = env
  const writeProperties = (): void => {
    const { clusterId, nodeId } = ask
    const properties = encodeMetaProperties({ version: 1, clusterId, nodeId, directoryId }, clock.wallMs())
    disk.replace(`${path}/${metaPropertiesName}`, utf8Encode(properties), done)
  }
  disk.mkdir(path, (mkdirFailure) => {
    if (mkdirFailure !== null) return done(mkdirFailure)
    let left = isDynamic ? 3 : 2
    let first: Failure | null = null
    const part: Done = (failure) => {
      first ??= failure
      if (--left > 0) return
      if (first === null) writeProperties()
      else done(first)
    }
    disk.syncDir(parentOf(path), part)
    disk.replace(`${path}/${bootstrapCheckpointName}`, bootstrap, part)
    if (isDynamic) writeVoters(env, ask, `${path}/${metadataTopic}-0`, part)
  })
}

function writeVoters(env: FormatEnv, ask: FormatStorageAsk, metadataPath: string, done: Done): void {
  const { disk, clock, crc32c } = env
  const { initialVoters, controllerListener, plan } = ask
  const voters = initialVoters ?? []
  const bytes = encodeVotersCheckpoint(voters, plan.kraftVersion, controllerListener, clock.wallMs(), crc32c)
  disk.mkdir(metadataPath, (failure) => {
    if (failure !== null) return done(failure)
    disk.replace(`${metadataPath}/${snapshotFileName(bootstrapSnapshot)}`, bytes, done)
  })
}

function parentOf(path: string): string {
  const trimmed = path.replace(/\/+$/, '')
  const slash = trimmed.lastIndexOf('/')
  return slash <= 0 ? '/' : trimmed.slice(0, slash)
}
