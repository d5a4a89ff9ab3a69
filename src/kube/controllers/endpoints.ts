/** Services → Endpoints and EndpointSlices: which pods answer for them. */
import type { Action, Controller, Obj, Pass } from '../../kube-client/index.ts'
import { type Fields, listOf, numberOf, recordOf, textOf } from '../kinds/read.ts'
import { hasLabels } from '../kinds/selectors.ts'
import { sameJson } from '../schema/node.ts'
import {
  endpointSlices,
  endpoints,
  isDeleted,
  isPodDone,
  isPodReady,
  keyOf,
  ownedBy,
  pods,
  refOf,
  refTo,
  services,
  specOf,
  statusOf,
} from './refs.ts'

export interface EndpointFacts {
  readonly key: string
  /** undefined: gone. */
  readonly service: Obj | undefined
  readonly pods: readonly Obj[]
  readonly endpoints: Obj | undefined
  readonly slices: readonly Obj[]
}

const serviceLabel = 'kubernetes.io/service-name'
const managedLabel = 'endpointslice.kubernetes.io/managed-by'
const manager = 'endpointslice-controller.kubernetes.io'
const headlessLabel = 'service.kubernetes.io/headless'
/** Marks Endpoints as ours, so that those of a person are left alone. */
const endpointsLabel = 'endpoints.kubernetes.io/managed-by'

const selectorOf = (service: Obj): Fields => recordOf(specOf(service)['selector'])
const isServed = (service: Obj | undefined): service is Obj =>
  service !== undefined && !isDeleted(service) && Object.keys(selectorOf(service)).length > 0

export function endpointsController(): Controller<EndpointFacts> {
  return {
    name: 'endpoint-slice-controller',
    concurrency: 8,
    inputs: [
      { kind: services, keys: (service) => [keyOf(service)] },
      {
        kind: pods,
        keys: (pod, view) =>
          view
            .list(services, { namespace: pod.metadata.namespace ?? null })
            .filter((service) => isServed(service) && hasLabels(selectorOf(service), pod.metadata.labels))
            .map(keyOf),
      },
      { kind: endpoints, keys: (one) => [keyOf(one)] },
      {
        kind: endpointSlices,
        keys: ({ metadata }) => {
          const name = metadata.labels?.[serviceLabel]
          return name === undefined ? [] : [`${metadata.namespace}/${name}`]
        },
      },
    ],
    gather: async (key, view) => {
      const ref = refOf(key)
      const service = view.get(services, ref)
      const selected = isServed(service)
        ? view
            .list(pods, { namespace: ref.namespace })
            .filter(({ metadata }) => hasLabels(selectorOf(service), metadata.labels))
        : []
      return {
        key,
        service,
        pods: selected,
        endpoints: view.get(endpoints, ref),
        slices: view
          .list(endpointSlices, { namespace: ref.namespace })
          .filter(
            ({ metadata }) =>
              metadata.labels?.[serviceLabel] === ref.name && metadata.labels?.[managedLabel] === manager,
          ),
      }
    },
    plan: (_key, facts) => planEndpoints(facts),
  }
}

interface Answering {
  readonly pod: Obj
  readonly isReady: boolean
  readonly ports: readonly Fields[]
}

export function planEndpoints({ service, pods, endpoints: standing, slices }: EndpointFacts): Pass {
  if (!isServed(service)) {
    const isOurs = standing?.metadata.labels?.[endpointsLabel] !== undefined && service === undefined
    return { actions: isOurs ? [removal(endpoints, standing)] : [] }
  }
  const answering = pods.filter(isAddressed).map((pod) => answer(pod, service))
  return { actions: [...planOld(service, answering, standing), ...planSlices(service, answering, slices)] }
}

const isAddressed = (pod: Obj): boolean => textOf(statusOf(pod)['podIP']) !== '' && !isPodDone(pod)

function answer(pod: Obj, service: Obj): Answering {
  const always = specOf(service)['publishNotReadyAddresses'] === true
  return { pod, isReady: always || (isPodReady(pod) && !isDeleted(pod)), ports: portsOf(pod, service) }
}

/** The service's ports as this pod has them: a named target port is looked up in its containers. */
function portsOf(pod: Obj, service: Obj): Fields[] {
  const containers = [...listOf(specOf(pod)['containers']), ...listOf(specOf(pod)['initContainers'])].map(recordOf)
  const named = containers.flatMap((container) => listOf(container['ports']).map(recordOf))
  return listOf(specOf(service)['ports'])
    .map(recordOf)
    .flatMap((port) => {
      const target = port['targetPort'] ?? port['port']
      const protocol = textOf(port['protocol']) || 'TCP'
      const found = named.find((one) => one['name'] === target && (textOf(one['protocol']) || 'TCP') === protocol)
      const number = typeof target === 'number' ? target : numberOf(found?.['containerPort'])
      if (number === 0) return []
      const appProtocol = port['appProtocol']
      return [
        { name: textOf(port['name']), port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) },
      ]
    })
}

