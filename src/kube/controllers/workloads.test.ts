import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Action, Obj, Pass } from '../../kube-client/index.ts'
import { planDeployment } from './deployments.ts'
import { planReplicaSet } from './replica-sets.ts'

const nowMs = Date.parse('2026-01-01T00:10:00Z')
const earlier = '2026-01-01T00:00:00Z'

const deployment = (spec: Record<string, unknown> = {}, image = 'a:1'): Obj => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'n', uid: 'D', generation: 1 },
  spec: {
    replicas: 4,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image }] } },
    revisionHistoryLimit: 2,
    progressDeadlineSeconds: 600,
    ...spec,
  },
})

const replicaSet = (name: string, image: string, replicas: number, available = replicas, revision = 1): Obj => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name,
    namespace: 'n',
    uid: name,
    generation: 1,
    creationTimestamp: earlier,
    annotations: { 'deployment.kubernetes.io/revision': String(revision) },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'D', controller: true }],
  },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'x', 'pod-template-hash': name } },
    template: {
      metadata: { labels: { app: 'x', 'pod-template-hash': name } },
      spec: { containers: [{ name: 'c', image }] },
    },
  },
  status: { replicas, readyReplicas: available, availableReplicas: available },
})

/** Name of the set → its new number of replicas; a new set under its image. */
function scalings(pass: Pass): Record<string, number> {
  const found: Record<string, number> = {}
  for (const action of pass.actions) {
    if (action.do === 'create') {
      const spec = action.object['spec'] as {
        replicas: number
        template: { spec: { containers: { image: string }[] } }
      }
      found[`new ${spec.template.spec.containers[0]!.image}`] = spec.replicas
    } else if (action.do === 'merge' && action.kind.resource === 'replicasets') {
      const { spec } = action.patch as { spec?: { replicas: number } }
      if (spec !== undefined) found[action.ref.name] = spec.replicas
    }
  }
  return found
}

const statusOf = (pass: Pass): Record<string, unknown> => {
  const action = pass.actions.find((one) => one.do === 'merge' && one.subresource === 'status')
  return ((action as Extract<Action, { do: 'merge' }>).patch as { status: Record<string, unknown> }).status
}

test('a new Deployment gets a set with all its replicas', () => {
  const pass = planDeployment({ deployment: deployment(), sets: [], podCount: 0 }, nowMs)
  assert.deepEqual(scalings(pass), { 'new a:1': 4 })
  const made = pass.actions.find((action) => action.do === 'create')!
  const { metadata, spec } = (made as Extract<Action, { do: 'create' }>).object as unknown as {
    metadata: Obj['metadata']
    spec: { selector: { matchLabels: Record<string, string> } }
  }
  assert.equal(metadata.name, `d-${metadata.labels!['pod-template-hash']}`)
  assert.deepEqual(spec.selector.matchLabels, { app: 'x', 'pod-template-hash': metadata.labels!['pod-template-hash'] })
  assert.equal(metadata.annotations!['deployment.kubernetes.io/revision'], '1')
  assert.equal(metadata.ownerReferences![0]!.uid, 'D')
})

test('a rolling update never has fewer available or more pods than allowed', () => {
  const desired = deployment({}, 'a:2')
  let old = replicaSet('old', 'a:1', 4)
  let current: Obj | null = null
  for (let step = 0; step < 20; step++) {
    const sets = current === null ? [old] : [old, current]
    const changes = scalings(planDeployment({ deployment: desired, sets, podCount: 0 }, nowMs))
    if (Object.keys(changes).length === 0) break
    const oldCount = changes['old'] ?? (old['spec'] as { replicas: number }).replicas
    const before = current === null ? 0 : (current['spec'] as { replicas: number }).replicas
    const newCount = changes['new a:2'] ?? changes['new'] ?? before
    assert.ok(oldCount + newCount <= 5, `${oldCount} + ${newCount} pods`)
    const available = current === null ? 0 : before
    assert.ok(oldCount + Math.min(available, newCount) >= 3, `${oldCount} old and ${available} new available`)
    old = replicaSet('old', 'a:1', oldCount)
    // What was made is available at the next step.
    current = replicaSet('new', 'a:2', newCount, newCount, 2)
  }
  assert.equal((old['spec'] as { replicas: number }).replicas, 0)
  assert.equal((current!['spec'] as { replicas: number }).replicas, 4)
})

