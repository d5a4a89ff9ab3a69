/**
 * `server.config` of a node, laid out as Strimzi lays it out: KRaft with a static quorum by the nodes' names, the
 * listeners CONTROLPLANE-9090 and REPLICATION-9091 with mutual TLS, one NAME-PORT for each of the user's. Certificates
 * are PEM files in mounted Secrets, so that the same file does for Millrace's brokers and for Apache Kafka's own image.
 */
import { brokerKeys } from '../../config/index.ts'
import { fingerprint } from '../hash.ts'
import { names, ports } from '../names.ts'
import type { Kafka, Listener } from '../resource-types.ts'
import { listenerId, type NodeRef } from './listeners.ts'
import { isEphemeral, logDirs, metadataLogDir } from './storage.ts'

/** Mounts of the Secrets that hold a node's own certificates and those it trusts. */
export const nodeCertificates = '/opt/kafka/node-certs'
export const trustedCertificates = '/opt/kafka/trusted-certs'

export interface Advertised {
  readonly host: string
  readonly port: number
}

export interface ServerConfigAsk {
  readonly kafka: Kafka
  readonly node: NodeRef
  readonly nodes: readonly NodeRef[]
  /** Of the user's listeners, by their id. Brokers only. */
  readonly advertised: ReadonlyMap<string, Advertised>
  /** The user's configuration, without what the operator sets. */
  readonly user: ReadonlyMap<string, string>
  readonly rack: string | null
  /** Whether the broker knows the keys that begin with `millrace.`. */
  readonly isMillrace: boolean
}

const dns = (kafka: Kafka, pod: string): string =>
  `${pod}.${names.brokersService(kafka.metadata.name)}.${kafka.metadata.namespace}.svc`

const securityProtocol = (l: Listener): string => {
  const transport = l.tls ? 'SSL' : 'PLAINTEXT'
  const auth = l.authentication
  return auth?.type === 'scram-sha-512' || (auth?.type === 'custom' && auth.sasl) ? `SASL_${transport}` : transport
}

const smallCluster = 'Topics of a small cluster'

/** Topics of Kafka's own have three replicas by default; a smaller cluster could never make them. */
function smallClusterDefaults(brokers: number, user: ReadonlyMap<string, string>): string[] {
  if (brokers >= 3) return []
  const keys = {
    'offsets.topic.replication.factor': brokers,
    'transaction.state.log.replication.factor': brokers,
    'transaction.state.log.min.isr': Math.min(2, brokers),
    'share.coordinator.state.topic.replication.factor': brokers,
    'share.coordinator.state.topic.min.isr': Math.min(2, brokers),
  }
  return Object.entries(keys)
    .filter(([key]) => !user.has(key))
    .map(([key, value]) => `${key}=${value}`)
}

const mutualTls = (prefix: string, pod: string): string[] => [
  `${prefix}.ssl.keystore.type=PEM`,
  `${prefix}.ssl.keystore.location=${nodeCertificates}/${pod}.pem`,
  `${prefix}.ssl.truststore.type=PEM`,
  `${prefix}.ssl.truststore.location=${trustedCertificates}/cluster-ca.crt`,
  `${prefix}.ssl.client.auth=required`,
]

function userListener(l: Listener, pod: string): string[] {
  const prefix = `listener.name.${listenerId(l).toLowerCase()}`
  const lines: string[] = []
  if (l.tls) {
    const file = l.configuration?.brokerCertChainAndKey ? listenerId(l).toLowerCase() : pod
    lines.push(`${prefix}.ssl.keystore.type=PEM`, `${prefix}.ssl.keystore.location=${nodeCertificates}/${file}.pem`)
  }
  const auth = l.authentication
  if (auth?.type === 'tls') {
    lines.push(
      `${prefix}.ssl.truststore.type=PEM`,
      `${prefix}.ssl.truststore.location=${trustedCertificates}/clients-ca.crt`,
      `${prefix}.ssl.client.auth=required`,
    )
  } else if (auth?.type === 'scram-sha-512') {
    lines.push(
      `${prefix}.sasl.enabled.mechanisms=SCRAM-SHA-512`,
      `${prefix}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;`,
    )
  } else if (auth?.type === 'custom') {
    for (const [key, value] of Object.entries(auth.listenerConfig ?? {}))
      lines.push(`${prefix}.${key}=${String(value)}`)
  }
  const { maxConnections, maxConnectionCreationRate } = l.configuration ?? {}
  if (maxConnections !== undefined) lines.push(`${prefix}.max.connections=${maxConnections}`)
  if (maxConnectionCreationRate !== undefined) {
    lines.push(`${prefix}.max.connection.creation.rate=${maxConnectionCreationRate}`)
  }
  return lines
}

/** Principals of the nodes and operators, which need no rights given to them. */
export const superUsers = (cluster: string): string[] =>
  [
    names.kafka(cluster),
    `${cluster}-entity-topic-operator`,
    `${cluster}-entity-user-operator`,
    `${cluster}-kafka-exporter`,
    `${cluster}-cruise-control`,
    'cluster-operator',
  ].map((name) => `User:CN=${name},O=io.strimzi`)

