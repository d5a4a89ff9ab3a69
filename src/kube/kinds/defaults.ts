/** What the API server fills in for built-in kinds when an object is read. Objects are ours to write into. */
import { base64Encode, utf8Encode } from '../../bytes/index.ts'
import { type Bag, bagAt, bagIf, bagsOf, recordOf, setDefault, textOf } from './read.ts'

type Defaults = (object: Bag) => void

const terminationMessagePath = '/dev/termination-log'
/** 0644 */
const fileMode = 0o644

/** A pod template's spec, or a pod's. */
export function podSpecDefaults(spec: Bag | undefined): void {
  if (spec === undefined) return
  for (const volume of bagsOf(spec['volumes'])) volumeDefaults(volume)
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of bagsOf(spec[list])) containerDefaults(container)
  }
  setDefault(spec, 'dnsPolicy', 'ClusterFirst')
  setDefault(spec, 'restartPolicy', 'Always')
  setDefault(spec, 'securityContext', {})
  setDefault(spec, 'terminationGracePeriodSeconds', 30)
  setDefault(spec, 'schedulerName', 'default-scheduler')
  // The old name of the field is kept in step with the new one.
  const account = textOf(spec['serviceAccountName']) || textOf(spec['serviceAccount'])
  if (account !== '') Object.assign(spec, { serviceAccountName: account, serviceAccount: account })
  if (spec['hostNetwork'] === true) {
    for (const container of [...bagsOf(spec['containers']), ...bagsOf(spec['initContainers'])]) {
      for (const port of bagsOf(container['ports'])) setDefault(port, 'hostPort', port['containerPort'])
    }
  }
}

const volumeSources: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  secret: { defaultMode: fileMode },
  configMap: { defaultMode: fileMode },
  downwardAPI: { defaultMode: fileMode },
  projected: { defaultMode: fileMode },
  hostPath: { type: '' },
  iscsi: { iscsiInterface: 'default' },
}

function volumeDefaults(volume: Bag): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume['emptyDir'] = {}
  for (const [source, defaults] of Object.entries(volumeSources)) {
    const given = bagIf(volume, source)
    if (given === undefined) continue
    for (const [key, value] of Object.entries(defaults)) if (given[key] === undefined) given[key] = value
  }
  for (const item of bagsOf(bagIf(volume, 'downwardAPI')?.['items'])) fieldRefDefaults(item)
  for (const source of bagsOf(bagIf(volume, 'projected')?.['sources'])) {
    const token = bagIf(source, 'serviceAccountToken')
    if (token !== undefined) setDefault(token, 'expirationSeconds', 3600)
    for (const item of bagsOf(bagIf(source, 'downwardAPI')?.['items'])) fieldRefDefaults(item)
  }
  const claim = bagIf(bagIf(bagIf(volume, 'ephemeral'), 'volumeClaimTemplate'), 'spec')
  if (claim !== undefined) setDefault(claim, 'volumeMode', 'Filesystem')
}

function fieldRefDefaults(holder: Bag): void {
  const ref = bagIf(holder, 'fieldRef')
  if (ref !== undefined) setDefault(ref, 'apiVersion', 'v1')
}

function containerDefaults(container: Bag): void {
  setDefault(container, 'imagePullPolicy', isLatest(textOf(container['image'])) ? 'Always' : 'IfNotPresent')
  setDefault(container, 'terminationMessagePath', terminationMessagePath)
  setDefault(container, 'terminationMessagePolicy', 'File')
  for (const port of bagsOf(container['ports'])) setDefault(port, 'protocol', 'TCP')
  for (const variable of bagsOf(container['env'])) {
    const from = bagIf(variable, 'valueFrom')
    if (from !== undefined) fieldRefDefaults(from)
    const resource = bagIf(from, 'resourceFieldRef')
    if (resource !== undefined) setDefault(resource, 'divisor', '0')
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) probeDefaults(bagIf(container, name))
  for (const hook of ['postStart', 'preStop']) httpDefaults(bagIf(bagIf(container, 'lifecycle'), hook))
}

/** `:latest` or no tag at all. */
function isLatest(image: string): boolean {
  const name = image.slice(image.lastIndexOf('/') + 1)
  if (name.includes('@')) return false
  return !name.includes(':') || name.endsWith(':latest')
}

function probeDefaults(probe: Bag | undefined): void {
  if (probe === undefined) return
  httpDefaults(probe)
  const grpc = bagIf(probe, 'grpc')
  if (grpc !== undefined) setDefault(grpc, 'service', '')
  probe['timeoutSeconds'] ||= 1
  probe['periodSeconds'] ||= 10
  probe['successThreshold'] ||= 1
  probe['failureThreshold'] ||= 3
}

function httpDefaults(handler: Bag | undefined): void {
  const get = bagIf(handler, 'httpGet')
  if (get === undefined) return
  setDefault(get, 'path', '/')
  setDefault(get, 'scheme', 'HTTP')
}

const pod: Defaults = (object) => {
  const spec = bagAt(object, 'spec')
  podSpecDefaults(spec)
  for (const container of [...bagsOf(spec['containers']), ...bagsOf(spec['initContainers'])]) {
    const resources = bagIf(container, 'resources')
    const limits = bagIf(resources, 'limits')
    if (resources !== undefined && limits !== undefined) {
      resources['requests'] = { ...limits, ...recordOf(resources['requests']) }
    }
  }
  setDefault(spec, 'enableServiceLinks', true)
}

const template = (spec: Bag): void => podSpecDefaults(bagIf(bagAt(spec, 'template'), 'spec'))

