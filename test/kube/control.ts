/** The built-in controllers over a test's API server, and a kubelet that only says that pods run. */
import { builtinControllers, builtinKinds, definitionController, type Kind, loadCel } from '../../src/kube/index.ts'
import {
  type Action,
  type Controller,
  cacheOver,
  type KindRef,
  type Kube,
  kubeOver,
  type Obj,
  runControllers,
  timestampOf,
} from '../../src/kube-client/index.ts'
import type { World } from './world.ts'

export const podKind: KindRef = { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true }
const nodeKind: KindRef = { group: '', version: 'v1', kind: 'Node', resource: 'nodes', namespaced: false }

export async function testKinds(): Promise<Kind[]> {
  const all = Array.from({ length: 250 }, (_, at) => `10.0.0.${at + 1}`)
  const take = (taken: ReadonlySet<string>, wanted: string | null): string | null =>
    wanted === null ? (all.find((ip) => !taken.has(ip)) ?? null) : taken.has(wanted) ? null : wanted
  return builtinKinds({ cel: await loadCel(), addresses: { take } })
}

export interface Control {
  readonly kube: Kube
  /** Directories of volumes that were taken away. */
  readonly removed: readonly string[]
  close(): void
}

/** With a Node named `node`, unless only some controllers are wanted. */
export async function control(world: World, kinds: readonly Kind[], only?: readonly string[]): Promise<Control> {
  const kube = kubeOver(world.server.handle.bind(world.server), world.env.clock, {
    as: { name: 'system:control-plane', groups: ['system:masters'] },
  })
  const cache = cacheOver(kube, world.env)
  const served: KindRef[] = kinds.map(({ group, storage, kind, resource, namespaced }) => ({
    group,
    version: storage,
    kind,
    resource,
    namespaced,
  }))
  const removed: string[] = []
  const volumes = { directory: '/volumes', remove: async (path: string) => void removed.push(path) }
  const controllers = builtinControllers({ kube, kinds: () => served, rootCa: 'PEM', volumes })
  const definitions = definitionController({
    kube,
    server: world.server,
    cel: await loadCel(),
    established: (kind) => void served.push(kind),
  })
  const chosen =
    only === undefined ? [...controllers, fakeKubelet()] : controllers.filter(({ name }) => only.includes(name))
  if (only === undefined) {
    const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node' }, spec: {} }
    await kube.apply({ do: 'create', kind: nodeKind, object })
  }
  const running = runControllers(kube, world.env, [...chosen, definitions], cache)
  return {
    kube,
    removed,
    close() {
      running.close()
      cache.close()
    },
  }
}

/** Pods of the image `never` never become ready. */
function fakeKubelet(): Controller<Obj> {
  return {
    name: 'fake-kubelet',
    concurrency: 8,
    inputs: [{ kind: podKind, keys: ({ metadata }) => [`${metadata.namespace}/${metadata.name}`] }],
    gather: async (key, view) => {
      const [namespace = '', name = ''] = key.split('/')
      return view.get(podKind, { namespace, name }) ?? null
    },
    plan: (_key, pod, nowMs) => ({ actions: act(pod, nowMs) }),
  }
}

function act(pod: Obj, nowMs: number): Action[] {
  const { namespace = null, name, uid, deletionTimestamp } = pod.metadata
  const ref = { namespace, name }
  const spec = pod['spec'] as { nodeName?: string; containers: { name: string; image: string }[] }
  const status = pod['status'] as { podIP?: string; conditions?: unknown[] }
  if (deletionTimestamp !== undefined) {
    return [{ do: 'delete', kind: podKind, ref, gracePeriodSeconds: 0, ...(uid === undefined ? {} : { uid }) }]
  }
  if (spec.nodeName === undefined || status.podIP !== undefined) return []
  const now = timestampOf(nowMs)
  const isReady = !spec.containers.some(({ image }) => image === 'never')
  const patch = {
    metadata: { uid },
    status: {
      phase: 'Running',
      podIP: `10.1.0.${(Number.parseInt(uid!.slice(0, 2), 16) % 250) + 1}`,
      conditions: [
        ...(status.conditions ?? []),
        { type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: now },
      ],
      containerStatuses: spec.containers.map(({ name, image }) => ({
        name,
        image,
        imageID: '',
        ready: isReady,
        restartCount: 0,
        state: { running: { startedAt: now } },
      })),
    },
  }
  return [{ do: 'merge', kind: podKind, ref, patch, subresource: 'status' }]
}
