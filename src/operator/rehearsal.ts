/**
 * What a change of resources would do, without doing it (`millrace plan`): objects that come, change and go, keys that
 * running brokers take over, pods that restart, in which order and why.
 */
import type { KindRef, Kube, Obj, View } from '../kube-client/index.ts'
import { matchesLabels, parseLabelSelector } from '../kube-client/index.ts'
import { convert, type Kafka, kafkaNodePools, kafkas } from '../resources/index.ts'
import { gatherCluster, type OperatorWorld } from './cluster-controller.ts'
import { diff, leftOver } from './diff.ts'
import type { ClusterFacts } from './facts.ts'
import { configMaps, nodes, pods } from './kinds.ts'
import { clusterOf } from './model/cluster.ts'
import { desired, managedKinds } from './model/desired.ts'
import type { Problem } from './model/problems.ts'
import { isDynamic } from './model/server-config.ts'
import { labelNames } from './names.ts'
import { wantedPods } from './plan.ts'
import type { Condition } from './resource-types.ts'
import { inOrder, outdated, type RestartReason } from './roll.ts'

export interface Rehearsal {
  readonly namespace: string
  readonly name: string
  readonly isNew: boolean
  readonly objects: readonly {
    readonly change: 'create' | 'change' | 'delete'
    readonly kind: string
    readonly name: string
    readonly fields: readonly string[]
  }[]
  readonly settings: readonly { readonly key: string; readonly from: string | null; readonly to: string | null }[]
  readonly newPods: readonly string[]
  readonly removedPods: readonly string[]
  readonly restarts: readonly { readonly pod: string; readonly reasons: readonly RestartReason[] }[]
  /** Not empty: the operator would refuse the whole. */
  readonly refused: readonly Problem[]
  readonly warnings: readonly Condition[]
}

/** Paths of the fields that a merge patch sets, two levels deep. */
function fieldsOf(patch: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(patch).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value).map((inner) => `${name}.${inner}`)
      : [name],
  )
}

function settingsIn(text: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const line of (text ?? '').split('\n')) {
    const at = line.indexOf('=')
    if (at > 0 && !line.startsWith('#')) found.set(line.slice(0, at), line.slice(at + 1))
  }
  return found
}

/** Pure. The facts are those that the operator would have once the change is applied. */
export function rehearse(f: ClusterFacts): Rehearsal {
  const c = clusterOf(f)
  const d = desired(f, c, true)
  const wanted = wantedPods(d)
  const actions =
    d.refused.length > 0 ? [] : [...diff(d.objects, f.observed), ...leftOver(d.objects, f.observed, f.config)]
  const objects = actions.map((a) => {
    if (a.do === 'create')
      return { change: 'create' as const, kind: a.kind.kind, name: a.object.metadata.name, fields: [] }
    if (a.do === 'delete') return { change: 'delete' as const, kind: a.kind.kind, name: a.ref.name, fields: [] }
    const fields = a.do === 'merge' ? fieldsOf(a.patch) : []
    return { change: 'change' as const, kind: a.kind.kind, name: 'ref' in a ? a.ref.name : '', fields }
  })
  const settings = new Map<string, { key: string; from: string | null; to: string | null }>()
  for (const { kind, object } of d.objects) {
    if (kind !== configMaps) continue
    const there = f.observed.get(configMaps, object.metadata.name)
    if (!there || !f.observed.get(pods, object.metadata.name)) continue
    const before = settingsIn(there.data?.['server.config'])
    const after = settingsIn((object['data'] as Record<string, string> | undefined)?.['server.config'])
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      const [from, to] = [before.get(key) ?? null, after.get(key) ?? null]
      if (from !== to && isDynamic(key) && !key.startsWith('listener.') && to !== null)
        settings.set(key, { key, from, to })
    }
  }
  const there = f.observed.list(pods).filter((p) => p.metadata.labels?.[labelNames.controller] === 'strimzipodset')
  return {
    namespace: c.namespace,
    name: c.name,
    isNew: f.kafka.metadata.uid === undefined,
    objects,
    settings: [...settings.values()],
    newPods: [...wanted.keys()].filter((name) => !f.observed.get(pods, name)),
    removedPods: d.refused.length > 0 ? [] : there.map((p) => p.metadata.name).filter((name) => !wanted.has(name)),
    restarts: inOrder(f, outdated(f, c, wanted)).map(({ node, reasons }) => ({ pod: node.pod, reasons })),
    refused: d.refused,
    warnings: d.warnings,
  }
}

/** The API's objects as they are now, with some that are not there yet in their place. */
class ChangedView implements View {
  readonly #objects = new Map<string, Obj>()

