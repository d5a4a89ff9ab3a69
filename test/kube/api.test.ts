/** What clients other than kubectl rely on: shapes, pages, watches, preconditions and refusals, over real HTTP. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startWorld, type World } from './world.ts'

let world: World
before(async () => {
  world = await startWorld()
})
after(() => world?.close())

const widgets = '/apis/example.com/v1/namespaces/default/widgets'

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape, and the assertions say which
type Answer = any

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await world.fetch(path, { method, headers, ...text })
  return { status: response.status, headers: response.headers, json: (await response.json()) as Answer }
}

const make = (name: string, more: object = {}) =>
  ask('POST', widgets, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, ...more })

/** The first events of a watch, as many as are wanted. */
async function events(query: string, count: number, accept = 'application/json'): Promise<Answer[]> {
  const response = await world.fetch(`${widgets}?watch=1&${query}`, { headers: { accept } })
  assert.equal(response.status, 200)
  const found: Answer[] = []
  let rest = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop()!
    found.push(...parts.map((line) => JSON.parse(line)))
    if (found.length >= count) break
  }
  return found.slice(0, count)
}

test('a list comes in pages which show one moment, also when things change meanwhile', async () => {
  for (const name of ['page-a', 'page-b', 'page-c']) await make(name)
  const first = (await ask('GET', `${widgets}?limit=2`)).json
  assert.equal(first.kind, 'WidgetList')
  assert.equal(first.metadata.remainingItemCount, 1)
  await ask('DELETE', `${widgets}/page-c`)
  const rest = await ask('GET', `${widgets}?limit=2&continue=${encodeURIComponent(first.metadata.continue)}`)
  assert.deepEqual(
    [...first.items, ...rest.json.items].map(({ metadata }: Answer) => metadata.name),
    ['page-a', 'page-b', 'page-c'],
  )
  assert.equal(rest.json.metadata.resourceVersion, first.metadata.resourceVersion)
  world.store.compact(world.store.rev + 1)
  const late = await ask('GET', `${widgets}?limit=2&continue=${encodeURIComponent(first.metadata.continue)}`)
  assert.deepEqual([late.status, late.json.reason, late.json.code], [410, 'Expired', 410])
})