test('old pods wait while new ones do not become available', () => {
  const sets = [replicaSet('old', 'a:1', 3), replicaSet('new', 'a:2', 2, 0, 2)]
  const pass = planDeployment({ deployment: deployment({}, 'a:2'), sets, podCount: 5 }, nowMs)
  assert.deepEqual(scalings(pass), {})
})

test('old pods that do not serve go first', () => {
  const sets = [replicaSet('old', 'a:1', 4, 2), replicaSet('new', 'a:2', 1, 1, 2)]
  const pass = planDeployment({ deployment: deployment({}, 'a:2'), sets, podCount: 5 }, nowMs)
  assert.equal(scalings(pass)['old'], 2)
})

test('Recreate makes new pods only when the old ones are gone', () => {
  const recreate = deployment({ strategy: { type: 'Recreate' } }, 'a:2')
  const first = planDeployment({ deployment: recreate, sets: [replicaSet('old', 'a:1', 4)], podCount: 4 }, nowMs)
  assert.deepEqual(scalings(first), { old: 0 })
  const waiting = planDeployment({ deployment: recreate, sets: [replicaSet('old', 'a:1', 0)], podCount: 1 }, nowMs)
  assert.deepEqual(scalings(waiting), {})
  const last = planDeployment({ deployment: recreate, sets: [replicaSet('old', 'a:1', 0)], podCount: 0 }, nowMs)
  assert.deepEqual(scalings(last), { 'new a:2': 4 })
})

test('going back to an earlier template takes its set again, as the newest revision', () => {
  const sets = [replicaSet('one', 'a:1', 0, 0, 1), replicaSet('two', 'a:2', 4, 4, 2)]
  const pass = planDeployment({ deployment: deployment({}, 'a:1'), sets, podCount: 4 }, nowMs)
  assert.equal(scalings(pass)['one'], 1)
  const revised = pass.actions.filter((action) =>
    JSON.stringify(action).includes('"deployment.kubernetes.io/revision":"3"'),
  )
  assert.equal(revised.length, 2)
})

test('a paused Deployment does not roll, but scales', () => {
  const paused = deployment({ paused: true, replicas: 6 }, 'a:2')
  const pass = planDeployment({ deployment: paused, sets: [replicaSet('one', 'a:1', 4)], podCount: 4 }, nowMs)
  assert.deepEqual(scalings(pass), { one: 6 })
})

test('sets beyond the history go, the oldest first', () => {
  const sets = [1, 2, 3].map((nth) => replicaSet(`old${nth}`, `a:${nth}`, 0, 0, nth))
  const pass = planDeployment(
    { deployment: deployment({}, 'a:9'), sets: [...sets, replicaSet('now', 'a:9', 4, 4, 4)], podCount: 4 },
    nowMs,
  )
  const deleted = pass.actions.filter((action) => action.do === 'delete').map((action) => action.ref.name)
  assert.deepEqual(deleted, ['old1'])
})

test('the status says what kubectl rollout status waits for', () => {
  const done = planDeployment({ deployment: deployment(), sets: [replicaSet('now', 'a:1', 4)], podCount: 4 }, nowMs)
  const status = statusOf(done)
  assert.equal(status['observedGeneration'], 1)
  assert.equal(status['updatedReplicas'], 4)
  assert.equal(status['availableReplicas'], 4)
  const conditions = status['conditions'] as { type: string; status: string; reason: string }[]
  assert.deepEqual(
    conditions.map(({ type, status, reason }) => [type, status, reason]),
    [
      ['Available', 'True', 'MinimumReplicasAvailable'],
      ['Progressing', 'True', 'NewReplicaSetAvailable'],
    ],
  )
})

