/** What is wrong with pods and pod templates: the mistakes that people make, in the API server's words. */
import type { Obj } from '../../kube-client/index.ts'
import type { FieldError } from '../kind.ts'
import { duplicate, forbidden, invalid, notSupported, required } from '../schema/errors.ts'
import { sameJson } from '../schema/node.ts'
import { structuredCopy } from '../schema/shape.ts'
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  each,
  envNameErrors,
  nonnegative,
  portErrors,
  portNameErrors,
} from './names.ts'
import { quantityNanos } from './quantity.ts'
import { type Bag, bagsOf, type Fields, listOf, numberOf, recordOf, textOf } from './read.ts'

const protocols = ['SCTP', 'TCP', 'UDP'] as const
const pullPolicies = ['Always', 'IfNotPresent', 'Never'] as const
const restartPolicies = ['Always', 'OnFailure', 'Never'] as const
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'] as const
const messagePolicies = ['File', 'FallbackToLogsOnError'] as const
/** What stands beside `name` in a volume. */
const sourcesOf = (volume: Fields): string[] => Object.keys(volume).filter((key) => key !== 'name')

/** One of a list; empty is missing. */
export function oneOf(field: string, value: unknown, supported: readonly string[]): FieldError[] {
  if (textOf(value) === '') return [required(field)]
  return supported.includes(textOf(value)) ? [] : [notSupported(field, value, supported)]
}

export function podSpecErrors(spec: Fields, path: string): FieldError[] {
  const errors: FieldError[] = []
  const volumes = new Set<string>()
  errors.push(...volumeErrors(listOf(spec['volumes']).map(recordOf), `${path}.volumes`, volumes))
  const containers = listOf(spec['containers']).map(recordOf)
  const inits = listOf(spec['initContainers']).map(recordOf)
  if (containers.length === 0) errors.push(required(`${path}.containers`))
  const names = new Set<string>()
  errors.push(...containerListErrors(containers, `${path}.containers`, volumes, names))
  errors.push(...containerListErrors(inits, `${path}.initContainers`, volumes, names))
  for (const [index, init] of inits.entries()) {
    if (init['restartPolicy'] === 'Always') continue
    for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
      if (init[probe] === undefined) continue
      const detail = 'may not be set for init containers without restartPolicy=Always'
      errors.push(forbidden(`${path}.initContainers[${index}].${probe}`, detail))
    }
  }
  errors.push(...oneOf(`${path}.restartPolicy`, spec['restartPolicy'], restartPolicies))
  errors.push(...oneOf(`${path}.dnsPolicy`, spec['dnsPolicy'], dnsPolicies))
  for (const key of ['serviceAccountName', 'nodeName', 'priorityClassName'] as const) {
    const value = textOf(spec[key])
    if (value !== '') errors.push(...each(`${path}.${key}`, value, dnsSubdomainErrors(value)))
  }
  for (const key of ['hostname', 'subdomain'] as const) {
    const value = textOf(spec[key])
    if (value !== '') errors.push(...each(`${path}.${key}`, value, dnsLabelErrors(value)))
  }
  errors.push(...nonnegative(`${path}.terminationGracePeriodSeconds`, spec['terminationGracePeriodSeconds']))
  return errors
}

function volumeErrors(volumes: readonly Fields[], path: string, names: Set<string>): FieldError[] {
  const errors: FieldError[] = []
  for (const [index, volume] of volumes.entries()) {
    const at = `${path}[${index}]`
    const found: FieldError[] = []
    const sources = sourcesOf(volume)
    for (const extra of sources.slice(1))
      found.push(forbidden(`${at}.${extra}`, 'may not specify more than 1 volume type'))
    found.push(...sourceErrors(volume, at), ...filesErrors(volume, at))
    const projected = listOf(recordOf(volume['projected'])['sources']).map(recordOf)
    for (const [place, source] of projected.entries()) {
      found.push(...filesErrors(source, `${at}.projected.sources[${place}]`))
    }
    const name = textOf(volume['name'])
    found.push(...(name === '' ? [required(`${at}.name`)] : each(`${at}.name`, name, dnsLabelErrors(name))))
    if (names.has(name)) found.push(duplicate(`${at}.name`, name))
    if (found.length === 0) names.add(name)
    errors.push(...found)
  }
  return errors
}

/** The one field that each source needs. */
const sourceNames: Readonly<Record<string, string>> = {
  secret: 'secretName',
  configMap: 'name',
  persistentVolumeClaim: 'claimName',
  hostPath: 'path',
}

