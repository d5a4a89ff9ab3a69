/**
 * Requests to an API server whose answers are compared with Kubernetes' own. They run in order, in a namespace of their
 * own (`NS`), each seeing what the earlier ones left.
 */
export interface Ask {
  /** What it is about; also by which known differences are named. */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `NS` stands for the namespace. */
  readonly path: string
  readonly body?: unknown
  readonly type?: string
  readonly accept?: string
  /** Set-up: run, not compared. */
  readonly isSetUp?: boolean
}

const json = 'application/json-patch+json'
const merge = 'application/merge-patch+json'
const strategic = 'application/strategic-merge-patch+json'
const apply = 'application/apply-patch+yaml'
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'

const core = '/api/v1/namespaces/NS'
const apps = '/apis/apps/v1/namespaces/NS'
const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/NS'
const strict = '?fieldValidation=Strict'

const object = (apiVersion: string, kind: string, name: string, rest: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion,
  kind,
  metadata: { name },
  ...rest,
})
const configMap = (name: string, rest: Readonly<Record<string, unknown>> = {}) => object('v1', 'ConfigMap', name, rest)
const secret = (name: string, rest: Readonly<Record<string, unknown>> = {}) => object('v1', 'Secret', name, rest)
const service = (name: string, spec: unknown) => object('v1', 'Service', name, { spec })
const pod = (name: string, spec: unknown) => object('v1', 'Pod', name, { spec })
const claim = (name: string, spec: unknown) => object('v1', 'PersistentVolumeClaim', name, { spec })
const deployment = (name: string, spec: unknown) => object('apps/v1', 'Deployment', name, { spec })
const container = { name: 'c', image: 'busybox' }
const selector = { matchLabels: { a: 'b' } }
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } }
const size = { requests: { storage: '1Gi' } }

const get = (name: string, path: string, accept?: string): Ask => ({
  name,
  method: 'GET',
  path,
  ...(accept === undefined ? {} : { accept }),
})
const post = (name: string, path: string, body: unknown): Ask => ({ name, method: 'POST', path, body })
const put = (name: string, path: string, body: unknown): Ask => ({ name, method: 'PUT', path, body })
const patch = (name: string, type: string, path: string, body: unknown): Ask => ({
  name,
  method: 'PATCH',
  path,
  body,
  type,
})
const del = (name: string, path: string, body?: unknown): Ask => ({
  name,
  method: 'DELETE',
  path,
  ...(body === undefined ? {} : { body }),
})

