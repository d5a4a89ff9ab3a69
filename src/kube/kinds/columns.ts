/** What `kubectl get` shows of built-in kinds: the API server's own columns and words. */
import { ageOf, type Json, type Obj, timestampMs } from '../../kube-client/index.ts'
import type { Column } from '../kind.ts'
import { listOf, recordOf, textOf } from './read.ts'
import { formatSelector } from './selectors.ts'

type Cell = (object: Obj, nowMs: number) => Json

const column = (name: string, cell: Cell, priority = 0, type: Column['type'] = 'string'): Column => ({
  name,
  type,
  ...(priority > 0 ? { priority } : {}),
  cell,
})
const wide = (name: string, cell: Cell): Column => column(name, cell, 1)
const integer = (name: string, cell: Cell): Column => column(name, cell, 0, 'integer')

const since = (time: unknown, nowMs: number): string =>
  typeof time === 'string' && time !== '' ? ageOf(timestampMs(time), nowMs) : '<unknown>'

const age = column('Age', ({ metadata }, nowMs) => since(metadata.creationTimestamp, nowMs))
const createdAt: Column = {
  name: 'Created At',
  type: 'date',
  cell: ({ metadata }) => metadata.creationTimestamp ?? '<unknown>',
}

/** A value at a path of keys. */
const at = (object: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((value, key) => recordOf(value)[key], object)
const text =
  (...path: string[]): Cell =>
  (object) =>
    textOf(at(object, ...path))
const count =
  (...path: string[]): Cell =>
  (object) =>
    Number(at(object, ...path) ?? 0)
const or =
  (fallback: string, cell: Cell): Cell =>
  (object, nowMs) => {
    const value = cell(object, nowMs)
    return value === '' ? fallback : value
  }

/** `a,b,c + 2 more...` */
function listWithMore(list: readonly string[], max = 3): string {
  const shown = list.slice(0, max).join(',')
  return list.length > max ? `${shown} + ${list.length - max} more...` : list.length === 0 ? '<unset>' : shown
}

const templateColumns = (object: Obj): Readonly<Record<string, unknown>>[] =>
  listOf(at(object, 'spec', 'template', 'spec', 'containers')).map(recordOf)
const containers = wide('Containers', (o) =>
  templateColumns(o)
    .map(({ name }) => textOf(name))
    .join(','),
)
const images = wide('Images', (o) =>
  templateColumns(o)
    .map(({ image }) => textOf(image))
    .join(','),
)
const labelSelector: Cell = (o) => formatSelector(recordOf(at(o, 'spec', 'selector')))

const servicePorts: Cell = (object) => {
  const ports = listOf(at(object, 'spec', 'ports')).map(recordOf)
  const texts = ports.map(({ port, nodePort, protocol }) =>
    Number(nodePort ?? 0) > 0 ? `${port}:${nodePort}/${textOf(protocol)}` : `${port}/${textOf(protocol)}`,
  )
  return texts.length === 0 ? '<none>' : texts.join(',')
}

const externalIp: Cell = (object) => {
  const spec = recordOf(object['spec'])
  const ips = listOf(spec['externalIPs']).map(textOf)
  switch (spec['type']) {
    case 'ExternalName':
      return textOf(spec['externalName'])
    case 'LoadBalancer': {
      const given = listOf(at(object, 'status', 'loadBalancer', 'ingress')).map(recordOf)
      const all = [...given.map(({ ip, hostname }) => textOf(ip ?? hostname)), ...ips]
      return all.length === 0 ? '<pending>' : all.join(',')
    }
    default:
      return ips.length === 0 ? '<none>' : ips.join(',')
  }
}

const endpoints: Cell = (object) => {
  const all: string[] = []
  for (const subset of listOf(object['subsets']).map(recordOf)) {
    const ips = listOf(subset['addresses']).map((address) => textOf(recordOf(address)['ip']))
    const ports = listOf(subset['ports']).map(recordOf)
    if (ports.length === 0) all.push(...ips)
    for (const { port } of ports) all.push(...ips.map((ip) => `${ip}:${port}`))
  }
  return all.length === 0 ? '<none>' : listWithMore(all)
}

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}
const accessModes = (modes: unknown): string => {
  const given = new Set(listOf(modes).map(textOf))
  return Object.keys(shortModes)
    .filter((mode) => given.has(mode))
    .map((mode) => shortModes[mode])
    .join(',')
}

const phase: Cell = (object) =>
  object.metadata.deletionTimestamp === undefined ? textOf(at(object, 'status', 'phase')) : 'Terminating'

