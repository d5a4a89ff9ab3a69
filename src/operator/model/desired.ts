/** Which objects should exist for a Kafka. Pure: the same facts give the same objects, byte for byte. */
import { base64Encode } from '../../bytes/index.ts'
import type { KindRef, Obj } from '../../kube-client/index.ts'
import { strimziPodSets } from '../../resources/index.ts'
import { type Ca, type Certificates, certHash, encode, type Need } from '../certificates.ts'
import type { ClusterFacts } from '../facts.ts'
import {
  claims,
  configMaps,
  deployments,
  disruptionBudgets,
  networkPolicies,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
} from '../kinds.ts'
import { annotations, labelNames, names, ports } from '../names.ts'
import type { CaSpec, Condition, KafkaNodePool } from '../resource-types.ts'
import { type Addresses, addressesOf, certificateNames } from './advertised.ts'
import type { Cluster } from './cluster.ts'
import {
  caGenerations,
  entityComponent,
  entityOperatorDeployment,
  entityOperatorObjects,
  hasEntityOperator,
} from './entity-operator.ts'
import { type Labels, labelsOf, metadataOf, ownedBy, selectorOf } from './labels.ts'
import type { NodeRef } from './listeners.ts'
import { podOf, podSetOf, templateOf } from './pods.ts'
import type { Problem } from './problems.ts'
import { rackOf } from './rack.ts'
import { serverConfig } from './server-config.ts'
import { servicesOf } from './services.ts'
import { claimsOf } from './storage.ts'

export interface Want {
  readonly kind: KindRef
  readonly object: Obj
}

export interface Desired {
  /** In the order in which they are made. */
  readonly objects: readonly Want[]
  readonly warnings: readonly Condition[]
  /** Not empty: `objects` is, too, and nothing is to be changed. */
  readonly refused: readonly Problem[]
  /** What the next pass may know and this one does not. */
  readonly waiting: readonly string[]
}

const kafkaComponent = (f: ClusterFacts, c: Cluster) =>
  ({ cluster: c.name, name: names.kafka(c.name), type: 'kafka', managedBy: f.config.name }) as const

const poolLabelsOf = (f: ClusterFacts, c: Cluster, pool: KafkaNodePool): Labels =>
  labelsOf(c.kafka, kafkaComponent(f, c), {
    ...labelsOf(pool, kafkaComponent(f, c)),
    [labelNames.poolName]: pool.metadata.name,
  })

/** The certificates that a cluster needs, whatever is there. */
export function certificateNeeds(f: ClusterFacts, c: Cluster): Need[] {
  const client = (secret: string, commonName: string, entry: string): Need => ({
    secret,
    commonName,
    entry,
    dnsNames: [],
    ipAddresses: [],
    usage: 'client',
  })
  const { topicOperator, userOperator } = c.kafka.spec.entityOperator ?? {}
  return [
    ...c.nodes.map(
      (node): Need => ({
        secret: node.pod,
        commonName: names.kafka(c.name),
        entry: node.pod,
        ...certificateNames(f, c, node),
        usage: 'server+client',
      }),
    ),
    client(names.operatorCerts(c.name), 'cluster-operator', 'cluster-operator'),
    ...(topicOperator
      ? [client(names.topicOperatorCerts(c.name), `${c.name}-entity-topic-operator`, 'entity-operator')]
      : []),
    ...(userOperator
      ? [client(names.userOperatorCerts(c.name), `${c.name}-entity-user-operator`, 'entity-operator')]
      : []),
  ]
}

const secret = (metadata: Obj['metadata'], data: Readonly<Record<string, string>>): Want => ({
  kind: secrets,
  object: { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data },
})

const isoBundle = (ca: Ca): string => [ca.cert, ...Object.values(ca.former)].map((pem) => `${pem.trimEnd()}\n`).join('')

