/** What is wrong with objects of built-in kinds, by message; in the API server's words. */
import type { Obj } from '../../kube-client/index.ts'
import type { FieldError } from '../kind.ts'
import { duplicate, forbidden, invalid, notSupported, required } from '../schema/errors.ts'
import { sameJson } from '../schema/node.ts'
import { structuredCopy } from '../schema/shape.ts'
import {
  configKeyErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  each,
  labelValueErrors,
  nonnegative,
  portErrors,
  portNameErrors,
  qualifiedNameErrors,
} from './names.ts'
import { oneOf, podSpecErrors, podUpdateErrors } from './pod-validation.ts'
import { quantityNanos } from './quantity.ts'
import { type Bag, bagAt, type Fields, listOf, numberOf, recordOf, textOf } from './read.ts'
import { selects } from './selectors.ts'

export type Validate = (next: Obj, prev: Obj | null) => FieldError[]

const specOf = (object: Obj): Fields => recordOf(object['spec'])
const immutable = (field: string, next: unknown, prev: unknown): FieldError[] =>
  sameJson(next, prev) ? [] : [invalid(field, next, 'field is immutable')]
/** 1 MiB, as in Kubernetes. */
const dataBytesMax = 1024 * 1024

export function labelSelectorErrors(selector: Fields, path: string): FieldError[] {
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(recordOf(selector['matchLabels']))) {
    errors.push(...each(`${path}.matchLabels`, key, qualifiedNameErrors(key)))
    errors.push(...each(`${path}.matchLabels`, value, labelValueErrors(textOf(value))))
  }
  for (const [index, one] of listOf(selector['matchExpressions']).map(recordOf).entries()) {
    const at = `${path}.matchExpressions[${index}]`
    const count = listOf(one['values']).length
    switch (one['operator']) {
      case 'In':
      case 'NotIn':
        if (count === 0) errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
        break
      case 'Exists':
      case 'DoesNotExist':
        if (count > 0) {
          errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
        }
        break
      default:
        errors.push(invalid(`${at}.operator`, one['operator'], 'not a valid selector operator'))
    }
    errors.push(...each(`${at}.key`, one['key'], qualifiedNameErrors(textOf(one['key']))))
  }
  return errors
}

const pod: Validate = (next, prev) => [
  ...podSpecErrors(specOf(next), 'spec'),
  ...(prev === null ? [] : podUpdateErrors(next, prev)),
]

