/** Old and new versions through the API server: what kubectl sees. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { crc32c } from '../bytes/index.ts'
import { memoryDisk } from '../env/memory/index.ts'
import { nodeEnv } from '../env/node/index.ts'
import { apiServer, compileSchema, type JsonObject, type Kind, loadCel, openStore } from '../kube/index.ts'
import type { Obj } from '../kube-client/index.ts'
import { convert, customResourceDefinitions } from './index.ts'

interface Definition {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string; readonly plural: string; readonly singular: string }
    readonly versions: readonly {
      readonly name: string
      readonly deprecationWarning?: string
      readonly schema: { readonly openAPIV3Schema: JsonObject }
    }[]
  }
}

/** Definitions as the API server's rows, without columns. */
async function rows(): Promise<Kind[]> {
  const cel = await loadCel()
  return (customResourceDefinitions() as unknown as readonly Definition[]).map(({ spec }) => ({
    group: spec.group,
    resource: spec.names.plural,
    singular: spec.names.singular,
    kind: spec.names.kind,
    namespaced: true,
    shortNames: [],
    categories: [],
    versions: spec.versions.map((version) => ({
      name: version.name,
      served: true,
      schema: compileSchema(version.schema.openAPIV3Schema, cel).schema,
      columns: [],
      ...(version.deprecationWarning === undefined ? {} : { warning: version.deprecationWarning }),
    })),
    storage: spec.versions[0]!.name,
    subresources: { status: true },
    convert,
  }))
}

interface Answer {
  readonly status: number
  readonly object: Obj & { message?: string }
  readonly warnings: string
}

async function withServer(
  use: (ask: (method: string, path: string, body?: object) => Promise<Answer>) => Promise<void>,
) {
  const env = nodeEnv({ logLevel: 'off' })
  const disk = memoryDisk(env.clock)
  const store = await openStore({ clock: env.clock, disk, logger: env.logger, crc32c }, '/kube')
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }
  await store.commit({ expect: [], put: [['//namespaces/default', home]] }).synced
  const server = apiServer({ env, store, kinds: await rows() })
  await use(async (method, path, body) => {
    const reply = await server.handle({
      method: method === 'APPLY' ? 'PATCH' : method,
      target: path,
      headers: {
        accept: 'application/json',
        'content-type': contentTypeOf(method),
      },
      body: body === undefined ? '' : { json: body },
      peer: { address: null, certificate: { commonName: 'admin', organizations: ['system:masters'] } },
      onGone: () => {},
    })
    return {
      status: reply.status,
      object: (reply.body as { json: Answer['object'] }).json,
      warnings: reply.headers?.['warning'] ?? '',
    }
  })
  server.close()
  await store.close()
  await new Promise<void>((gone) => env.close(gone))
}

const contentTypeOf = (method: string): string =>
  method === 'APPLY'
    ? 'application/apply-patch+yaml'
    : method === 'PATCH'
      ? 'application/merge-patch+json'
      : 'application/json'

const path = (version: string, name = '') => `/apis/kafka.strimzi.io/${version}/namespaces/default/kafkas${name}`

const old = {
  apiVersion: 'kafka.strimzi.io/v1beta1',
  kind: 'Kafka',
  metadata: { name: 'my-cluster' },
  spec: {
    kafka: {
      version: '2.4.0',
      replicas: 3,
      listeners: { plain: {}, tls: {} },
      config: { 'log.message.format.version': '2.2', 'num.partitions': 3 },
      storage: { type: 'ephemeral' },
    },
    zookeeper: { replicas: 3, storage: { type: 'ephemeral' } },
  },
}

test('old YAML is taken, told about, stored as v1 and given back as it was', () =>
  withServer(async (ask) => {
    const created = await ask('POST', path('v1beta1'), old)
    assert.equal(created.status, 201, created.object.message)
    assert.match(created.warnings, /Kafka v1beta1 is an old version/)
    assert.match(created.warnings, /there is no ZooKeeper any more/i)
    assert.deepEqual(created.object['spec'], old.spec)
    const v1 = (await ask('GET', path('v1', '/my-cluster'))).object
    assert.deepEqual((v1['spec'] as { kafka: object }).kafka, {
      listeners: [
        { name: 'plain', port: 9092, type: 'internal', tls: false },
        { name: 'tls', port: 9093, type: 'internal', tls: true },
      ],
      config: { 'num.partitions': 3 },
    })
    const again = (await ask('GET', path('v1beta1', '/my-cluster'))).object
    assert.deepEqual(again['spec'], old.spec)
    assert.equal(again.metadata.annotations, undefined)
  }))

