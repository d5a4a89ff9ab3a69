/** Listeners: how they are called in ports, services and configuration, and what may be said of them. */
import { names } from '../names.ts'
import type { KafkaNodePool, Listener, ListenerBroker } from '../resource-types.ts'
import type { Problem } from './problems.ts'

export interface NodeRef {
  readonly id: number
  readonly pod: string
  readonly pool: KafkaNodePool
  readonly isBroker: boolean
  readonly isController: boolean
}

/** As Kafka's configuration calls the listener. */
export const listenerId = (l: Listener): string => `${l.name}-${l.port}`.toUpperCase()

/** The first three keep the names they had before listeners were a list. */
export function portName(l: Listener): string {
  if (l.type === 'internal' && l.name === 'plain' && l.port === 9092) return 'tcp-clients'
  if (l.type === 'internal' && l.name === 'tls' && l.port === 9093) return 'tcp-clientstls'
  if (l.name === 'external' && l.port === 9094) return 'tcp-external'
  return `tcp-${l.name}`
}

export const bootstrapServiceName = (cluster: string, l: Listener): string =>
  l.type === 'internal' ? names.bootstrapService(cluster) : `${cluster}-kafka-${l.name}-bootstrap`

export const brokerServiceName = (cluster: string, l: Listener, node: NodeRef): string => {
  const base = names.podSet(cluster, node.pool.metadata.name)
  return l.name === 'external' && l.port === 9094 ? `${base}-${node.id}` : `${base}-${l.name}-${node.id}`
}

/** Those with a service for each broker. */
export const hasOwnServices = (l: Listener): boolean => l.type === 'cluster-ip' || l.type === 'nodeport'

export const brokerOverride = (l: Listener, id: number): ListenerBroker | undefined =>
  l.configuration?.brokers?.find((b) => b.broker === id)

const render = (template: string, node: NodeRef): string =>
  template.replaceAll('{nodeId}', String(node.id)).replaceAll('{nodePodName}', node.pod)

export function advertisedHostOf(l: Listener, node: NodeRef): string | null {
  const template = l.configuration?.advertisedHostTemplate
  return brokerOverride(l, node.id)?.advertisedHost ?? (template === undefined ? null : render(template, node))
}

export function advertisedPortOf(l: Listener, node: NodeRef): number | null {
  const template = l.configuration?.advertisedPortTemplate
  const stated = brokerOverride(l, node.id)?.advertisedPort
  return stated ?? (template === undefined ? null : arithmetic(template.replaceAll('{nodeId}', String(node.id))))
}

/** Sums, differences and products of whole numbers, with parentheses; null for anything else. */
export function arithmetic(text: string): number | null {
  const tokens = text.match(/\d{1,9}|[-+*()]|\S/g) ?? []
  let at = 0
  const factor = (depth: number): number => {
    const token = tokens[at++] ?? ''
    if (token === '(' && depth < 50) {
      const value = sum(depth + 1)
      return tokens[at++] === ')' ? value : Number.NaN
    }
    return /^\d+$/.test(token) ? Number(token) : Number.NaN
  }
  const product = (depth: number): number => {
    let value = factor(depth)
    while (tokens[at] === '*') {
      at++
      value *= factor(depth)
    }
    return value
  }
  const sum = (depth: number): number => {
    let value = product(depth)
    while (tokens[at] === '+' || tokens[at] === '-') value += (tokens[at++] === '-' ? -1 : 1) * product(depth)
    return value
  }
  const value = sum(0)
  return at === tokens.length && Number.isSafeInteger(value) && value > 0 && value < 65_536 ? value : null
}

const forbiddenPorts: readonly number[] = [9404, 9999]

