/** A Kafka and its pools, worked out: versions, nodes, what is refused and what is worth a warning. Pure. */

import { conversionNotes, strimziPodSets } from '../../resources/index.ts'
import type { KafkaVersion } from '../config.ts'
import type { ClusterFacts } from '../facts.ts'
import { configMaps, pods } from '../kinds.ts'
import { annotations, names } from '../names.ts'
import type { Condition, Kafka, KafkaNodePool, Storage } from '../resource-types.ts'
import { type KafkaConfig, kafkaConfig } from './kafka-config.ts'
import { listenerProblems, type NodeRef } from './listeners.ts'
import { assignNodeIds, type NodeIds } from './node-ids.ts'
import { type Problem, warning } from './problems.ts'
import { rackWarnings } from './rack.ts'
import { isEphemeral, storageChanges, storageProblems } from './storage.ts'

export interface Cluster {
  readonly name: string
  readonly namespace: string
  readonly kafka: Kafka
  /** Sorted by name; with the storage that is in effect. */
  readonly pools: readonly KafkaNodePool[]
  readonly ids: ReadonlyMap<string, NodeIds>
  /** Wanted nodes, by id. */
  readonly nodes: readonly NodeRef[]
  readonly version: KafkaVersion
  readonly metadataVersion: string
  readonly user: KafkaConfig
  readonly warnings: readonly Condition[]
  /** Not empty: nothing is changed but the status. */
  readonly refused: readonly Problem[]
}

const invalid = (message: string): Problem => ({ reason: 'InvalidResourceException', message })

function versionOf(f: ClusterFacts): { version: KafkaVersion; problems: Problem[] } {
  const { versions, defaultVersion } = f.config
  const byDefault = versions.find((v) => v.version === defaultVersion) ?? versions[0]
  if (!byDefault) throw new Error('no Kafka version is configured')
  const wanted = f.kafka.spec.kafka.version
  const found = wanted === undefined ? byDefault : versions.find((v) => v.version === wanted)
  if (found) return { version: found, problems: [] }
  const known = versions.map((v) => v.version).join(', ')
  const message = `spec.kafka.version: ${wanted} is not supported; supported versions are ${known}`
  return { version: byDefault, problems: [{ reason: 'UnsupportedKafkaVersion', message }] }
}

function capabilityProblems(f: ClusterFacts): Problem[] {
  const { capabilities: can } = f.config
  const { listeners, authorization, tieredStorage, quotas } = f.kafka.spec.kafka
  const problems: Problem[] = []
  for (const l of listeners) {
    if (!can.listenerTypes.includes(l.type)) {
      problems.push({
        reason: 'UnsupportedListenerType',
        message: `listener ${l.name}: type ${l.type} is not available here; available are ${can.listenerTypes.join(', ')}`,
      })
    }
    const auth = l.authentication?.type
    if (auth !== undefined && !can.authentications.includes(auth)) {
      problems.push({
        reason: 'UnsupportedAuthentication',
        message: `listener ${l.name}: the brokers cannot enforce authentication ${auth} yet, and the listener is not opened without it`,
      })
    }
  }
  if (authorization && !can.authorizations.includes(authorization.type)) {
    problems.push({
      reason: 'UnsupportedAuthorization',
      message: `spec.kafka.authorization: the brokers cannot enforce type ${authorization.type} yet, and the cluster is not started without it`,
    })
  }
  if (tieredStorage && !can.hasTieredStorage) {
    problems.push({
      reason: 'UnsupportedTieredStorage',
      message: 'spec.kafka.tieredStorage: the brokers have no tiered storage yet',
    })
  }
  if (quotas && !can.quotas.includes(quotas.type)) {
    problems.push({
      reason: 'UnsupportedQuotas',
      message: `spec.kafka.quotas: type ${quotas.type} is not available here; available is ${can.quotas.join(', ')}`,
    })
  }
  return problems
}

/** The storage that a pool's nodes have had so far, as its pod set remembers it. */
function storageBefore(f: ClusterFacts, pool: KafkaNodePool): Storage | null {
  const set = f.observed.get(strimziPodSets, names.podSet(f.kafka.metadata.name, pool.metadata.name))
  const text = set?.metadata.annotations?.[annotations.storage]
  if (text === undefined) return null
  try {
    return JSON.parse(text) as Storage
  } catch (problem) {
    if ((problem as Error).name !== 'SyntaxError') throw problem
    return null
  }
}

