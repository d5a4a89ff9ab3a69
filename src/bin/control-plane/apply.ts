/** Applies what files say, and waits until it is ready. */
import { isApiError, type KindRef, type Kube, type Obj } from '../../kube-client/index.ts'
import type { Reached } from './reach.ts'
import { kindsOf } from './verbs/kinds.ts'
import { requestsTo } from './verbs/requests.ts'

const namespaces: KindRef = { group: '', version: 'v1', kind: 'Namespace', resource: 'namespaces', namespaced: false }

/** A resource that cannot be applied; the message says which and why. */
export class ApplyProblem extends Error {
  readonly object: Obj
  /** What the server says of single fields. */
  readonly causes: readonly { readonly field: string; readonly message: string }[]

  constructor(object: Obj, message: string, causes: ApplyProblem['causes'] = []) {
    super(message)
    this.object = object
    this.causes = causes
  }
}

const causesOf = (details: unknown): ApplyProblem['causes'] => {
  const { causes } = (details ?? {}) as { causes?: readonly { field?: string; message?: string }[] }
  return (causes ?? []).flatMap(({ field, message }) => (field && message ? [{ field, message }] : []))
}

export interface Applied {
  readonly kind: KindRef
  readonly object: Obj
}

/** In the order given; namespaces that are named and not there are made. */
export async function applyAll(reached: Reached, objects: readonly Obj[]): Promise<Applied[]> {
  const applied: Applied[] = []
  const kinds = kindsOf(requestsTo(reached, () => {}))
  for (const object of objects) {
    const kind = await kinds.of(object.apiVersion, object.kind)
    if (kind === null) throw new ApplyProblem(object, `there is no kind ${object.kind} in ${object.apiVersion}`)
    const namespace = kind.namespaced ? (object.metadata.namespace ?? 'default') : null
    if (namespace !== null) await makeNamespace(reached.kube, namespace)
    const { namespace: _, ...metadata } = object.metadata
    const placed = { ...object, metadata: { ...metadata, ...(namespace === null ? {} : { namespace }) } }
    try {
      const made = await reached.kube.apply({
        do: 'apply',
        kind,
        object: placed,
        fieldManager: 'millrace',
        force: true,
      })
      applied.push({ kind, object: made ?? placed })
    } catch (thrown) {
      if (!isApiError(thrown)) throw thrown
      throw new ApplyProblem(
        object,
        `${kind.kind} ${object.metadata.name}: ${thrown.message}`,
        causesOf(thrown.details),
      )
    }
  }
  return applied
}

async function makeNamespace(kube: Kube, name: string): Promise<void> {
  if ((await kube.get(namespaces, { namespace: null, name })) !== null) return
  await kube.apply({
    do: 'create',
    kind: namespaces,
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  })
}

export interface Readiness {
  readonly isReady: boolean
  /** Why not, in a few words; empty while nobody has said. */
  readonly why: string
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** Kinds whose status says when they are ready. */
const groupsWithReady: ReadonlySet<string> = new Set(['kafka.strimzi.io', 'access.strimzi.io'])
/** Of those, what others report on. */
const withoutReady: ReadonlySet<string> = new Set(['KafkaNodePool'])

/** Null: nothing that becomes ready. */
export function readinessOf({ kind }: Applied, now: Obj): Readiness | null {
  const status = (now['status'] ?? {}) as { conditions?: Condition[]; observedGeneration?: number }
  const isSeen = status.observedGeneration === undefined || status.observedGeneration === now.metadata.generation
  const condition = (type: string): Condition | undefined => status.conditions?.find((one) => one.type === type)
  if (groupsWithReady.has(kind.group) && !withoutReady.has(kind.kind)) {
    const ready = condition('Ready')
    const notReady = condition('NotReady')
    const why = notReady?.message ?? (ready?.status === 'True' ? '' : (ready?.message ?? ''))
    return { isReady: isSeen && ready?.status === 'True', why }
  }
  if (kind.kind === 'Deployment') {
    const { readyReplicas = 0 } = status as { readyReplicas?: number }
    const { replicas = 1 } = (now['spec'] ?? {}) as { replicas?: number }
    return { isReady: isSeen && readyReplicas >= replicas, why: `${readyReplicas} of ${replicas} pods are ready` }
  }
  return null
}