const deployment: Defaults = (object) => {
  const spec = bagAt(object, 'spec')
  template(spec)
  setDefault(spec, 'replicas', 1)
  const strategy = bagAt(spec, 'strategy')
  setDefault(strategy, 'type', 'RollingUpdate')
  if (strategy['type'] === 'RollingUpdate') {
    const rolling = bagAt(strategy, 'rollingUpdate')
    setDefault(rolling, 'maxUnavailable', '25%')
    setDefault(rolling, 'maxSurge', '25%')
  }
  setDefault(spec, 'revisionHistoryLimit', 10)
  setDefault(spec, 'progressDeadlineSeconds', 600)
}

const replicaSet: Defaults = (object) => {
  const spec = bagAt(object, 'spec')
  template(spec)
  setDefault(spec, 'replicas', 1)
}

const service: Defaults = (object) => {
  const spec = bagAt(object, 'spec')
  setDefault(spec, 'sessionAffinity', 'None')
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig']
  if (spec['sessionAffinity'] === 'ClientIP') {
    setDefault(bagAt(bagAt(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds', 10_800)
  }
  setDefault(spec, 'type', 'ClusterIP')
  for (const port of bagsOf(spec['ports'])) {
    setDefault(port, 'protocol', 'TCP')
    if (port['targetPort'] === 0 || port['targetPort'] === '') delete port['targetPort']
    setDefault(port, 'targetPort', port['port'])
  }
  const type = spec['type']
  const isOutside = type === 'NodePort' || type === 'LoadBalancer' || bagsOf(spec['externalIPs']).length > 0
  if (isOutside) setDefault(spec, 'externalTrafficPolicy', 'Cluster')
  if (type !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster')
  if (type === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true)
}

const namespace: Defaults = (object) => {
  const metadata = bagAt(object, 'metadata')
  const name = textOf(metadata['name'])
  if (name !== '') bagAt(metadata, 'labels')['kubernetes.io/metadata.name'] = name
  setDefault(bagAt(object, 'status'), 'phase', 'Active')
}

const claim: Defaults = (object) => {
  setDefault(bagAt(object, 'spec'), 'volumeMode', 'Filesystem')
  setDefault(bagAt(object, 'status'), 'phase', 'Pending')
}

const volume: Defaults = (object) => {
  const spec = bagAt(object, 'spec')
  volumeDefaults({ name: '', ...spec })
  setDefault(spec, 'persistentVolumeReclaimPolicy', 'Retain')
  setDefault(spec, 'volumeMode', 'Filesystem')
  const hostPath = bagIf(spec, 'hostPath')
  if (hostPath !== undefined && hostPath['type'] === undefined) hostPath['type'] = ''
  setDefault(bagAt(object, 'status'), 'phase', 'Pending')
}

const storageClass: Defaults = (object) => {
  setDefault(object, 'reclaimPolicy', 'Delete')
  setDefault(object, 'volumeBindingMode', 'Immediate')
}

const rbacGroup = 'rbac.authorization.k8s.io'
const binding: Defaults = (object) => {
  const ref = bagIf(object, 'roleRef')
  if (ref !== undefined) setDefault(ref, 'apiGroup', rbacGroup)
  for (const subject of bagsOf(object['subjects'])) {
    if (subject['kind'] !== 'ServiceAccount') setDefault(subject, 'apiGroup', rbacGroup)
  }
}

const endpoints: Defaults = (object) => {
  for (const subset of bagsOf(object['subsets'])) {
    for (const port of bagsOf(subset['ports'])) setDefault(port, 'protocol', 'TCP')
  }
}

const endpointSlice: Defaults = (object) => {
  for (const port of bagsOf(object['ports'])) {
    if (port['name'] === undefined) port['name'] = ''
    setDefault(port, 'protocol', 'TCP')
  }
}

const networkPolicy: Defaults = (object) => {
  const spec = bagAt(object, 'spec')
  for (const rule of [...bagsOf(spec['ingress']), ...bagsOf(spec['egress'])]) {
    for (const port of bagsOf(rule['ports'])) setDefault(port, 'protocol', 'TCP')
  }
  if (spec['policyTypes'] === undefined) {
    spec['policyTypes'] = spec['egress'] === undefined ? ['Ingress'] : ['Ingress', 'Egress']
  }
}

const definition: Defaults = (object) => {
  const spec = bagAt(object, 'spec')
  const names = bagAt(spec, 'names')
  const kind = textOf(names['kind'])
  if (kind !== '') {
    setDefault(names, 'singular', kind.toLowerCase())
    setDefault(names, 'listKind', `${kind}List`)
  }
  setDefault(bagAt(spec, 'conversion'), 'strategy', 'None')
}

/** `stringData` is only a way to write `data`. */
const secret: Defaults = (object) => {
  setDefault(object, 'type', 'Opaque')
  if (object['stringData'] === undefined) return
  const plain = Object.entries(recordOf(object['stringData']))
  delete object['stringData']
  for (const [key, value] of plain) bagAt(object, 'data')[key] = base64Encode(utf8Encode(textOf(value)))
}

/** By message. */
export const defaults: Readonly<Record<string, Defaults>> = {
  'core.Pod': pod,
  'core.Service': service,
  'core.Namespace': namespace,
  'core.Secret': secret,
  'core.Endpoints': endpoints,
  'core.PersistentVolumeClaim': claim,
  'core.PersistentVolume': volume,
  'apps.Deployment': deployment,
  'apps.ReplicaSet': replicaSet,
  'storage.StorageClass': storageClass,
  'rbac.RoleBinding': binding,
  'rbac.ClusterRoleBinding': binding,
  'discovery.EndpointSlice': endpointSlice,
  'networking.NetworkPolicy': networkPolicy,
  'apiextensions.CustomResourceDefinition': definition,
}
