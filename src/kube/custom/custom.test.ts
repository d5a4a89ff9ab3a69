import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obj } from '../../kube-client/index.ts'
import type { KindVersion } from '../kind.ts'
import { planDefinition } from './definitions.ts'
import { byPriority, customKind, parseJsonPath } from './index.ts'

test('reads the JSON paths of printer columns', () => {
  const object = {
    spec: { a: 1, 'x.y': 2 },
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Other', status: 'False' },
      ],
      list: [3, 4],
    },
  }
  for (const [path, found] of [
    ['.spec.a', [1]],
    ['.spec.x\\.y', [2]],
    ["['spec']['x.y']", [2]],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type == 'Other')].status", ['False']],
    ['.status.list[0]', [3]],
    ['.status.list[-1]', [4]],
    ['.status.list[*]', [3, 4]],
    ['.none.at.all', []],
  ] as const) {
    assert.deepEqual(parseJsonPath(path)!(object), found, path)
  }
  assert.equal(parseJsonPath('.a[?(@.b > 3)]'), null)
})

test('versions stand in the order of Kubernetes', () => {
  const versions = ['v1alpha1', 'v1', 'foo', 'v1beta2', 'v2', 'v1beta1'].map((name) => ({ name }) as KindVersion)
  assert.deepEqual(
    byPriority(versions).map(({ name }) => name),
    ['v2', 'v1', 'v1beta2', 'v1beta1', 'v1alpha1', 'foo'],
  )
})

const definition = (plural: string, metadata: Partial<Obj['metadata']> = {}): Obj => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.example.com`, generation: 1, ...metadata },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural, singular: 'thing', kind: 'Thing', listKind: 'ThingList', shortNames: ['th'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
          },
        },
        subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Text', type: 'string', jsonPath: '.spec' },
        ],
      },
    ],
  },
})

test('a definition is a kind', () => {
  const kind = customKind(definition('things'), null)
  assert.equal(kind.resource, 'things')
  assert.equal(kind.storage, 'v1')
  assert.deepEqual(kind.subresources, {
    status: true,
    scale: { specReplicas: '.spec.size', statusReplicas: '.status.size' },
  })
  const object = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a' }, spec: { size: 3, other: 1 } }
  const { value, unknown } = kind.versions[0]!.schema.check(object)
  assert.deepEqual(value['spec'], { size: 3 })
  assert.deepEqual(unknown, ['spec.other'])
  assert.deepEqual(
    kind.versions[0]!.columns.map((column) => column.cell(value, 0)),
    [3, '{"size":3}'],
  )
})

test('a definition is registered and says that it is established', () => {
  const pass = planDefinition({ definition: definition('things'), taken: [], left: [] }, 0)
  assert.deepEqual(
    pass.actions.map((action) => action.do),
    ['register', 'merge'],
  )
  const { status } = (
    pass.actions[1] as unknown as {
      patch: { status: { conditions: { type: string; status: string }[]; storedVersions: string[] } }
    }
  ).patch
  assert.deepEqual(
    status.conditions.map(({ type, status }) => [type, status]),
    [
      ['NamesAccepted', 'True'],
      ['Established', 'True'],
    ],
  )
  assert.deepEqual(status.storedVersions, ['v1'])
})

test('a name that is taken keeps a definition out', () => {
  const pass = planDefinition({ definition: definition('things'), taken: ['shortNames'], left: [] }, 0)
  assert.deepEqual(
    pass.actions.map((action) => action.do),
    ['merge'],
  )
})

test('the objects of a definition go before it', () => {
  const ending = definition('things', {
    deletionTimestamp: '2026-01-01T00:00:00Z',
    finalizers: ['customresourcecleanup.apiextensions.k8s.io'],
  })
  const object: Obj = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a', namespace: 'n', uid: '1' } }
  assert.deepEqual(
    planDefinition({ definition: ending, taken: [], left: [object] }, 0).actions.map((action) => action.do),
    ['delete'],
  )
  assert.deepEqual(
    planDefinition({ definition: ending, taken: [], left: [] }, 0).actions.map((action) => action.do),
    ['unregister', 'merge'],
  )
})
