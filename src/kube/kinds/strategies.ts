/** What the API server sets by itself on objects of built-in kinds: what admission plugins and allocators do elsewhere. */
import { ApiError, type Obj, timestampOf } from '../../kube-client/index.ts'
import type { Strategy, StrategyContext } from '../kind.ts'
import { bagsOf, type Fields, listOf, numberOf, recordOf, textOf } from './read.ts'

export interface ClusterAddresses {
  /** An address for a Service that is not taken; `wanted`: this one. null: none is left, or it is taken or not ours. */
  take(taken: ReadonlySet<string>, wanted: string | null): string | null
}

export type Prepare = NonNullable<Strategy['prepare']>

const specOf = (object: Obj): Fields => recordOf(object['spec'])
const withSpec = (object: Obj, spec: Fields): Obj => ({ ...object, spec })
const withFinalizer = (object: Obj, finalizer: string): Obj => {
  const finalizers = object.metadata.finalizers ?? []
  if (finalizers.includes(finalizer)) return object
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } }
}

const tolerationSeconds = 300
const nodeTroubles = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const

/** A new pod: its service account, priority and tolerations, and that it waits. */
const preparePod: Prepare = (next, prev) => {
  if (prev !== null) return next
  const spec: Record<string, unknown> = { ...specOf(next) }
  spec['serviceAccountName'] ??= 'default'
  spec['serviceAccount'] = spec['serviceAccountName']
  spec['priority'] ??= 0
  spec['preemptionPolicy'] ??= 'PreemptLowerPriority'
  const tolerations = listOf(spec['tolerations'])
  const tolerated = new Set(tolerations.map((one) => textOf(recordOf(one)['key'])))
  const added = nodeTroubles
    .filter((key) => !tolerated.has(key) && !tolerated.has(''))
    .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }))
  if (tolerations.length + added.length > 0) spec['tolerations'] = [...tolerations, ...added]
  return { ...next, spec, status: { phase: 'Pending', qosClass: qosClass(spec) } }
}

/** `Guaranteed` when every container's limits are its requests, `BestEffort` when there are none. */
export function qosClass(spec: Fields): string {
  const containers = [...listOf(spec['initContainers']), ...listOf(spec['containers'])].map((one) =>
    recordOf(recordOf(one)['resources']),
  )
  const all = (key: string): Fields[] => containers.map((resources) => recordOf(resources[key]))
  const isEmpty = (map: Fields): boolean => map['cpu'] === undefined && map['memory'] === undefined
  if (all('limits').every(isEmpty) && all('requests').every(isEmpty)) return 'BestEffort'
  const isGuaranteed = containers.every((resources) => {
    const limits = recordOf(resources['limits'])
    const requests = recordOf(resources['requests'])
    return ['cpu', 'memory'].every((name) => limits[name] !== undefined && limits[name] === requests[name])
  })
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}

const pod: Strategy = {
  prepare: preparePod,
  graceSeconds: (object, asked) => {
    const phase = recordOf(object['status'])['phase']
    if (textOf(specOf(object)['nodeName']) === '' || phase === 'Succeeded' || phase === 'Failed') return 0
    return asked ?? numberOf(specOf(object)['terminationGracePeriodSeconds'])
  },
}

const namespace: Strategy = {
  prepare: (next, prev) =>
    prev === null ? { ...next, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } } : next,
  prepareDelete: (object) => ({ ...object, status: { ...recordOf(object['status']), phase: 'Terminating' } }),
  isHeld: (object) => listOf(specOf(object)['finalizers']).length > 0,
}

const defaultClass = 'storageclass.kubernetes.io/is-default-class'

const claim: Strategy = {
  prepare: (next, prev, context) => {
    if (prev !== null) return next
    const spec: Record<string, unknown> = { ...specOf(next) }
    if (spec['storageClassName'] === undefined) {
      const annotated = next.metadata.annotations?.['volume.beta.kubernetes.io/storage-class']
      const name = annotated === undefined ? defaultClassName(context) : undefined
      if (name !== undefined) spec['storageClassName'] = name
    }
    return { ...withFinalizer(withSpec(next, spec), 'kubernetes.io/pvc-protection'), status: { phase: 'Pending' } }
  },
}

/** The newest of those that say they are it. */
function defaultClassName(context: StrategyContext): string | undefined {
  const candidates = [...context.all('storage.k8s.io', 'storageclasses')].filter(
    ({ metadata }) => metadata.annotations?.[defaultClass] === 'true',
  )
  const newest = candidates.sort((a, b) =>
    textOf(b.metadata.creationTimestamp).localeCompare(textOf(a.metadata.creationTimestamp)),
  )
  return newest[0]?.metadata.name
}

const persistentVolume: Strategy = {
  prepare: (next, prev, { nowMs }) => {
    if (prev !== null) return next
    const status = { phase: 'Pending', lastPhaseTransitionTime: timestampOf(nowMs) }
    return { ...withFinalizer(next, 'kubernetes.io/pv-protection'), status }
  },
}

const nodePortFirst = 30_000
const nodePortLast = 32_767

