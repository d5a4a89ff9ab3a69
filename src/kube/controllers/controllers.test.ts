import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Action, Obj, OwnerReference } from '../../kube-client/index.ts'
import { planBudget } from './budgets.ts'
import { planEndpoints } from './endpoints.ts'
import { planSweep, planWarning } from './events.ts'
import { type GarbageFacts, planGarbage } from './garbage.ts'
import { planNamespace } from './namespaces.ts'
import { configMaps, pods as podKind } from './refs.ts'
import { planScheduling } from './scheduler.ts'
import { planClaim, planVolume } from './volumes.ts'

const nowMs = Date.parse('2026-01-01T01:00:00Z')
const object = (
  kind: string,
  name: string,
  more: Record<string, unknown> = {},
  metadata: Partial<Obj['metadata']> = {},
): Obj => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: '7', ...metadata },
  ...more,
})
const going = '2026-01-01T00:00:00Z'
/** `delete pods/a` */
const told = (actions: readonly (Action | { do: string })[]): string[] =>
  actions.map((action) => {
    if (!('kind' in action)) return action.do
    const name = 'ref' in action ? action.ref.name : action.object.metadata.name || action.object.metadata.generateName
    const how = 'propagation' in action && action.propagation !== undefined ? ` ${action.propagation}` : ''
    return `${action.do} ${action.kind.resource}/${name}${how}`
  })
const patchOf = (action: Action | { do: string } | undefined): Record<string, unknown> =>
  (action as Extract<Action, { do: 'merge' }>).patch as Record<string, unknown>

test('a namespace has a service account and the root certificates', () => {
  const namespace = object('Namespace', 'n')
  const facts = { namespace, hasAccount: false, rootCa: null, wantedRootCa: 'PEM', left: [] }
  assert.deepEqual(told(planNamespace(facts).actions), [
    'create serviceaccounts/default',
    'create configmaps/kube-root-ca.crt',
  ])
  assert.deepEqual(planNamespace({ ...facts, hasAccount: true, rootCa: 'PEM' }).actions, [])
  assert.deepEqual(told(planNamespace({ ...facts, hasAccount: true, rootCa: 'OLD' }).actions), [
    'merge configmaps/kube-root-ca.crt',
  ])
})

test('a namespace that goes is emptied, then let go', () => {
  const namespace = object('Namespace', 'n', { spec: { finalizers: ['kubernetes'] } }, { deletionTimestamp: going })
  const facts = { namespace, hasAccount: true, rootCa: null, wantedRootCa: null }
  const left = [
    { kind: podKind, object: object('Pod', 'p') },
    { kind: configMaps, object: object('ConfigMap', 'c', {}, { deletionTimestamp: going }) },
  ]
  const busy = planNamespace({ ...facts, left })
  assert.deepEqual(told(busy.actions), ['delete pods/p Background'])
  assert.ok(busy.wakeInMs! > 0)
  const empty = planNamespace({ ...facts, left: [] })
  assert.deepEqual(patchOf(empty.actions[0])['spec'], { finalizers: [] })
})

const owner: OwnerReference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'uid-o', blockOwnerDeletion: true }
const garbage = (facts: Partial<GarbageFacts>) =>
  planGarbage({ object: object('Pod', 'p'), kind: podKind, owners: [], dependents: [], ...facts }).actions

test('what nobody owns any more goes; what somebody owns stays', () => {
  assert.deepEqual(told(garbage({ owners: [{ owner, state: 'gone' }] })), ['delete pods/p Background'])
  assert.deepEqual(garbage({ owners: [{ owner, state: 'stands' }] }), [])
  assert.deepEqual(garbage({ owners: [{ owner, state: 'unknown' }] }), [])
  assert.deepEqual(garbage({}), [])
  const deleted = garbage({ owners: [{ owner, state: 'gone' }] })[0] as Extract<Action, { do: 'delete' }>
  assert.equal(deleted.uid, 'uid-p')
  assert.equal(deleted.resourceVersion, '7')
})