function caSecrets(f: ClusterFacts, c: Cluster, ca: Ca, spec: CaSpec | undefined, cert: string, key: string): Want[] {
  if (ca.isOwn) return []
  const { kafka } = c
  const labels = labelsOf(kafka, { ...kafkaComponent(f, c), name: names.kafka(c.name), type: 'certificate-authority' })
  const owner = spec?.generateSecretOwnerReference === false ? null : ownedBy(kafka)
  const certMeta = metadataOf({
    name: cert,
    namespace: c.namespace,
    labels,
    owner,
    template: cert === names.clusterCaCert(c.name) ? kafka.spec.kafka.template?.clusterCaCert : undefined,
    annotations: { [annotations.caCertGeneration]: String(ca.certGeneration) },
  })
  const former = Object.fromEntries(Object.entries(ca.former).map(([name, pem]) => [name, encode(pem)]))
  const store = ca.p12 ? { 'ca.p12': base64Encode(ca.p12.store), 'ca.password': encode(ca.p12.password) } : {}
  const keyMeta = metadataOf({
    name: key,
    namespace: c.namespace,
    labels,
    owner,
    annotations: { [annotations.caKeyGeneration]: String(ca.keyGeneration) },
  })
  // the key first: a certificate without its key would be taken for one of the user's
  return [
    secret(keyMeta, { 'ca.key': encode(ca.key) }),
    secret(certMeta, { 'ca.crt': encode(ca.cert), ...store, ...former }),
  ]
}

function certificateSecrets(f: ClusterFacts, c: Cluster, certificates: Certificates): Want[] {
  const { kafka } = c
  const { clusterCa, clientsCa, leaves, listeners } = certificates
  const labels = labelsOf(kafka, kafkaComponent(f, c))
  const own = new Map<string, { labels: Labels; pool: KafkaNodePool | null }>()
  for (const n of c.nodes) own.set(n.pod, { labels: poolLabelsOf(f, c, n.pool), pool: n.pool })
  const entityLabels = labelsOf(kafka, entityComponent(kafka, f.config))
  const made = [
    ...caSecrets(f, c, clusterCa, kafka.spec.clusterCa, names.clusterCaCert(c.name), names.clusterCaKey(c.name)),
    ...caSecrets(f, c, clientsCa, kafka.spec.clientsCa, names.clientsCaCert(c.name), names.clientsCaKey(c.name)),
    secret(metadataOf({ name: names.trustBundle(c.name), namespace: c.namespace, labels, owner: ownedBy(kafka) }), {
      'cluster-ca.crt': encode(isoBundle(clusterCa)),
      'clients-ca.crt': encode(isoBundle(clientsCa)),
    }),
  ]
  for (const need of certificateNeeds(f, c)) {
    const leaf = leaves.get(need.secret)
    if (!leaf) continue
    const node = own.get(need.secret)
    const pem = (cert: string, key: string) => encode(`${key.trimEnd()}\n${cert.trimEnd()}\n`)
    const data: Record<string, string> = {
      [`${need.entry}.crt`]: encode(leaf.cert),
      [`${need.entry}.key`]: encode(leaf.key),
    }
    if (node) {
      data[`${need.entry}.pem`] = pem(leaf.cert, leaf.key)
      for (const [id, custom] of listeners) {
        data[`${id}.crt`] = encode(custom.certPem)
        data[`${id}.key`] = encode(custom.keyPem)
        data[`${id}.pem`] = pem(custom.certPem, custom.keyPem)
      }
    }
    const isEntity = need.entry === 'entity-operator'
    made.push(
      secret(
        metadataOf({
          name: need.secret,
          namespace: c.namespace,
          labels: node?.labels ?? (isEntity ? entityLabels : labels),
          owner: ownedBy(node?.pool ?? kafka),
          annotations: { [annotations.clusterCaCertGeneration]: String(leaf.caCertGeneration) },
        }),
        data,
      ),
    )
  }
  return made
}

/** Levels as log4j2 takes them. */
function loggingText(c: Cluster): string {
  const loggers = { 'rootLogger.level': 'INFO', ...c.kafka.spec.kafka.logging?.loggers }
  return Object.entries(loggers)
    .map(([name, level]) => `${name} = ${level}\n`)
    .join('')
}

interface NodeObjects {
  readonly config: Want
  readonly pod: Obj
}

