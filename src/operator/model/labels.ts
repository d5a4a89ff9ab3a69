import type { Obj, OwnerReference } from '../../kube-client/index.ts'
import { labelNames } from '../names.ts'
import type { MetaTemplate } from '../resource-types.ts'

export type Labels = Readonly<Record<string, string>>

/** A custom resource's labels that do not go on to what is made for it (STRIMZI_LABELS_EXCLUSION_PATTERN's default). */
const keptBack = /^app\.kubernetes\.io\/(?!part-of)|^kustomize\.toolkit\.fluxcd\.io/

const labelValue = (text: string): string => text.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '')

export interface Component {
  readonly cluster: string
  /** `strimzi.io/name`: what the component is called in this cluster. */
  readonly name: string
  /** `strimzi.io/component-type`. */
  readonly type: 'kafka' | 'entity-operator' | 'certificate-authority'
  readonly managedBy: string
}

/** What every object carries: the owner's own labels, then Strimzi's. */
export function labelsOf(owner: Obj, component: Component, also: Labels = {}): Labels {
  const inherited = Object.fromEntries(
    Object.entries(owner.metadata.labels ?? {}).filter(([name]) => !keptBack.test(name)),
  )
  return {
    ...inherited,
    ...also,
    [labelNames.kind]: 'Kafka',
    [labelNames.name]: component.name,
    [labelNames.cluster]: component.cluster,
    [labelNames.componentType]: component.type,
    'app.kubernetes.io/name': component.type,
    'app.kubernetes.io/instance': labelValue(component.cluster),
    'app.kubernetes.io/part-of': labelValue(`strimzi-${component.cluster}`),
    'app.kubernetes.io/managed-by': component.managedBy,
  }
}

/** The part of the labels by which services and sets find pods. */
export function selectorOf(labels: Labels): Labels {
  const found: Record<string, string> = {}
  for (const name of [labelNames.cluster, labelNames.name, labelNames.kind, labelNames.poolName]) {
    if (labels[name] !== undefined) found[name] = labels[name]
  }
  return found
}

/** As `kubectl -l` takes it. */
export const selectorText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')

/** Garbage collection follows it; it does not make the owner a controller (only StrimziPodSet → Pod does). */
export function ownedBy(owner: Obj, controller = false): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    ...(controller ? { controller } : {}),
    blockOwnerDeletion: true,
  }
}

export interface Named {
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  readonly owner: OwnerReference | null
  readonly template?: MetaTemplate | undefined
  readonly annotations?: Labels
}

/** Metadata with a template's labels and annotations; the operator's own come last, users cannot take them away. */
export function metadataOf(o: Named): Obj['metadata'] {
  const given = { ...o.template?.metadata?.annotations, ...o.annotations }
  return {
    name: o.name,
    namespace: o.namespace,
    labels: { ...o.template?.metadata?.labels, ...o.labels },
    ...(Object.keys(given).length === 0 ? {} : { annotations: given }),
    ...(o.owner ? { ownerReferences: [o.owner] } : {}),
  }
}
