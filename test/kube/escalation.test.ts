/** What a service account may not give to itself, over real HTTP. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { builtinKinds } from '../../src/kube/index.ts'
import { startWorld, type World } from './world.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape, and the assertions say which
type Answer = any
interface Told {
  readonly status: number
  readonly json: Answer
}

let world: World
let token: string
before(async () => {
  const addresses = { take: (_taken: ReadonlySet<string>, wanted: string | null) => wanted ?? '10.96.0.10' }
  world = await startWorld({ kinds: builtinKinds({ addresses, cel: null }) })
  await admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'climber' } })
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const answer = await admin('POST', '/api/v1/namespaces/default/serviceaccounts/climber/token', asked)
  token = answer.json.status.token
  const rules = [
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['create', 'get', 'update', 'patch'] },
    { apiGroups: [''], resources: ['configmaps', 'pods/*'], verbs: ['get', 'list'] },
  ]
  await admin('POST', `${cluster}/clusterroles`, { metadata: { name: 'climber' }, rules })
  await admin('POST', `${cluster}/clusterrolebindings`, bound('climber', 'climber'))
})
after(() => world?.close())

const cluster = '/apis/rbac.authorization.k8s.io/v1'
const inDefault = `${cluster}/namespaces/default`
const who =
  'user "system:serviceaccount:default:climber" (groups=["system:serviceaccounts" "system:serviceaccounts:default" "system:authenticated"])'
const climbs = `${who} is attempting to grant RBAC permissions not currently held:\n`

async function ask(bearer: string | null, method: string, path: string, body: object): Promise<Told> {
  const headers: Record<string, string> = bearer === null ? {} : { authorization: `Bearer ${bearer}` }
  if (method === 'PATCH') headers['content-type'] = 'application/merge-patch+json'
  const response = await world.fetch(path, { method, headers, body: JSON.stringify(body) })
  return { status: response.status, json: await response.json() }
}
const admin = async (method: string, path: string, body: object): Promise<Told> => {
  const told = await ask(null, method, path, body)
  assert.ok(told.status < 300, JSON.stringify(told.json))
  return told
}
const climber = (method: string, path: string, body: object): Promise<Told> => ask(token, method, path, body)

const bound = (name: string, role: string, kind = 'ClusterRole'): object => ({
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
  subjects: [{ kind: 'ServiceAccount', name: 'climber', namespace: 'default' }],
})

test('a binding to a role with more rights than the caller has is refused', async () => {
  for (const resource of ['clusterrolebindings', 'rolebindings']) {
    const at = resource === 'rolebindings' ? inDefault : cluster
    const { status, json } = await climber('POST', `${at}/${resource}`, bound('up', 'cluster-admin'))
    assert.equal(status, 403)
    assert.equal(
      json.message,
      `${resource}.rbac.authorization.k8s.io "up" is forbidden: ${climbs}{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}`,
    )
  }
  assert.equal((await climber('POST', `${inDefault}/rolebindings`, bound('same', 'climber'))).status, 201)
  assert.equal((await climber('POST', `${inDefault}/rolebindings`, bound('none', 'nowhere'))).status, 404)
})

test('subjects are not added to a binding of more rights, by a patch neither', async () => {
  const other = { ...bound('theirs', 'cluster-admin'), subjects: [] }
  await admin('POST', `${cluster}/clusterrolebindings`, other)
  const { subjects } = bound('', '') as Answer
  const { status } = await climber('PATCH', `${cluster}/clusterrolebindings/theirs`, { subjects })
  assert.equal(status, 403)
  const labels = { metadata: { labels: { a: 'b' } } }
  assert.equal((await climber('PATCH', `${cluster}/clusterrolebindings/theirs`, labels)).status, 200)
})

test('a role with more rights than the caller has is neither made nor grown', async () => {
  const role = (name: string, ...rules: object[]): object => ({ metadata: { name }, rules })
  const held = { apiGroups: [''], resources: ['configmaps'], verbs: ['get'], resourceNames: ['one'] }
  const more = { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['get', 'delete'] }
  assert.equal((await climber('POST', `${inDefault}/roles`, role('held', held))).status, 201)
  const { status, json } = await climber('POST', `${inDefault}/roles`, role('more', more))
  assert.deepEqual(
    [status, json.message],
    [
      403,
      `roles.rbac.authorization.k8s.io "more" is forbidden: ${climbs}{APIGroups:[""], Resources:["configmaps"], Verbs:["delete"]}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}`,
    ],
  )
  assert.equal((await climber('PATCH', `${inDefault}/roles/held`, { rules: [more] })).status, 403)
  assert.equal((await climber('PATCH', `${cluster}/clusterroles/climber`, { rules: [more] })).status, 403)
  const sum = { ...role('sum'), aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }
  const refused = await climber('POST', `${cluster}/clusterroles`, sum)
  assert.match(refused.json.message, /must have cluster-admin privileges to use an aggregationRule/)
  const names = Array.from({ length: 30_000 }, (_, index) => `n${index}`)
  const huge = role('huge', { ...held, resourceNames: names })
  assert.match((await climber('POST', `${inDefault}/roles`, huge)).json.message, /too many to compare/)
})

test('the verbs bind and escalate allow what the rights alone do not', async () => {
  const rules = [
    {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['clusterroles'],
      verbs: ['bind'],
      resourceNames: ['view'],
    },
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['escalate'] },
  ]
  await admin('POST', `${inDefault}/roles`, { metadata: { name: 'trusted' }, rules })
  await admin('POST', `${inDefault}/rolebindings`, bound('trusted', 'trusted', 'Role'))
  assert.equal((await climber('POST', `${inDefault}/rolebindings`, bound('view', 'view'))).status, 201)
  assert.equal((await climber('POST', `${inDefault}/rolebindings`, bound('edit', 'edit'))).status, 403)
  const secrets = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]
  const made = await climber('POST', `${inDefault}/roles`, { metadata: { name: 'secrets' }, rules: secrets })
  assert.equal(made.status, 201)
})