function sourceErrors(volume: Fields, at: string): FieldError[] {
  return Object.entries(sourceNames).flatMap(([source, key]) => {
    if (volume[source] === undefined) return []
    return textOf(recordOf(volume[source])[key]) === '' ? [required(`${at}.${source}.${key}`)] : []
  })
}

/** Where the files of a volume, or of a part of a projected one, shall be. */
function filesErrors(source: Fields, at: string): FieldError[] {
  const ofItems = ['configMap', 'secret', 'downwardAPI'].flatMap((key) =>
    listOf(recordOf(source[key])['items']).flatMap((item, index) =>
      descendingErrors(`${at}.${key}.items[${index}].path`, textOf(recordOf(item)['path'])),
    ),
  )
  const token = textOf(recordOf(source['serviceAccountToken'])['path'])
  return [...ofItems, ...descendingErrors(`${at}.serviceAccountToken.path`, token)]
}

function containerListErrors(
  containers: readonly Fields[],
  path: string,
  volumes: ReadonlySet<string>,
  names: Set<string>,
): FieldError[] {
  const errors: FieldError[] = []
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`
    errors.push(...containerErrors(container, at, volumes))
    const name = textOf(container['name'])
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
    names.add(name)
    for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[probe] !== undefined)
        errors.push(...probeErrors(recordOf(container[probe]), `${at}.${probe}`, probe))
    }
    for (const hook of ['postStart', 'preStop']) {
      const handler = recordOf(container['lifecycle'])[hook]
      if (handler !== undefined) errors.push(...handlerErrors(recordOf(handler), `${at}.lifecycle.${hook}`))
    }
  }
  return errors
}

function containerErrors(container: Fields, at: string, volumes: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = []
  const name = textOf(container['name'])
  errors.push(...(name === '' ? [required(`${at}.name`)] : each(`${at}.name`, name, dnsLabelErrors(name))))
  if (textOf(container['image']) === '') errors.push(required(`${at}.image`))
  errors.push(...oneOf(`${at}.terminationMessagePolicy`, container['terminationMessagePolicy'], messagePolicies))
  errors.push(...portListErrors(listOf(container['ports']).map(recordOf), `${at}.ports`))
  errors.push(...envErrors(listOf(container['env']).map(recordOf), `${at}.env`))
  errors.push(...mountErrors(listOf(container['volumeMounts']).map(recordOf), `${at}.volumeMounts`, volumes))
  errors.push(...oneOf(`${at}.imagePullPolicy`, container['imagePullPolicy'], pullPolicies))
  errors.push(...resourceErrors(recordOf(container['resources']), `${at}.resources`))
  return errors
}

function portListErrors(ports: readonly Fields[], path: string): FieldError[] {
  const names = new Set<string>()
  return ports.flatMap((port, index) => {
    const at = `${path}[${index}]`
    const errors: FieldError[] = []
    const name = textOf(port['name'])
    if (name !== '') {
      const wrong = portNameErrors(name)
      errors.push(...each(`${at}.name`, name, wrong))
      if (wrong.length === 0 && names.has(name)) errors.push(duplicate(`${at}.name`, name))
      names.add(name)
    }
    const number = numberOf(port['containerPort'])
    errors.push(
      ...(number === 0 ? [required(`${at}.containerPort`)] : each(`${at}.containerPort`, number, portErrors(number))),
    )
    if (numberOf(port['hostPort']) !== 0)
      errors.push(...each(`${at}.hostPort`, port['hostPort'], portErrors(port['hostPort'])))
    return [...errors, ...oneOf(`${at}.protocol`, port['protocol'], protocols)]
  })
}

function envErrors(variables: readonly Fields[], path: string): FieldError[] {
  return variables.flatMap((variable, index) => {
    const at = `${path}[${index}]`
    const name = textOf(variable['name'])
    const errors = name === '' ? [required(`${at}.name`)] : each(`${at}.name`, name, envNameErrors(name))
    if (variable['valueFrom'] === undefined) return errors
    const from = recordOf(variable['valueFrom'])
    const sources = Object.keys(from).filter((key) => from[key] !== undefined)
    const say = (text: string): void => void errors.push(invalid(`${at}.valueFrom`, '', text))
    for (const source of ['configMapKeyRef', 'secretKeyRef']) {
      if (from[source] === undefined) continue
      for (const key of ['name', 'key']) {
        if (textOf(recordOf(from[source])[key]) === '') errors.push(required(`${at}.valueFrom.${source}.${key}`))
      }
    }
    if (sources.length === 0) {
      say('must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`')
    } else if (textOf(variable['value']) !== '') say('may not be specified when `value` is not empty')
    else if (sources.length > 1) say('may not have more than one field specified at a time')
    return errors
  })
}

