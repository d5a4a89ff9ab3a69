import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Action, Obj } from '../kube-client/index.ts'
import { kafkaNodePools, kafkas, strimziPodSets } from '../resources/index.ts'
import { clusterController } from './cluster-controller.ts'
import { kafkaNamed, poolNamed } from './examples.ts'
import { kubelet, pass, plainKeys, testWorld, wellKafka } from './fakes.ts'
import { podSetController } from './pod-set-controller.ts'

class Crash extends Error {
  override readonly name = 'Crash'
}

interface Ending {
  readonly objects: readonly string[]
  readonly clusterId: string | undefined
  readonly isReady: boolean
  readonly writes: readonly Action[]
  /** Most pods that were missing or not ready at one time after the cluster was ready. */
  readonly mostDown: number
}

/** Creation, then a change that restarts all nodes; the operator dies at its n-th write, before or after it takes effect. */
async function run(dieAt: number, isApplied: boolean): Promise<Ending> {
  const made = testWorld()
  const t = { ...made, world: { ...made.world, keys: plainKeys() } }
  t.kube.put(kafkaNamed('my-cluster'))
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 3, { type: 'persistent-claim', size: '1Gi' }))
  t.admin.facts_ = wellKafka([0, 1, 2], [0, 1, 2])
  let left = dieAt
  const apply = t.kube.apply.bind(t.kube)
  let mostDown = 0
  let wasReady = false
  const watched = async (action: Action) => {
    const object = await apply(action)
    const running = [...t.kube.objects.values()].filter((o) => o.kind === 'Pod')
    if (wasReady) mostDown = Math.max(mostDown, 3 - running.length)
    return object
  }
  t.kube.apply = async (action) => {
    if (--left === 0) {
      if (isApplied) await watched(action)
      throw new Crash()
    }
    return watched(action)
  }
  let cluster = clusterController(t.world)
  let sets = podSetController(t.world.config)
  const at = { namespace: 'shop', name: 'my-cluster' }
  const status = () => (t.kube.get(kafkas, at) as Obj | undefined)?.['status'] as Record<string, unknown> | undefined
  const isReady = () => ((status()?.['conditions'] ?? []) as { type: string }[]).some((c) => c.type === 'Ready')
  const settle = async (passes: number) => {
    for (let i = 0; i < passes; i++) {
      try {
        await pass(t.kube, cluster, 'shop/my-cluster')
        for (const set of t.kube.list(strimziPodSets) as readonly Obj[]) {
          await pass(t.kube, sets, `shop/${set.metadata.name}`)
        }
      } catch (thrown) {
        if ((thrown as Error).name !== 'Crash') throw thrown
        // another process begins with nothing but what stands in the API
        cluster = clusterController(t.world)
        sets = podSetController(t.world.config)
      }
      kubelet(t.kube)
      wasReady ||= isReady()
    }
  }
  await settle(8)
  const asked = kafkaNamed('my-cluster', { config: { 'min.insync.replicas': 1, 'group.min.session.timeout.ms': 5 } })
  t.kube.put({ ...asked, status: status() } as Obj)
  await settle(16)
  const pool = t.kube.get(kafkaNodePools, { namespace: 'shop', name: 'dual' }) as Obj
  assert.deepEqual((pool['status'] as { nodeIds: number[] }).nodeIds, [0, 1, 2])
  return {
    objects: [...t.kube.objects.keys()].sort(),
    clusterId: status()?.['clusterId'] as string,
    isReady: isReady() && status()?.['observedGeneration'] === (t.kube.get(kafkas, at) as Obj).metadata.generation,
    writes: [...t.kube.writes],
    mostDown,
  }
}

test('an operator that dies at any write ends where it would have ended', async () => {
  const whole = await run(-1, false)
  assert.ok(whole.isReady)
  assert.equal(whole.mostDown, 1)
  // every other write keeps the test short; each is made several times in the life of a cluster
  for (let n = 1; n <= whole.writes.length; n += 2) {
    const ending = await run(n, n % 4 === 1)
    assert.deepEqual(ending.objects, whole.objects, `died at write ${n}`)
    assert.ok(ending.isReady, `died at write ${n}`)
    assert.ok(ending.mostDown <= 1, `died at write ${n}: ${ending.mostDown} down at once`)
    const deleted = ending.writes.filter((w) => w.do === 'delete').map((w) => w.kind.kind)
    assert.deepEqual([...new Set(deleted)], ['Pod'], `died at write ${n}`)
  }
})
