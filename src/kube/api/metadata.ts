import type { Obj, ObjectMeta } from '../../kube-client/index.ts'
import type { FieldError, Kind } from '../kind.ts'
import { dns1035Errors, dnsLabelErrors, dnsSubdomainErrors, pathSegmentErrors } from '../kinds/index.ts'

/** What the server says about metadata: which fields are whose, and which values are allowed. */

/** Of a new object: what a caller may say. The rest is the server's. */
export function createdMeta(
  kind: Kind,
  asked: ObjectMeta,
  server: { name: string; namespace: string | null; uid: string; now: string },
): ObjectMeta {
  return {
    name: server.name,
    ...(asked.generateName ? { generateName: asked.generateName } : {}),
    ...(kind.namespaced && server.namespace !== null ? { namespace: server.namespace } : {}),
    uid: server.uid,
    ...(countsGenerations(kind) ? { generation: 1 } : {}),
    creationTimestamp: server.now,
    ...usersMeta(asked),
  }
}

/** Of an object that stands: what is the server's stays. */
export function updatedMeta(asked: ObjectMeta, prev: ObjectMeta): ObjectMeta {
  const { labels: _l, annotations: _a, ownerReferences: _o, finalizers: _f, managedFields: _m, ...kept } = prev
  return { ...kept, ...usersMeta(asked) }
}

function usersMeta({
  labels,
  annotations,
  ownerReferences,
  finalizers,
  managedFields,
}: ObjectMeta): Partial<ObjectMeta> {
  return {
    ...(isFilled(labels) ? { labels } : {}),
    ...(isFilled(annotations) ? { annotations } : {}),
    ...(ownerReferences != null && ownerReferences.length > 0 ? { ownerReferences } : {}),
    ...(finalizers != null && finalizers.length > 0 ? { finalizers } : {}),
    ...(managedFields != null && managedFields.length > 0 ? { managedFields } : {}),
  }
}

const isFilled = (map: Readonly<Record<string, string>> | null | undefined): map is Readonly<Record<string, string>> =>
  map != null && Object.keys(map).length > 0

/** Core objects and those that hold no wish of a user have no generation. */
const withoutGeneration: ReadonlySet<string> = new Set([
  '',
  'rbac.authorization.k8s.io',
  'coordination.k8s.io',
  'storage.k8s.io',
  'events.k8s.io',
])

export const countsGenerations = ({ group, resource }: Kind): boolean =>
  !withoutGeneration.has(group) || (group === '' && resource === 'pods')

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const isSubdomain = new RegExp(`^${subdomain}$`)
const isQualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const isLabelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const annotationBytesMax = 256 * 1024

export function metadataErrors(kind: Kind, { metadata }: Obj, prev: Obj | null): FieldError[] {
  const errors: FieldError[] = []
  const find = (type: FieldError['type'], field: string, value: unknown, detail: string): void =>
    void errors.push({ type, field: `metadata.${field}`, value, detail })
  if (prev === null) {
    const wrong = nameProblem(kind, metadata.name)
    if (wrong !== null) find('Invalid', 'name', metadata.name, wrong)
  }
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    const wrong = keyProblem(key)
    if (wrong !== null) find('Invalid', 'labels', key, wrong)
    if (value.length > 63) find('Invalid', 'labels', value, 'must be no more than 63 bytes')
    if (!isLabelValue.test(value)) find('Invalid', 'labels', value, valueText)
  }
  let bytes = 0
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    const wrong = keyProblem(key.toLowerCase())
    if (wrong !== null) find('Invalid', 'annotations', key, wrong)
    bytes += key.length + value.length
  }
  if (bytes > annotationBytesMax) {
    find('TooLong', 'annotations', undefined, `may not be more than ${annotationBytesMax} bytes`)
  }
  for (const finalizer of metadata.finalizers ?? []) {
    const wrong = keyProblem(finalizer)
    if (wrong !== null) find('Invalid', 'finalizers', finalizer, wrong)
  }
  if (prev?.metadata.deletionTimestamp !== undefined) {
    const before = prev.metadata.finalizers ?? []
    const added = (metadata.finalizers ?? []).filter((finalizer) => !before.includes(finalizer))
    if (added.length > 0) {
      const list = `[]string{${added.map((one) => JSON.stringify(one)).join(', ')}}`
      const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`
      find('Forbidden', 'finalizers', undefined, detail)
    }
  }
  for (const [at, owner] of (metadata.ownerReferences ?? []).entries()) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field]) find('Invalid', `ownerReferences[${at}].${field}`, owner[field] ?? '', 'must not be empty')
    }
  }
  return errors
}

function nameProblem({ names }: Kind, name: string): string | null {
  const rule =
    names === 'label'
      ? dnsLabelErrors
      : names === 'label-1035'
        ? dns1035Errors
        : names === 'path'
          ? pathSegmentErrors
          : dnsSubdomainErrors
  return rule(name)[0] ?? null
}

const nameText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
  "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

const valueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

/** `name` or `prefix.example.com/name` */
function keyProblem(key: string): string | null {
  const parts = key.split('/')
  if (parts.length > 2) {
    return (
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
      "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
      "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    )
  }
  const name = parts.at(-1)!
  const prefix = parts.length === 2 ? parts[0]! : null
  if (prefix === '') return 'prefix part must be non-empty'
  if (prefix !== null && !isSubdomain.test(prefix)) {
    return `prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`
  }
  if (name === '') return 'name part must be non-empty'
  if (name.length > 63) return 'name part must be no more than 63 bytes'
  return isQualifiedName.test(name) ? null : nameText
}