  put(kind: KindRef, object: Obj): void {
    const before = this.#objects.get(this.#key(kind, object.metadata.namespace ?? null, object.metadata.name))
    const metadata = {
      ...before?.metadata,
      ...object.metadata,
      annotations: { ...before?.metadata.annotations, ...object.metadata.annotations },
    }
    const status = before?.['status']
    const merged = { ...object, metadata, ...(status === undefined ? {} : { status }) } as Obj
    this.#objects.set(this.#key(kind, object.metadata.namespace ?? null, object.metadata.name), merged)
  }

  #key(kind: KindRef, namespace: string | null, name: string): string {
    return `${kind.kind}/${kind.namespaced ? namespace : ''}/${name}`
  }

  get(kind: KindRef, ref: { namespace: string | null; name: string }): never {
    return this.#objects.get(this.#key(kind, ref.namespace, ref.name)) as never
  }

  list(kind: KindRef, selector: { namespace?: string | null; labels?: string } = {}): never {
    const labels = parseLabelSelector(selector.labels ?? '')
    const items = [...this.#objects.values()].filter(
      (o) =>
        o.kind === kind.kind &&
        (selector.namespace == null || o.metadata.namespace === selector.namespace) &&
        matchesLabels(labels, o.metadata.labels),
    )
    return items as never
  }

  ageMs(): number {
    return 0
  }
}

/** `resources`: Kafkas and node pools in any version, with their namespaces. Nothing is written. */
export async function rehearseAll(world: OperatorWorld, resources: readonly Obj[]): Promise<Rehearsal[]> {
  const view = new ChangedView()
  for (const kind of [...managedKinds, pods, nodes, kafkas, kafkaNodePools]) {
    for (const object of (await world.kube.list(kind)).items) view.put(kind, object)
  }
  const clusters = new Set<string>()
  for (const given of resources) {
    const kind = [kafkas, kafkaNodePools].find((k) => k.kind === given.kind && given.apiVersion.startsWith(k.group))
    if (!kind) continue
    const { object } = convert(given, given.apiVersion.split('/')[1] ?? 'v1', 'v1')
    view.put(kind, object)
    const name = kind === kafkas ? object.metadata.name : object.metadata.labels?.[labelNames.cluster]
    if (name !== undefined) clusters.add(`${object.metadata.namespace}/${name}`)
  }
  const found: Rehearsal[] = []
  for (const key of clusters) {
    const [namespace = '', name = ''] = key.split('/')
    const kafka = view.get(kafkas, { namespace, name }) as Kafka | undefined
    if (kafka)
      found.push(rehearse(await gatherCluster({ ...world, kube: readOnly(world.kube) }, view, kafka, () => undefined)))
  }
  return found
}

const readOnly = (kube: Kube): Kube => ({
  get: kube.get.bind(kube),
  list: kube.list.bind(kube),
  watch: kube.watch.bind(kube),
  apply: () => Promise.reject(new Error('a rehearsal writes nothing')),
})

const signs = { create: '+', change: '~', delete: '-' } as const

/** For people. */
export function rehearsalText(r: Rehearsal): string {
  const lines = [`Kafka ${r.namespace}/${r.name}${r.isNew ? ' (new)' : ''}`]
  if (r.refused.length > 0) {
    lines.push('  would be refused, and nothing changed:', ...r.refused.map((p) => `    ${p.reason}: ${p.message}`))
    return `${lines.join('\n')}\n`
  }
  const all = r.objects.length + r.settings.length + r.restarts.length + r.newPods.length + r.removedPods.length
  if (all === 0) lines.push('  nothing would change')
  for (const o of r.objects) {
    lines.push(`  ${signs[o.change]} ${o.kind} ${o.name}${o.fields.length > 0 ? `  (${o.fields.join(', ')})` : ''}`)
  }
  if (r.settings.length > 0) {
    lines.push('  running brokers take over:')
    for (const s of r.settings) lines.push(`    ${s.key}: ${s.from ?? '(default)'} → ${s.to ?? '(default)'}`)
  }
  if (r.newPods.length > 0) lines.push(`  new pods: ${r.newPods.join(', ')}`)
  if (r.removedPods.length > 0) lines.push(`  pods that go: ${r.removedPods.join(', ')}`)
  if (r.restarts.length > 0) {
    lines.push('  pods that restart, one after the other:')
    r.restarts.forEach(({ pod, reasons }, i) => {
      lines.push(`    ${i + 1}. ${pod}  ${reasons.join(', ')}`)
    })
  }
  for (const w of r.warnings) lines.push(`  warning: ${w.message ?? w.reason}`)
  return `${lines.join('\n')}\n`
}