const subjects =
  (kind: string): Cell =>
  (object) =>
    listOf(object['subjects'])
      .map(recordOf)
      .filter((subject) => subject['kind'] === kind)
      .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${textOf(namespace)}/${textOf(name)}` : textOf(name)))
      .join(', ')

const nodeStatus: Cell = (object) => {
  const ready = listOf(at(object, 'status', 'conditions'))
    .map(recordOf)
    .find(({ type }) => type === 'Ready')
  const words = [ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady']
  if (at(object, 'spec', 'unschedulable') === true) words.push('SchedulingDisabled')
  return words.join(',')
}
const nodeRoles: Cell = ({ metadata }) => {
  const prefix = 'node-role.kubernetes.io/'
  const roles = Object.keys(metadata.labels ?? {}).filter((label) => label.startsWith(prefix))
  return (
    roles
      .map((label) => label.slice(prefix.length))
      .sort()
      .join(',') || '<none>'
  )
}
const nodeAddress =
  (type: string): Cell =>
  (object) => {
    const found = listOf(at(object, 'status', 'addresses'))
      .map(recordOf)
      .find((one) => one['type'] === type)
    return found === undefined ? '<none>' : textOf(found['address'])
  }
const nodeInfo = (name: string): Cell => or('<unknown>', text('status', 'nodeInfo', name))

const eventTimes = (object: Obj, nowMs: number): { first: string; last: string; count: number } => {
  const first = since(object['firstTimestamp'] ?? object['deprecatedFirstTimestamp'] ?? object['eventTime'], nowMs)
  const lastTime = object['lastTimestamp'] ?? object['deprecatedLastTimestamp']
  const series = recordOf(object['series'])
  const last = typeof series['lastObservedTime'] === 'string' ? since(series['lastObservedTime'], nowMs) : null
  return {
    first,
    last: last ?? (typeof lastTime === 'string' ? since(lastTime, nowMs) : first),
    count: Number(series['count'] ?? object['count'] ?? object['deprecatedCount'] ?? 1) || 1,
  }
}
const eventTarget: Cell = (object) => {
  const { kind, name } = recordOf(object['involvedObject'] ?? object['regarding'])
  return [textOf(kind).toLowerCase(), textOf(name)].filter((part) => part !== '').join('/')
}
const eventSource: Cell = (object) => {
  const source = recordOf(object['source'] ?? object['deprecatedSource'])
  const component = textOf(source['component'] ?? object['reportingComponent'] ?? object['reportingController'])
  const instance = textOf(source['host'] ?? object['reportingInstance'])
  return instance === '' ? component : `${component}, ${instance}`
}

const unset: Cell = () => '<unset>'
const isDefaultClass = (object: Obj): boolean =>
  object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'

/** By resource; Name comes first where no column is called so. Pods have their own file. */
export const columns = {
  namespaces: [column('Status', phase), age],
  services: [
    column('Type', text('spec', 'type')),
    column('Cluster-IP', or('<none>', text('spec', 'clusterIP'))),
    column('External-IP', externalIp),
    column('Port(s)', servicePorts),
    age,
    wide('Selector', (o) => formatLabels(recordOf(at(o, 'spec', 'selector')))),
  ],
  endpoints: [column('Endpoints', endpoints), age],
  endpointslices: [
    column('AddressType', text('addressType')),
    column('Ports', (o) =>
      listWithMore(
        listOf(o['ports'])
          .map(recordOf)
          .map(({ port, name }) => (port === undefined ? textOf(name ?? '*') : String(port))),
      ),
    ),
    column('Endpoints', (o) =>
      listWithMore(listOf(o['endpoints']).flatMap((one) => listOf(recordOf(one)['addresses']).map(textOf))),
    ),
    age,
  ],
  configmaps: [column('Data', (o) => sizeOf(o['data']) + sizeOf(o['binaryData'])), age],
  secrets: [column('Type', text('type')), column('Data', (o) => sizeOf(o['data'])), age],
  serviceaccounts: [age],
  roles: [createdAt],
  clusterroles: [createdAt],
  rolebindings: bindingColumns(),
  clusterrolebindings: bindingColumns(),
  deployments: [
    column('Ready', (o) => `${at(o, 'status', 'readyReplicas') ?? 0}/${at(o, 'spec', 'replicas') ?? 0}`),
    column('Up-to-date', count('status', 'updatedReplicas')),
    column('Available', count('status', 'availableReplicas')),
    age,
    containers,
    images,
    wide('Selector', labelSelector),
  ],
  replicasets: [
    integer('Desired', count('spec', 'replicas')),
    integer('Current', count('status', 'replicas')),
    integer('Ready', count('status', 'readyReplicas')),
    age,
    containers,
    images,
    wide('Selector', labelSelector),
  ],
  persistentvolumeclaims: [
    column('Status', phase),
    column('Volume', text('spec', 'volumeName')),
    column('Capacity', (o) => (at(o, 'spec', 'volumeName') ? textOf(at(o, 'status', 'capacity', 'storage')) : '')),
    column('Access Modes', (o) => (at(o, 'spec', 'volumeName') ? accessModes(at(o, 'status', 'accessModes')) : '')),
    column('StorageClass', text('spec', 'storageClassName')),
    column('VolumeAttributesClass', unset),
    age,
    wide('VolumeMode', or('<unset>', text('spec', 'volumeMode'))),
  ],
  persistentvolumes: [
    column('Capacity', text('spec', 'capacity', 'storage')),
    column('Access Modes', (o) => accessModes(at(o, 'spec', 'accessModes'))),
    column('Reclaim Policy', text('spec', 'persistentVolumeReclaimPolicy')),
    column('Status', phase),
    column('Claim', (o) => {
      const { namespace, name } = recordOf(at(o, 'spec', 'claimRef'))
      return name === undefined ? '' : `${textOf(namespace)}/${textOf(name)}`
    }),
    column('StorageClass', text('spec', 'storageClassName')),
    column('VolumeAttributesClass', unset),
    column('Reason', text('status', 'reason')),
    age,
    wide('VolumeMode', or('<unset>', text('spec', 'volumeMode'))),
  ],
  storageclasses: [
    column('Name', (o) => `${o.metadata.name}${isDefaultClass(o) ? ' (default)' : ''}`),
    column('Provisioner', text('provisioner')),
    column('ReclaimPolicy', or('Delete', text('reclaimPolicy'))),
    column('VolumeBindingMode', or('Immediate', text('volumeBindingMode'))),
    column('AllowVolumeExpansion', (o) => o['allowVolumeExpansion'] === true),
    age,
  ],
  poddisruptionbudgets: [
    column('Min Available', or('N/A', text('spec', 'minAvailable'))),
    column('Max Unavailable', or('N/A', text('spec', 'maxUnavailable'))),
    integer('Allowed Disruptions', count('status', 'disruptionsAllowed')),
    age,
  ],
  events: [
    column('Last Seen', (o, nowMs) => eventTimes(o, nowMs).last),
    column('Type', text('type')),
    column('Reason', text('reason')),
    column('Object', eventTarget),
    wide('Subobject', (o) => textOf(recordOf(o['involvedObject'] ?? o['regarding'])['fieldPath'])),
    wide('Source', eventSource),
    column('Message', (o) => textOf(o['message'] ?? o['note']).trim()),
    wide('First Seen', (o, nowMs) => eventTimes(o, nowMs).first),
    wide('Count', (o, nowMs) => eventTimes(o, nowMs).count),
    wide('Name', (o) => o.metadata.name),
  ],
  leases: [column('Holder', text('spec', 'holderIdentity')), age],
  nodes: [
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    age,
    column('Version', text('status', 'nodeInfo', 'kubeletVersion')),
    wide('Internal-IP', nodeAddress('InternalIP')),
    wide('External-IP', nodeAddress('ExternalIP')),
    wide('OS-Image', nodeInfo('osImage')),
    wide('Kernel-Version', nodeInfo('kernelVersion')),
    wide('Container-Runtime', nodeInfo('containerRuntimeVersion')),
  ],
  networkpolicies: [column('Pod-Selector', (o) => formatSelector(recordOf(at(o, 'spec', 'podSelector')))), age],
  ingresses: [
    column('Class', or('<none>', text('spec', 'ingressClassName'))),
    column('Hosts', (o) => {
      const hosts = listOf(at(o, 'spec', 'rules')).map((rule) => textOf(recordOf(rule)['host']))
      const named = hosts.filter((host) => host !== '')
      return named.length === 0 ? '*' : listWithMore(named)
    }),
    column('Address', () => ''),
    column('Ports', (o) => (listOf(at(o, 'spec', 'tls')).length > 0 ? '80, 443' : '80')),
    age,
  ],
  ingressclasses: [column('Controller', text('spec', 'controller')), column('Parameters', () => '<none>'), age],
  customresourcedefinitions: [createdAt],
} as const satisfies Readonly<Record<string, readonly Column[]>>

function bindingColumns(): readonly Column[] {
  return [
    column('Role', (o) => `${textOf(at(o, 'roleRef', 'kind'))}/${textOf(at(o, 'roleRef', 'name'))}`),
    age,
    wide('Users', subjects('User')),
    wide('Groups', subjects('Group')),
    wide('ServiceAccounts', subjects('ServiceAccount')),
  ]
}

function formatLabels(labels: Readonly<Record<string, unknown>>): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${textOf(labels[key])}`)
  return pairs.length === 0 ? '<none>' : pairs.join(',')
}

function sizeOf(map: unknown): number {
  return Object.keys(recordOf(map)).length
}
