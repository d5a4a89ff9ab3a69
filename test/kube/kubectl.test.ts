/** The machine's own kubectl against the embedded API server, over HTTPS and with a client certificate. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { builtinKinds } from '../../src/kube/index.ts'
import { hasKubectl, openKinds, type Ran, startWorld, until, type World } from './world.ts'

const skip = hasKubectl() ? false : 'kubectl is not on the PATH'

let world: World
before(async () => {
  if (skip !== false) return
  const addresses = { take: (_taken: ReadonlySet<string>, wanted: string | null) => wanted ?? '10.96.0.10' }
  const widgets = openKinds.filter(({ group }) => group !== '')
  world = await startWorld({ kinds: [...builtinKinds({ addresses, cel: null }), ...widgets], isSecure: true })
})
after(() => world?.close())

async function kubectl(...args: string[]): Promise<string> {
  return said(args, await world.kubectl(...args))
}
async function kubectlIn(input: unknown, ...args: string[]): Promise<string> {
  return said(args, await world.kubectlIn(JSON.stringify(input), ...args))
}
function said(args: string[], { code, out, err }: Ran): string {
  assert.equal(code, 0, `kubectl ${args.join(' ')}\n${out}${err}`)
  return out
}
const lines = (text: string): string[] => text.trimEnd().split('\n')

const widget = (name: string, spec: object, more: object = {}): object => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, ...more },
  spec,
})

test('create namespace, secret, configmap and serviceaccount: bodies in protobuf', { skip }, async () => {
  assert.equal(await kubectl('create', 'namespace', 'kafka'), 'namespace/kafka created\n')
  assert.equal(
    await kubectl('create', 'secret', 'generic', 's', '--from-literal=password=hunter2', '-n', 'kafka'),
    'secret/s created\n',
  )
  assert.equal(await kubectl('create', 'cm', 'c', '--from-literal=a=1', '-n', 'kafka'), 'configmap/c created\n')
  assert.equal(await kubectl('create', 'sa', 'robot', '-n', 'kafka'), 'serviceaccount/robot created\n')
  const secret = JSON.parse(await kubectl('get', 'secret', 's', '-n', 'kafka', '-o', 'json'))
  assert.equal(Buffer.from(secret.data.password, 'base64').toString(), 'hunter2')
  assert.match(await kubectl('get', 'secret', '-n', 'kafka'), /^NAME +TYPE +DATA +AGE\ns +Opaque +1 +\d+s\n$/)
  const again = await world.kubectl('create', 'ns', 'kafka')
  assert.deepEqual(
    [again.code, again.err],
    [1, 'Error from server (AlreadyExists): namespaces "kafka" already exists\n'],
  )
  const nowhere = await world.kubectl('create', 'cm', 'c', '-n', 'nowhere')
  assert.match(nowhere.err, /namespaces "nowhere" not found/)
})

test('apply creates, changes and leaves alone; get, label, annotate, describe, explain', { skip }, async () => {
  assert.equal(await kubectlIn(widget('a', { size: 1 }), 'apply', '-f', '-'), 'widget.example.com/a created\n')
  assert.equal(await kubectlIn(widget('a', { size: 2 }), 'apply', '-f', '-'), 'widget.example.com/a configured\n')
  assert.equal(await kubectlIn(widget('a', { size: 2 }), 'apply', '-f', '-'), 'widget.example.com/a unchanged\n')
  assert.match(await kubectl('get', 'w'), /^NAME +AGE\na +\d+s\n$/)
  assert.match(await kubectl('get', 'w', 'a', '-o', 'yaml'), /generation: 2\n/)
  assert.equal(await kubectl('get', 'w', '-o', 'name'), 'widget.example.com/a\n')
  assert.equal(await kubectl('label', 'w', 'a', 'color=red'), 'widget.example.com/a labeled\n')
  assert.equal(await kubectl('annotate', 'w', 'a', 'note=x'), 'widget.example.com/a annotated\n')
  assert.match(await kubectl('get', 'w', '-l', 'color in (red,blue)', '--show-labels'), /color=red\n$/)
  assert.match(await kubectl('describe', 'w', 'a'), /Labels: +color=red\n[\s\S]*Events: +<none>/)
  assert.match(await kubectl('explain', 'w'), /KIND: +Widget/)
  assert.match(await kubectl('explain', 'pod.spec.containers'), /imagePullPolicy/)
  assert.equal(await kubectl('get', 'all', '-o', 'name'), 'widget.example.com/a\n')
})

test('apply --server-side tells of conflicts', { skip }, async () => {
  const one = ['apply', '--server-side', '--field-manager=one', '-f', '-']
  assert.equal(await kubectlIn(widget('ssa', { size: 1 }), ...one), 'widget.example.com/ssa serverside-applied\n')
  const refused = await world.kubectlIn(
    JSON.stringify(widget('ssa', { size: 2 })),
    ...['apply', '--server-side', '--field-manager=two', '-f', '-'],
  )
  assert.equal(refused.code, 1)
  assert.match(refused.err, /Apply failed with 1 conflict: conflict with "one": \.spec\.size/)
})

test('patch in three ways, replace, edit, scale', { skip }, async () => {
  await kubectlIn(widget('p', { size: 1 }), 'create', '-f', '-')
  await kubectl('patch', 'w', 'p', '--type=merge', '-p', '{"spec":{"size":2}}')
  await kubectl('patch', 'w', 'p', '--type=json', '-p', '[{"op":"replace","path":"/spec/size","value":3}]')
  assert.equal(await kubectl('get', 'w', 'p', '-o', 'jsonpath={.spec.size}'), '3')
  assert.equal(
    await kubectl('patch', 'w', 'p', '--subresource=status', '--type=merge', '-p', '{"status":{"on":true}}'),
    'widget.example.com/p patched\n',
  )
  assert.equal(await kubectl('get', 'w', 'p', '-o', 'jsonpath={.status.on} {.metadata.generation}'), 'true 3')
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: { app: 'd' } },
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  }
  assert.equal(await kubectlIn(deployment, 'apply', '-f', '-'), 'deployment.apps/d created\n')
  assert.equal(await kubectl('scale', 'deploy/d', '--replicas=3'), 'deployment.apps/d scaled\n')
  assert.equal(await kubectl('set', 'image', 'deploy/d', 'c=j'), 'deployment.apps/d image updated\n')
  assert.equal(
    await kubectl('get', 'deploy', 'd', '-o', 'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}'),
    '3 j',
  )
  assert.match(
    await kubectl('get', 'deploy', '-o', 'wide'),
    /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\n/,
  )
})

test('mistakes are told before anything is stored', { skip }, async () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x' },
    spec: { containers: [{ name: 'c', img: 'i' }] },
  }
  const unknown = await world.kubectlIn(JSON.stringify(pod), 'create', '-f', '-')
  assert.match(unknown.err, /strict decoding error: unknown field "spec.containers\[0\].img"/)
  const named = await world.kubectl('create', 'cm', 'Not_A_Name')
  assert.match(
    named.err,
    /ConfigMap "Not_A_Name" is invalid: metadata.name: Invalid value: "Not_A_Name": a lowercase RFC 1123/,
  )
  assert.match(
    (await world.kubectl('get', 'w', 'nope')).err,
    /^Error from server \(NotFound\): widgets.example.com "nope" not found/,
  )
  assert.match((await world.kubectl('get', 'gadgets')).err, /the server doesn't have a resource type "gadgets"/)
  await kubectl('create', 'cm', 'dry', '--dry-run=server')
  assert.equal((await world.kubectl('get', 'cm', 'dry')).code, 1)
})

test('wait and watch hear of changes; delete waits for the end', { skip }, async () => {
  await kubectlIn(widget('w', { size: 1 }), 'create', '-f', '-')
  const waiting = kubectl('wait', 'w/w', '--for=condition=Ready', '--timeout=90s')
  const watching = spawn('kubectl', ['get', 'w', 'w', '-w', '--no-headers'], { env: world.variables })
  let seen = ''
  watching.stdout.on('data', (chunk: Buffer) => (seen += chunk))
  await until(() => seen !== '')
  const status = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}'
  await kubectl('patch', 'w', 'w', '--subresource=status', '--type=merge', '-p', status)
  assert.equal(await waiting, 'widget.example.com/w condition met\n')
  await until(() => lines(seen).length === 2)
  watching.kill()
  await kubectl('patch', 'w', 'w', '--type=merge', '-p', '{"metadata":{"finalizers":["example.com/wait"]}}')
  const deleting = kubectl('delete', 'w', 'w')
  await until(async () => (await kubectl('get', 'w', 'w', '-o', 'jsonpath={.metadata.deletionTimestamp}')) !== '')
  await kubectl('patch', 'w', 'w', '--type=merge', '-p', '{"metadata":{"finalizers":null}}')
  assert.match(await deleting, /^widget.example.com "w" deleted/)
  assert.equal((await world.kubectl('wait', 'w/w', '--for=delete')).code, 0)
  await kubectl('delete', 'w', '--all')
  assert.match((await world.kubectl('get', 'w')).err, /No resources found in default namespace/)
})

test('api-resources, api-versions, version and the raw paths', { skip }, async () => {
  assert.match(await kubectl('api-resources'), /widgets +w +example.com\/v1 +true +Widget/)
  assert.ok(lines(await kubectl('api-versions')).includes('apps/v1'))
  assert.match(await kubectl('version'), /Server Version: v1\./)
  assert.equal(await kubectl('get', '--raw', '/readyz'), 'ok')
  const plain = JSON.parse(await kubectl('get', '--raw', '/apis/apps/v1')) as { resources: { name: string }[] }
  assert.ok(plain.resources.some(({ name }) => name === 'deployments/scale'))
})

test('events are shown about what they are about', { skip }, async () => {
  await kubectl('create', 'cm', 'subject')
  const uid = await kubectl('get', 'cm', 'subject', '-o', 'jsonpath={.metadata.uid}')
  const now = `${new Date().toISOString().slice(0, 19)}Z`
  await kubectlIn(
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'subject.1', namespace: 'default' },
      involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', name: 'subject', namespace: 'default', uid },
      ...{ type: 'Warning', reason: 'Odd', message: 'it is odd', count: 1 },
      ...{ firstTimestamp: now, lastTimestamp: now, source: { component: 'test' } },
    },
    ...['create', '-f', '-'],
  )
  assert.match(await kubectl('events', '--for', 'cm/subject'), /Warning +Odd +ConfigMap\/subject +it is odd/)
  assert.match(await kubectl('get', 'events', '--field-selector', 'reason=Odd'), /it is odd/)
  assert.match(await kubectl('describe', 'cm', 'subject'), /Warning +Odd +\S+ +test +it is odd/)
})

test('a service account may do what its roles say, and nothing else', { skip }, async () => {
  await kubectl('create', 'sa', 'reader')
  await kubectl('create', 'role', 'maps', '--verb=get,list', '--resource=configmaps')
  await kubectl('create', 'rolebinding', 'maps', '--role=maps', '--serviceaccount=default:reader')
  const token = (await kubectl('create', 'token', 'reader')).trim()
  const as = async (...args: string[]): Promise<Ran> => world.kubectlAs(token, ...args)
  assert.equal((await as('get', 'cm')).code, 0)
  const refused = await as('get', 'secrets')
  assert.equal(
    refused.err,
    'Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:default:reader" cannot list resource "secrets" in API group "" in the namespace "default"\n',
  )
  assert.equal((await as('auth', 'can-i', 'list', 'cm')).out, 'yes\n')
  assert.equal((await as('auth', 'can-i', 'create', 'pods')).out, 'no\n')
  assert.match((await as('auth', 'whoami')).out, /system:serviceaccount:default:reader/)
  assert.match((await as('auth', 'can-i', '--list')).out, /configmaps +\[\] +\[\] +\[get list\]/)
  assert.equal(await kubectl('auth', 'can-i', '*', '*'), 'yes\n')
  const impersonating = ['auth', 'can-i', 'delete', 'cm', '--as=system:serviceaccount:default:reader']
  assert.equal((await world.kubectl(...impersonating)).out, 'no\n')
  await kubectl('delete', 'sa', 'reader')
  assert.match((await as('get', 'cm')).err, /Unauthorized|must be logged in/)
})