/** Brokers that hold replicas: they cannot go, nor become controllers only. */
export function replicasOn(f: ClusterFacts, id: number): number {
  return f.brokers?.partitions?.filter((p) => p.replicas.includes(id)).length ?? 0
}

/**
 * A broker goes only when it is known to hold nothing. Until then the pool keeps its size, and a warning says so.
 */
function holdBack(f: ClusterFacts, pool: KafkaNodePool, ids: NodeIds): { ids: NodeIds; warnings: Condition[] } {
  if (ids.removed.length === 0 || !pool.spec.roles.includes('broker')) return { ids, warnings: [] }
  if (f.kafka.metadata.annotations?.[annotations.skipScaleDownCheck] === 'true') return { ids, warnings: [] }
  const exists = (id: number): boolean =>
    f.observed.get(pods, names.pod(f.kafka.metadata.name, pool.metadata.name, id)) !== undefined
  const held = ids.removed.filter((id) => exists(id) && (f.brokers?.partitions == null || replicasOn(f, id) > 0))
  if (held.length === 0) return { ids, warnings: [] }
  const why = f.brokers?.partitions
    ? held.map((id) => `broker ${id} has replicas of ${replicasOn(f, id)} partitions`).join(', ')
    : `it is not known yet which replicas brokers ${held.join(', ')} have`
  const back = [...ids.desired, ...ids.removed].sort((a, b) => a - b)
  return {
    ids: { ...ids, desired: back, removed: [] },
    warnings: [
      warning(
        'ScaleDownPreventionCheck',
        `KafkaNodePool ${pool.metadata.name} is not scaled down: ${why}. Move them first.`,
      ),
    ],
  }
}

export function clusterOf(f: ClusterFacts): Cluster {
  const { kafka } = f
  const name = kafka.metadata.name
  const refused: Problem[] = [...f.problems]
  const warnings: Condition[] = []
  const { version, problems } = versionOf(f)
  refused.push(...problems)
  for (const note of conversionNotes(kafka)) warnings.push(warning(note.reason, note.message))

  const assigned = assignNodeIds(f.pools)
  const ids = new Map<string, NodeIds>()
  const pools: KafkaNodePool[] = []
  const nodes: NodeRef[] = []
  for (const asked of [...f.pools].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    let pool = asked
    refused.push(...storageProblems(pool))
    const before = storageBefore(f, pool)
    const changes = before ? storageChanges(before, pool.spec.storage) : []
    if (before && changes.length > 0) {
      warnings.push(
        warning(
          'KafkaStorage',
          `KafkaNodePool ${pool.metadata.name}: the change of storage is ignored: ${changes.join('; ')}.`,
        ),
      )
      pool = { ...pool, spec: { ...pool.spec, storage: before } }
    }
    const given = assigned.get(pool.metadata.name)
    if (!given) continue
    const kept = holdBack(f, pool, given)
    warnings.push(...kept.warnings)
    ids.set(pool.metadata.name, kept.ids)
    pools.push(pool)
    for (const id of kept.ids.desired) {
      nodes.push({
        id,
        pod: names.pod(name, pool.metadata.name, id),
        pool,
        isBroker: pool.spec.roles.includes('broker'),
        isController: pool.spec.roles.includes('controller'),
      })
    }
  }
  nodes.sort((a, b) => a.id - b.id)
  const brokers = nodes.filter((n) => n.isBroker)
  const controllers = nodes.filter((n) => n.isController)
  if (nodes.length === 0) {
    refused.push(invalid(`there is no KafkaNodePool with the label strimzi.io/cluster: ${name} and a replica`))
  } else {
    for (const pool of pools) {
      if (pool.spec.roles.length === 0)
        refused.push(invalid(`KafkaNodePool ${pool.metadata.name}: spec.roles is empty`))
    }
    if (brokers.length === 0)
      refused.push(invalid('the cluster needs a KafkaNodePool with the role broker and a replica'))
    if (controllers.length === 0) {
      refused.push(invalid('the cluster needs a KafkaNodePool with the role controller and a replica'))
    }
  }
  const user = kafkaConfig(kafka, brokers.length)
  if (brokers.length > 0) refused.push(...user.problems)
  if (kafka.spec.kafka.listeners.length === 0) refused.push(invalid('spec.kafka.listeners is empty'))
  refused.push(
    ...listenerProblems(kafka.spec.kafka.listeners),
    ...capabilityProblems(f),
    ...quorumChanges(f, controllers),
  )
  warnings.push(...user.warnings, ...sizeWarnings(kafka, brokers, controllers, f.config.capabilities.isMillrace))
  warnings.push(...rackWarnings(f, brokers))
  const metadataVersion = kafka.spec.kafka.metadataVersion ?? version.metadataVersion
  if (!/^\d+\.\d+(-IV\d+)?$/.test(metadataVersion)) {
    refused.push(
      invalid(
        `spec.kafka.metadataVersion: '${metadataVersion}' is not a metadata version such as ${version.metadataVersion}`,
      ),
    )
  }
  return {
    name,
    namespace: kafka.metadata.namespace ?? 'default',
    kafka,
    pools,
    ids,
    nodes,
    version,
    metadataVersion,
    user,
    warnings,
    refused,
  }
}

