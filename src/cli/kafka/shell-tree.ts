import type { BrokerImage, EndpointImage, MetadataImage, PartitionImage, TopicImage } from '../../metadata/index.ts'
import { configResourceType, METADATA_VERSION, metadataVersionOf } from '../../metadata/index.ts'
import { isoTime } from '../time.ts'
import { KAFKA_RELEASE } from '../tool.ts'

/** What the metadata shell walks: a directory, or the text of a file. */
export type ShellNode = string | Directory
export type Directory = ReadonlyMap<string, ShellNode>

export interface Provenance {
  readonly offset: number
  readonly epoch: number
  /** Of the newest batch; wall time. */
  readonly appendMs: number
}

export function shellTree(image: MetadataImage, provenance: Provenance): Directory {
  return directory({
    image: imageTree(image, provenance),
    local: directory({ commitId: 'unknown', version: KAFKA_RELEASE }),
  })
}

function directory(entries: Readonly<Record<string, ShellNode>> | Iterable<readonly [string, ShellNode]>): Directory {
  const list = Symbol.iterator in entries ? [...entries] : Object.entries(entries)
  return new Map(list.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function imageTree(image: MetadataImage, provenance: Provenance): Directory {
  const topics = [...image.topicsByName.values()].map((topic) => [topic, topicTree(topic)] as const)
  return directory({
    acls: directory({ byId: directory([...image.acls.values()].map((acl) => [acl.id, aclText(acl)])) }),
    clientQuotas: directory(image.clientQuotas.map(({ entity, values }) => [entityName(entity), quotasTree(values)])),
    cluster: directory({
      brokers: directory([...image.brokers.values()].map((broker) => [`${broker.id}`, brokerText(broker)])),
      controllers: directory(
        [...image.controllers.values()].map((c) => [
          `${c.id}`,
          `ControllerRegistration(id=${c.id}, incarnationId=${c.incarnationId}, zkMigrationReady=false, ` +
            `listeners=[${endpointsText(c.endpoints)}], supportedFeatures={${featuresText(c.supportedFeatures)}})`,
        ]),
      ),
    }),
    configs: directory(
      [...image.configs.values()].map(({ type, name, values }) => [
        name === '' ? typeName(type) : `${typeName(type)}:${name}`,
        directory(values),
      ]),
    ),
    delegationToken: directory([...image.delegationTokens.keys()].map((id) => [id, 'DelegationTokenData([redacted])'])),
    features: featuresTree(image),
    producerIds: directory({ nextProducerId: `${image.nextProducerId}` }),
    provenance: provenanceText(provenance),
    scram: directory(
      [
        [1, 'SCRAM-SHA-256'],
        [2, 'SCRAM-SHA-512'],
      ].map(([mechanism, name]) => [name as string, scramTree(image, mechanism as number)]),
    ),
    topics: directory({
      byId: directory(topics.map(([{ id }, tree]) => [id, tree])),
      byName: directory(topics.map(([{ name }, tree]) => [name, tree])),
    }),
  })
}

function typeName(type: number): string {
  const names: ReadonlyMap<number, string> = new Map([
    [configResourceType.topic, 'TOPIC'],
    [configResourceType.broker, 'BROKER'],
    [configResourceType.brokerLogger, 'BROKER_LOGGER'],
    [configResourceType.clientMetrics, 'CLIENT_METRICS'],
    [configResourceType.group, 'GROUP'],
  ])
  return names.get(type) ?? 'UNKNOWN'
}

function featuresTree({ features }: MetadataImage): Directory {
  const level = features.get(METADATA_VERSION)
  const name = level === undefined ? undefined : metadataVersionOf(level)?.name
  const others = [...features].filter(([feature]) => feature !== METADATA_VERSION)
  return directory([
    ...others.map(([feature, finalized]) => [`finalized_${feature}`, `${finalized}`] as const),
    ['metadataVersion', name === undefined ? 'Optional.empty' : `Optional[${name}]`],
  ])
}

function scramTree({ scramCredentials }: MetadataImage, mechanism: number): Directory {
  // secrets are not shown
  const text = (iterations: number) =>
    `ScramCredentialData(salt=[redacted], storedKey=[redacted], serverKey=[redacted], iterations=${iterations})`
  const of = scramCredentials.filter((credential) => credential.mechanism === mechanism)
  return directory(of.map(({ user, iterations }) => [user, text(iterations)]))
}

function entityName(entity: ReadonlyMap<string, string | null>): string {
  const words: Readonly<Record<string, string>> = { 'client-id': 'clientId', ip: 'ip', user: 'user' }
  const escaped = (name: string | null) => (name ?? '').replaceAll(/[\\()]/g, (c) => `\\${c}`)
  const types = ['client-id', 'ip', 'user'].filter((type) => entity.has(type))
  return types.map((type) => `${words[type]}(${escaped(entity.get(type)!)})`).join('_')
}

function quotasTree(values: ReadonlyMap<string, number>): Directory {
  const text = (value: number) => (Number.isInteger(value) ? `${value}.0` : `${value}`)
  return directory([...values].map(([key, value]) => [key, text(value)]))
}

function aclText(acl: object): string {
  const fields = Object.entries(acl).filter(([name]) => name !== 'id')
  return `StandardAcl(${fields.map(([name, value]) => `${name}=${value}`).join(', ')})`
}

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

function endpointsText(endpoints: readonly EndpointImage[]): string {
  return endpoints
    .map(({ name, host, port, securityProtocol }) => {
      return `Endpoint(listenerName='${name}', securityProtocol=${protocols[securityProtocol]}, host='${host}', port=${port})`
    })
    .join(', ')
}

function featuresText(features: ReadonlyMap<string, { readonly min: number; readonly max: number }>): string {
  return [...features]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { min, max }]) => `${name}: ${min}-${max}`)
    .join(', ')
}

