import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergePatch } from './diff.ts'

test('what Kubernetes fills in, leaves out or others add is no difference', () => {
  const have = {
    metadata: { labels: { ours: '1', theirs: '2' } },
    spec: { list: [{ a: 1, filled: true }], clusterIP: '1' },
  }
  const want = {
    metadata: { labels: { ours: '1' } },
    spec: { list: [{ a: 1, zero: 0, off: false, empty: '' }], empty: {} },
  }
  assert.equal(mergePatch(have, want), undefined)
})

test('data and selectors are all ours: what is not wanted goes', () => {
  assert.deepEqual(mergePatch({ data: { a: '1', b: '2' } }, { data: { a: '1', c: '3' } }), {
    data: { b: null, c: '3' },
  })
})

test('ports of a service keep their node ports when another comes', () => {
  const have = { spec: { ports: [{ name: 'a', port: 1, nodePort: 30001 }] } }
  const want = {
    spec: {
      ports: [
        { name: 'a', port: 1 },
        { name: 'b', port: 2 },
      ],
    },
  }
  assert.deepEqual(mergePatch(have, want), {
    spec: {
      ports: [
        { name: 'a', port: 1, nodePort: 30001 },
        { name: 'b', port: 2 },
      ],
    },
  })
})

test('pods of a pod set are compared whole', () => {
  const have = { spec: { pods: [{ metadata: { name: 'a' }, spec: { old: 1 } }] } }
  const want = { spec: { pods: [{ metadata: { name: 'a' }, spec: {} }] } }
  assert.deepEqual(mergePatch(have, want), { spec: { pods: want.spec.pods } })
})