function workloadErrors(next: Obj, kind: string): FieldError[] {
  const spec = specOf(next)
  const errors = nonnegative('spec.replicas', spec['replicas'])
  const selector = spec['selector'] === undefined || spec['selector'] === null ? null : recordOf(spec['selector'])
  if (selector === null) errors.push(required('spec.selector'))
  else {
    errors.push(...labelSelectorErrors(selector, 'spec.selector'))
    if (Object.keys(selector).length === 0) {
      errors.push(invalid('spec.selector', selector, `empty selector is invalid for deployment`))
    }
  }
  const template = recordOf(spec['template'])
  const labels = recordOf(recordOf(template['metadata'])['labels'])
  if (selector === null || !selects(selector, labels as Record<string, string>)) {
    const shown = Object.keys(labels).length === 0 ? null : labels
    errors.push(invalid('spec.template.metadata.labels', shown, '`selector` does not match template `labels`'))
  }
  const podSpec = recordOf(template['spec'])
  errors.push(...podSpecErrors(podSpec, 'spec.template.spec'))
  const restart = podSpec['restartPolicy']
  if (restart !== 'Always') errors.push(notSupported('spec.template.spec.restartPolicy', restart, ['Always']))
  if (podSpec['activeDeadlineSeconds'] !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`
    errors.push(forbidden('spec.template.spec.activeDeadlineSeconds', detail))
  }
  errors.push(...nonnegative('spec.minReadySeconds', spec['minReadySeconds']))
  return errors
}

const isZeroShare = (value: unknown): boolean => value === 0 || value === '0%' || value === undefined

export function intOrPercentErrors(field: string, value: unknown): FieldError[] {
  if (value === undefined) return []
  if (typeof value === 'number') return nonnegative(field, value)
  const text = textOf(value)
  if (!/^\d+%$/.test(text)) {
    const detail =
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
    return [invalid(field, value, detail)]
  }
  return Number.parseInt(text, 10) > 100 ? [invalid(field, value, 'must not be greater than 100%')] : []
}

const deployment: Validate = (next, prev) => {
  const errors = workloadErrors(next, 'ReplicaSet')
  const spec = specOf(next)
  const strategy = recordOf(spec['strategy'])
  const rolling = strategy['rollingUpdate']
  if (strategy['type'] === 'Recreate') {
    if (rolling !== undefined) {
      const detail = "may not be specified when strategy `type` is 'Recreate'"
      errors.push(forbidden('spec.strategy.rollingUpdate', detail))
    }
  } else if (strategy['type'] === 'RollingUpdate') {
    const { maxUnavailable, maxSurge } = recordOf(rolling)
    errors.push(...intOrPercentErrors('spec.strategy.rollingUpdate.maxUnavailable', maxUnavailable))
    if (typeof maxSurge !== 'string' || !/^\d+%$/.test(maxSurge)) {
      errors.push(...intOrPercentErrors('spec.strategy.rollingUpdate.maxSurge', maxSurge))
    }
    if (isZeroShare(maxUnavailable) && isZeroShare(maxSurge)) {
      const detail = 'may not be 0 when `maxSurge` is 0'
      errors.push(invalid('spec.strategy.rollingUpdate.maxUnavailable', maxUnavailable ?? 0, detail))
    }
  } else errors.push(notSupported('spec.strategy', strategy, ['Recreate', 'RollingUpdate']))
  errors.push(...nonnegative('spec.revisionHistoryLimit', spec['revisionHistoryLimit']))
  const deadline = spec['progressDeadlineSeconds']
  errors.push(...nonnegative('spec.progressDeadlineSeconds', deadline))
  if (numberOf(deadline) <= numberOf(spec['minReadySeconds'])) {
    errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'))
  }
  if (prev !== null) errors.push(...immutable('spec.selector', spec['selector'], specOf(prev)['selector']))
  return errors
}

const replicaSet: Validate = (next, prev) => [
  ...workloadErrors(next, 'ReplicaSet'),
  ...(prev === null ? [] : immutable('spec.selector', specOf(next)['selector'], specOf(prev)['selector'])),
]

const service: Validate = (next, prev) => {
  const errors: FieldError[] = []
  const spec = specOf(next)
  const ports = listOf(spec['ports']).map(recordOf)
  const isHeadless = spec['clusterIP'] === 'None'
  const type = textOf(spec['type'])
  if (ports.length === 0 && !isHeadless && type !== 'ExternalName') errors.push(required('spec.ports'))
  if (type === 'LoadBalancer' || type === 'NodePort') {
    if (isHeadless) errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`))
  }
  if (type === 'ExternalName' && textOf(spec['externalName']) === '') errors.push(required('spec.externalName'))
  const names = new Set<string>()
  for (const [index, port] of ports.entries()) {
    errors.push(...servicePortErrors(port, `spec.ports[${index}]`, ports.length > 1, names))
  }
  errors.push(...repeatedPorts(ports))
  for (const [key, value] of Object.entries(recordOf(spec['selector']))) {
    errors.push(...each('spec.selector', key, qualifiedNameErrors(key)))
    errors.push(...each('spec.selector', value, labelValueErrors(textOf(value))))
  }
  errors.push(...oneOf('spec.sessionAffinity', spec['sessionAffinity'], ['ClientIP', 'None']))
  errors.push(...oneOf('spec.type', type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']))
  const before = prev === null ? '' : textOf(specOf(prev)['clusterIP'])
  const isStill = prev !== null && type !== 'ExternalName' && specOf(prev)['type'] !== 'ExternalName'
  if (isStill && before !== '' && before !== textOf(spec['clusterIP'])) {
    const detail = 'may not change once set'
    errors.push(invalid('spec.clusterIPs[0]', [textOf(spec['clusterIP'])], detail))
  }
  return errors
}

function servicePortErrors(port: Fields, at: string, needsName: boolean, names: Set<string>): FieldError[] {
  const errors: FieldError[] = []
  const name = textOf(port['name'])
  if (name === '') {
    if (needsName) errors.push(required(`${at}.name`))
  } else {
    errors.push(...each(`${at}.name`, name, dnsLabelErrors(name)))
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
    names.add(name)
  }
  errors.push(...each(`${at}.port`, numberOf(port['port']), portErrors(port['port'])))
  errors.push(...oneOf(`${at}.protocol`, port['protocol'], ['SCTP', 'TCP', 'UDP']))
  const target = port['targetPort']
  const wrong = typeof target === 'string' ? portNameErrors(target) : portErrors(target)
  errors.push(...each(`${at}.targetPort`, target ?? 0, wrong))
  return errors
}

/** The same number and protocol twice. */
function repeatedPorts(ports: readonly Fields[]): FieldError[] {
  const seen = new Set<string>()
  return ports.flatMap(({ port, protocol }, index) => {
    const key = `${port}/${protocol}`
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    return [duplicate(`spec.ports[${index}]`, { port, protocol })]
  })
}

function dataErrors(object: Obj, key: string): FieldError[] {
  const errors: FieldError[] = []
  let bytes = 0
  for (const [name, value] of Object.entries(recordOf(object[key]))) {
    errors.push(...each(`${key}[${name}]`, name, configKeyErrors(name)))
    bytes += textOf(value).length
  }
  if (bytes > (key === 'data' && object.kind === 'ConfigMap' ? dataBytesMax : (dataBytesMax * 4) / 3)) {
    errors.push({ type: 'TooLong', field: key, detail: `may not be more than ${dataBytesMax} bytes` })
  }
  return errors
}

function frozenErrors(next: Obj, prev: Obj | null, keys: readonly string[]): FieldError[] {
  if (prev?.['immutable'] !== true) return []
  const detail = 'field is immutable when `immutable` is set'
  const changed = keys.filter((key) => !sameJson(next[key], prev[key]))
  return [...(next['immutable'] === true ? [] : ['immutable']), ...changed].map((field) => forbidden(field, detail))
}

const configMap: Validate = (next, prev) => [
  ...frozenErrors(next, prev, ['data', 'binaryData']),
  ...dataErrors(next, 'data'),
  ...dataErrors(next, 'binaryData'),
  ...Object.keys(recordOf(next['data']))
    .filter((key) => Object.hasOwn(recordOf(next['binaryData']), key))
    .map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
]

const secretKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

const secret: Validate = (next, prev) => {
  const errors = prev === null ? [] : immutable('type', next['type'], prev['type'])
  errors.push(...frozenErrors(next, prev, ['data']), ...dataErrors(next, 'data'))
  const data = recordOf(next['data'])
  for (const key of secretKeys[textOf(next['type'])] ?? []) {
    if (data[key] === undefined) errors.push(required(`data[${key}]`))
  }
  return errors
}

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'] as const

function modeErrors(spec: Fields): FieldError[] {
  const given = listOf(spec['accessModes'])
  if (given.length === 0) return [required('spec.accessModes', 'at least 1 access mode is required')]
  return given.flatMap((mode) =>
    (modes as readonly unknown[]).includes(mode) ? [] : [notSupported('spec.accessModes', mode, modes)],
  )
}

const claim: Validate = (next, prev) => {
  const spec = specOf(next)
  const errors = modeErrors(spec)
  const size = recordOf(recordOf(spec['resources'])['requests'])['storage']
  const nanos = quantityNanos(size)
  if (nanos === null) errors.push(required('spec.resources[storage]'))
  else if (nanos <= 0n) errors.push(invalid('spec.resources[storage]', size, 'must be greater than zero'))
  const className = textOf(spec['storageClassName'])
  if (className !== '') errors.push(...each('spec.storageClassName', className, dnsSubdomainErrors(className)))
  if (prev !== null) errors.push(...claimUpdateErrors(next, prev))
  return errors
}

function claimUpdateErrors(next: Obj, prev: Obj): FieldError[] {
  const before = structuredCopy(specOf(prev)) as Bag
  const after = structuredCopy(specOf(next)) as Bag
  if (textOf(before['volumeName']) === '') before['volumeName'] = after['volumeName']
  if (before['storageClassName'] === undefined) before['storageClassName'] = after['storageClassName']
  const size = (spec: Bag): unknown => recordOf(recordOf(spec['resources'])['requests'])['storage']
  const [was, is] = [quantityNanos(size(before)), quantityNanos(size(after))]
  const isBound = recordOf(next['status'])['phase'] === 'Bound'
  if (isBound) bagAt(bagAt(after, 'resources'), 'requests')['storage'] = size(before)
  const errors: FieldError[] = []
  if (!sameJson(before, after)) {
    const detail =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
    errors.push(forbidden('spec', detail))
  }
  if (was !== null && is !== null && is < was) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  }
  return errors
}

