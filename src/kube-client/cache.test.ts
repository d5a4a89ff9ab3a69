import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheOver, type KindRef, type Kube, type Obj, type WatchEvent } from './index.ts'

const kind: KindRef = { group: '', version: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true }
const object = (resourceVersion: string, more: Partial<Obj['metadata']> = {}): Obj => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'n', uid: '1', resourceVersion, ...more },
})
const ref = { namespace: 'n', name: 'a' }

test('an object that ended is not brought back by the answer to what ended it', async () => {
  let tell: (event: WatchEvent) => void = () => undefined
  const kube = {
    list: async () => ({ items: [object('1', { finalizers: ['f'] })], resourceVersion: '1' }),
    watch: (_kind: unknown, _selector: unknown, _version: unknown, on: (event: WatchEvent) => void) => {
      tell = on
      return { close: () => undefined }
    },
  } as unknown as Kube
  const clock = { monoMs: () => 0, at: () => ({ cancel: () => undefined }) }
  const cache = cacheOver(kube, { clock, logger: { debug: () => undefined } } as unknown as Parameters<
    typeof cacheOver
  >[1])
  await cache.follow(kind)
  const ending = { deletionTimestamp: '2026-01-01T00:00:00Z' }
  tell({ type: 'MODIFIED', object: object('2', { ...ending, finalizers: ['f'] }) })
  assert.equal(cache.get(kind, ref)?.metadata.resourceVersion, '2')
  tell({ type: 'DELETED', object: object('3', ending) })
  cache.learn(kind, ref, object('3', ending))
  assert.equal(cache.get(kind, ref), undefined)
  // What is new is learnt.
  cache.learn(kind, ref, object('4', { uid: '2' }))
  assert.equal(cache.get(kind, ref)?.metadata.uid, '2')
  cache.close()
})
