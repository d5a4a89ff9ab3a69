import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obj } from '../../kube-client/index.ts'
import { errorText } from '../schema/index.ts'
import { builtinKinds, canonicalQuantity, quantityNanos } from './index.ts'

const kinds = builtinKinds({ addresses: { take: () => '10.0.0.1' }, cel: null })
const kind = (resource: string) => kinds.find((one) => one.resource === resource)!
const check = (resource: string, object: Record<string, unknown>) => {
  const { apiVersion = 'v1', metadata = { name: 'a' }, ...rest } = object
  return kind(resource).versions[0]!.schema.check({ apiVersion, kind: kind(resource).kind, metadata, ...rest } as Obj)
}
const container = { name: 'c', image: 'busybox' }

test('fills in what Kubernetes fills in', () => {
  const { value } = check('pods', {
    spec: { containers: [{ ...container, ports: [{ containerPort: 80 }], livenessProbe: { httpGet: { port: 80 } } }] },
  })
  assert.deepEqual(value['spec'], {
    containers: [
      {
        name: 'c',
        image: 'busybox',
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        resources: {},
        livenessProbe: {
          httpGet: { path: '/', port: 80, scheme: 'HTTP' },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'Always',
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
  })
})

test('a tag other than latest is pulled when it is not there', () => {
  const policy = (image: string) => {
    const { value } = check('pods', { spec: { containers: [{ name: 'c', image }] } })
    return (value['spec'] as { containers: { imagePullPolicy: string }[] }).containers[0]!.imagePullPolicy
  }
  assert.equal(policy('quay.io:443/strimzi/kafka'), 'Always')
  assert.equal(policy('quay.io/strimzi/kafka:latest'), 'Always')
  assert.equal(policy('quay.io/strimzi/kafka:1.0'), 'IfNotPresent')
  assert.equal(policy('kafka@sha256:00'), 'IfNotPresent')
})

test('leaves out zero values, keeps pointers to them and structs', () => {
  const { value } = check('deployments', {
    apiVersion: 'apps/v1',
    spec: {
      replicas: 0,
      paused: false,
      minReadySeconds: 0,
      selector: {},
      template: { spec: { hostNetwork: false, containers: [] } },
    },
  })
  const spec = value['spec'] as Record<string, unknown>
  assert.equal(spec['replicas'], 0)
  assert.ok(!('paused' in spec) && !('minReadySeconds' in spec))
  const template = spec['template'] as Record<string, Record<string, unknown>>
  assert.deepEqual(template['metadata'], {})
  assert.ok(!('hostNetwork' in template['spec']!))
  assert.deepEqual(value['status'], {})
})

test('what does not fit a type cannot be decoded', () => {
  const why = (spec: unknown) => check('pods', { spec: spec as Record<string, unknown> }).malformed
  assert.equal(
    why({ containers: [], terminationGracePeriodSeconds: '5' }),
    'json: cannot unmarshal string into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64',
  )
  assert.equal(
    why({ containers: {} }),
    'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
  )
  assert.equal(
    why({ containers: [{ ...container, env: [{ name: 'A', value: 1 }] }] }),
    'json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string',
  )
  assert.match(
    why({ containers: [{ ...container, resources: { limits: { cpu: 'much' } } }] })!,
    /^quantities must match/,
  )
})

test('names unknown fields by path, below keys of maps, too', () => {
  const { unknown } = check('pods', {
    metadata: { name: 'a', labes: {} },
    spec: { containers: [{ ...container, x: 1 }] },
  })
  assert.deepEqual(unknown, ['metadata.labes', 'spec.containers[0].x'])
})

test('merge rules are those that Kubernetes publishes', () => {
  const { schema } = kind('deployments').versions[0]!
  const spec = ['spec', 'template', 'spec']
  assert.deepEqual(schema.merge([...spec, 'containers']), { list: 'map', keys: ['name'], patchKey: 'name' })
  assert.deepEqual(schema.merge([...spec, 'containers', '*', 'ports']), {
    list: 'map',
    keys: ['containerPort', 'protocol'],
    patchKey: 'containerPort',
  })
  assert.deepEqual(schema.merge([...spec, 'tolerations']), { list: 'atomic' })
  assert.deepEqual(schema.merge(['spec', 'strategy']), { retainKeys: true })
  assert.deepEqual(schema.merge(['spec', 'selector']), { atomic: true })
  assert.deepEqual(schema.merge(['metadata', 'finalizers']), { list: 'set', patchKey: '' })
})

test('OpenAPI names each type once and refers to it', () => {
  const { schema, definitions } = kind('pods').versions[0]!.schema.openApi()
  const properties = schema['properties'] as Record<string, { $ref?: string }>
  assert.equal(properties['spec']!.$ref, '#/components/schemas/io.k8s.api.core.v1.PodSpec')
  const spec = definitions!['io.k8s.api.core.v1.PodSpec']! as { properties: Record<string, Record<string, unknown>> }
  assert.equal(spec.properties['containers']!['x-kubernetes-patch-merge-key'], 'name')
})

test('says what is wrong with a Service', () => {
  const errors = (spec: Record<string, unknown>) => {
    const { value } = check('services', { spec })
    return kind('services').strategy!.validate!(value, null).map(errorText)
  }
  assert.deepEqual(errors({}), ['spec.ports: Required value'])
  assert.deepEqual(errors({ ports: [{ port: 80 }, { port: 81 }] }), [
    'spec.ports[0].name: Required value',
    'spec.ports[1].name: Required value',
  ])
  assert.deepEqual(errors({ ports: [{ port: 70_000 }] }), [
    'spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
    'spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
  ])
})

test('a Service keeps its address, and gets a node port that is free', () => {
  const { strategy } = kind('services')
  const context = {
    user: { name: 'u', groups: [] },
    nowMs: 0,
    uid: () => 'x',
    all: () => [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'o', uid: '2' }, spec: { ports: [{ nodePort: 30_000 }] } },
    ],
    warn: () => undefined,
  }
  const made = (spec: Record<string, unknown>, prev: Obj | null) => {
    const { value } = check('services', { metadata: { name: 'a', uid: '1' }, spec })
    return strategy!.prepare!(value, prev, context)
  }
  const first = made({ type: 'NodePort', ports: [{ port: 80 }] }, null)
  const spec = first['spec'] as { clusterIP: string; ports: { nodePort: number }[] }
  assert.equal(spec.clusterIP, '10.0.0.1')
  assert.equal(spec.ports[0]!.nodePort, 30_001)
  const second = made({ type: 'NodePort', ports: [{ port: 80 }] }, first)['spec'] as typeof spec
  assert.equal(second.ports[0]!.nodePort, 30_001)
  assert.throws(() => made({ type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }, null), /30000-32767/)
  assert.equal((made({ clusterIP: 'None' }, null)['spec'] as typeof spec).clusterIP, 'None')
})

test('a Secret is written as text or as base64', () => {
  const { value } = check('secrets', { stringData: { user: 'me', word: 'hö' }, data: { word: 'aGk=' } })
  assert.deepEqual(value['data'], { word: 'aMO2', user: 'bWU=' })
  assert.equal(value['stringData'], undefined)
})

test('quantities get their canonical form', () => {
  for (const [given, canonical] of [
    ['0.5', '500m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1000', '1k'],
    ['1e3', '1k'],
    ['0', '0'],
    ['100m', '100m'],
    ['2.5', '2500m'],
    ['5G', '5G'],
  ] as const) {
    assert.equal(canonicalQuantity(given), canonical, given)
  }
  for (const wrong of ['', 'x', '1 Gi', '1.2.3', '1Zi', '9'.repeat(100)])
    assert.equal(canonicalQuantity(wrong), null, wrong)
  assert.equal(quantityNanos('1Ki'), 1024n * 1_000_000_000n)
})

test('paths of a Pod stay in their volumes', () => {
  const errors = (mount: object, volume: object = { emptyDir: {} }) => {
    const volumeMounts = [{ name: 'v', mountPath: '/v', ...mount }]
    const spec = { containers: [{ ...container, volumeMounts }], volumes: [{ name: 'v', ...volume }] }
    return kind('pods').strategy!.validate!(check('pods', { spec }).value, null).map(errorText)
  }
  const at = 'spec.containers[0].volumeMounts'
  assert.deepEqual(errors({ subPath: 'a/b..' }), [])
  assert.deepEqual(errors({ subPath: 'a/../..' }), [`${at}.subPath: Invalid value: "a/../..": must not contain '..'`])
  assert.deepEqual(errors({ subPath: '/etc' }), [`${at}.subPath: Invalid value: "/etc": must be a relative path`])
  assert.deepEqual(errors({ subPathExpr: '../$(A)' }), [
    `${at}.subPathExpr: Invalid value: "../$(A)": must not contain '..'`,
  ])
  const up = { items: [{ key: 'k', path: '../k' }] }
  const sayUp = (field: string) =>
    `spec.volumes[0].${field}.items[0].path: Invalid value: "../k": must not contain '..'`
  assert.equal(errors({}, { configMap: { name: 'c', ...up } })[0], sayUp('configMap'))
  assert.equal(
    errors({}, { projected: { sources: [{ secret: { name: 's', ...up } }] } })[0],
    sayUp('projected.sources[0].secret'),
  )
})

test('keys of a ConfigMap may be any words', () => {
  const errors = (object: Record<string, unknown>) =>
    kind('configmaps').strategy!.validate!(check('configmaps', object).value, null).map(errorText)
  assert.deepEqual(errors({ data: { constructor: 'a', toString: 'b', hasOwnProperty: 'c' } }), [])
  assert.deepEqual(errors({ data: { k: 'a' }, binaryData: { k: 'YQ==' } }), [
    'data[k]: Invalid value: "k": duplicate of key present in binaryData',
  ])
})
