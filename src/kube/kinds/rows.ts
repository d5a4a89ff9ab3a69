/** The built-in kinds: one row each. */
import type { Obj } from '../../kube-client/index.ts'
import type { Column, Connect, FieldError, JsonObject, Kind, ScalePaths, Strategy, Verb } from '../kind.ts'
import type { Cel } from '../schema/cel.ts'
import { columns } from './columns.ts'
import { defaults } from './defaults.ts'
import { definitionErrors } from './definition.ts'
import { Messages } from './messages.ts'
import { podColumns } from './pod-columns.ts'
import { recordOf, textOf } from './read.ts'
import { type ClusterAddresses, strategiesOf } from './strategies.ts'
import { TypedSchema } from './typed.ts'
import { validations } from './validation.ts'

export interface BuiltinOptions {
  readonly addresses: ClusterAddresses
  /** For the rules of CustomResourceDefinitions; null: those that have some are refused. */
  readonly cel: Cel | null
}

interface Row {
  /** `PACKAGE.KIND`, as `tables.ts` names it. */
  readonly message: string
  readonly group?: string
  readonly version?: string
  readonly resource: string
  readonly isClusterWide?: true
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly status?: true
  readonly scale?: ScalePaths
  readonly connect?: readonly Connect[]
  readonly verbs?: readonly Verb[]
  readonly fields?: (object: Obj) => Readonly<Record<string, string>>
  readonly columns?: readonly Column[]
  readonly aliases?: Kind['aliases']
  readonly names?: Kind['names']
  readonly warning?: string
}

const apps = 'apps'
const rbac = 'rbac.authorization.k8s.io'
const networking = 'networking.k8s.io'
const all = ['all'] as const

const replicas: ScalePaths = {
  specReplicas: '.spec.replicas',
  statusReplicas: '.status.replicas',
  selector: '.spec.selector',
}
const text = (object: Obj, key: string, field: string): string => textOf(recordOf(object[key])[field])

const podFields = (pod: Obj): Record<string, string> => ({
  'spec.nodeName': text(pod, 'spec', 'nodeName'),
  'spec.restartPolicy': text(pod, 'spec', 'restartPolicy'),
  'spec.schedulerName': text(pod, 'spec', 'schedulerName'),
  'spec.serviceAccountName': text(pod, 'spec', 'serviceAccountName'),
  'spec.hostNetwork': text(pod, 'spec', 'hostNetwork') || 'false',
  'status.phase': text(pod, 'status', 'phase'),
  'status.podIP': text(pod, 'status', 'podIP'),
  'status.nominatedNodeName': text(pod, 'status', 'nominatedNodeName'),
})

const about = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const
const eventFields = (event: Obj): Record<string, string> => ({
  ...Object.fromEntries(about.map((key) => [`involvedObject.${key}`, text(event, 'involvedObject', key)])),
  reason: textOf(event['reason']),
  reportingComponent: textOf(event['reportingComponent']),
  source: text(event, 'source', 'component') || textOf(event['reportingComponent']),
  type: textOf(event['type']),
})

/** A Deployment of old selects what its template is labelled with. */
function withSelector(object: JsonObject): JsonObject {
  const { rollbackTo: _, ...spec } = recordOf(object['spec']) as JsonObject
  const labels = recordOf(recordOf(recordOf(spec['template'])['metadata'])['labels']) as JsonObject
  const selector = spec['selector'] ?? { matchLabels: labels }
  return { ...object, spec: { ...spec, selector } }
}

