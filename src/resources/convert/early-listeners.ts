/** Listeners as v1beta1 wrote them, `{plain: {}, tls: {}, external: {type: route}}`, as a list. */
import { at, get, isTree, type Path, type Tree } from './tree.ts'

const external: Path = at('kafka.template.externalBootstrapService')
const perPod: Path = at('kafka.template.perPodService')
const trafficKeys = ['externalTrafficPolicy', 'loadBalancerSourceRanges'] as const

/** Where v1beta1 said of Services what now is said of the listener. */
export const trafficPaths: readonly Path[] = [external, perPod].flatMap((service) =>
  trafficKeys.map((key) => [...service, key]),
)

const some = (fields: Tree): Tree =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
const pick = (tree: Tree, ...keys: readonly string[]): Tree =>
  some(Object.fromEntries(keys.map((key) => [key, tree[key]])))
const treeOf = (value: unknown): Tree => (isTree(value) ? value : {})
const listOf = (value: unknown): readonly Tree[] => (Array.isArray(value) ? value.filter(isTree) : [])

const withConfiguration = (listener: Tree, configuration: Tree): Tree =>
  Object.keys(configuration).length === 0 ? listener : { ...listener, configuration }

const carried = (old: Tree): Tree => pick(old, 'authentication', 'networkPolicyPeers')

const address = (override: Tree): Tree => ({
  ...pick(override, 'host', 'nodePort', 'loadBalancerIP', 'externalIPs'),
  ...(override['dnsAnnotations'] === undefined ? {} : { annotations: override['dnsAnnotations'] }),
})

const bootstrapOf = (override: Tree): Tree => ({
  ...(override['address'] === undefined ? {} : { alternativeNames: [override['address']] }),
  ...address(override),
})

const brokerOf = (override: Tree): Tree => ({
  ...pick(override, 'broker', 'advertisedHost', 'advertisedPort'),
  ...address(override),
})

/** What was said of the Services of a listener, which only some types have. */
const trafficOf = (listener: Tree, spec: Tree): Tree =>
  listener['type'] === 'loadbalancer' || listener['type'] === 'nodeport'
    ? some(
        Object.fromEntries(
          trafficKeys.map((key) => [key, get(spec, [...external, key]) ?? get(spec, [...perPod, key])]),
        ),
      )
    : {}

/** A listener of the list form, which says more of it than the Services did. */
export const withTraffic = (listener: Tree, spec: Tree): Tree =>
  withConfiguration(listener, { ...trafficOf(listener, spec), ...treeOf(listener['configuration']) })

const externalConfiguration = (old: Tree, spec: Tree): Tree => {
  const configuration = treeOf(old['configuration'])
  const overrides = treeOf(old['overrides'])
  // Host names of an Ingress stood in `configuration`, what differs for clients in `overrides`; both are one now.
  const bootstrap = {
    ...bootstrapOf(treeOf(overrides['bootstrap'])),
    ...bootstrapOf(treeOf(configuration['bootstrap'])),
  }
  const byBroker = new Map<unknown, Tree>()
  for (const broker of [...listOf(overrides['brokers']), ...listOf(configuration['brokers'])])
    byBroker.set(broker['broker'], { ...byBroker.get(broker['broker']), ...brokerOf(broker) })
  return {
    ...pick(configuration, 'brokerCertChainAndKey'),
    ...(old['class'] === undefined ? {} : { class: old['class'] }),
    ...(configuration['preferredAddressType'] === undefined
      ? {}
      : { preferredNodePortAddressType: configuration['preferredAddressType'] }),
    ...(Object.keys(bootstrap).length === 0 ? {} : { bootstrap }),
    ...(byBroker.size === 0 ? {} : { brokers: [...byBroker.values()] }),
    ...trafficOf(old, spec),
  }
}

/** The list that the map of a v1beta1 spec means. */
export const listenerList = (spec: Tree): readonly Tree[] => {
  const map = treeOf(get(spec, at('kafka.listeners')))
  const listeners: Tree[] = []
  if (map['plain'] !== undefined)
    listeners.push({ name: 'plain', port: 9092, type: 'internal', tls: false, ...carried(treeOf(map['plain'])) })
  if (map['tls'] !== undefined) {
    const tls = treeOf(map['tls'])
    const listener = { name: 'tls', port: 9093, type: 'internal', tls: true, ...carried(tls) }
    listeners.push(withConfiguration(listener, pick(treeOf(tls['configuration']), 'brokerCertChainAndKey')))
  }
  if (map['external'] !== undefined) {
    const old = treeOf(map['external'])
    const tls = old['type'] === 'route' || old['tls'] !== false
    const listener = { name: 'external', port: 9094, type: old['type'], tls, ...carried(old) }
    listeners.push(withConfiguration(listener, externalConfiguration(old, spec)))
  }
  return listeners
}

/** Names that the map has no listener for. */
export const unknownListeners = (spec: Tree): readonly string[] =>
  Object.keys(treeOf(get(spec, at('kafka.listeners')))).filter((name) => !['plain', 'tls', 'external'].includes(name))
