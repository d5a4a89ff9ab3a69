import type { Uuid } from '../bytes/index.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { Disk, Env, Failure } from '../env/index.ts'
import { type InitialVoter, type MetadataRecord, planFeatures } from '../metadata/index.ts'
import {
  type FoundDirectory,
  findDirectories,
  formatStorage,
  hasMetadataLog,
  newUuid,
  readBootstrapRecords,
} from '../raft/index.ts'
import { whyForeign } from './foreign-files.ts'

/** Whose data the directories of a node hold. */
export interface NodeStorage {
  readonly clusterId: string
  readonly metadataDirectoryId: Uuid
  /** The first metadata records of a new cluster, as formatting left them. */
  readonly bootstrapRecords: readonly MetadataRecord[]
}

/**
 * Finds out whose directories they are. An unformatted one is refused as Apache Kafka refuses it, unless
 * millrace.auto.format is set: then it is formatted, as a voter on its own when it is the metadata directory.
 */
export function prepareStorage(
  env: Env,
  config: BrokerConfig,
  done: (failure: Failure | null, storage: NodeStorage) => void,
): void {
  const fail = (code: string, message: string) => done({ code, message, retry: 'never' }, undefined as never)
  const directories = [...new Set([...config.logDirectories, config.metadataDirectory])]
  findDirectories(env.disk, directories, (failure, found) => {
    if (failure !== null) return done(failure, undefined as never)
    const refusal = whyNot(found, config)
    if (refusal !== null) return fail('EFORMAT', refusal)
    const readyOnes = found.filter((d) => d.state === 'formatted')
    const isWhole = found.every((d) => d.state !== 'empty')
    if (isWhole) return read(env, config, readyOnes, done)
    if (!config.millraceAutoFormat) {
      const empty = found.find((d) => d.state === 'empty')!
      return fail(
        'EFORMAT',
        `No \`meta.properties\` found in ${empty.path} (have you run \`kafka-storage.sh\` to format the directory?)`,
      )
    }
    const empty = found.flatMap((d) => (d.state === 'empty' ? d.path : []))
    findForeign(env.disk, empty, (foreign) => {
      if (foreign !== null) return fail('EFORMAT', foreign)
      format(env, config, readyOnes, directories, (formatFailure) => {
        if (formatFailure !== null) return done(formatFailure, undefined as never)
        findDirectories(env.disk, directories, (againFailure, again) => {
          if (againFailure !== null) return done(againFailure, undefined as never)
          read(
            env,
            config,
            again.filter((d) => d.state === 'formatted'),
            done,
          )
        })
      })
    })
  })
}

/** Why the first of them that holds other people's files is not formatted; null: none does. One that cannot be listed is not there yet. */
function findForeign(disk: Disk, paths: readonly string[], done: (refusal: string | null) => void): void {
  const [path, ...rest] = paths
  if (path === undefined) return done(null)
  disk.list(path, (failure, entries) => {
    const names = failure === null ? entries.map(({ name }) => name) : []
    const why = whyForeign(path, names)
    if (why === null) findForeign(disk, rest, done)
    else done(`${why} Name an empty or new directory in log.dirs, or format this one yourself with kafka-storage.sh.`)
  })
}

function whyNot(found: readonly FoundDirectory[], config: BrokerConfig): string | null {
  const metadata = found.find((d) => d.path === config.metadataDirectory)
  if (metadata?.state === 'unreadable')
    return `Encountered I/O error in metadata log directory ${metadata.path} (meta.properties): ${metadata.reason?.replace(/\.$/, '')}. Cannot continue.`
  const clusterIds = new Set(found.flatMap((d) => d.properties?.clusterId ?? []))
  if (clusterIds.size > 1)
    return `Invalid cluster.id: the log directories belong to different clusters: ${[...clusterIds].join(', ')}`
  for (const { path, properties } of found) {
    const nodeId = properties?.nodeId ?? null
    if (nodeId !== null && nodeId !== config.nodeId) {
      return `Stored node id ${nodeId} in ${path} does not match the configured node.id ${config.nodeId}: set node.id to ${nodeId}, or use a directory of this node's own.`
    }
  }
  return null
}

function format(
  env: Env,
  config: BrokerConfig,
  ready: readonly FoundDirectory[],
  directories: readonly string[],
  done: (failure: Failure | null) => void,
): void {
  const isDynamic = config.voters.length === 0
  const plan = planFeatures({
    releaseVersion: null,
    levels: new Map(),
    isUnstableEnabled: config.unstableFeatureVersionsEnable,
    hasDynamicQuorum: isDynamic,
  })
  const endpoint = config.advertisedControllerEndpoints[0]
  const voter: InitialVoter = {
    id: config.nodeId,
    directoryId: newUuid(env.random),
    host: endpoint?.host ?? 'localhost',
    port: endpoint?.port ?? 0,
  }
  formatStorage(
    env,
    {
      clusterId: ready[0]?.properties?.clusterId ?? newUuid(env.random),
      nodeId: config.nodeId,
      directories,
      metadataDirectory: config.metadataDirectory,
      controllerListener: config.controllerListeners[0] ?? 'CONTROLLER',
      plan,
      initialVoters: isDynamic && config.isController ? [voter] : null,
      ignoresFormatted: true,
    },
    (failure, { lines }) => {
      for (const line of lines) env.logger.info(line)
      done(failure)
    },
  )
}

function read(
  env: Env,
  config: BrokerConfig,
  found: readonly FoundDirectory[],
  done: (failure: Failure | null, storage: NodeStorage) => void,
): void {
  const metadata = found.find((d) => d.path === config.metadataDirectory)?.properties
  if (metadata?.clusterId == null || metadata.directoryId === null) {
    const message = `meta.properties in ${config.metadataDirectory} has no cluster.id or directory.id`
    return done({ code: 'EMETA', message, retry: 'never' }, undefined as never)
  }
  const { clusterId, directoryId } = metadata
  const storage = { clusterId, metadataDirectoryId: directoryId }
  readBootstrapRecords(env.disk, config.metadataDirectory, (failure, bootstrapRecords) => {
    if (failure?.code !== 'ECORRUPT') return done(failure, { ...storage, bootstrapRecords })
    // Only the first controller of a new cluster begins with it.
    hasMetadataLog(env.disk, config.metadataDirectory, (isThere) => {
      if (!isThere && config.isController) return done(failure, undefined as never)
      env.logger.warn('Going on without a bootstrap checkpoint that is damaged; nothing needs it any more', {
        reason: failure.message,
      })
      done(null, { ...storage, bootstrapRecords: [] })
    })
  })
}