function mountErrors(mounts: readonly Fields[], path: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>()
  return mounts.flatMap((mount, index) => {
    const at = `${path}[${index}]`
    const errors: FieldError[] = []
    const name = textOf(mount['name'])
    const mountPath = textOf(mount['mountPath'])
    if (name === '') errors.push(required(`${at}.name`))
    if (!volumes.has(name)) errors.push({ type: 'NotFound', field: `${at}.name`, value: name, detail: '' })
    if (mountPath === '') errors.push(required(`${at}.mountPath`))
    if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'))
    paths.add(mountPath)
    // Upstream names these two without the index.
    const subPath = textOf(mount['subPath'])
    const expression = textOf(mount['subPathExpr'])
    errors.push(...descendingErrors(`${path}.subPath`, subPath))
    if (subPath !== '' && expression !== '') {
      errors.push(invalid(`${at}.subPathExpr`, expression, 'subPathExpr and subPath are mutually exclusive'))
    }
    errors.push(...descendingErrors(`${path}.subPathExpr`, expression))
    return errors
  })
}

/** A path that stays below where it starts. */
function descendingErrors(field: string, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (path.startsWith('/')) errors.push(invalid(field, path, 'must be a relative path'))
  if (path.split('/').includes('..')) errors.push(invalid(field, path, "must not contain '..'"))
  return errors
}

function resourceErrors(resources: Fields, path: string): FieldError[] {
  const errors: FieldError[] = []
  const limits = recordOf(resources['limits'])
  for (const key of ['limits', 'requests']) {
    for (const [name, value] of Object.entries(recordOf(resources[key]))) {
      const nanos = quantityNanos(value)
      const detail = 'must be greater than or equal to 0'
      if (nanos !== null && nanos < 0n) errors.push(invalid(`${path}.${key}[${name}]`, value, detail))
    }
  }
  for (const [name, value] of Object.entries(recordOf(resources['requests']))) {
    const limit = quantityNanos(limits[name])
    const request = quantityNanos(value)
    if (limit !== null && request !== null && request > limit) {
      const detail = `must be less than or equal to ${name} limit of ${limits[name]}`
      errors.push(invalid(`${path}.requests`, value, detail))
    }
  }
  return errors
}

function probeErrors(probe: Fields, at: string, name: string): FieldError[] {
  const errors = handlerErrors(probe, at)
  for (const key of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ]) {
    errors.push(...nonnegative(`${at}.${key}`, probe[key]))
  }
  if (name !== 'readinessProbe' && numberOf(probe['successThreshold']) > 1) {
    errors.push(invalid(`${at}.successThreshold`, probe['successThreshold'], 'must be 1'))
  }
  return errors
}

function handlerErrors(handler: Fields, at: string): FieldError[] {
  const given = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'].filter((key) => handler[key] !== undefined)
  if (given.length === 0) return [required(at, 'must specify a handler type')]
  const errors = given.slice(1).map((key) => forbidden(`${at}.${key}`, 'may not specify more than 1 handler type'))
  const first = given[0]!
  const action = recordOf(handler[first])
  if (first === 'exec' && listOf(action['command']).length === 0) errors.push(required(`${at}.exec.command`))
  if (first === 'httpGet' || first === 'tcpSocket') {
    const port = action['port']
    const wrong = typeof port === 'string' ? portNameErrors(port) : portErrors(port)
    errors.push(...each(`${at}.${first}.port`, port ?? 0, wrong))
  }
  return errors
}

const updatable =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** A pod that runs may change little. */
export function podUpdateErrors(next: Obj, prev: Obj): FieldError[] {
  const before = recordOf(prev['spec'])
  const after = structuredCopy(recordOf(next['spec'])) as Bag
  for (const list of ['containers', 'initContainers']) {
    const was = listOf(before[list]).map(recordOf)
    const is = bagsOf(after[list])
    if (was.length !== is.length) {
      return [forbidden(`spec.${list}`, 'pod updates may not add or remove containers')]
    }
    for (const [index, container] of is.entries()) container['image'] = was[index]!['image']
  }
  for (const key of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates', 'ephemeralContainers']) {
    if (before[key] === undefined) delete after[key]
    else after[key] = before[key]
  }
  // The binding subresource does it in Kubernetes; here our scheduler may write it once.
  if (before['nodeName'] === undefined) delete after['nodeName']
  if (sameJson(before, after)) return []
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => !sameJson(before[key], after[key]),
  )
  const detail = `pod updates may not change fields other than ${updatable}\nchanged: ${changed.map((key) => `spec.${key}`).join(', ')}`
  return [forbidden('spec', detail)]
}