/** Cluster IP and node ports: kept from before, as asked, or the next that is free. */
function prepareService(addresses: ClusterAddresses): Prepare {
  return (next, prev, context) => {
    const spec: Record<string, unknown> = { ...specOf(next) }
    const before = prev === null ? {} : specOf(prev)
    if (spec['type'] === 'ExternalName') {
      for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) delete spec[key]
    } else {
      const asked = textOf(spec['clusterIP']) || textOf(listOf(spec['clusterIPs'])[0]) || textOf(before['clusterIP'])
      const kept = asked === textOf(before['clusterIP']) && asked !== ''
      const ip = asked === 'None' || kept ? asked : allocate(addresses, next, asked, context)
      Object.assign(spec, { clusterIP: ip, clusterIPs: [ip] })
      spec['ipFamilies'] ??= ['IPv4']
      spec['ipFamilyPolicy'] ??= 'SingleStack'
    }
    if (spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer') {
      spec['ports'] = withNodePorts(listOf(spec['ports']).map(recordOf), before, next, context)
    } else if (prev !== null && before['type'] !== spec['type']) {
      spec['ports'] = bagsOf(spec['ports']).map(({ nodePort: _, ...port }) => port)
    }
    const status = prev === null ? { status: { loadBalancer: {} } } : {}
    return { ...next, spec, ...status }
  }
}

const otherServices = (self: Obj, context: StrategyContext): Fields[] =>
  [...context.all('', 'services')].filter(({ metadata }) => metadata.uid !== self.metadata.uid).map(specOf)

function allocate(addresses: ClusterAddresses, self: Obj, asked: string, context: StrategyContext): string {
  const taken = new Set(otherServices(self, context).map((spec) => textOf(spec['clusterIP'])))
  const ip = addresses.take(taken, asked === '' ? null : asked)
  if (ip !== null) return ip
  if (asked === '') {
    throw new ApiError({
      code: 500,
      reason: 'InternalError',
      message: 'Internal error occurred: failed to allocate a serviceIP: range is full',
    })
  }
  const why = taken.has(asked) ? 'provided IP is already allocated' : 'provided IP is not in the valid range'
  const detail = `failed to allocate IP ${asked}: ${why}`
  throw refused(self, 'spec.clusterIPs', `Invalid value: ["${asked}"]: ${detail}`)
}

function withNodePorts(ports: readonly Fields[], before: Fields, self: Obj, context: StrategyContext): Fields[] {
  const taken = new Set(
    otherServices(self, context).flatMap((spec) =>
      listOf(spec['ports']).map((port) => numberOf(recordOf(port)['nodePort'])),
    ),
  )
  const old = listOf(before['ports']).map(recordOf)
  for (const port of ports) if (numberOf(port['nodePort']) > 0) checkNodePort(port, taken, self)
  for (const port of ports) taken.add(numberOf(port['nodePort']))
  return ports.map((port) => {
    if (numberOf(port['nodePort']) > 0) return port
    const same = old.find((one) => one['port'] === port['port'] && one['protocol'] === port['protocol'])
    const kept = numberOf(same?.['nodePort'])
    let free = kept > 0 && !taken.has(kept) ? kept : nodePortFirst
    while (taken.has(free)) free++
    if (free > nodePortLast) throw refused(self, 'spec.ports', 'Internal error: range is full')
    taken.add(free)
    return { ...port, nodePort: free }
  })
}

function checkNodePort(port: Fields, taken: ReadonlySet<number>, self: Obj): void {
  const asked = numberOf(port['nodePort'])
  if (asked < nodePortFirst || asked > nodePortLast) {
    const detail = `provided port is not in the valid range. The range of valid ports is ${nodePortFirst}-${nodePortLast}`
    throw refused(self, 'spec.ports[0].nodePort', `Invalid value: ${asked}: ${detail}`)
  }
  if (taken.has(asked)) {
    throw refused(self, 'spec.ports[0].nodePort', `Invalid value: ${asked}: provided port is already allocated`)
  }
}

function refused(self: Obj, field: string, message: string): ApiError {
  const { name } = self.metadata
  return new ApiError({
    code: 422,
    reason: 'Invalid',
    message: `${self.kind} ${JSON.stringify(name)} is invalid: ${field}: ${message}`,
    details: { name, kind: self.kind, causes: [{ reason: 'FieldValueInvalid', message, field }] },
  })
}

const cleanup = 'customresourcecleanup.apiextensions.k8s.io'
const noNames = { plural: '', kind: '' }

const definition: Strategy = {
  prepare: (next, prev) => {
    if (prev !== null) return next
    const storage = listOf(specOf(next)['versions'])
      .map(recordOf)
      .find((version) => version['storage'] === true)
    const storedVersions = storage === undefined ? [] : [textOf(storage['name'])]
    return { ...next, status: { conditions: null, acceptedNames: noNames, storedVersions } }
  },
  prepareDelete: (object) => withFinalizer(object, cleanup),
}

export function strategiesOf(addresses: ClusterAddresses): Readonly<Record<string, Strategy>> {
  return {
    'core.Pod': pod,
    'core.Namespace': namespace,
    'core.Service': { prepare: prepareService(addresses) },
    'core.PersistentVolumeClaim': claim,
    'core.PersistentVolume': persistentVolume,
    'apiextensions.CustomResourceDefinition': definition,
  }
}