const targetOf = ({ metadata }: Obj): Fields => ({
  kind: 'Pod',
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
})

function hostnameOf(pod: Obj, service: Obj): Fields {
  const { hostname, subdomain } = specOf(pod)
  return textOf(hostname) !== '' && subdomain === service.metadata.name ? { hostname } : {}
}

/** Pods with the same ports, in the order of names. */
function byPorts(answering: readonly Answering[]): Answering[][] {
  const groups = new Map<string, Answering[]>()
  for (const one of [...answering].sort((a, b) => (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1))) {
    const key = JSON.stringify(one.ports)
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.keys()].sort().map((key) => groups.get(key)!)
}

function planOld(service: Obj, answering: readonly Answering[], standing: Obj | undefined): Action[] {
  const addressOf = ({ pod }: Answering): Fields => ({
    ip: textOf(statusOf(pod)['podIP']),
    ...hostnameOf(pod, service),
    nodeName: specOf(pod)['nodeName'],
    targetRef: targetOf(pod),
  })
  const subsets = byPorts(answering.filter(({ pod, isReady }) => isReady || !isDeleted(pod))).map((group) => {
    const ready = group.filter(({ isReady }) => isReady).map(addressOf)
    const other = group.filter(({ isReady }) => !isReady).map(addressOf)
    const ports = group[0]!.ports.map(({ name, ...port }) => (name === '' ? port : { name, ...port }))
    return {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(other.length > 0 ? { notReadyAddresses: other } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    }
  })
  if (standing === undefined) {
    const { name, namespace, labels = {} } = service.metadata
    const object = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name, namespace: namespace!, labels: { ...labels, [endpointsLabel]: 'endpoint-controller' } },
      ...(subsets.length > 0 ? { subsets } : {}),
    }
    return [{ do: 'create', kind: endpoints, object }]
  }
  if (sameJson(standing['subsets'] ?? [], subsets)) return []
  return [{ do: 'merge', kind: endpoints, ref: refTo(standing), patch: { subsets } }]
}

function planSlices(service: Obj, answering: readonly Answering[], standing: readonly Obj[]): Action[] {
  const wanted = byPorts(answering).map((group) => ({
    ports: group[0]!.ports,
    endpoints: group.map(({ pod, isReady }) => ({
      addresses: [textOf(statusOf(pod)['podIP'])],
      conditions: { ready: isReady, serving: isReady || isPodReady(pod), terminating: isDeleted(pod) },
      ...hostnameOf(pod, service),
      nodeName: specOf(pod)['nodeName'],
      targetRef: targetOf(pod),
    })),
  }))
  // A service without pods has one slice all the same.
  if (wanted.length === 0) wanted.push({ ports: [], endpoints: [] })
  const free = [...standing]
  const actions = wanted.flatMap(({ ports, endpoints }): Action[] => {
    const at = free.findIndex((slice) => sameJson(slice['ports'] ?? [], ports))
    const slice = at >= 0 ? free.splice(at, 1)[0]! : free.shift()
    if (slice === undefined)
      return [{ do: 'create', kind: endpointSlices, object: newSlice(service, ports, endpoints) }]
    const isSame = sameJson(slice['ports'] ?? [], ports) && sameJson(slice['endpoints'] ?? [], endpoints)
    return isSame ? [] : [{ do: 'merge', kind: endpointSlices, ref: refTo(slice), patch: { ports, endpoints } }]
  })
  return [...actions, ...free.map((slice) => removal(endpointSlices, slice))]
}

function newSlice(service: Obj, ports: readonly Fields[], endpoints: readonly Fields[]): Obj {
  const { name, namespace, labels = {} } = service.metadata
  const isHeadless = specOf(service)['clusterIP'] === 'None'
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: '',
      generateName: `${name}-`,
      namespace: namespace!,
      labels: {
        ...labels,
        [serviceLabel]: name,
        [managedLabel]: manager,
        ...(isHeadless ? { [headlessLabel]: '' } : {}),
      },
      ownerReferences: [ownedBy(service)],
    },
    addressType: 'IPv4',
    endpoints,
    ports,
  }
}

const removal = (kind: typeof endpoints, object: Obj): Action => ({
  do: 'delete',
  kind,
  ref: refTo(object),
  ...(object.metadata.uid === undefined ? {} : { uid: object.metadata.uid }),
})
