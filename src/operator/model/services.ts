/** Services: bootstrap for the internal listeners, a headless one for the nodes' names, and those of other listeners. */
import type { Obj } from '../../kube-client/index.ts'
import { annotations, labelNames, names, portNames, ports } from '../names.ts'
import type { Kafka, Listener } from '../resource-types.ts'
import { type Labels, metadataOf, ownedBy, selectorOf } from './labels.ts'
import {
  bootstrapServiceName,
  brokerOverride,
  brokerServiceName,
  hasOwnServices,
  type NodeRef,
  portName,
} from './listeners.ts'

const port = (name: string, number: number, nodePort?: number) => ({
  name,
  port: number,
  protocol: 'TCP',
  targetPort: name,
  ...(nodePort === undefined ? {} : { nodePort }),
})

const service = (metadata: Obj['metadata'], spec: object): Obj => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec,
})

/** For tools that look for ways into the cluster. */
const discovery = (listeners: readonly Listener[]): string =>
  JSON.stringify(
    listeners.map((l) => ({
      port: l.port,
      tls: l.tls,
      protocol: 'kafka',
      auth: l.authentication?.type ?? 'none',
    })),
    null,
    2,
  )

export function servicesOf(
  kafka: Kafka,
  nodes: readonly NodeRef[],
  labels: Labels,
  poolLabels: (n: NodeRef) => Labels,
): Obj[] {
  const cluster = kafka.metadata.name
  const namespace = kafka.metadata.namespace ?? 'default'
  const { listeners, template } = kafka.spec.kafka
  const owner = ownedBy(kafka)
  const internal = listeners.filter((l) => l.type === 'internal').map((l) => port(portName(l), l.port))
  // controllers have no client listeners: they must not stand behind the bootstrap address
  const brokers = { ...selectorOf(labels), [labelNames.brokerRole]: 'true' }
  const made = [
    service(
      metadataOf({
        name: names.bootstrapService(cluster),
        namespace,
        labels: { ...labels, [labelNames.discovery]: 'true' },
        owner,
        template: template?.bootstrapService,
        annotations: { [annotations.discovery]: discovery(listeners) },
      }),
      { type: 'ClusterIP', selector: brokers, ports: [port(portNames.replication, ports.replication), ...internal] },
    ),
    service(
      metadataOf({ name: names.brokersService(cluster), namespace, labels, owner, template: template?.brokersService }),
      {
        type: 'ClusterIP',
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: selectorOf(labels),
        ports: [
          port(portNames.controlPlane, ports.controlPlane),
          port(portNames.replication, ports.replication),
          ...internal,
        ],
      },
    ),
  ]
  for (const l of listeners.filter(hasOwnServices)) {
    const c = l.configuration
    const type = l.type === 'nodeport' ? 'NodePort' : 'ClusterIP'
    const common = {
      type,
      ...(c?.externalTrafficPolicy === undefined ? {} : { externalTrafficPolicy: c.externalTrafficPolicy }),
      ...(c?.publishNotReadyAddresses === undefined ? {} : { publishNotReadyAddresses: c.publishNotReadyAddresses }),
      ...(c?.ipFamilyPolicy === undefined ? {} : { ipFamilyPolicy: c.ipFamilyPolicy }),
      ...(c?.ipFamilies === undefined ? {} : { ipFamilies: c.ipFamilies }),
    }
    made.push(
      service(
        metadataOf({
          name: bootstrapServiceName(cluster, l),
          namespace,
          labels: { ...labels, ...c?.bootstrap?.labels },
          owner,
          template: template?.externalBootstrapService,
          annotations: c?.bootstrap?.annotations ?? {},
        }),
        { ...common, selector: brokers, ports: [port(portName(l), l.port, c?.bootstrap?.nodePort)] },
      ),
    )
    for (const node of nodes.filter((n) => n.isBroker)) {
      const override = brokerOverride(l, node.id)
      const own = poolLabels(node)
      made.push(
        service(
          metadataOf({
            name: brokerServiceName(cluster, l, node),
            namespace,
            labels: { ...own, ...override?.labels },
            owner: ownedBy(node.pool),
            template: node.pool.spec.template?.perPodService ?? template?.perPodService,
            annotations: override?.annotations ?? {},
          }),
          {
            ...common,
            selector: { ...selectorOf(own), [labelNames.podName]: node.pod },
            ports: [port(portName(l), l.port, override?.nodePort)],
          },
        ),
      )
    }
  }
  return made
}
