import type { Uuid } from '../bytes/index.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { Env, Failure } from '../env/index.ts'
import { type InitialVoter, type MetadataRecord, planFeatures } from '../metadata/index.ts'
import { type FoundDirectory, findDirectories, formatStorage, newUuid, readBootstrapRecords } from '../raft/index.ts'

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
  readBootstrapRecords(env.disk, config.metadataDirectory, (failure, bootstrapRecords) => {
    done(failure, { clusterId, metadataDirectoryId: directoryId, bootstrapRecords })
  })
}