const group = 'stable.example.com'
const customPath = `/apis/${group}/v1/namespaces/NS/crontabs`
const definitionPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const cronTab = (name: string, spec: unknown) => object(`${group}/v1`, 'CronTab', name, { spec })
const cronSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['cronSpec'],
      properties: {
        cronSpec: { type: 'string', pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$' },
        image: { type: 'string', default: 'busybox' },
        replicas: { type: 'integer', minimum: 1, maximum: 10 },
        mode: { type: 'string', enum: ['Allow', 'Forbid'] },
        port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        jobs: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, every: { type: 'integer' } },
          },
        },
        source: {
          type: 'object',
          properties: { git: { type: 'string' }, file: { type: 'string' } },
          oneOf: [{ required: ['git'] }, { required: ['file'] }],
        },
      },
      'x-kubernetes-validations': [
        { rule: "!has(self.mode) || self.mode != 'Forbid' || has(self.replicas)", message: 'replicas is required' },
      ],
    },
    status: {
      type: 'object',
      properties: { done: { type: 'integer' }, replicas: { type: 'integer' }, selector: { type: 'string' } },
    },
  },
}
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `crontabs.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', shortNames: ['ct'], categories: ['all'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: cronSchema },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
        additionalPrinterColumns: [
          { name: 'Spec', type: 'string', jsonPath: '.spec.cronSpec' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
    ],
  },
}
const broken = (schema: unknown, plural = 'widgets') => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  },
})

export const requests: readonly Ask[] = [
  // Names, metadata and what is not there.
  post('namespace: bad name', '/api/v1/namespaces', object('v1', 'Namespace', 'Not_A_Name')),
  post('namespace: exists', '/api/v1/namespaces', object('v1', 'Namespace', 'NS')),
  get('namespace: get', '/api/v1/namespaces/NS'),
  get('namespace: none', '/api/v1/namespaces/nobody-has-this'),
  get('resource: none', '/api/v1/namespaces/NS/nonsense'),
  get('group: none', '/apis/nonsense.example.com/v1'),
  post('configmap: bad name', `${core}/configmaps`, configMap('Bad_Name')),
  post('configmap: no name', `${core}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
  post('configmap: other namespace', `${core}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'other' },
  }),
  post('configmap: bad label', `${core}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', labels: { 'a b': 'c', d: '-' } },
  }),
  post('configmap: other kind', `${core}/configmaps`, object('v1', 'Secret', 'a')),
  post('configmap: other version', `${core}/configmaps`, object('v2', 'ConfigMap', 'a')),

  // ConfigMaps.
  post('configmap: create', `${core}/configmaps`, configMap('a', { data: { k: 'v' } })),
  post('configmap: again', `${core}/configmaps`, configMap('a', { data: { k: 'v' } })),
  get('configmap: get', `${core}/configmaps/a`),
  get('configmap: none', `${core}/configmaps/zzz`),
  get('configmap: table', `${core}/configmaps/a`, table),
  put('configmap: put', `${core}/configmaps/a`, configMap('a', { data: { k: 'w', l: 'x' } })),
  put('configmap: put with an old version', `${core}/configmaps/a`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', resourceVersion: '1' },
    data: {},
  }),
  put('configmap: put under another name', `${core}/configmaps/a`, configMap('b')),
  put('configmap: put what is not there', `${core}/configmaps/nope`, configMap('nope', { data: { a: 'b' } })),
  post('configmap: unknown field, strict', `${core}/configmaps${strict}`, configMap('u', { dat: {} })),
  post('configmap: unknown field, warned', `${core}/configmaps`, configMap('u', { dat: {} })),
  post('configmap: number in data', `${core}/configmaps`, configMap('n', { data: { k: 1 } })),
  post('configmap: data is a list', `${core}/configmaps`, configMap('n', { data: [] })),
  post('configmap: bad key', `${core}/configmaps`, configMap('n', { data: { 'a b': '1', '..': '2' } })),
  post('configmap: bad base64', `${core}/configmaps`, configMap('n', { binaryData: { a: '%%%' } })),
  post('configmap: immutable', `${core}/configmaps`, configMap('i', { data: { k: 'v' }, immutable: true })),
  patch('configmap: change what is immutable', merge, `${core}/configmaps/i`, { data: { k: 'w' } }),
  patch('configmap: make it mutable again', merge, `${core}/configmaps/i`, { immutable: false }),
  post('configmap: dry run', `${core}/configmaps?dryRun=All`, configMap('dry')),
  get('configmap: dry run wrote nothing', `${core}/configmaps/dry`),
  post('configmap: bad dry run', `${core}/configmaps?dryRun=Some`, configMap('dry')),

  // Patches.
  patch('merge patch', merge, `${core}/configmaps/a`, { data: { k: null, m: 'y' } }),
  patch('merge patch of what is not there', merge, `${core}/configmaps/nope`, { data: {} }),
  patch('json patch', json, `${core}/configmaps/a`, [
    { op: 'add', path: '/data/n', value: 'z' },
    { op: 'remove', path: '/data/m' },
  ]),
  patch('json patch: test fails', json, `${core}/configmaps/a`, [{ op: 'test', path: '/data/n', value: 'other' }]),
  patch('json patch: no such path', json, `${core}/configmaps/a`, [{ op: 'remove', path: '/data/none' }]),
  patch('json patch: no list', json, `${core}/configmaps/a`, { op: 'add' }),
  patch('json patch: unknown operation', json, `${core}/configmaps/a`, [{ op: 'frob', path: '/a' }]),
  patch('patch of another media type', 'application/json', `${core}/configmaps/a`, {}),
  patch('patch the name', merge, `${core}/configmaps/a`, { metadata: { name: 'b' } }),
  patch('patch with a wrong uid', merge, `${core}/configmaps/a`, { metadata: { uid: '0' } }),

  // Apply.
  patch('apply: create', apply, `${core}/configmaps/s?fieldManager=one`, configMap('s', { data: { a: '1', b: '2' } })),
  patch(
    'apply: the same',
    apply,
    `${core}/configmaps/s?fieldManager=one`,
    configMap('s', { data: { a: '1', b: '2' } }),
  ),
  patch('apply: conflict', apply, `${core}/configmaps/s?fieldManager=two`, configMap('s', { data: { a: '3' } })),
  patch(
    'apply: two conflicts',
    apply,
    `${core}/configmaps/s?fieldManager=two`,
    configMap('s', { data: { a: '3', b: '4' } }),
  ),
  patch('apply: shared', apply, `${core}/configmaps/s?fieldManager=two`, configMap('s', { data: { a: '1', c: '5' } })),
  patch(
    'apply: forced',
    apply,
    `${core}/configmaps/s?fieldManager=two&force=true`,
    configMap('s', { data: { a: '3', c: '5' } }),
  ),
  patch('apply: fewer', apply, `${core}/configmaps/s?fieldManager=one`, configMap('s', { data: {} })),
  patch('apply: no manager', apply, `${core}/configmaps/s`, configMap('s')),
  patch('apply: beside an update', merge, `${core}/configmaps/s?fieldManager=three`, { data: { d: '6' } }),
  patch(
    'apply: conflict with an update',
    apply,
    `${core}/configmaps/s?fieldManager=one`,
    configMap('s', { data: { d: '7' } }),
  ),
  get('apply: who owns what', `${core}/configmaps/s`),

  // Lists.
  get('list: label selector', `${core}/configmaps?labelSelector=nobody%3Dhas`),
  get('list: bad label selector', `${core}/configmaps?labelSelector=a%3D%3D%3Db`),
  get('list: field selector', `${core}/configmaps?fieldSelector=metadata.name%3Da`),
  get('list: unknown field selector', `${core}/configmaps?fieldSelector=spec.nonsense%3Da`),
  get('list: bad limit', `${core}/configmaps?limit=-1`),
  get('list: bad continue', `${core}/configmaps?limit=1&continue=nonsense`),

  // Secrets.
  post('secret: plain', `${core}/secrets`, secret('a', { stringData: { user: 'me' }, data: { word: 'aGk=' } })),
  post('secret: tls without keys', `${core}/secrets`, secret('t', { type: 'kubernetes.io/tls' })),
  post('secret: bad base64', `${core}/secrets`, secret('t', { data: { a: 'not base64!' } })),
  patch('secret: another type', merge, `${core}/secrets/a`, { type: 'kubernetes.io/tls' }),
  patch('secret: stringData', merge, `${core}/secrets/a`, { stringData: { word: 'ho' } }),

  // Services.
  post('service: create', `${core}/services`, service('a', { ports: [{ port: 80 }], selector: { a: 'b' } })),
  post('service: headless', `${core}/services`, service('h', { clusterIP: 'None', selector: { a: 'b' } })),
  post('service: external', `${core}/services`, service('e', { type: 'ExternalName', externalName: 'example.com' })),
  post('service: without ports', `${core}/services`, service('x', {})),
  post('service: two ports without names', `${core}/services`, service('x', { ports: [{ port: 80 }, { port: 81 }] })),
  post(
    'service: the same port twice',
    `${core}/services`,
    service('x', {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    }),
  ),
  post('service: bad port', `${core}/services`, service('x', { ports: [{ port: 70000 }] })),
  post('service: bad type', `${core}/services`, service('x', { type: 'Foo', ports: [{ port: 80 }] })),
  post('service: bad name', `${core}/services`, service('9.x', { ports: [{ port: 80 }] })),
  post(
    'service: node port out of range',
    `${core}/services`,
    service('x', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
  ),
  post('service: bad protocol', `${core}/services`, service('x', { ports: [{ port: 80, protocol: 'XYZ' }] })),
  patch('service: strategic merge adds a port', strategic, `${core}/services/a`, {
    spec: {
      ports: [
        { port: 80, name: 'web' },
        { port: 81, name: 'other' },
      ],
    },
  }),
  patch('service: strategic merge removes a port', strategic, `${core}/services/a`, {
    spec: { ports: [{ $patch: 'delete', port: 81 }] },
  }),
  patch('service: cluster IP changes', merge, `${core}/services/a`, { spec: { clusterIP: '10.0.0.250' } }),
  get('service: table', `${core}/services/h`, table),

  // Pods.
  post('pod: create', `${core}/pods`, pod('a', { containers: [container] })),
  post(
    'pod: full',
    `${core}/pods`,
    pod('full', {
      initContainers: [{ ...container, name: 'i' }],
      containers: [
        {
          ...container,
          ports: [{ containerPort: 80 }],
          env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          resources: { limits: { cpu: 0.5, memory: '1024Mi' } },
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          livenessProbe: { httpGet: { port: 80 } },
          readinessProbe: { tcpSocket: { port: 'web' } },
          lifecycle: { preStop: { exec: { command: ['true'] } } },
        },
      ],
      volumes: [{ name: 'v' }, { name: 'w', secret: { secretName: 'a' } }, { name: 'x', configMap: { name: 'a' } }],
      terminationGracePeriodSeconds: 5,
    }),
  ),
  post('pod: no containers', `${core}/pods`, pod('x', {})),
  post('pod: container without image and name', `${core}/pods`, pod('x', { containers: [{}] })),
  post(
    'pod: bad names',
    `${core}/pods`,
    pod('x', { containers: [{ name: 'A_b', image: 'c' }], volumes: [{ name: 'V' }] }),
  ),
  post(
    'pod: unknown mount',
    `${core}/pods`,
    pod('x', { containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
  ),
  post('pod: the same container twice', `${core}/pods`, pod('x', { containers: [container, container] })),
  post(
    'pod: bad policies',
    `${core}/pods`,
    pod('x', {
      restartPolicy: 'Maybe',
      dnsPolicy: 'Foo',
      containers: [{ ...container, imagePullPolicy: 'Sometimes' }],
    }),
  ),
  post('pod: probe without handler', `${core}/pods`, pod('x', { containers: [{ ...container, livenessProbe: {} }] })),
  post(
    'pod: bad ports',
    `${core}/pods`,
    pod('x', {
      containers: [{ ...container, ports: [{ containerPort: 0 }, { containerPort: 70000, name: 'UPPER' }] }],
    }),
  ),
  post(
    'pod: requests above limits',
    `${core}/pods`,
    pod('x', { containers: [{ ...container, resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }] }),
  ),
  post(
    'pod: bad quantity',
    `${core}/pods`,
    pod('x', { containers: [{ ...container, resources: { limits: { cpu: 'much' } } }] }),
  ),
  post(
    'pod: string for a number',
    `${core}/pods`,
    pod('x', { containers: [container], terminationGracePeriodSeconds: '5' }),
  ),
  post('pod: object for a list', `${core}/pods`, pod('x', { containers: {} })),
  post(
    'pod: number for an environment value',
    `${core}/pods`,
    pod('x', { containers: [{ ...container, env: [{ name: 'A', value: 1 }] }] }),
  ),
  post(
    'pod: unknown field, strict',
    `${core}/pods${strict}`,
    pod('x', { containers: [{ ...container, imagePullPolice: 'Always' }], restartPolice: 'Never' }),
  ),
  post(
    'pod: value and valueFrom',
    `${core}/pods`,
    pod('x', {
      containers: [
        {
          ...container,
          env: [
            { name: 'A', value: 'b', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'B', valueFrom: {} },
          ],
        },
      ],
    }),
  ),
  post(
    'pod: two sources of a volume',
    `${core}/pods`,
    pod('x', { containers: [container], volumes: [{ name: 'v', emptyDir: {}, secret: { secretName: 'a' } }] }),
  ),
  patch('pod: image', strategic, `${core}/pods/a`, { spec: { containers: [{ name: 'c', image: 'busybox:2' }] } }),
  patch('pod: another command', strategic, `${core}/pods/a`, { spec: { containers: [{ name: 'c', command: ['x'] }] } }),
  patch('pod: status', merge, `${core}/pods/a/status`, { status: { phase: 'Running' } }),
  get('pod: table', `${core}/pods/a`, table),
  del('pod: delete', `${core}/pods/full`),

  // Workloads.
  post('deployment: create', `${apps}/deployments`, deployment('a', { replicas: 0, selector, template })),
  post(
    'deployment: selector does not match',
    `${apps}/deployments`,
    deployment('x', { selector: { matchLabels: { x: 'y' } }, template }),
  ),
  post('deployment: no selector', `${apps}/deployments`, deployment('x', { template })),
  post('deployment: negative replicas', `${apps}/deployments`, deployment('x', { replicas: -1, selector, template })),
  post(
    'deployment: bad strategy',
    `${apps}/deployments`,
    deployment('x', { strategy: { type: 'Foo' }, selector, template }),
  ),
  post(
    'deployment: nothing may move',
    `${apps}/deployments`,
    deployment('x', { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } }, selector, template }),
  ),
  post(
    'deployment: restart policy',
    `${apps}/deployments`,
    deployment('x', { selector, template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } }),
  ),
  post('deployment: string replicas', `${apps}/deployments`, deployment('x', { replicas: '1', selector, template })),
  patch('deployment: selector changes', merge, `${apps}/deployments/a`, {
    spec: { selector: { matchLabels: { c: 'd' } }, template: { metadata: { labels: { c: 'd' } } } },
  }),
  patch('deployment: retainKeys', strategic, `${apps}/deployments/a`, {
    spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
  }),
  get('deployment: scale', `${apps}/deployments/a/scale`),
  patch('deployment: scale by patch', merge, `${apps}/deployments/a/scale`, { spec: { replicas: 0 } }),
  post(
    'replicaset: create',
    `${apps}/replicasets`,
    object('apps/v1', 'ReplicaSet', 'r', { spec: { replicas: 0, selector, template } }),
  ),

  // Storage.
  post(
    'claim: create',
    `${core}/persistentvolumeclaims`,
    claim('a', { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: size }),
  ),
  post('claim: no size', `${core}/persistentvolumeclaims`, claim('x', { accessModes: ['ReadWriteOnce'] })),
  post('claim: no modes', `${core}/persistentvolumeclaims`, claim('x', { resources: size })),
  post(
    'claim: bad mode',
    `${core}/persistentvolumeclaims`,
    claim('x', { accessModes: ['Sometimes'], resources: size }),
  ),
  patch('claim: another class', merge, `${core}/persistentvolumeclaims/a`, { spec: { storageClassName: 'other' } }),
  post('storage class: no provisioner', '/apis/storage.k8s.io/v1/storageclasses', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'x-NS' },
  }),
  post('storage class: create', '/apis/storage.k8s.io/v1/storageclasses?dryRun=All', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'x-NS' },
    provisioner: 'example.com/p',
  }),
  post(
    'volume: create',
    '/api/v1/persistentvolumes?dryRun=All',
    object('v1', 'PersistentVolume', 'v-NS', {
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp' } },
    }),
  ),
  post(
    'volume: without a source',
    '/api/v1/persistentvolumes',
    object('v1', 'PersistentVolume', 'v-NS', {
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
    }),
  ),

  // Access.
  post(
    'role: create',
    `${rbac}/roles`,
    object('rbac.authorization.k8s.io/v1', 'Role', 'a', {
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    }),
  ),
  post(
    'role: no verbs',
    `${rbac}/roles`,
    object('rbac.authorization.k8s.io/v1', 'Role', 'x', { rules: [{ apiGroups: [''], resources: ['pods'] }] }),
  ),
  post(
    'binding: create',
    `${rbac}/rolebindings`,
    object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'a', {
      roleRef: { kind: 'Role', name: 'a' },
      subjects: [
        { kind: 'ServiceAccount', name: 's', namespace: 'NS' },
        { kind: 'User', name: 'u' },
      ],
    }),
  ),
  post(
    'binding: bad kinds',
    `${rbac}/rolebindings`,
    object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'x', {
      roleRef: { kind: 'Foo', name: '' },
      subjects: [{ kind: 'Bar', name: '' }],
    }),
  ),
  patch('binding: another role', merge, `${rbac}/rolebindings/a`, { roleRef: { name: 'b' } }),
  post('service account: create', `${core}/serviceaccounts`, object('v1', 'ServiceAccount', 'a')),

  // Others.
  post(
    'budget: create',
    '/apis/policy/v1/namespaces/NS/poddisruptionbudgets',
    object('policy/v1', 'PodDisruptionBudget', 'a', { spec: { minAvailable: 1, selector } }),
  ),
  post(
    'budget: both',
    '/apis/policy/v1/namespaces/NS/poddisruptionbudgets',
    object('policy/v1', 'PodDisruptionBudget', 'x', { spec: { minAvailable: 1, maxUnavailable: 1 } }),
  ),
  post(
    'budget: bad percentage',
    '/apis/policy/v1/namespaces/NS/poddisruptionbudgets',
    object('policy/v1', 'PodDisruptionBudget', 'x', { spec: { minAvailable: '10' } }),
  ),
  post(
    'lease: create',
    '/apis/coordination.k8s.io/v1/namespaces/NS/leases',
    object('coordination.k8s.io/v1', 'Lease', 'a', { spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } }),
  ),
  post(
    'lease: bad duration',
    '/apis/coordination.k8s.io/v1/namespaces/NS/leases',
    object('coordination.k8s.io/v1', 'Lease', 'x', { spec: { leaseDurationSeconds: 0 } }),
  ),
  post(
    'network policy: create',
    '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies',
    object('networking.k8s.io/v1', 'NetworkPolicy', 'a', {
      spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
    }),
  ),
  post(
    'ingress: create',
    '/apis/networking.k8s.io/v1/namespaces/NS/ingresses',
    object('networking.k8s.io/v1', 'Ingress', 'a', {
      spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
    }),
  ),
  post(
    'ingress: empty',
    '/apis/networking.k8s.io/v1/namespaces/NS/ingresses',
    object('networking.k8s.io/v1', 'Ingress', 'x', { spec: {} }),
  ),
  post(
    'event: create',
    `${core}/events`,
    object('v1', 'Event', 'a', {
      involvedObject: { kind: 'Pod', name: 'a', namespace: 'NS' },
      reason: 'R',
      message: 'm',
      type: 'Normal',
    }),
  ),
  post(
    'event: elsewhere',
    `${core}/events`,
    object('v1', 'Event', 'x', { involvedObject: { kind: 'Pod', name: 'a', namespace: 'other' } }),
  ),
  post(
    'endpoints: create',
    `${core}/endpoints`,
    object('v1', 'Endpoints', 'z', { subsets: [{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 80 }] }] }),
  ),
  post(
    'endpoint slice: create',
    '/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices',
    object('discovery.k8s.io/v1', 'EndpointSlice', 'z', {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.1.1'] }],
      ports: [{ port: 80 }],
    }),
  ),

  // Definitions.
  post('definition: name does not match', definitionPath, {
    ...broken({ type: 'object' }),
    metadata: { name: `wrong.${group}` },
  }),
  post(
    'definition: no type',
    definitionPath,
    broken({ type: 'object', properties: { spec: { properties: { a: {} } } } }),
  ),
  post(
    'definition: list without items',
    definitionPath,
    broken({ type: 'object', properties: { a: { type: 'array' } } }),
  ),
  post(
    'definition: bad pattern',
    definitionPath,
    broken({ type: 'object', properties: { a: { type: 'string', pattern: '(' } } }),
  ),
  post(
    'definition: bad rule',
    definitionPath,
    broken({
      type: 'object',
      properties: { a: { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.b ==' }] } },
    }),
  ),
  post('definition: no schema', definitionPath, {
    ...broken({}),
    spec: { ...broken({}).spec, versions: [{ name: 'v1', served: true, storage: true }] },
  }),
  post('definition: create', definitionPath, definition),
  { name: 'definition: becomes a kind', method: 'GET', path: customPath, isSetUp: true },

  // Custom resources.
  post(
    'custom: create',
    `${customPath}?fieldManager=me`,
    cronTab('a', {
      cronSpec: '* * * * */5',
      replicas: 2,
      free: { x: [1] },
      port: 'web',
      jobs: [{ name: 'j' }],
      tags: ['t'],
    }),
  ),
  post('custom: required', customPath, cronTab('x', {})),
  post('custom: no spec', customPath, object(`${group}/v1`, 'CronTab', 'nospec')),
  post('custom: many mistakes', customPath, cronTab('x', { cronSpec: 'never', replicas: 11, mode: 'Maybe' })),
  post('custom: wrong type', customPath, cronTab('x', { cronSpec: 5 })),
  post('custom: wrong type of a map', customPath, cronTab('x', { cronSpec: '* * * * *', labels: { a: 1 } })),
  post('custom: bool for int-or-string', customPath, cronTab('x', { cronSpec: '* * * * *', port: true })),
  post(
    'custom: unknown field, strict',
    `${customPath}${strict}`,
    cronTab('x', { cronSpec: '* * * * *', foo: 1, jobs: [{ name: 'a', bar: 1 }] }),
  ),
  post('custom: unknown field, warned', customPath, cronTab('w', { cronSpec: '* * * * *', foo: 1 })),
  post('custom: rule', customPath, cronTab('x', { cronSpec: '* * * * *', mode: 'Forbid' })),
  post('custom: one of two', customPath, cronTab('x', { cronSpec: '* * * * *', source: {} })),
  post('custom: both of two', customPath, cronTab('x', { cronSpec: '* * * * *', source: { git: 'a', file: 'b' } })),
  post(
    'custom: the same key twice',
    customPath,
    cronTab('x', { cronSpec: '* * * * *', jobs: [{ name: 'j' }, { name: 'j' }] }),
  ),
  post('custom: the same tag twice', customPath, cronTab('x', { cronSpec: '* * * * *', tags: ['t', 't'] })),
  post('custom: null', customPath, cronTab('nulls', { cronSpec: '* * * * *', image: null, replicas: null })),
  get('custom: get', `${customPath}/a`),
  get('custom: table', `${customPath}/a`, table),
  patch('custom: strategic merge patch', strategic, `${customPath}/a`, { spec: {} }),
  patch('custom: merge patch', merge, `${customPath}/a`, { spec: { replicas: 3 } }),
  patch('custom: status through the object', merge, `${customPath}/a`, { status: { done: 1 } }),
  patch('custom: status', merge, `${customPath}/a/status`, { status: { done: 1 }, spec: { replicas: 9 } }),
  put('custom: put without a version', `${customPath}/a`, cronTab('a', { cronSpec: '* * * * *' })),
  get('custom: scale', `${customPath}/a/scale`),
  patch(
    'custom: apply',
    apply,
    `${customPath}/b?fieldManager=one`,
    cronTab('b', {
      cronSpec: '* * * * *',
      jobs: [
        { name: 'one', every: 1 },
        { name: 'two', every: 2 },
      ],
      tags: ['x', 'y'],
    }),
  ),
  patch(
    'custom: apply by another',
    apply,
    `${customPath}/b?fieldManager=two`,
    cronTab('b', { cronSpec: '* * * * *', jobs: [{ name: 'three', every: 3 }], tags: ['z'] }),
  ),
  patch(
    'custom: apply with a conflict',
    apply,
    `${customPath}/b?fieldManager=two`,
    cronTab('b', { jobs: [{ name: 'one', every: 5 }] }),
  ),
  patch(
    'custom: apply less',
    apply,
    `${customPath}/b?fieldManager=one`,
    cronTab('b', { cronSpec: '* * * * *', jobs: [{ name: 'two', every: 2 }], tags: ['y'] }),
  ),
  del('custom: delete', `${customPath}/b`),
  del('custom: delete again', `${customPath}/b`),
  del('delete with a wrong uid', `${core}/configmaps/a`, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid: '0' },
  }),
  del('delete: bad propagation', `${core}/configmaps/a`, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Sideways',
  }),
  del('delete', `${core}/configmaps/a`),
]