test('the same YAML a second time changes nothing', () =>
  withServer(async (ask) => {
    const { object } = await ask('POST', path('v1beta1'), old)
    const patched = await ask('PATCH', path('v1beta1', '/my-cluster'), { spec: old.spec })
    assert.equal(patched.status, 200)
    assert.equal(patched.object.metadata.resourceVersion, object.metadata.resourceVersion)
    const put = await ask('PUT', path('v1beta1', '/my-cluster'), { ...old, metadata: object.metadata })
    assert.equal(put.object.metadata.resourceVersion, object.metadata.resourceVersion)
  }))

test('server-side apply at the old version: made, unchanged, and what the file says no more is gone', () =>
  withServer(async (ask) => {
    const at = `${path('v1beta1', '/my-cluster')}?fieldManager=me&force=true`
    const first = await ask('APPLY', at, old)
    assert.equal(first.status, 201, first.object.message)
    assert.deepEqual(first.object['spec'], old.spec)
    const second = await ask('APPLY', at, old)
    assert.equal(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion)
    const { config, ...kafka } = old.spec.kafka
    const third = await ask('APPLY', at, { ...old, spec: { ...old.spec, kafka: { ...kafka, replicas: 5 } } })
    assert.deepEqual(third.object['spec'], { ...old.spec, kafka: { ...kafka, replicas: 5 } })
    assert.deepEqual(Object.keys(config), ['log.message.format.version', 'num.partitions'])
    const v1 = (await ask('GET', path('v1', '/my-cluster'))).object
    assert.equal((v1['spec'] as { kafka: { config?: object } }).kafka.config, undefined)
  }))

test('a change at the old version arrives, what only v1 can say stays', () =>
  withServer(async (ask) => {
    await ask('POST', path('v1beta1'), old)
    await ask('PATCH', path('v1', '/my-cluster'), { spec: { kafka: { config: { 'num.partitions': 5 } } } })
    const changed = await ask('PATCH', path('v1beta1', '/my-cluster'), { spec: { kafka: { replicas: 4 } } })
    assert.deepEqual(changed.object['spec'], {
      ...old.spec,
      kafka: { ...old.spec.kafka, replicas: 4, config: { ...old.spec.kafka.config, 'num.partitions': 5 } },
    })
  }))

test('the generation moves with what only the old version can say, and with nothing else', () =>
  withServer(async (ask) => {
    await ask('POST', path('v1beta1'), old)
    const generation = async (body: object) =>
      (await ask('PATCH', path('v1beta1', '/my-cluster'), body)).object.metadata.generation
    assert.equal(await generation({ metadata: { labels: { a: 'b' } } }), 1)
    assert.equal(await generation({ spec: { kafka: { replicas: 4 } } }), 2)
    assert.equal(await generation({ spec: { kafka: { replicas: 4 } } }), 2)
    assert.equal(await generation({ spec: { kafka: { config: { 'num.partitions': 9 } } } }), 3)
  }))

test('v1 takes no field of old versions, and says so', () =>
  withServer(async (ask) => {
    const { status, object } = await ask('POST', `${path('v1')}?fieldValidation=Strict`, {
      ...old,
      apiVersion: 'kafka.strimzi.io/v1',
      spec: { kafka: { listeners: [], zookeeper: {} } },
    })
    assert.equal(status, 400)
    assert.match(object.message!, /unknown field "spec\.kafka\.zookeeper"/)
  }))

test('what would be wrong in v1 is refused at the old version, in the words of v1', () =>
  withServer(async (ask) => {
    const { kafka } = old.spec
    const wrong = { ...old, spec: { ...old.spec, kafka: { ...kafka, listeners: { external: { type: 'pigeon' } } } } }
    const { status, object } = await ask('POST', path('v1beta1'), wrong)
    assert.equal(status, 422)
    assert.match(object.message!, /spec\.kafka\.listeners\[0\]\.type: Unsupported value: "pigeon"/)
  }))