function nodeObjects(
  f: ClusterFacts,
  c: Cluster,
  node: NodeRef,
  certificates: Certificates,
  at: Addresses,
): NodeObjects | null {
  const advertised = at.byPod.get(node.pod)
  const leaf = certificates.leaves.get(node.pod)
  if (!advertised || !leaf) return null
  const labels = poolLabelsOf(f, c, node.pool)
  const made = serverConfig({
    kafka: c.kafka,
    node,
    nodes: c.nodes,
    advertised,
    user: c.user.entries,
    rack: rackOf(f, node),
    isMillrace: f.config.capabilities.isMillrace,
  })
  const config: Want = {
    kind: configMaps,
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadataOf({
        name: node.pod,
        namespace: c.namespace,
        labels: { ...labels, [labelNames.podName]: node.pod },
        owner: ownedBy(node.pool),
      }),
      data: {
        'server.config': made.text,
        'cluster.id': f.clusterId,
        'metadata.version': c.metadataVersion,
        'log4j2.properties': loggingText(c),
      },
    },
  }
  const custom = [...certificates.listeners].map(([id, pair]) => `${id}=${certHash(pair.certPem)}`)
  const pod = podOf({
    kafka: c.kafka,
    node,
    labels,
    version: c.version,
    config: f.config,
    annotations: {
      [annotations.clusterCaCertGeneration]: String(certificates.clusterCa.certGeneration),
      [annotations.clusterCaKeyGeneration]: String(certificates.clusterCa.keyGeneration),
      [annotations.clientsCaCertGeneration]: String(certificates.clientsCa.certGeneration),
      [annotations.trustHash]: certHash(isoBundle(certificates.clusterCa) + isoBundle(certificates.clientsCa)),
      [annotations.configurationHash]: made.hash,
      [annotations.serverCertHash]: certHash(leaf.cert),
      [annotations.kafkaVersion]: c.version.version,
      ...(node.isBroker && custom.length > 0 ? { [annotations.customCertHashes]: custom.join(',') } : {}),
    },
  })
  return { config, pod }
}

function accessObjects(f: ClusterFacts, c: Cluster, labels: Labels): Want[] {
  const { kafka } = c
  const owner = ownedBy(kafka)
  const named = (name: string) => metadataOf({ name, namespace: c.namespace, labels, owner })
  const readable = [names.clusterCaCert(c.name), names.trustBundle(c.name), ...c.nodes.map((n) => n.pod)]
  const made: Want[] = [
    {
      kind: serviceAccounts,
      object: {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: metadataOf({
          name: names.kafka(c.name),
          namespace: c.namespace,
          labels,
          owner,
          template: kafka.spec.kafka.template?.serviceAccount,
        }),
      },
    },
    {
      kind: roles,
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: named(names.kafka(c.name)),
        rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: readable, verbs: ['get'] }],
      },
    },
    {
      kind: roleBindings,
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: named(names.kafkaRoleBinding(c.name)),
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: names.kafka(c.name) },
        subjects: [{ kind: 'ServiceAccount', name: names.kafka(c.name), namespace: c.namespace }],
      },
    },
  ]
  if (f.config.makesNetworkPolicies) made.push(networkPolicy(f, c, labels))
  if (f.config.makesDisruptionBudgets) {
    const template = kafka.spec.kafka.template?.podDisruptionBudget
    made.push({
      kind: disruptionBudgets,
      object: {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: metadataOf({ name: names.kafka(c.name), namespace: c.namespace, labels, owner, template }),
        spec: {
          minAvailable: Math.max(0, c.nodes.length - (template?.maxUnavailable ?? 1)),
          selector: { matchLabels: selectorOf(labels) },
        },
      },
    })
  }
  return made
}

function networkPolicy(f: ClusterFacts, c: Cluster, labels: Labels): Want {
  const peer = (matchLabels: Labels) => ({ podSelector: { matchLabels } })
  const operator = {
    podSelector: { matchLabels: { [labelNames.kind]: 'cluster-operator' } },
    ...(f.config.namespace === c.namespace ? {} : { namespaceSelector: {} }),
  }
  const kafka = peer(selectorOf(labels))
  const named = (name: string) => peer({ [labelNames.name]: name })
  const rule = (port: number, from: readonly unknown[] | undefined) => ({
    ports: [{ port, protocol: 'TCP' }],
    ...(from === undefined ? {} : { from }),
  })
  return {
    kind: networkPolicies,
    object: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: metadataOf({
        name: names.networkPolicy(c.name),
        namespace: c.namespace,
        labels,
        owner: ownedBy(c.kafka),
      }),
      spec: {
        podSelector: { matchLabels: selectorOf(labels) },
        policyTypes: ['Ingress'],
        ingress: [
          rule(ports.controlPlane, [kafka, operator]),
          rule(ports.replication, [
            operator,
            kafka,
            named(names.entityOperator(c.name)),
            named(`${c.name}-kafka-exporter`),
          ]),
          ...c.kafka.spec.kafka.listeners.map((l) => rule(l.port, l.networkPolicyPeers)),
        ],
      },
    },
  }
}

