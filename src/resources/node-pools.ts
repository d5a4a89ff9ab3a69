/** The node pools that a Kafka of the years with ZooKeeper means. The cluster operator keeps them. */
import type { OwnerReference } from '../kube-client/index.ts'
import { keptOf } from './convert/legacy.ts'
import { withoutOverrides } from './convert/other-rules.ts'
import { at, get, isTree, type Tree } from './convert/tree.ts'
import type { Kafka } from './kinds/kafka.ts'
import type { KafkaNodePool, KafkaNodePoolSpec } from './kinds/kafka-node-pool.ts'

export const nextNodeIdsAnnotation = 'strimzi.io/next-node-ids'

const count = (value: unknown, byDefault: number): number => (typeof value === 'number' ? value : byDefault)

const storageOf = (component: Tree): KafkaNodePoolSpec['storage'] =>
  isTree(component['storage'])
    ? (withoutOverrides(component['storage']) as unknown as KafkaNodePoolSpec['storage'])
    : { type: 'ephemeral' }

const present = (fields: Tree): Tree =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** What was said of ZooKeeper's objects, of the controllers'. */
const templateOf = (zookeeper: Tree): Tree | undefined => {
  const pod = present({
    ...(get(zookeeper, at('template.pod')) as Tree | undefined),
    ...present({ affinity: zookeeper['affinity'], tolerations: zookeeper['tolerations'] }),
  })
  const template = present({
    pod: Object.keys(pod).length === 0 ? undefined : pod,
    kafkaContainer: get(zookeeper, at('template.zookeeperContainer')),
    persistentVolumeClaim: get(zookeeper, at('template.persistentVolumeClaim')),
  })
  return Object.keys(template).length === 0 ? undefined : template
}

const range = (from: number, many: number): string => (many === 1 ? `[${from}]` : `[${from}-${from + many - 1}]`)

/**
 * `kafka` with ids from 0 and `controller` with the ids after them; one pool of both roles when there is one node of
 * each. Empty when the resource says nothing of ZooKeeper: then its owner writes the pools. A Kafka that already had node
 * pools (annotation `strimzi.io/node-pools`) lacks only the controllers, which take the next free ids.
 */
export const nodePoolsFromLegacy = (kafka: Kafka): readonly KafkaNodePool[] => {
  const kept = keptOf(kafka)
  const zookeeper = kept?.spec['zookeeper']
  if (kept === null || !isTree(zookeeper)) return []
  const nodes = isTree(kept.spec['kafka']) ? kept.spec['kafka'] : {}
  const brokers = count(nodes['replicas'], 3)
  const controllers = count(zookeeper['replicas'], 3)
  const hasPools = kafka.metadata.annotations?.['strimzi.io/node-pools'] === 'enabled'
  const brokerPool = (roles: KafkaNodePoolSpec['roles']) =>
    pool(kafka, 'kafka', range(0, brokers), {
      replicas: brokers,
      roles,
      storage: storageOf(nodes),
      ...(present({ resources: nodes['resources'] }) as Partial<KafkaNodePoolSpec>),
    })
  if (!hasPools && brokers === 1 && controllers === 1) return [brokerPool(['controller', 'broker'])]
  const controllerPool = pool(kafka, 'controller', hasPools ? null : range(brokers, controllers), {
    replicas: controllers,
    roles: ['controller'],
    storage: storageOf(zookeeper),
    ...(present({
      resources: zookeeper['resources'],
      jvmOptions: zookeeper['jvmOptions'],
      template: templateOf(zookeeper),
    }) as Partial<KafkaNodePoolSpec>),
  })
  return hasPools ? [controllerPool] : [brokerPool(['broker']), controllerPool]
}

const pool = (kafka: Kafka, name: string, ids: string | null, spec: KafkaNodePoolSpec): KafkaNodePool => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaNodePool',
  metadata: {
    name,
    ...(kafka.metadata.namespace === undefined ? {} : { namespace: kafka.metadata.namespace }),
    labels: { 'strimzi.io/cluster': kafka.metadata.name },
    ...(ids === null ? {} : { annotations: { [nextNodeIdsAnnotation]: ids } }),
    ...(kafka.metadata.uid === undefined ? {} : { ownerReferences: [ownerOf(kafka, kafka.metadata.uid)] }),
  },
  spec,
})

const ownerOf = (kafka: Kafka, uid: string): OwnerReference => ({
  apiVersion: kafka.apiVersion,
  kind: 'Kafka',
  name: kafka.metadata.name,
  uid,
  controller: false,
  blockOwnerDeletion: true,
})
