/** What a namespace has from the beginning, and how it ends: emptied first, then let go. */
import {
  type Action,
  type Controller,
  isApiError,
  type KindRef,
  type Kube,
  type Obj,
  type Pass,
} from '../../kube-client/index.ts'
import { listOf } from '../kinds/read.ts'
import { configMaps, isDeleted, namespaces, refOf, serviceAccounts, specOf } from './refs.ts'

export interface NamespaceFacts {
  readonly namespace: Obj
  readonly hasAccount: boolean
  /** null: there is none. */
  readonly rootCa: string | null
  readonly wantedRootCa: string | null
  /** What still stands in a namespace that goes. */
  readonly left: readonly { readonly kind: KindRef; readonly object: Obj }[]
}

export interface NamespaceOptions {
  readonly kube: Kube
  /** All namespaced kinds that are served now. */
  kinds(): readonly KindRef[]
  /** PEM of the certificates that the API server's is signed by; null: no ConfigMap. */
  readonly rootCa: string | null
}

const account = 'default'
const rootCaName = 'kube-root-ca.crt'
/** A namespace is looked at again so often while things in it end. */
const pollMs = 250

export function namespaceController(options: NamespaceOptions): Controller<NamespaceFacts> {
  const { kube, kinds } = options
  const own = (object: Obj): string[] =>
    object.metadata.name === account || object.metadata.name === rootCaName ? [object.metadata.namespace ?? ''] : []
  return {
    name: 'namespace-controller',
    concurrency: 4,
    inputs: [
      { kind: namespaces, keys: ({ metadata }) => [metadata.name] },
      { kind: serviceAccounts, keys: own },
      { kind: configMaps, keys: own },
    ],
    gather: async (name, view) => {
      const namespace = view.get(namespaces, refOf(name))
      if (namespace === undefined) return null
      const isEnding = isDeleted(namespace)
      const ca = view.get(configMaps, { namespace: name, name: rootCaName })
      const data = ca?.['data'] as Readonly<Record<string, string>> | undefined
      return {
        namespace,
        hasAccount: view.get(serviceAccounts, { namespace: name, name: account }) !== undefined,
        rootCa: ca === undefined ? null : (data?.['ca.crt'] ?? ''),
        wantedRootCa: options.rootCa,
        left: isEnding ? await contentsOf(name, kube, kinds()) : [],
      }
    },
    plan: (_name, facts) => planNamespace(facts),
  }
}

async function contentsOf(namespace: string, kube: Kube, kinds: readonly KindRef[]): Promise<NamespaceFacts['left']> {
  const found = await Promise.all(
    kinds.map(async (kind) => (await itemsOf(kind, namespace, kube)).map((object) => ({ kind, object }))),
  )
  return found.flat()
}

/** A kind that went with its definition has none. */
async function itemsOf(kind: KindRef, namespace: string, kube: Kube): Promise<readonly Obj[]> {
  try {
    return (await kube.list(kind, { namespace })).items
  } catch (thrown) {
    if (isApiError(thrown) && thrown.code === 404) return []
    throw thrown
  }
}

export function planNamespace({ namespace, hasAccount, rootCa, wantedRootCa, left }: NamespaceFacts): Pass {
  const { name } = namespace.metadata
  if (!isDeleted(namespace)) return { actions: furnish(name, hasAccount, rootCa, wantedRootCa) }
  const finalizers = listOf(specOf(namespace)['finalizers'])
  if (left.length > 0) {
    const actions = left.filter(({ object }) => !isDeleted(object)).map(({ kind, object }) => removal(kind, object))
    return { actions, wakeInMs: pollMs }
  }
  if (finalizers.length === 0) return { actions: [] }
  const rest = finalizers.filter((one) => one !== 'kubernetes')
  return {
    actions: [
      {
        do: 'merge',
        kind: namespaces,
        ref: { namespace: null, name },
        patch: { metadata: { uid: namespace.metadata.uid }, spec: { finalizers: rest } },
      },
    ],
  }
}

function removal(kind: KindRef, { metadata }: Obj): Action {
  return {
    do: 'delete',
    kind,
    ref: { namespace: metadata.namespace ?? null, name: metadata.name },
    propagation: 'Background',
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
  }
}

function furnish(namespace: string, hasAccount: boolean, rootCa: string | null, wanted: string | null): Action[] {
  const actions: Action[] = []
  if (!hasAccount) {
    const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace } }
    actions.push({ do: 'create', kind: serviceAccounts, object })
  }
  if (wanted === null || rootCa === wanted) return actions
  const metadata = {
    name: rootCaName,
    namespace,
    annotations: {
      'kubernetes.io/description':
        'The certificates by which clients in the cluster recognise the API server. Kept by the control plane.',
    },
  }
  if (rootCa === null) {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': wanted } }
    actions.push({ do: 'create', kind: configMaps, object })
  } else {
    const patch = { data: { 'ca.crt': wanted } }
    actions.push({ do: 'merge', kind: configMaps, ref: { namespace, name: rootCaName }, patch })
  }
  return actions
}