const storageText = (pool: KafkaNodePool): string => JSON.stringify(pool.spec.storage)

/** `isReady`: all nodes run as wanted, so the entity operator has somebody to talk to. */
export function desired(f: ClusterFacts, c: Cluster, isReady: boolean): Desired {
  const nothing = { objects: [], warnings: c.warnings, waiting: [] }
  if (c.refused.length > 0) return { ...nothing, refused: c.refused }
  const { certificates } = f
  if (!certificates) return { ...nothing, refused: [] }
  const { kafka } = c
  const labels = labelsOf(kafka, kafkaComponent(f, c))
  const at = addressesOf(f, c)
  const objects: Want[] = []
  const add = (kind: KindRef, ...made: readonly Obj[]): void => {
    for (const object of made) objects.push({ kind, object })
  }
  objects.push(...accessObjects(f, c, labels))
  for (const node of c.nodes) {
    const pool = node.pool
    add(
      claims,
      ...claimsOf(pool.spec.storage, node, {
        namespace: c.namespace,
        labels: poolLabelsOf(f, c, pool),
        owner: ownedBy(pool),
        template: templateOf(kafka, pool).persistentVolumeClaim,
      }),
    )
  }
  add(services, ...servicesOf(kafka, c.nodes, labels, (n) => poolLabelsOf(f, c, n.pool)))
  objects.push(...certificateSecrets(f, c, certificates))
  const made = c.nodes.map((node) => ({ node, objects: nodeObjects(f, c, node, certificates, at) }))
  for (const n of made) if (n.objects) objects.push(n.objects.config)
  // a set is written whole: while one of its nodes waits for an address, it stays as it is
  for (const pool of c.pools) {
    const ofPool = made.filter((n) => n.node.pool === pool)
    if (ofPool.some((n) => n.objects === null)) continue
    const podsOfPool = ofPool.flatMap((n) => (n.objects ? [n.objects.pod] : []))
    add(
      strimziPodSets,
      podSetOf(kafka, pool, poolLabelsOf(f, c, pool), podsOfPool, {
        [annotations.storage]: storageText(pool),
        [annotations.kafkaVersion]: c.version.version,
      }),
    )
  }
  if (hasEntityOperator(kafka)) {
    for (const object of entityOperatorObjects(kafka, f.config)) add(kindOf(object), object)
    const isThere = f.observed.get(deployments, names.entityOperator(c.name)) !== undefined
    if (isReady || isThere) {
      const { certGeneration, keyGeneration } = certificates.clusterCa
      const certs = [names.topicOperatorCerts(c.name), names.userOperatorCerts(c.name)].flatMap((name) => {
        const leaf = certificates.leaves.get(name)
        return leaf ? [certHash(leaf.cert)] : []
      })
      add(
        deployments,
        entityOperatorDeployment({
          kafka,
          config: f.config,
          annotations: {
            ...caGenerations(certGeneration, keyGeneration),
            [annotations.serverCertHash]: certs.join(','),
          },
        }),
      )
    }
  }
  return { objects, warnings: c.warnings, refused: [], waiting: at.waiting }
}

const kinds = [serviceAccounts, roles, roleBindings, configMaps]
const kindOf = (object: Obj): KindRef => {
  const found = kinds.find((k) => k.kind === object.kind)
  if (!found) throw new Error(`the entity operator has no ${object.kind}`)
  return found
}

/** Kinds that a cluster's objects are of: these are looked at, and what of them is not wanted any more goes. */
export const managedKinds: readonly KindRef[] = [
  strimziPodSets,
  deployments,
  configMaps,
  secrets,
  services,
  claims,
  serviceAccounts,
  roleBindings,
  roles,
  networkPolicies,
  disruptionBudgets,
]