/** An Event as newer recorders write it. */
function asCoreEvent(object: JsonObject): JsonObject {
  const { regarding, note, reportingController, deprecatedCount, ...rest } = object
  const { deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedSource, ...event } = rest
  const given = {
    involvedObject: regarding,
    message: note,
    reportingComponent: reportingController,
    count: deprecatedCount,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    source: deprecatedSource,
  }
  return { ...event, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
}

const rows: readonly Row[] = [
  {
    message: 'core.Namespace',
    names: 'label',
    resource: 'namespaces',
    isClusterWide: true,
    shortNames: ['ns'],
    status: true,
    fields: (o) => ({ 'status.phase': text(o, 'status', 'phase') }),
  },
  {
    message: 'core.Pod',
    resource: 'pods',
    shortNames: ['po'],
    categories: all,
    status: true,
    connect: ['exec', 'attach', 'portforward', 'log'],
    fields: podFields,
    columns: podColumns,
  },
  {
    message: 'core.Service',
    names: 'label-1035',
    resource: 'services',
    shortNames: ['svc'],
    categories: all,
    status: true,
    fields: (o) => ({ 'spec.clusterIP': text(o, 'spec', 'clusterIP'), 'spec.type': text(o, 'spec', 'type') }),
  },
  {
    message: 'core.Endpoints',
    resource: 'endpoints',
    shortNames: ['ep'],
    warning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  },
  { message: 'core.ConfigMap', resource: 'configmaps', shortNames: ['cm'] },
  { message: 'core.Secret', resource: 'secrets', fields: (o) => ({ type: textOf(o['type']) }) },
  { message: 'core.ServiceAccount', resource: 'serviceaccounts', shortNames: ['sa'] },
  {
    message: 'core.PersistentVolumeClaim',
    resource: 'persistentvolumeclaims',
    shortNames: ['pvc'],
    status: true,
  },
  {
    message: 'core.PersistentVolume',
    resource: 'persistentvolumes',
    isClusterWide: true,
    shortNames: ['pv'],
    status: true,
  },
  { message: 'core.Node', resource: 'nodes', isClusterWide: true, shortNames: ['no'], status: true },
  {
    message: 'core.Event',
    resource: 'events',
    shortNames: ['ev'],
    fields: eventFields,
    aliases: [{ group: 'events.k8s.io', version: 'v1', upgrade: asCoreEvent }],
  },
  {
    message: 'apps.Deployment',
    group: apps,
    resource: 'deployments',
    shortNames: ['deploy'],
    categories: all,
    status: true,
    scale: replicas,
    aliases: [
      { group: 'extensions', version: 'v1beta1', upgrade: withSelector },
      { group: apps, version: 'v1beta1', upgrade: withSelector },
      { group: apps, version: 'v1beta2', upgrade: withSelector },
    ],
  },
  {
    message: 'apps.ReplicaSet',
    group: apps,
    resource: 'replicasets',
    shortNames: ['rs'],
    categories: all,
    status: true,
    scale: replicas,
  },
  { message: 'rbac.Role', names: 'path', group: rbac, resource: 'roles' },
  { message: 'rbac.RoleBinding', names: 'path', group: rbac, resource: 'rolebindings' },
  { message: 'rbac.ClusterRole', names: 'path', group: rbac, resource: 'clusterroles', isClusterWide: true },
  {
    message: 'rbac.ClusterRoleBinding',
    names: 'path',
    group: rbac,
    resource: 'clusterrolebindings',
    isClusterWide: true,
  },
  {
    message: 'storage.StorageClass',
    group: 'storage.k8s.io',
    resource: 'storageclasses',
    isClusterWide: true,
    shortNames: ['sc'],
  },
  {
    message: 'policy.PodDisruptionBudget',
    group: 'policy',
    resource: 'poddisruptionbudgets',
    shortNames: ['pdb'],
    status: true,
  },
  { message: 'coordination.Lease', group: 'coordination.k8s.io', resource: 'leases' },
  { message: 'discovery.EndpointSlice', group: 'discovery.k8s.io', resource: 'endpointslices' },
  {
    message: 'networking.NetworkPolicy',
    group: networking,
    resource: 'networkpolicies',
    shortNames: ['netpol'],
  },
  { message: 'networking.Ingress', group: networking, resource: 'ingresses', shortNames: ['ing'], status: true },
  { message: 'networking.IngressClass', group: networking, resource: 'ingressclasses', isClusterWide: true },
  {
    message: 'apiextensions.CustomResourceDefinition',
    group: 'apiextensions.k8s.io',
    resource: 'customresourcedefinitions',
    isClusterWide: true,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    status: true,
  },
]

/** Rows for `ApiServer.register`. `messages` may be shared with who reads protobuf. */
export function builtinKinds(options: BuiltinOptions, messages = new Messages()): Kind[] {
  const strategies = strategiesOf(options.addresses)
  return rows.map((row) => kindOf(row, messages, strategies, options))
}

function kindOf(
  row: Row,
  messages: Messages,
  strategies: Readonly<Record<string, Strategy>>,
  { cel }: BuiltinOptions,
): Kind {
  const kind = row.message.split('.')[1]!
  const version = row.version ?? 'v1'
  const isDefinition = row.message === 'apiextensions.CustomResourceDefinition'
  const validate = isDefinition
    ? (next: Obj, prev: Obj | null): FieldError[] => definitionErrors(next, prev, cel)
    : validations[row.message]
  const strategy: Strategy = { ...strategies[row.message], ...(validate === undefined ? {} : { validate }) }
  return {
    group: row.group ?? '',
    resource: row.resource,
    singular: kind.toLowerCase(),
    kind,
    namespaced: row.isClusterWide !== true,
    shortNames: row.shortNames ?? [],
    categories: row.categories ?? [],
    versions: [
      {
        name: version,
        served: true,
        schema: new TypedSchema(messages, row.message, defaults[row.message] ?? (() => undefined)),
        ...(row.warning === undefined ? {} : { warning: row.warning }),
        columns: row.columns ?? (columns as Readonly<Record<string, readonly Column[]>>)[row.resource] ?? [],
      },
    ],
    storage: version,
    ...(isDefinition ? {} : { proto: messages.proto(row.message) }),
    subresources: {
      ...(row.status === true ? { status: true as const } : {}),
      ...(row.scale === undefined ? {} : { scale: row.scale }),
      ...(row.connect === undefined ? {} : { connect: row.connect }),
    },
    ...(row.verbs === undefined ? {} : { verbs: row.verbs }),
    ...(row.fields === undefined ? {} : { fields: row.fields }),
    ...(row.names === undefined ? {} : { names: row.names }),
    ...(row.aliases === undefined ? {} : { aliases: row.aliases }),
    strategy,
  }
}