test('a watch-list sends what there is, says where that ends, and goes on', async () => {
  await make('wl')
  const query =
    'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dwl'
  const watching = events(query, 3)
  await ask('PATCH', `${widgets}/wl`, { spec: { on: true } }, { 'content-type': 'application/merge-patch+json' })
  const [added, bookmark, modified] = await watching
  assert.equal(added.type, 'ADDED')
  assert.deepEqual(bookmark.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' })
  // Or the change was first, and is what there is.
  if (added.object.spec === undefined)
    assert.deepEqual([modified.type, modified.object.spec], ['MODIFIED', { on: true }])
  const refused = await ask('GET', `${widgets}?watch=1&sendInitialEvents=true`)
  assert.deepEqual([refused.status, refused.json.reason], [422, 'Invalid'])
})

test('a watch with a selector tells what comes in and what leaves', async () => {
  const { resourceVersion } = (await ask('GET', widgets)).json.metadata
  await make('sel')
  const merge = { 'content-type': 'application/merge-patch+json' }
  await ask('PATCH', `${widgets}/sel`, { metadata: { labels: { a: 'b' } } }, merge)
  await ask('PATCH', `${widgets}/sel`, { metadata: { labels: { a: null } } }, merge)
  const found = await events(`resourceVersion=${resourceVersion}&labelSelector=a%3Db`, 2)
  assert.deepEqual(
    found.map(({ type, object }) => [type, object.metadata.labels]),
    [
      ['ADDED', { a: 'b' }],
      ['DELETED', { a: 'b' }],
    ],
  )
  assert.ok(Number(found[1].object.metadata.resourceVersion) > Number(found[0].object.metadata.resourceVersion))
})

test('a watch from a time that is forgotten ends with an Expired error in the stream', async () => {
  world.store.compact(world.store.rev + 1)
  const [event] = await events('resourceVersion=2', 1)
  assert.deepEqual(
    [event.type, event.object.kind, event.object.code, event.object.reason],
    ['ERROR', 'Status', 410, 'Expired'],
  )
  const future = await ask('GET', `${widgets}?resourceVersion=999999`)
  assert.equal(future.json.details.causes[0].reason, 'ResourceVersionTooLarge')
})

test('tables and metadata alone, also in watches: columns are said once', async () => {
  await make('tab')
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  const { json } = await ask('GET', widgets, undefined, { accept: `${table},application/json` })
  assert.equal(json.kind, 'Table')
  assert.deepEqual(
    json.columnDefinitions.map(({ name }: Answer) => name),
    ['Name', 'Age'],
  )
  assert.equal(json.rows[0].object.kind, 'PartialObjectMetadata')
  const [first, second] = await events('resourceVersion=0', 2, table)
  assert.equal(first.object.columnDefinitions.length, 2)
  assert.equal(second.object.columnDefinitions, null)
  const partial = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' }
  const list = (await ask('GET', widgets, undefined, partial)).json
  assert.deepEqual([list.kind, list.items[0].spec], ['PartialObjectMetadataList', undefined])
})

test('names are generated, uids and times are given, what is the server’s cannot be said', async () => {
  const { status, json } = await ask('POST', widgets, { metadata: { generateName: 'gen-', uid: 'mine' } })
  assert.equal(status, 201)
  assert.match(json.metadata.name, /^gen-[a-z0-9]{5}$/)
  assert.match(json.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.match(json.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.equal(json.metadata.generation, 1)
  assert.equal(json.metadata.managedFields[0].operation, 'Update')
})

test('an update meets the version and the uid it was meant for, or nothing', async () => {
  const { json: first } = await make('upd', { spec: { n: 1 } })
  const merge = { 'content-type': 'application/merge-patch+json' }
  await ask('PATCH', `${widgets}/upd`, { spec: { n: 2 } }, merge)
  const late = await ask('PUT', `${widgets}/upd`, { ...first, spec: { n: 3 } })
  assert.equal(late.status, 409)
  assert.equal(
    late.json.message,
    'Operation cannot be fulfilled on widgets.example.com "upd": the object has been modified; please apply your changes to the latest version and try again',
  )
  const other = { preconditions: { uid: '00000000-0000-4000-8000-000000000000' } }
  assert.equal((await ask('DELETE', `${widgets}/upd`, other)).status, 409)
  const same = await ask('PATCH', `${widgets}/upd`, { spec: { n: 2 } }, merge)
  const read = await ask('GET', `${widgets}/upd`)
  assert.equal(
    same.json.metadata.resourceVersion,
    read.json.metadata.resourceVersion,
    'nothing changed, nothing is written',
  )
  const gone = await ask('DELETE', `${widgets}/upd`, { preconditions: { uid: first.metadata.uid } })
  assert.deepEqual([gone.json.status, gone.json.details.uid], ['Success', first.metadata.uid])
})

test('a dry run changes nothing, a collection is deleted by selector', async () => {
  const dry = await ask('POST', `${widgets}?dryRun=All`, { metadata: { name: 'dry' } })
  assert.deepEqual([dry.status, (await ask('GET', `${widgets}/dry`)).status], [201, 404])
  for (const name of ['col-a', 'col-b']) await make(name, { metadata: { name, labels: { col: 'yes' } } })
  await ask('DELETE', `${widgets}?labelSelector=col%3Dyes`)
  assert.equal((await ask('GET', `${widgets}?labelSelector=col`)).json.items.length, 0)
  assert.equal((await ask('GET', `${widgets}/upd2`)).json.message, 'widgets.example.com "upd2" not found')
})

test('bodies may be YAML', async () => {
  const text = 'metadata:\n  name: yam\nspec: {size: 1, list: [a, b]}\n'
  const type = { 'content-type': 'application/yaml' }
  const made = await world.fetch(widgets, { method: 'POST', body: text, headers: type })
  assert.equal(made.status, 201)
  assert.deepEqual(((await made.json()) as Answer).spec, { size: 1, list: ['a', 'b'] })
  const bomb = `metadata: {name: bomb}\nspec:\n  a0: &a0 [x, x]\n${Array.from({ length: 9 }, (_, i) => `  a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`).join('\n')}\n`
  assert.equal((await world.fetch(widgets, { method: 'POST', body: bomb, headers: type })).status, 400)
})

test('discovery is aggregated in both versions, and plain', async () => {
  for (const version of ['v2', 'v2beta1']) {
    const accept = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`
    const { json, headers } = await ask('GET', '/apis', undefined, { accept })
    assert.match(headers.get('content-type')!, new RegExp(`v=${version};as=APIGroupDiscoveryList`))
    const group = json.items.find(({ metadata }: Answer) => metadata.name === 'example.com')
    assert.deepEqual(group.versions[0].resources[0].shortNames, ['w'])
  }
  const groups = (await ask('GET', '/apis')).json.groups
  assert.ok(groups.some(({ name }: Answer) => name === 'example.com'))
  const index = (await ask('GET', '/openapi/v3')).json.paths
  const document = (await ask('GET', index['apis/example.com/v1'].serverRelativeURL)).json
  const { patch } = document.paths['/apis/example.com/v1/namespaces/{namespace}/widgets/{name}']
  assert.equal(patch['x-kubernetes-group-version-kind'].kind, 'Widget')
  assert.ok(patch.parameters.some(({ name }: Answer) => name === 'fieldValidation'))
})

test('strangers are refused, long bodies too, and long answers are compressed', async () => {
  const wrong = await ask('GET', widgets, undefined, { authorization: 'Bearer wrong' })
  assert.deepEqual([wrong.status, wrong.json.reason], [401, 'Unauthorized'])
  const nobody = await fetch(world.url + widgets)
  assert.equal(nobody.status, 403)
  assert.equal((await fetch(`${world.url}/readyz`)).status, 200)
  const long = await ask('POST', widgets, { metadata: { name: 'long' }, spec: { text: 'x'.repeat(4 * 1024 * 1024) } })
  assert.deepEqual([long.status, long.json.reason], [413, 'RequestEntityTooLarge'])
  await make('large', { spec: { text: 'x'.repeat(200_000) } })
  const large = await ask('GET', `${widgets}/large`, undefined, { 'accept-encoding': 'gzip' })
  assert.equal(large.headers.get('content-encoding'), 'gzip')
  assert.equal(large.json.spec.text.length, 200_000)
  const broken = await world.fetch(widgets, { method: 'POST', body: '{' })
  assert.equal(broken.status, 400)
})

test('what is nested too deeply is a bad request, whether it comes at once or grows', async () => {
  const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  const widget = (name: string, spec: string) =>
    `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"${name}"},"spec":${spec}}`
  const send = async (method: string, path: string, body: string, type = 'application/json') => {
    const response = await world.fetch(path, { method, body, headers: { 'content-type': type } })
    return [response.status, ((await response.json()) as Answer).message]
  }
  const refused = [400, 'exceeded max depth: objects and lists may be nested 1000 levels deep']
  assert.equal((await send('POST', widgets, widget('deep', nested(900))))[0], 201)
  for (const levels of [1001, 100_000]) {
    assert.deepEqual(await send('POST', widgets, widget('deeper', nested(levels))), refused)
    assert.deepEqual(
      await send('PATCH', `${widgets}/deep`, `[${nested(levels)}]`, 'application/json-patch+json'),
      refused,
    )
  }
  const grow = `[{"op":"add","path":"/spec${'/a'.repeat(900)}","value":${nested(200)}}]`
  assert.deepEqual(await send('PATCH', `${widgets}/deep`, grow, 'application/json-patch+json'), refused)
  const yaml = `spec: ${'['.repeat(1500)}${']'.repeat(1500)}`
  assert.equal((await send('POST', widgets, yaml, 'application/yaml'))[0], 400)
})