test('a reference to what is gone is dropped where another owner stands', () => {
  const other = { ...owner, name: 'q', uid: 'uid-q' }
  const owned = object('Pod', 'p', {}, { ownerReferences: [owner, other] })
  const owners = [
    { owner, state: 'gone' as const },
    { owner: other, state: 'stands' as const },
  ]
  const [action] = garbage({ object: owned, owners })
  assert.deepEqual((patchOf(action)['metadata'] as { ownerReferences: unknown }).ownerReferences, [other])
})

test('foreground: an owner waits for what blocks it', () => {
  const waiting = object('ConfigMap', 'o', {}, { deletionTimestamp: going, finalizers: ['foregroundDeletion', 'x'] })
  const dependent = { kind: podKind, object: object('Pod', 'p', {}, { ownerReferences: [owner] }) }
  assert.deepEqual(told(garbage({ object: waiting, kind: configMaps, dependents: [dependent] })), [
    'delete pods/p Background',
  ])
  const free = {
    ...dependent,
    object: object('Pod', 'p', {}, { ownerReferences: [{ ...owner, blockOwnerDeletion: false }] }),
  }
  const [done] = garbage({ object: waiting, kind: configMaps, dependents: [free] })
  assert.deepEqual((patchOf(done)['metadata'] as { finalizers: unknown }).finalizers, ['x'])
})

test('orphan: what was owned stays, without its owner', () => {
  const letting = object('ConfigMap', 'o', {}, { deletionTimestamp: going, finalizers: ['orphan'] })
  const dependent = { kind: podKind, object: object('Pod', 'p', {}, { ownerReferences: [owner] }) }
  const actions = garbage({ object: letting, kind: configMaps, dependents: [dependent] })
  assert.deepEqual(told(actions), ['merge pods/p', 'merge configmaps/o'])
  assert.equal((patchOf(actions[0])['metadata'] as { ownerReferences: unknown }).ownerReferences, null)
})

const node = object('Node', 'node', { spec: {} }, { labels: { zone: 'a' } })

test('a pod is bound to the node, and nothing is written after it', () => {
  const pass = planScheduling({ pod: object('Pod', 'p', { spec: {} }), nodes: [node], claims: [] }, nowMs)
  assert.deepEqual(patchOf(pass.actions.at(-1))['spec'], { nodeName: 'node' })
  assert.equal(pass.events![0]!.reason, 'Scheduled')
})

test('a pod that cannot be bound says why, once', () => {
  const why = (spec: Record<string, unknown>, nodes: Obj[], claims: { name: string; claim: Obj | null }[] = []) =>
    planScheduling({ pod: object('Pod', 'p', { spec }), nodes, claims }, nowMs).events![0]!.note
  assert.equal(why({}, []), 'no nodes available to schedule pods')
  assert.equal(
    why({ nodeSelector: { zone: 'b' } }, [node]),
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
  )
  assert.equal(why({}, [node], [{ name: 'c', claim: null }]), 'persistentvolumeclaim "c" not found')
  const note = why({}, [node], [{ name: 'c', claim: object('PersistentVolumeClaim', 'c') }])
  assert.match(note, /unbound immediate PersistentVolumeClaims/)
  const conditions = [{ type: 'PodScheduled', status: 'False', message: note }]
  const pod = object('Pod', 'p', { spec: {}, status: { conditions } })
  const claim = object('PersistentVolumeClaim', 'c')
  assert.deepEqual(planScheduling({ pod, nodes: [node], claims: [{ name: 'c', claim }] }, nowMs), { actions: [] })
})