/** The quorum is fixed by the nodes' configuration: its members cannot change while the cluster lives. */
function quorumChanges(f: ClusterFacts, controllers: readonly NodeRef[]): Problem[] {
  const voters = f.brokers ? f.brokers.voters.map((v) => v.id) : votersTold(f)
  voters.sort((a, b) => a - b)
  const wanted = controllers.map((n) => n.id)
  if (voters.length === 0 || voters.join() === wanted.join()) return []
  return [
    {
      reason: 'UnsupportedQuorumChange',
      message: `the controllers are nodes ${voters.join(', ')} and cannot become ${wanted.join(', ') || 'none'}: the members of the quorum cannot be changed yet`,
    },
  ]
}

/** The quorum that nodes were started with. */
function votersTold(f: ClusterFacts): number[] {
  for (const pod of f.observed.list(pods)) {
    const config = f.observed.get(configMaps, pod.metadata.name)?.data?.['server.config']
    const voters = /^controller\.quorum\.voters=(.*)$/m.exec(config ?? '')?.[1]
    if (voters) return voters.split(',').map((v) => Number.parseInt(v, 10))
  }
  return []
}

function sizeWarnings(
  kafka: Kafka,
  brokers: readonly NodeRef[],
  controllers: readonly NodeRef[],
  isMillrace: boolean,
): Condition[] {
  const found: Condition[] = []
  for (const [role, nodes] of [
    ['broker', brokers],
    ['controller', controllers],
  ] as const) {
    if (nodes.length === 1 && nodes[0] && isEphemeral(nodes[0].pool.spec.storage)) {
      found.push(
        warning('KafkaStorage', `The only ${role} has ephemeral storage: its data goes with every restart of its pod.`),
      )
    }
  }
  if (controllers.length > 0 && controllers.length % 2 === 0) {
    found.push(
      warning(
        'KafkaKRaftControllerNodeCount',
        `${controllers.length} controllers tolerate no more failures than ${controllers.length - 1}; an odd number is better.`,
      ),
    )
  }
  for (const [section, what] of [
    ['cruiseControl', 'Cruise Control'],
    ['kafkaExporter', 'the Kafka exporter'],
  ] as const) {
    if (kafka.spec[section])
      found.push(warning('NotAvailable', `spec.${section}: ${what} does not run here yet; the rest does.`))
  }
  const { metricsConfig, jmxOptions, quotas } = kafka.spec.kafka
  if (isMillrace && (quotas?.requestPercentage !== undefined || quotas?.controllerMutationRate !== undefined)) {
    const said = 'spec.kafka.quotas: requestPercentage and controllerMutationRate are stored, but not enforced yet.'
    found.push(warning('NotAvailable', said))
  }
  if (metricsConfig) found.push(warning('NotAvailable', 'spec.kafka.metricsConfig: metrics are not served yet.'))
  if (jmxOptions) found.push(warning('NotAvailable', 'spec.kafka.jmxOptions: there is no remote JMX.'))
  return found
}
