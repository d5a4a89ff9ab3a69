/** Listeners of a Kafka: where clients come in. */
import { boolean, byDefault, integer, list, map, object, oneOf, open, required, string } from '../schema/types.ts'
import { networkPolicyPeer } from './core.ts'
import { certificateAndKey } from './shared.ts'
import { ipFamilies } from './templates.ts'

export const listenerTypes = [
  'internal',
  'route',
  'tlsroute',
  'loadbalancer',
  'nodeport',
  'ingress',
  'cluster-ip',
] as const

const exposed = {
  host: string('Host name (`route`, `ingress`, `tlsroute`).'),
  nodePort: integer('Port of the node (`nodeport`, `loadbalancer`). Absent: Kubernetes chooses.'),
  loadBalancerIP: string('Address of the load balancer (`loadbalancer`).'),
  annotations: map('Annotations of the Service, Route or Ingress.', string()),
  labels: map('Labels of the Service, Route or Ingress.', string()),
  externalIPs: list('External addresses of the Service (`nodeport`).', string()),
}

const perBroker = object(undefined, {
  broker: required(integer('Node id of the broker.')),
  advertisedHost: string('Host that clients are told. Absent: what the type of listener says.'),
  advertisedPort: integer('Port that clients are told.'),
  ...exposed,
})

const parentRef = object(undefined, {
  kind: string('Kind; absent: `Gateway`.'),
  group: string('Group; absent: `gateway.networking.k8s.io`.'),
  name: string('Its name.'),
  namespace: string('Its namespace; absent: that of the Kafka.'),
  port: integer('Port of the Gateway.'),
  sectionName: string('Listener of the Gateway.'),
})

const authentication = object('How clients authenticate. Absent: not at all.', {
  type: required(
    oneOf(
      '`tls`: client certificates; `scram-sha-512`: user and password; `custom`: as configured.',
      'tls',
      'scram-sha-512',
      'custom',
    ),
  ),
  sasl: boolean('Whether the listener speaks SASL (`custom`).'),
  listenerConfig: open('Configuration of the listener (`custom`); keys get the prefix of the listener.'),
})

export const listenerConfiguration = object('More about the listener.', {
  brokerCertChainAndKey: certificateAndKey('Certificate and private key in place of those that the operator makes.'),
  class: string('Class of load balancer or ingress controller.'),
  externalTrafficPolicy: oneOf(
    'Whether traffic from outside goes to pods of the same node (`Local`) or to all (`Cluster`).',
    'Local',
    'Cluster',
  ),
  loadBalancerSourceRanges: list('CIDR ranges that the load balancer lets in.', string()),
  bootstrap: object('The address at which clients begin.', {
    alternativeNames: list('More names for the certificate.', string()),
    ...exposed,
  }),
  brokers: list('What differs from broker to broker.', perBroker),
  ...ipFamilies,
  createBootstrapService: byDefault(true, boolean('Whether there is a bootstrap Service (`loadbalancer`).')),
  finalizers: list('Finalizers of the Services (`loadbalancer`).', string()),
  useServiceDnsDomain: byDefault(
    false,
    boolean('Whether advertised names end with the domain of the cluster (`internal`, `cluster-ip`).'),
  ),
  maxConnections: integer('Connections at most, for each broker. Absent: no bound.'),
  maxConnectionCreationRate: integer('New connections a second at most, for each broker. Absent: no bound.'),
  preferredNodePortAddressType: oneOf(
    'Which address of the node is advertised (`nodeport`). Absent: ExternalDNS, ExternalIP, InternalDNS, InternalIP, Hostname.',
    'ExternalIP',
    'ExternalDNS',
    'InternalIP',
    'InternalDNS',
    'Hostname',
  ),
  publishNotReadyAddresses: byDefault(false, boolean('Whether Services lead to pods that are not ready.')),
  perBrokerAnnotationsTemplate: map(
    'Annotations of each broker’s object; `{nodeId}` and `{nodePodName}` are filled in.',
    string(),
  ),
  perBrokerLabelsTemplate: map(
    'Labels of each broker’s object; `{nodeId}` and `{nodePodName}` are filled in.',
    string(),
  ),
  hostTemplate: string('Host name of each broker; `{nodeId}` and `{nodePodName}` are filled in.'),
  advertisedHostTemplate: string('Host that clients are told; `{nodeId}` and `{nodePodName}` are filled in.'),
  advertisedPortTemplate: string('Port that clients are told: a number, or `{nodeId}` plus one, as in `9{nodeId}`.'),
  allocateLoadBalancerNodePorts: boolean('Whether load balancers take node ports (`loadbalancer`).'),
  parentRefs: list('Gateways to attach to (`tlsroute`).', parentRef),
})

export const listener = object(undefined, {
  name: required(string('Name: lower-case letters and digits, 11 at most.', { pattern: '^[a-z0-9]{1,11}$' })),
  port: required(integer('Port: 9092 or above; not 9404 nor 9999.', { minimum: 9092 })),
  type: required(
    oneOf('How it is reached: inside the cluster only, or from outside and by which means.', ...listenerTypes),
  ),
  tls: required(boolean('Whether it speaks TLS.')),
  authentication,
  configuration: listenerConfiguration,
  networkPolicyPeers: list('Who may connect. Absent: everybody.', networkPolicyPeer),
})