test('without progress within the deadline the Deployment says so', () => {
  const stuck = {
    ...deployment(),
    status: {
      replicas: 4,
      updatedReplicas: 4,
      unavailableReplicas: 4,
      conditions: [
        {
          type: 'Progressing',
          status: 'True',
          reason: 'ReplicaSetUpdated',
          lastUpdateTime: '2025-12-31T23:00:00Z',
          lastTransitionTime: earlier,
          message: '',
        },
      ],
    },
  }
  const pass = planDeployment({ deployment: stuck, sets: [replicaSet('now', 'a:1', 4, 0)], podCount: 4 }, nowMs)
  const progressing = (statusOf(pass)['conditions'] as { type: string; reason: string }[]).find(
    ({ type }) => type === 'Progressing',
  )
  assert.equal(progressing!.reason, 'ProgressDeadlineExceeded')
})

const pod = (name: string, more: Record<string, unknown> = {}, metadata: Partial<Obj['metadata']> = {}): Obj => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'n',
    uid: name,
    creationTimestamp: earlier,
    labels: { app: 'x', 'pod-template-hash': 'set' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'set', uid: 'set', controller: true }],
    ...metadata,
  },
  spec: { nodeName: 'node' },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: earlier }] },
  ...more,
})

test('a ReplicaSet makes the pods that are missing', () => {
  const pass = planReplicaSet({ set: replicaSet('set', 'a:1', 3), pods: [pod('a')] }, nowMs)
  const made = pass.actions.filter((action) => action.do === 'create')
  assert.equal(made.length, 2)
  const { metadata, spec } = (made[0] as Extract<Action, { do: 'create' }>).object
  assert.equal(metadata.generateName, 'set-')
  assert.deepEqual(metadata.labels, { app: 'x', 'pod-template-hash': 'set' })
  assert.equal(metadata.ownerReferences![0]!.uid, 'set')
  assert.deepEqual(spec, { containers: [{ name: 'c', image: 'a:1' }] })
})

test('a ReplicaSet takes away first what serves least', () => {
  const pods = [
    pod('ready'),
    pod('waiting', { status: { phase: 'Pending' } }),
    pod('unbound', { spec: {}, status: { phase: 'Pending' } }),
    pod('done', { status: { phase: 'Failed' } }),
    pod('going', {}, { deletionTimestamp: earlier }),
  ]
  const pass = planReplicaSet({ set: replicaSet('set', 'a:1', 1), pods }, nowMs)
  const gone = pass.actions.filter((action) => action.do === 'delete').map((action) => action.ref.name)
  assert.deepEqual(gone, ['unbound', 'waiting'])
})

test('a ReplicaSet adopts what it selects and lets go of what it does not', () => {
  const orphan = pod('orphan', {}, { ownerReferences: [] })
  const stray = pod('stray', {}, { labels: { app: 'y' } })
  const pass = planReplicaSet({ set: replicaSet('set', 'a:1', 1), pods: [orphan, stray] }, nowMs)
  const changed = pass.actions.flatMap((action) =>
    action.do === 'merge' && action.subresource === undefined ? [action] : [],
  )
  const owners = changed.map(({ ref, patch }) => [
    ref.name,
    (patch['metadata'] as { ownerReferences: unknown[] | null }).ownerReferences?.length ?? 0,
  ])
  assert.deepEqual(owners, [
    ['stray', 0],
    ['orphan', 1],
  ])
})

test('a pod counts as available after minReadySeconds', () => {
  const set = replicaSet('set', 'a:1', 1, 0)
  const slow = { ...set, spec: { ...(set['spec'] as object), minReadySeconds: 660 } }
  const pass = planReplicaSet({ set: slow, pods: [pod('a')] }, nowMs)
  assert.equal(statusOf(pass)['readyReplicas'], 1)
  assert.equal(statusOf(pass)['availableReplicas'], null)
  assert.equal(pass.wakeInMs, 60_000)
})