const service = object('Service', 's', {
  spec: {
    clusterIP: '10.0.0.1',
    selector: { a: 'b' },
    ports: [{ name: 'web', port: 80, targetPort: 'http', protocol: 'TCP' }],
  },
})
const serving = (name: string, ip: string, isReady: boolean) =>
  object('Pod', name, {
    spec: {
      nodeName: 'node',
      hostname: name,
      subdomain: 's',
      containers: [{ ports: [{ name: 'http', containerPort: 8080 }] }],
    },
    status: { podIP: ip, phase: 'Running', conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  })

test('a service’s endpoints are the pods that are ready, at the ports that they have', () => {
  const pods = [serving('b', '1.2', true), serving('a', '1.1', true), serving('c', '1.3', false)]
  const { actions } = planEndpoints({ key: 'n/s', service, pods, endpoints: undefined, slices: [] })
  const [old, slice] = actions.map((action) => (action as Extract<Action, { do: 'create' }>).object)
  const subset = (
    old!['subsets'] as { addresses: { ip: string }[]; notReadyAddresses: { ip: string }[]; ports: unknown }[]
  )[0]!
  assert.deepEqual(
    subset.addresses.map(({ ip }) => ip),
    ['1.1', '1.2'],
  )
  assert.deepEqual(
    subset.notReadyAddresses.map(({ ip }) => ip),
    ['1.3'],
  )
  assert.deepEqual(subset.ports, [{ name: 'web', port: 8080, protocol: 'TCP' }])
  const endpoints = slice!['endpoints'] as { addresses: string[]; hostname: string; conditions: { ready: boolean } }[]
  assert.deepEqual(
    endpoints.map(({ addresses, hostname, conditions }) => [addresses[0], hostname, conditions.ready]),
    [
      ['1.1', 'a', true],
      ['1.2', 'b', true],
      ['1.3', 'c', false],
    ],
  )
  const settled = planEndpoints({ key: 'n/s', service, pods, endpoints: old, slices: [slice!] })
  assert.deepEqual(settled.actions, [])
})

test('a headless service may publish pods that are not ready', () => {
  const early = { ...service, spec: { ...(service['spec'] as object), publishNotReadyAddresses: true } }
  const { actions } = planEndpoints({
    key: 'n/s',
    service: early,
    pods: [serving('c', '1.3', false)],
    endpoints: undefined,
    slices: [],
  })
  const slice = (actions[1] as Extract<Action, { do: 'create' }>).object
  assert.equal((slice['endpoints'] as { conditions: { ready: boolean } }[])[0]!.conditions.ready, true)
})

const claim = (more: Record<string, unknown> = {}, metadata: Partial<Obj['metadata']> = {}) =>
  object(
    'PersistentVolumeClaim',
    'c',
    {
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'local', resources: { requests: { storage: '1Gi' } } },
      status: { phase: 'Pending' },
      ...more,
    },
    metadata,
  )
const localClass = object('StorageClass', 'local', { provisioner: 'millrace.io/local', reclaimPolicy: 'Delete' })
const noUsers = { available: undefined, volume: undefined, users: [] }

test('a claim gets a directory of its own, and is bound to it', () => {
  const made = planClaim({ claim: claim(), storageClass: localClass, ...noUsers }, '/data')
  const volume = (made.actions[0] as Extract<Action, { do: 'create' }>).object
  assert.equal(volume.metadata.name, 'pvc-uid-c')
  assert.deepEqual((volume['spec'] as { hostPath: unknown }).hostPath, {
    path: '/data/pvc-uid-c',
    type: 'DirectoryOrCreate',
  })
  const bound = planClaim({ claim: claim(), storageClass: localClass, ...noUsers, volume }, '/data')
  assert.deepEqual(told(bound.actions), [
    'merge persistentvolumeclaims/c',
    'merge persistentvolumes/pvc-uid-c',
    'merge persistentvolumeclaims/c',
  ])
  assert.deepEqual(patchOf(bound.actions[2])['status'], {
    phase: 'Bound',
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
  })
})

test('a class that is not here gets a directory, too, and a warning', () => {
  const pass = planClaim({ claim: claim(), storageClass: undefined, ...noUsers }, '/data')
  assert.equal(pass.actions.length, 1)
  assert.match(pass.events!.find(({ type }) => type === 'Warning')!.note, /there is no such class/)
})