function authorization(kafka: Kafka): string[] {
  const { authorization: a } = kafka.spec.kafka
  if (!a) return []
  const given = (a.superUsers ?? []).map((user) => `User:${user}`)
  const authorizer =
    a.type === 'simple' ? 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' : (a.authorizerClass ?? '')
  return [
    `authorizer.class.name=${authorizer}`,
    `super.users=${[...superUsers(kafka.metadata.name), ...given].join(';')}`,
  ]
}

/** A value may begin with spaces or go over lines; the file is Java's properties. */
const escaped = (value: string): string =>
  value
    .replaceAll('\\', '\\\\')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
    .replace(/^[ \t]/, '\\$&')

export interface ServerConfig {
  readonly text: string
  /** Of all that a running node cannot take over; a change of it restarts the node. */
  readonly hash: string
}

export function serverConfig(o: ServerConfigAsk): ServerConfig {
  const { kafka, node, nodes } = o
  const { listeners: users } = kafka.spec.kafka
  const quorum = nodes
    .filter((n) => n.isController)
    .sort((a, b) => a.id - b.id)
    .map((n) => `${n.id}@${dns(kafka, n.pod)}:${ports.controlPlane}`)
  const listeners: string[] = []
  const advertised: string[] = []
  const protocols = ['CONTROLPLANE-9090:SSL']
  const listen = (name: string, port: number, at: Advertised): void => {
    listeners.push(`${name}://0.0.0.0:${port}`)
    advertised.push(`${name}://${at.host}:${at.port}`)
  }
  const self = dns(kafka, node.pod)
  if (node.isController) listen('CONTROLPLANE-9090', ports.controlPlane, { host: self, port: ports.controlPlane })
  if (node.isBroker) {
    protocols.push('REPLICATION-9091:SSL')
    listen('REPLICATION-9091', ports.replication, { host: self, port: ports.replication })
    for (const l of users) {
      protocols.push(`${listenerId(l)}:${securityProtocol(l)}`)
      listen(listenerId(l), l.port, o.advertised.get(listenerId(l)) ?? { host: self, port: l.port })
    }
  }
  const roles = [...(node.isBroker ? ['broker'] : []), ...(node.isController ? ['controller'] : [])]
  const { storage } = node.pool.spec
  const fixed: (readonly [section: string, lines: readonly string[]])[] = [
    ['Node', [`node.id=${node.id}`, ...(o.rack !== null && node.isBroker ? [`broker.rack=${o.rack}`] : [])]],
    [
      'KRaft',
      [
        `process.roles=${roles.join(',')}`,
        'controller.listener.names=CONTROLPLANE-9090',
        `controller.quorum.voters=${quorum.join(',')}`,
      ],
    ],
    [
      'Storage',
      [
        `log.dirs=${logDirs(storage, node.id).join(',')}`,
        `metadata.log.dir=${metadataLogDir(storage, node.id)}`,
        ...(o.isMillrace && isEphemeral(storage) ? ['millrace.flush=os'] : []),
      ],
    ],
    ['Control plane listener', mutualTls('listener.name.controlplane-9090', node.pod)],
    ...(node.isBroker
      ? ([
          ['Replication listener', mutualTls('listener.name.replication-9091', node.pod)],
          ...users.map((l) => [`Listener ${listenerId(l)}`, userListener(l, node.pod)] as const),
        ] as const)
      : []),
    [
      'Listeners',
      [
        `listener.security.protocol.map=${protocols.join(',')}`,
        `listeners=${listeners.join(',')}`,
        ...(node.isBroker ? ['inter.broker.listener.name=REPLICATION-9091'] : []),
        `advertised.listeners=${advertised.join(',')}`,
        'sasl.enabled.mechanisms=',
        'ssl.endpoint.identification.algorithm=HTTPS',
      ],
    ],
    ['Authorization', authorization(kafka)],
    [smallCluster, smallClusterDefaults(nodes.filter((n) => n.isBroker).length, o.user)],
  ]
  const userLines = [...o.user].map(([key, value]) => `${key}=${escaped(value)}`)
  const text = [...fixed, ['User provided configuration', userLines] as const]
    .filter(([, lines]) => lines.length > 0)
    .map(([section, lines]) => `# ${section}\n${lines.join('\n')}\n`)
    .join('\n')
  const restartKeys = [...o.user].filter(([key]) => !isDynamic(key)).map(([key, value]) => `${key}=${value}`)
  // a larger cluster does not need them, but is not restarted to lose them
  const lasting = fixed.filter(([section]) => section !== smallCluster)
  const restartLines = [...lasting.flatMap(([, lines]) => lines), ...restartKeys]
  return { text, hash: fingerprint(restartLines.join('\n')) }
}

/** Whether a running broker takes a new value over. */
export const isDynamic = (key: string): boolean => {
  const update = brokerKeys.get(key)?.update
  return update === 'cluster-wide' || update === 'per-broker'
}
