/** The client's side over the embedded API server: the port, the cache, the runner of controllers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpClient } from '../../src/env/node/index.ts'
import {
  type Cache,
  type Controller,
  cacheOver,
  isApiError,
  type KindRef,
  type Kube,
  kubeOver,
  type Obj,
  runControllers,
  type WatchEvent,
} from '../../src/kube-client/index.ts'
import { startWorld, until, type World } from './world.ts'

const configMaps: KindRef = { group: '', version: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true }
const widgets: KindRef = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  resource: 'widgets',
  namespaced: true,
}

const widget = (name: string, spec: Record<string, unknown> = {}): Obj => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default' },
  spec,
})

const ref = (name: string) => ({ namespace: 'default', name })

async function inWorld(run: (kube: Kube, world: World, cache: Cache) => Promise<void>): Promise<void> {
  const world = await startWorld()
  const kube = kubeOver(world.server.handle.bind(world.server), world.env.clock, {
    as: { name: 'test', groups: ['system:masters'] },
  })
  const cache = cacheOver(kube, world.env)
  try {
    await run(kube, world, cache)
  } finally {
    cache.close()
    await world.close()
  }
}

test('the same over HTTP: writes, reads, watches, and where there is nobody', async () => {
  const world = await startWorld({ isSecure: true })
  const tls = world.clientTls!
  const client = httpClient({ url: world.url, tls, bodyBytesMax: 1_000_000, answerMsMax: 60_000 })
  const nobody = httpClient({ url: 'https://127.0.0.1:1', tls, bodyBytesMax: 1, answerMsMax: 60_000 })
  const kube = kubeOver(client, world.env.clock)
  const cache = cacheOver(kube, world.env)
  try {
    await cache.follow(widgets)
    await kube.apply({ do: 'create', kind: widgets, object: widget('ä', { text: 'größer' }) }).then(
      () => assert.fail('no name'),
      (thrown) => assert.equal(thrown.reason, 'Invalid'),
    )
    await kube.apply({ do: 'create', kind: widgets, object: widget('a', { text: 'größer' }) })
    await until(() => cache.get(widgets, ref('a')) !== undefined)
    assert.deepEqual(cache.get(widgets, ref('a')), await kube.get(widgets, ref('a')))
    await kube.apply({ do: 'delete', kind: widgets, ref: ref('a') })
    await until(() => cache.list(widgets).length === 0)
    // The watch ends; the next list is answered again.
    world.server.close()
    await kube.apply({ do: 'create', kind: widgets, object: widget('b') })
    await until(() => cache.get(widgets, ref('b')) !== undefined)
    await assert.rejects(kubeOver(nobody, world.env.clock).list(widgets), { code: 0, reason: 'Unreachable' })
  } finally {
    cache.close()
    client.close()
    nobody.close()
    await world.close()
  }
})

test('objects are written, read, listed page by page and deleted', () =>
  inWorld(async (kube) => {
    assert.equal(await kube.get(widgets, ref('a')), null)
    const created = await kube.apply({ do: 'create', kind: widgets, object: widget('a', { size: 1 }) })
    assert.equal(created?.metadata.generation, 1)
    await assert.rejects(kube.apply({ do: 'create', kind: widgets, object: widget('a') }), {
      reason: 'AlreadyExists',
      code: 409,
    })
    const merged = await kube.apply({ do: 'merge', kind: widgets, ref: ref('a'), patch: { spec: { size: 2 } } })
    assert.equal(merged?.metadata.generation, 2)
    await assert.rejects(
      kube.apply({ do: 'replace', kind: widgets, object: created! }),
      (thrown) => isApiError(thrown) && thrown.reason === 'Conflict',
    )
    const status = {
      do: 'merge',
      kind: widgets,
      ref: ref('a'),
      patch: { status: { on: true } },
      subresource: 'status',
    } as const
    assert.deepEqual(
      [(await kube.apply(status))?.['status'], (await kube.get(widgets, ref('a')))?.metadata.generation],
      [{ on: true }, 2],
    )
    await Promise.all(
      Array.from({ length: 1200 }, (_, i) => kube.apply({ do: 'create', kind: widgets, object: widget(`w${i}`) })),
    )
    const { items } = await kube.list(widgets, { namespace: 'default' })
    assert.equal(items.length, 1201)
    const remove = { do: 'delete', kind: widgets, ref: ref('a'), uid: created!.metadata.uid! } as const
    assert.equal(await kube.apply(remove), null)
    assert.equal(await kube.apply(remove), null, 'it is gone already')
  }))

test('a watch goes on where a list ended, and ends with an error when that is too long ago', () =>
  inWorld(async (kube, world) => {
    const { resourceVersion } = await kube.list(widgets)
    await kube.apply({ do: 'create', kind: widgets, object: widget('a') })
    const events: WatchEvent[] = []
    const watch = kube.watch(widgets, { fields: 'metadata.name=a' }, resourceVersion, (event) => events.push(event))
    await kube.apply({ do: 'create', kind: widgets, object: widget('b') })
    await kube.apply({ do: 'delete', kind: widgets, ref: ref('a') })
    await until(() => events.length === 2)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ADDED', 'DELETED'],
    )
    watch.close()
    world.store.compact(world.store.rev + 1)
    const late: WatchEvent[] = []
    kube.watch(widgets, {}, resourceVersion, (event) => late.push(event))
    await until(() => late.length === 1)
    assert.equal(late[0]?.type === 'ERROR' && late[0].error.reason, 'Expired')
  }))

test('a controller brings about what is wished, sees its own writes, and comes back after a failure', () =>
  inWorld(async (kube, world, cache) => {
    let passes = 0
    const controller: Controller<{ widget: Obj; map: Obj | undefined }> = {
      name: 'maps',
      inputs: [
        { kind: widgets, keys: ({ metadata }) => [metadata.name] },
        { kind: configMaps, keys: ({ metadata }) => [metadata.name] },
      ],
      gather: async (key, view) => {
        const widget = view.get(widgets, ref(key))
        return widget === undefined ? null : { widget, map: view.get(configMaps, ref(key)) }
      },
      plan: (key, { widget, map }) => {
        if (++passes === 1) throw new Error('the first pass fails')
        if (map !== undefined) return { actions: [] }
        const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: key, namespace: 'default' } }
        const note = { about: widget, type: 'Normal', reason: 'Made', note: `made ${key}` } as const
        return { actions: [{ do: 'create', kind: configMaps, object }], events: [note, note] }
      },
    }
    const running = runControllers(kube, world.env, [controller], cache)
    await kube.apply({ do: 'create', kind: widgets, object: widget('a') })
    await until(() => running.isIdle && cache.get(configMaps, ref('a')) !== undefined)
    await kube.apply({ do: 'delete', kind: configMaps, ref: ref('a') })
    const events = { group: '', version: 'v1', kind: 'Event', resource: 'events', namespaced: true }
    await until(async () => (await kube.list(events)).items[0]?.['count'] === 4)
    assert.equal((await kube.list(events)).items.length, 1, 'the same Event again is counted')
    assert.notEqual(await kube.get(configMaps, ref('a')), null)
    running.close()
  }))
