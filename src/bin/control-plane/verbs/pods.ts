/** From what a command line names to pods and their containers. */
import type { Obj } from '../../../kube-client/index.ts'
import { pathOf } from './kinds.ts'
import { type Call, Mistake } from './verb.ts'

export interface Pod extends Obj {
  readonly spec: {
    readonly containers: readonly { readonly name: string }[]
    readonly initContainers?: readonly { readonly name: string }[]
  }
}

/** `POD`, `pod/POD`, `deployment/NAME`: of several pods the first, which is said. */
export async function podOf(call: Call, word: string): Promise<Pod> {
  const [type = '', name] = word.includes('/') ? word.split('/') : ['pod', word]
  const [kind] = await call.kinds.named(type)
  const object = await call.api.json<Obj>(pathOf(kind!, call.namespace, name ?? ''))
  if (kind!.kind === 'Pod') return object as Pod
  const { selector } = (object['spec'] ?? {}) as { selector?: Readonly<Record<string, unknown>> }
  const labels = (selector?.['matchLabels'] ?? selector) as Readonly<Record<string, string>> | undefined
  if (labels === undefined) throw new Mistake(`cannot find pods of ${word}: it has no selector`)
  const text = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  const pods = await podsWith(call, text.join(','))
  if (pods.length === 0) throw new Mistake(`no pods found for ${word}`)
  if (pods.length > 1) call.err(`Found ${pods.length} pods, using pod/${pods[0]!.metadata.name}\n`)
  return pods[0]!
}

export async function podsWith(call: Call, labelSelector: string): Promise<readonly Pod[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(call.namespace ?? 'default')}/pods`
  return (await call.api.json<{ items: readonly Pod[] }>(path, { query: { labelSelector } })).items
}

/** The one that is named, or the pod's default one; which it is of several, is said. */
export function containerOf(call: Call, { metadata, spec }: Pod): string {
  const said = call.value('container')
  const names = [...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name)
  if (said !== null) {
    if (names.includes(said)) return said
    throw new Mistake(`container ${said} not found in pod ${metadata.name}; it has ${names.join(', ')}`)
  }
  const noted = metadata.annotations?.['kubectl.kubernetes.io/default-container']
  if (noted !== undefined && names.includes(noted)) return noted
  const first = spec.containers[0]!.name
  if (names.length > 1) {
    const init = new Set(spec.initContainers?.map(({ name }) => name))
    const all = names.map((name) => (init.has(name) ? `${name} (init)` : name))
    call.err(`Defaulted container "${first}" out of: ${all.join(', ')}\n`)
  }
  return first
}