function brokerText(b: BrokerImage): string {
  return (
    `BrokerRegistration(id=${b.id}, epoch=${b.epoch}, incarnationId=${b.incarnationId}, ` +
    `listeners=[${endpointsText(b.endpoints)}], supportedFeatures={${featuresText(b.supportedFeatures)}}, ` +
    `rack=${b.rack === null ? 'Optional.empty' : `Optional[${b.rack}]`}, fenced=${b.isFenced}, ` +
    `inControlledShutdown=${b.isInControlledShutdown}, isMigratingZkBroker=false, ` +
    `directories=[${b.directories.join(', ')}], cordonedDirectories=[${b.cordonedDirectories.join(', ')}])`
  )
}

function topicTree({ id, name, partitions }: TopicImage): Directory {
  return directory([
    ...partitions.map((p, index) => [`${index}`, partitionText(p)] as const),
    ['id', id],
    ['name', name],
  ])
}

function partitionText(p: PartitionImage): string {
  const list = (of: readonly (string | number)[]) => `[${of.join(', ')}]`
  return (
    `PartitionRegistration(replicas=${list(p.replicas)}, directories=${list(p.directories)}, isr=${list(p.isr)}, ` +
    `removingReplicas=${list(p.removingReplicas)}, addingReplicas=${list(p.addingReplicas)}, elr=${list(p.elr)}, ` +
    `lastKnownElr=${list(p.lastKnownElr)}, leader=${p.leader}, ` +
    `leaderRecoveryState=${p.leaderRecoveryState === 0 ? 'RECOVERED' : 'RECOVERING'}, leaderEpoch=${p.leaderEpoch}, ` +
    `partitionEpoch=${p.partitionEpoch})`
  )
}

function provenanceText({ offset, epoch, appendMs }: Provenance): string {
  const time = isoTime(appendMs).replace(/\.?0*Z?$/, '')
  return `offset ${offset}, epoch ${epoch}, time ${time}Z[UTC]`
}