/** Options of `configuration` that only some types have. */
const optionTypes: readonly (readonly [option: string, types: readonly string[]])[] = [
  ['class', ['ingress', 'loadbalancer']],
  ['preferredNodePortAddressType', ['nodeport']],
  ['externalTrafficPolicy', ['loadbalancer', 'nodeport']],
  ['loadBalancerSourceRanges', ['loadbalancer']],
  ['allocateLoadBalancerNodePorts', ['loadbalancer']],
  ['finalizers', ['loadbalancer']],
  ['hostTemplate', ['route', 'ingress', 'tlsroute']],
  ['parentRefs', ['tlsroute']],
  ['useServiceDnsDomain', ['internal', 'cluster-ip']],
  ['ipFamilyPolicy', ['cluster-ip', 'nodeport', 'loadbalancer', 'route', 'ingress', 'tlsroute']],
  ['ipFamilies', ['cluster-ip', 'nodeport', 'loadbalancer', 'route', 'ingress', 'tlsroute']],
  ['publishNotReadyAddresses', ['cluster-ip', 'nodeport', 'loadbalancer', 'route', 'ingress', 'tlsroute']],
]
const bootstrapOptionTypes: readonly (readonly [option: string, types: readonly string[]])[] = [
  ['nodePort', ['nodeport', 'loadbalancer']],
  ['host', ['route', 'ingress', 'tlsroute']],
  ['loadBalancerIP', ['loadbalancer']],
  ['externalIPs', ['nodeport']],
]

/** All that is wrong with the listeners, whatever the brokers can do. */
export function listenerProblems(listeners: readonly Listener[]): Problem[] {
  const wrong: string[] = []
  const twice = (values: readonly (string | number)[]) => values.filter((v, i) => values.indexOf(v) !== i)
  for (const name of new Set(twice(listeners.map((l) => l.name)))) wrong.push(`two listeners are named ${name}`)
  for (const port of new Set(twice(listeners.map((l) => l.port)))) wrong.push(`two listeners have port ${port}`)
  for (const l of listeners) {
    const the = `listener ${l.name}`
    if (!/^[a-z0-9]{1,11}$/.test(l.name)) wrong.push(`${the}: a name has 1 to 11 of a-z and 0-9`)
    if (l.port < 9092 || l.port > 65_535 || forbiddenPorts.includes(l.port)) {
      wrong.push(`${the}: port ${l.port} is not free for listeners (9092 and above, without 9404 and 9999)`)
    }
    if (!l.tls && ['route', 'ingress', 'tlsroute'].includes(l.type))
      wrong.push(`${the}: type ${l.type} needs tls: true`)
    if (!l.tls && l.authentication?.type === 'tls') wrong.push(`${the}: authentication tls needs tls: true`)
    const c = l.configuration
    if (!c) continue
    const stated: Readonly<Record<string, unknown>> = { ...c }
    const certificate = c.brokerCertChainAndKey
    if (certificate) {
      if (!l.tls) wrong.push(`${the}: brokerCertChainAndKey needs tls: true`)
      if (!certificate.secretName || !certificate.certificate || !certificate.key) {
        wrong.push(`${the}: brokerCertChainAndKey needs secretName, certificate and key`)
      }
    }
    for (const [option, types] of optionTypes) {
      if (stated[option] !== undefined && !types.includes(l.type)) {
        wrong.push(`${the}: ${option} belongs to listeners of type ${types.join(', ')}, not ${l.type}`)
      }
    }
    if (c.createBootstrapService === false && l.type !== 'loadbalancer') {
      wrong.push(`${the}: createBootstrapService belongs to listeners of type loadbalancer, not ${l.type}`)
    }
    for (const part of [c.bootstrap, ...(c.brokers ?? [])] as (Record<string, unknown> | undefined)[]) {
      for (const [option, types] of bootstrapOptionTypes) {
        if (part?.[option] !== undefined && !types.includes(l.type)) {
          wrong.push(`${the}: ${option} belongs to listeners of type ${types.join(', ')}, not ${l.type}`)
        }
      }
    }
    const template = c.advertisedPortTemplate
    if (template !== undefined && arithmetic(template.replaceAll('{nodeId}', '1')) === null) {
      wrong.push(`${the}: advertisedPortTemplate '${template}' is not a sum or product of numbers and {nodeId}`)
    }
  }
  return wrong.length === 0
    ? []
    : [{ reason: 'InvalidResourceException', message: `spec.kafka.listeners: ${wrong.join('; ')}` }]
}
