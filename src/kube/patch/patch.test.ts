import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obj } from '../../kube-client/index.ts'
import { builtinKinds } from '../kinds/index.ts'
import { compileSchema } from '../schema/index.ts'
import { jsonPatch, mergePatch, serverSideApply, strategicMerge, trackUpdate } from './index.ts'

const kinds = builtinKinds({ addresses: { take: () => null }, cel: null })
const schemaOf = (resource: string) => kinds.find((one) => one.resource === resource)!.versions[0]!.schema
const pods = schemaOf('pods')
const deployments = schemaOf('deployments')

test('a merge patch merges objects, replaces lists and removes with null', () => {
  assert.deepEqual(mergePatch({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: null, e: 3 }, d: [2] }), {
    a: { c: 2, e: 3 },
    d: [2],
  })
  assert.deepEqual(mergePatch([1], { a: null, b: 1 }), { b: 1 })
})

test('a JSON patch does all it says or nothing', () => {
  const object = { a: [1, 2], 'b/c': { '~d': 1 } }
  assert.deepEqual(
    jsonPatch(object, [
      { op: 'add', path: '/a/-', value: 3 },
      { op: 'replace', path: '/b~1c/~0d', value: 2 },
      { op: 'move', from: '/a/0', path: '/e' },
      { op: 'copy', from: '/a', path: '/f' },
      { op: 'test', path: '/f', value: [2, 3] },
    ]),
    { a: [2, 3], 'b/c': { '~d': 2 }, e: 1, f: [2, 3] },
  )
  for (const wrong of [
    { op: 'remove', path: '/none' },
    { op: 'replace', path: '/none', value: 1 },
    { op: 'add', path: '/a/7', value: 1 },
    { op: 'add', path: '/x/y', value: 1 },
    { op: 'test', path: '/a/0', value: 2 },
    { op: 'move', from: '/a', path: '/a/0' },
    { op: 'frob', path: '/a' },
  ]) {
    assert.throws(() => jsonPatch(object, [{ op: 'add', path: '/new', value: 1 }, wrong]), { name: 'PatchError' })
  }
  assert.deepEqual(object, { a: [1, 2], 'b/c': { '~d': 1 } })
})

test('a JSON patch cannot reach the prototype of objects', () => {
  const made = jsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: 1 } }]) as object
  assert.equal(Object.getPrototypeOf(made), Object.prototype)
  assert.deepEqual(Object.keys(made), ['__proto__'])
})

test('a strategic merge patch merges lists by their keys', () => {
  const live = {
    spec: {
      containers: [
        { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
        { name: 'b', image: '1' },
      ],
    },
  }
  const patch = {
    spec: {
      containers: [
        { name: 'a', image: '2', env: [{ name: 'Y', value: '2' }] },
        { name: 'c', image: '3' },
      ],
    },
  }
  assert.deepEqual(strategicMerge(live, patch, pods), {
    spec: {
      containers: [
        {
          name: 'a',
          image: '2',
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', value: '2' },
          ],
        },
        { name: 'b', image: '1' },
        { name: 'c', image: '3' },
      ],
    },
  })
})

test('directives of strategic merge patches', () => {
  const containers = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
  const merged = (patch: Record<string, unknown>) =>
    (strategicMerge({ spec: { containers } }, { spec: patch }, pods)['spec'] as { containers: unknown }).containers
  assert.deepEqual(merged({ containers: [{ $patch: 'delete', name: 'b' }] }), [{ name: 'a' }, { name: 'c' }])
  assert.deepEqual(merged({ containers: [{ $patch: 'replace' }, { name: 'z' }] }), [{ name: 'z' }])
  assert.deepEqual(
    merged({
      '$setElementOrder/containers': [{ name: 'd' }, { name: 'c' }, { name: 'a' }],
      containers: [{ name: 'd' }],
    }),
    [{ name: 'd' }, { name: 'b' }, { name: 'c' }, { name: 'a' }],
  )
  const finalizers = { metadata: { finalizers: ['a', 'b'] } }
  assert.deepEqual(
    strategicMerge(finalizers, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] } }, pods),
    {
      metadata: { finalizers: ['b', 'c'] },
    },
  )
  const rolling = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } }
  assert.deepEqual(
    strategicMerge(rolling, { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }, deployments),
    {
      spec: { strategy: { type: 'Recreate' } },
    },
  )
  assert.throws(() => merged({ containers: [{ image: 'x' }] }), /does not contain declared merge key: name/)
})

test('lists without a merge key are replaced', () => {
  const live = { spec: { tolerations: [{ key: 'a' }] } }
  assert.deepEqual(strategicMerge(live, { spec: { tolerations: [{ key: 'b' }] } }, pods), {
    spec: { tolerations: [{ key: 'b' }] },
  })
})

const time = '2026-01-01T00:00:00Z'
const updater = (manager: string) => ({ manager, operation: 'Update' as const, apiVersion: 'v1', subresource: '' })
const configMaps = schemaOf('configmaps').root
const configMap = (data: Record<string, string>): Obj => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c' },
  data,
})
const owners = (object: Obj) =>
  Object.fromEntries(
    (object.metadata.managedFields ?? []).map((entry) => {
      const { manager, fieldsV1 } = entry as unknown as { manager: string; fieldsV1: Record<string, unknown> }
      return [manager, fieldsV1]
    }),
  )

