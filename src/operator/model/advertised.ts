/** What clients are told of each broker's listeners, and which names its certificate must carry. */
import type { ClusterFacts } from '../facts.ts'
import { nodes as kubeNodes, type Service, services } from '../kinds.ts'
import { names } from '../names.ts'
import type { Listener } from '../resource-types.ts'
import type { Cluster } from './cluster.ts'
import {
  advertisedHostOf,
  advertisedPortOf,
  bootstrapServiceName,
  brokerServiceName,
  hasOwnServices,
  listenerId,
  type NodeRef,
} from './listeners.ts'
import type { Advertised } from './server-config.ts'

export interface Addresses {
  /** By pod, then by listener id. A pod that still waits for an address is absent. */
  readonly byPod: ReadonlyMap<string, ReadonlyMap<string, Advertised>>
  /** What is waited for. */
  readonly waiting: readonly string[]
}

const addressTypes = ['ExternalDNS', 'ExternalIP', 'Hostname', 'InternalDNS', 'InternalIP']
/** Where pods are processes, the node has an address of its own, and its host name means another. */
const localAddressTypes = ['InternalIP', ...addressTypes]

/** Of Kubernetes' nodes; the type that the listener prefers first. null: there is none. */
export function nodeAddress(f: ClusterFacts, l: Listener): string | null {
  const preferred = l.configuration?.preferredNodePortAddressType
  const usual = f.config.capabilities.isMillrace ? localAddressTypes : addressTypes
  const order = preferred === undefined ? usual : [preferred, ...usual]
  for (const node of f.observed.list(kubeNodes)) {
    for (const type of order) {
      const found = node.status?.addresses?.find((a) => a.type === type)
      if (found) return found.address
    }
  }
  return null
}

export function nodePortOf(service: Service | undefined, port: number): number | null {
  return service?.spec.ports?.find((p) => p.port === port)?.nodePort ?? null
}

const serviceHost = (service: string, c: Cluster, l: Listener, f: ClusterFacts): string =>
  `${service}.${c.namespace}.svc${l.configuration?.useServiceDnsDomain ? `.${f.config.clusterDomain}` : ''}`

function advertisedOf(f: ClusterFacts, c: Cluster, node: NodeRef, l: Listener): Advertised | string {
  const given = { host: advertisedHostOf(l, node), port: advertisedPortOf(l, node) }
  if (l.type === 'internal') {
    const host = serviceHost(`${node.pod}.${names.brokersService(c.name)}`, c, l, f)
    return { host: given.host ?? host, port: given.port ?? l.port }
  }
  const service = brokerServiceName(c.name, l, node)
  if (l.type === 'cluster-ip') {
    return { host: given.host ?? serviceHost(service, c, l, f), port: given.port ?? l.port }
  }
  const port = given.port ?? nodePortOf(f.observed.get(services, service), l.port)
  if (port === null) return `the node port of Service ${service}`
  const host = given.host ?? nodeAddress(f, l)
  return host === null ? 'the address of a Kubernetes node' : { host, port }
}

export function addressesOf(f: ClusterFacts, c: Cluster): Addresses {
  const byPod = new Map<string, ReadonlyMap<string, Advertised>>()
  const waiting = new Set<string>()
  for (const node of c.nodes) {
    const found = new Map<string, Advertised>()
    let isComplete = true
    for (const l of node.isBroker ? c.kafka.spec.kafka.listeners : []) {
      const at = advertisedOf(f, c, node, l)
      if (typeof at === 'string') {
        waiting.add(at)
        isComplete = false
      } else found.set(listenerId(l), at)
    }
    if (isComplete) byPod.set(node.pod, found)
  }
  return { byPod, waiting: [...waiting] }
}

const forms = (service: string, c: Cluster, domain: string): string[] => [
  service,
  `${service}.${c.namespace}`,
  `${service}.${c.namespace}.svc`,
  `${service}.${c.namespace}.svc.${domain}`,
]

const isIpAddress = (host: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':')

/** Every name by which clients and other nodes may come to this one. */
export function certificateNames(
  f: ClusterFacts,
  c: Cluster,
  node: NodeRef,
): { dnsNames: string[]; ipAddresses: string[] } {
  const domain = f.config.clusterDomain
  const brokersService = names.brokersService(c.name)
  const pod = `${node.pod}.${brokersService}.${c.namespace}.svc`
  const all = new Set([
    ...forms(names.bootstrapService(c.name), c, domain),
    ...forms(brokersService, c, domain),
    `${pod}.${domain}`,
    pod,
  ])
  // controllers are spared a new certificate when an address outside changes
  for (const l of node.isBroker ? c.kafka.spec.kafka.listeners : []) {
    for (const name of l.configuration?.bootstrap?.alternativeNames ?? []) all.add(name)
    const advertised = advertisedHostOf(l, node)
    if (advertised !== null) all.add(advertised)
    if (!hasOwnServices(l)) continue
    for (const name of forms(bootstrapServiceName(c.name, l), c, domain)) all.add(name)
    for (const name of forms(brokerServiceName(c.name, l, node), c, domain)) all.add(name)
    const address = l.type === 'nodeport' ? nodeAddress(f, l) : null
    if (address !== null) all.add(address)
  }
  const list = [...all]
  return { dnsNames: list.filter((n) => !isIpAddress(n)), ipAddresses: list.filter(isIpAddress) }
}