const volume: Validate = (next, prev) => {
  const spec = specOf(next)
  const errors = modeErrors(spec)
  if (quantityNanos(recordOf(spec['capacity'])['storage']) === null) errors.push(required('spec.capacity'))
  const known = ['hostPath', 'local', 'csi', 'nfs', 'iscsi', 'fc']
  if (!known.some((key) => spec[key] !== undefined)) errors.push(required('spec', 'must specify a volume type'))
  errors.push(
    ...oneOf('spec.persistentVolumeReclaimPolicy', spec['persistentVolumeReclaimPolicy'], [
      'Delete',
      'Recycle',
      'Retain',
    ]),
  )
  if (prev !== null) {
    for (const key of known) {
      if (!sameJson(spec[key], specOf(prev)[key])) {
        errors.push(forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'))
        break
      }
    }
  }
  return errors
}

const storageClass: Validate = (next, prev) => {
  const errors: FieldError[] = []
  if (textOf(next['provisioner']) === '') errors.push(required('provisioner'))
  errors.push(...oneOf('reclaimPolicy', next['reclaimPolicy'], ['Delete', 'Retain']))
  if (prev === null) return errors
  if (!sameJson(next['parameters'], prev['parameters'])) {
    errors.push(forbidden('parameters', 'updates to parameters are forbidden.'))
  }
  if (next['provisioner'] !== prev['provisioner']) {
    errors.push(forbidden('provisioner', 'updates to provisioner are forbidden.'))
  }
  if (next['reclaimPolicy'] !== prev['reclaimPolicy']) {
    errors.push(forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'))
  }
  return [...errors, ...immutable('volumeBindingMode', next['volumeBindingMode'], prev['volumeBindingMode'])]
}

const role =
  (isNamespaced: boolean): Validate =>
  (next) =>
    listOf(next['rules'])
      .map(recordOf)
      .flatMap((rule, index) => {
        const at = `rules[${index}]`
        const count = (key: string): number => listOf(rule[key]).length
        const errors: FieldError[] = []
        if (count('verbs') === 0) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'))
        if (count('nonResourceURLs') > 0) {
          const say = (text: string) => errors.push(invalid(`${at}.nonResourceURLs`, rule['nonResourceURLs'], text))
          if (isNamespaced) say('namespaced rules cannot apply to non-resource URLs')
          if (count('apiGroups') + count('resources') + count('resourceNames') > 0) {
            say('rules cannot apply to both regular resources and non-resource URLs')
          }
          return errors
        }
        if (count('apiGroups') === 0) {
          errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'))
        }
        if (count('resources') === 0) {
          errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'))
        }
        return errors
      })

const rbacGroup = 'rbac.authorization.k8s.io'
const binding =
  (isNamespaced: boolean): Validate =>
  (next, prev) => {
    const ref = recordOf(next['roleRef'])
    const errors: FieldError[] = []
    if (ref['apiGroup'] !== rbacGroup) errors.push(notSupported('roleRef.apiGroup', ref['apiGroup'] ?? '', [rbacGroup]))
    const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
    if (!kinds.includes(textOf(ref['kind']))) errors.push(notSupported('roleRef.kind', ref['kind'] ?? '', kinds))
    if (textOf(ref['name']) === '') errors.push(required('roleRef.name'))
    for (const [index, subject] of listOf(next['subjects']).map(recordOf).entries()) {
      const at = `subjects[${index}]`
      if (textOf(subject['name']) === '') errors.push(required(`${at}.name`))
      const group = textOf(subject['apiGroup'])
      if (subject['kind'] === 'ServiceAccount') {
        if (group !== '') errors.push(notSupported(`${at}.apiGroup`, group, ['']))
        if (!isNamespaced && textOf(subject['namespace']) === '') errors.push(required(`${at}.namespace`))
      } else if (subject['kind'] === 'User' || subject['kind'] === 'Group') {
        if (group !== rbacGroup) errors.push(notSupported(`${at}.apiGroup`, group, [rbacGroup]))
      } else errors.push(notSupported(`${at}.kind`, textOf(subject['kind']), ['ServiceAccount', 'User', 'Group']))
    }
    if (prev !== null && !sameJson(next['roleRef'], prev['roleRef'])) {
      errors.push(invalid('roleRef', next['roleRef'], 'cannot change roleRef'))
    }
    return errors
  }

const budget: Validate = (next) => {
  const spec = specOf(next)
  const errors: FieldError[] = []
  if (spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined) {
    errors.push(invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'))
  }
  for (const key of ['minAvailable', 'maxUnavailable']) errors.push(...intOrPercentErrors(`spec.${key}`, spec[key]))
  return [...errors, ...labelSelectorErrors(recordOf(spec['selector']), 'spec.selector')]
}

const lease: Validate = (next) => {
  const spec = specOf(next)
  const seconds = spec['leaseDurationSeconds']
  return seconds !== undefined && numberOf(seconds) <= 0
    ? [invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
    : []
}

const ingress: Validate = (next) => {
  const spec = specOf(next)
  const rules = listOf(spec['rules'])
  return rules.length === 0 && spec['defaultBackend'] === undefined
    ? [invalid('spec', rules.length === 0 ? null : rules, 'either `defaultBackend` or `rules` must be specified')]
    : []
}

const slice: Validate = (next, prev) => [
  ...oneOf('addressType', next['addressType'], ['FQDN', 'IPv4', 'IPv6']),
  ...(prev === null ? [] : immutable('addressType', next['addressType'], prev['addressType'])),
]

const event: Validate = (next) => {
  const about = recordOf(next['involvedObject'] ?? next['regarding'])
  const namespace = textOf(about['namespace'])
  const isElsewhere = namespace !== '' && namespace !== (next.metadata.namespace ?? '')
  return isElsewhere ? [invalid('involvedObject.namespace', namespace, 'does not match event.namespace')] : []
}

export const validations: Readonly<Record<string, Validate>> = {
  'core.Pod': pod,
  'core.Service': service,
  'core.ConfigMap': configMap,
  'core.Secret': secret,
  'core.PersistentVolumeClaim': claim,
  'core.PersistentVolume': volume,
  'core.Event': event,
  'apps.Deployment': deployment,
  'apps.ReplicaSet': replicaSet,
  'rbac.Role': role(true),
  'rbac.ClusterRole': role(false),
  'rbac.RoleBinding': binding(true),
  'rbac.ClusterRoleBinding': binding(false),
  'storage.StorageClass': storageClass,
  'policy.PodDisruptionBudget': budget,
  'coordination.Lease': lease,
  'networking.Ingress': ingress,
  'discovery.EndpointSlice': slice,
}