test('a claim stays while a pod uses it', () => {
  const held = claim({}, { deletionTimestamp: going, finalizers: ['kubernetes.io/pvc-protection'] })
  assert.deepEqual(planClaim({ claim: held, storageClass: localClass, ...noUsers, users: ['p'] }, '/data').actions, [])
  const [action] = planClaim({ claim: held, storageClass: localClass, ...noUsers }, '/data').actions
  assert.equal((patchOf(action)['metadata'] as { finalizers: unknown }).finalizers, null)
})

test('the volume of a claim that is gone goes with its directory, unless it is to be kept', () => {
  const volume = (policy: string, metadata: Partial<Obj['metadata']> = {}) =>
    object(
      'PersistentVolume',
      'v',
      {
        spec: {
          persistentVolumeReclaimPolicy: policy,
          hostPath: { path: '/data/v' },
          claimRef: { namespace: 'n', name: 'c', uid: 'uid-c' },
        },
        status: { phase: 'Bound' },
      },
      { annotations: { 'pv.kubernetes.io/provisioned-by': 'millrace.io/local' }, ...metadata },
    )
  assert.deepEqual(told(planVolume({ volume: volume('Delete'), claim: undefined }, '/data').actions), [
    'merge persistentvolumes/v',
    'delete persistentvolumes/v',
  ])
  assert.deepEqual(told(planVolume({ volume: volume('Retain'), claim: undefined }, '/data').actions), [
    'merge persistentvolumes/v',
  ])
  assert.deepEqual(planVolume({ volume: volume('Delete'), claim: claim() }, '/data').actions, [])
  const ending = { deletionTimestamp: going, finalizers: ['kubernetes.io/pv-protection'] }
  assert.deepEqual(told(planVolume({ volume: volume('Delete', ending), claim: undefined }, '/data').actions), [
    'removeDirectory',
    'merge persistentvolumes/v',
  ])
  // A directory that is not ours is never removed.
  assert.deepEqual(told(planVolume({ volume: volume('Delete', ending), claim: undefined }, '/other').actions), [
    'merge persistentvolumes/v',
  ])
})

test('a budget says how many pods may go', () => {
  const pods = [serving('a', '1', true), serving('b', '2', true), serving('c', '3', false)]
  const status = (spec: Record<string, unknown>) => {
    const pass = planBudget(
      { budget: object('PodDisruptionBudget', 'b', { spec: { selector: {}, ...spec } }), pods },
      nowMs,
    )
    const { disruptionsAllowed, desiredHealthy, currentHealthy, expectedPods } = patchOf(pass.actions[0])[
      'status'
    ] as Record<string, number>
    return [disruptionsAllowed, desiredHealthy, currentHealthy, expectedPods]
  }
  assert.deepEqual(status({ minAvailable: 1 }), [1, 1, 2, 3])
  assert.deepEqual(status({ maxUnavailable: 1 }), [0, 2, 2, 3])
  assert.deepEqual(status({ minAvailable: '50%' }), [0, 2, 2, 3])
})

test('events live for an hour', () => {
  const event = (name: string, lastTimestamp: string) => object('Event', name, { lastTimestamp })
  const pass = planSweep([event('old', '2026-01-01T00:00:00Z'), event('new', '2026-01-01T00:00:01Z')], nowMs)
  assert.deepEqual(told(pass.actions), ['delete events/old'])
})

test('what is not enforced is said once', () => {
  const policy = (creationTimestamp: string): Obj =>
    object('NetworkPolicy', 'p', {}, { creationTimestamp, generation: 1 })
  assert.match(planWarning(policy('2026-01-01T00:59:59Z'), nowMs).events![0]!.note, /not enforced here/)
  assert.deepEqual(planWarning(policy('2026-01-01T00:00:00Z'), nowMs), { actions: [] })
})
