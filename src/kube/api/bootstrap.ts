import type { Obj } from '../../kube-client/index.ts'
import type { Kind } from '../kind.ts'
import type { Ask, Ground } from './ask.ts'
import { keyOf } from './registry.ts'
import { parseQuery } from './target.ts'
import { create } from './write.ts'

const rbac = 'rbac.authorization.k8s.io'

/** What every cluster has: its namespaces, and the roles that people bind. Resolves when they are stored. */
export async function bootstrap(ground: Ground): Promise<void> {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    ensure(ground, '', 'namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    })
  }
  for (const [name, rules] of Object.entries(roles)) {
    const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
    ensure(ground, rbac, 'clusterroles', {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name, labels },
      rules,
    })
  }
  ensure(ground, rbac, 'clusterrolebindings', {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'cluster-admin', labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: 'system:masters' }],
  })
  await ground.store.synced()
}

const read = ['get', 'list', 'watch'] as const
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'] as const
const ofCore = [
  'configmaps',
  'endpoints',
  'events',
  'persistentvolumeclaims',
  'pods',
  'pods/log',
  'pods/status',
  'serviceaccounts',
  'services',
] as const
const ofApps = ['deployments', 'deployments/scale', 'replicasets', 'replicasets/scale'] as const
const others = [
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'] },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] },
] as const

const viewer = [
  { apiGroups: [''], resources: [...ofCore, 'namespaces'], verbs: read },
  { apiGroups: ['apps'], resources: ofApps, verbs: read },
  ...others.map((one) => ({ ...one, verbs: read })),
]
const editor = [
  ...viewer,
  { apiGroups: [''], resources: ofCore.filter((name) => name !== 'pods/status'), verbs: write },
  { apiGroups: [''], resources: ['secrets'], verbs: [...read, ...write] },
  { apiGroups: [''], resources: ['pods/exec', 'pods/attach', 'pods/portforward'], verbs: ['create', 'get'] },
  { apiGroups: [''], resources: ['serviceaccounts/token', 'pods/eviction'], verbs: ['create'] },
  { apiGroups: ['apps'], resources: ofApps, verbs: write },
  ...others.map((one) => ({ ...one, verbs: write })),
]

const roles: Readonly<Record<string, unknown>> = {
  'cluster-admin': [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ],
  admin: [
    ...editor,
    { apiGroups: [rbac], resources: ['roles', 'rolebindings'], verbs: [...read, ...write] },
    { apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
  ],
  edit: editor,
  view: viewer,
}

/** A server of other kinds goes without. */
function ensure(ground: Ground, group: string, resource: string, object: Obj): void {
  const kind = ground.registry.get(group, resource)
  if (kind === null || ground.store.latest(keyOf(kind, null, object.metadata.name)) !== null) return
  create(ground, ownAsk(kind), { object, writer: { manager: 'kube-apiserver', operation: 'Update' } })
}

const ownAsk = (kind: Kind): Ask => ({
  kind,
  version: kind.versions.find(({ name }) => name === kind.storage)!,
  ...{ namespace: null, name: null, subresource: null, rest: [] },
  user: { name: 'system:apiserver', groups: ['system:masters'] },
  query: parseQuery(''),
  request: {
    ...{ method: 'POST', target: '', headers: {}, body: '' },
    peer: { address: null, certificate: null },
    onGone: () => {},
  },
  warnings: new Set(),
})