test('an update takes the fields that it changes, and no others', () => {
  const first = trackUpdate(configMap({ a: '1', b: '2' }), null, configMaps, updater('one'), time)
  assert.deepEqual(owners(first), { one: { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } } })
  const changed = { ...first, data: { a: '1', b: '3', c: '4' } }
  const second = trackUpdate(changed, first, configMaps, updater('two'), time)
  assert.deepEqual(owners(second), {
    one: { 'f:data': { '.': {}, 'f:a': {} } },
    two: { 'f:data': { 'f:b': {}, 'f:c': {} } },
  })
  const third = trackUpdate({ ...second, data: { b: '3', c: '4' } }, second, configMaps, updater('one'), time)
  assert.deepEqual(owners(third), { one: { 'f:data': {} }, two: { 'f:data': { 'f:b': {}, 'f:c': {} } } })
})

test('what many programs touched does not grow without end', () => {
  let object = trackUpdate(configMap({ k0: '0' }), null, configMaps, updater('m0'), time)
  for (let nth = 1; nth < 30; nth++) {
    const data = { ...(object['data'] as Record<string, string>), [`k${nth}`]: '1' }
    object = trackUpdate({ ...object, data }, object, configMaps, updater(`m${nth}`), time)
  }
  assert.equal(object.metadata.managedFields!.length, 10)
  assert.ok('ancient-changes' in owners(object))
})

const apply = (live: Obj | null, applied: Obj, manager: string, force = false, root = configMaps) =>
  serverSideApply({ live, applied, root, manager: { ...updater(manager), operation: 'Apply' }, force, time })
const done = (outcome: ReturnType<typeof apply>): Obj => {
  assert.equal(outcome.conflicts, null)
  return (outcome as { object: Obj }).object
}

test('apply: what one says no more goes, unless another says it, too', () => {
  const one = done(apply(null, configMap({ a: '1', b: '2' }), 'one'))
  const both = done(apply(one, configMap({ a: '1', c: '3' }), 'two'))
  assert.deepEqual(both['data'], { a: '1', b: '2', c: '3' })
  const less = done(apply(both, configMap({}), 'one'))
  assert.deepEqual(less['data'], { a: '1', c: '3' })
  assert.deepEqual(Object.keys(owners(less)).sort(), ['one', 'two'])
  const none = done(apply(less, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } } as Obj, 'two'))
  // Of the map itself the first one said that it is there.
  assert.deepEqual(none['data'], {})
})

test('apply: changing what another owns is a conflict that names him, unless forced', () => {
  const one = done(apply(null, configMap({ a: '1', b: '2' }), 'one'))
  const refused = apply(one, configMap({ a: '3', b: '4' }), 'two')
  assert.ok(refused.conflicts !== null)
  assert.equal(refused.message, 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b')
  const updated = trackUpdate({ ...one, data: { a: '9', b: '2' } }, one, configMaps, updater('kubectl-edit'), time)
  const again = apply(updated, configMap({ a: '1', b: '2' }), 'one')
  assert.ok(again.conflicts !== null)
  assert.equal(again.message, 'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.a')
  const forced = done(apply(updated, configMap({ a: '1', b: '2' }), 'one', true))
  assert.deepEqual(forced['data'], { a: '1', b: '2' })
  assert.deepEqual(Object.keys(owners(forced)), ['one'])
})

test('apply: lists are shared by their keys', () => {
  const { schema } = compileSchema(
    {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            jobs: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['name'],
              items: { type: 'object', properties: { name: { type: 'string' }, every: { type: 'integer' } } },
            },
            tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
            all: { type: 'array', items: { type: 'string' } },
          },
        },
      },
    },
    null,
  )
  const thing = (spec: unknown): Obj => ({ apiVersion: 'x/v1', kind: 'Thing', metadata: { name: 'a' }, spec })
  const run = (live: Obj | null, spec: unknown, manager: string) =>
    apply(live, thing(spec), manager, false, schema.root)
  const one = done(
    run(
      null,
      {
        jobs: [
          { name: 'a', every: 1 },
          { name: 'b', every: 2 },
        ],
        tags: ['x', 'y'],
      },
      'one',
    ),
  )
  const two = done(run(one, { jobs: [{ name: 'c', every: 3 }], tags: ['z'], all: ['q'] }, 'two'))
  assert.deepEqual(two['spec'], {
    jobs: [
      { name: 'a', every: 1 },
      { name: 'b', every: 2 },
      { name: 'c', every: 3 },
    ],
    tags: ['x', 'y', 'z'],
    all: ['q'],
  })
  const conflict = run(two, { jobs: [{ name: 'a', every: 5 }] }, 'two')
  assert.ok(conflict.conflicts !== null)
  assert.equal(conflict.conflicts[0]!.field, '.spec.jobs[name="a"].every')
  const less = done(run(two, { jobs: [{ name: 'b', every: 2 }], tags: ['y'] }, 'one'))
  assert.deepEqual(less['spec'], {
    jobs: [
      { name: 'b', every: 2 },
      { name: 'c', every: 3 },
    ],
    tags: ['y', 'z'],
    all: ['q'],
  })
})

test('apply: the same again changes nothing, not even a time', () => {
  const one = done(apply(null, configMap({ a: '1' }), 'one'))
  const later = serverSideApply({
    live: one,
    applied: configMap({ a: '1' }),
    root: configMaps,
    manager: { ...updater('one'), operation: 'Apply' },
    force: false,
    time: '2027-01-01T00:00:00Z',
  })
  assert.deepEqual(done(later), one)
})

test('copies in a JSON patch do not double without end', () => {
  const copies = Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '/a', path: `/a/c${index}` }))
  assert.throws(() => jsonPatch({ a: { b: 'x' } }, copies), /exceeding the limit 3145728/)
  assert.deepEqual(jsonPatch({ a: { b: 'x' } }, copies.slice(0, 1)), { a: { b: 'x', c0: { b: 'x' } } })
})
