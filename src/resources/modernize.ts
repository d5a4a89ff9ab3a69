/** A resource of any year as one would write it today: perhaps several, and what is to be known about them. */
import type { Obj } from '../kube-client/index.ts'
import { conversionNotes, convert } from './convert/convert.ts'
import { keptOf, withKept } from './convert/legacy.ts'
import { mirrorMaker2From } from './convert/mirror-maker-1.ts'
import { at, get, isTree, set, type Tree } from './convert/tree.ts'
import type { Kafka } from './kinds/kafka.ts'
import { kinds } from './kinds/table.ts'
import { nodePoolsFromLegacy } from './node-pools.ts'
import { inOrder } from './order.ts'

export interface Modernized {
  /** In the order in which they are to be applied. The same object when it is of today already. */
  readonly objects: readonly Obj[]
  readonly notes: readonly string[]
}

/** About what the operator does by itself with an old resource; here it is done already. */
const doneHere: readonly string[] = ['ZooKeeperReplaced', 'NodePoolsFromKafka', 'InlineMetrics']

const metadataOf = (object: Obj, name: string): Obj['metadata'] => ({
  name,
  ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
  ...(object.metadata.labels === undefined ? {} : { labels: object.metadata.labels }),
})

interface Metrics {
  readonly component: string
  readonly name: string
}

/** Where rules of the Prometheus exporter stood in a resource, and what the ConfigMap with them is called. */
const metricsOf = (object: Obj): readonly Metrics[] => {
  const { name } = object.metadata
  if (object.kind === 'Kafka')
    return [
      { component: 'kafka', name: `${name}-kafka-jmx-exporter-configuration` },
      { component: 'cruiseControl', name: `${name}-cruise-control-jmx-exporter-configuration` },
    ]
  const short: Readonly<Record<string, string>> = { KafkaConnect: 'connect', KafkaMirrorMaker2: 'mirror-maker-2' }
  return object.kind in short
    ? [{ component: '', name: `${name}-${short[object.kind]}-jmx-exporter-configuration` }]
    : []
}

const pathOf = (component: string, field: string) => at(component === '' ? field : `${component}.${field}`)

/** Inline metrics as a ConfigMap, and the spec that names it. */
const withMetrics = (object: Obj): { object: Obj; configMaps: readonly Obj[] } => {
  const kept = keptOf(object)
  let spec = object['spec'] as Tree
  const configMaps: Obj[] = []
  for (const { component, name } of metricsOf(object)) {
    const rules = kept === null ? undefined : get(kept.spec, pathOf(component, 'metrics'))
    if (!isTree(rules)) continue
    const key = `${name}.yaml`
    configMaps.push({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadataOf(object, name),
      // JSON is YAML, and the exporter reads it.
      data: { [key]: `${JSON.stringify(rules, null, 2)}\n` },
    })
    if (get(spec, pathOf(component, 'metricsConfig')) === undefined)
      spec = set(spec, pathOf(component, 'metricsConfig'), {
        type: 'jmxPrometheusExporter',
        valueFrom: { configMapKeyRef: { name, key } },
      })
  }
  if (object.kind === 'KafkaBridge' && kept?.spec['enableMetrics'] === true && spec['metricsConfig'] === undefined)
    spec = { ...spec, metricsConfig: { type: 'strimziMetricsReporter' } }
  return { object: { ...object, spec }, configMaps }
}

const nodeNotes = (kafka: Kafka): readonly string[] => {
  const pools = nodePoolsFromLegacy(kafka)
  if (pools.length === 0) return []
  const said = pools.map((pool) => `${pool.metadata.name} (${pool.spec.roles.join(' and ')}, ${pool.spec.replicas})`)
  return [`The nodes are described by KafkaNodePools: ${said.join(', ')}.`]
}

const ordered = (object: Obj): Obj => {
  const spec = kinds.find((kind) => kind.kind === object.kind)?.versions[0]?.spec
  return spec === undefined ? object : { ...object, spec: inOrder(spec, object['spec']) }
}

const deployment = (object: Obj): Obj => {
  const spec = isTree(object['spec']) ? object['spec'] : {}
  const labels = get(spec, at('template.metadata.labels'))
  const selector = spec['selector'] ?? (isTree(labels) ? { matchLabels: labels } : undefined)
  const { replicas, ...rest } = spec
  return {
    ...object,
    apiVersion: 'apps/v1',
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      ...(selector === undefined ? {} : { selector }),
      ...rest,
      ...(selector === undefined ? {} : { selector }),
    },
  }
}

export const modernize = (object: Obj): Modernized => {
  const [group, version] = object.apiVersion.split('/')
  if (object.kind === 'Deployment' && (group === 'extensions' || (group === 'apps' && version !== 'v1')))
    return {
      objects: [deployment(object)],
      notes: [`${object.apiVersion} is no more; apps/v1 wants a selector, which is that of the template’s labels.`],
    }
  const declared = kinds.find((kind) => kind.kind === object.kind && kind.group === group)
  if (declared === undefined || version === undefined || !isTree(object['spec']))
    return { objects: [object], notes: [] }
  if (object.kind === 'KafkaMirrorMaker') return mirrorMaker2From(object)
  const stored = declared.versions[0]!.name
  if (version === stored && keptOf(object) === null) return { objects: [object], notes: [] }
  const { object: v1 } = convert(object, version, stored)
  const { object: spec, configMaps } = withMetrics(v1)
  const pools = v1.kind === 'Kafka' ? nodePoolsFromLegacy(withoutUid(v1) as Kafka) : []
  return {
    objects: [...pools, withKept(spec, null), ...configMaps].map(ordered),
    notes: [
      ...conversionNotes(v1)
        .filter((said) => !doneHere.includes(said.reason))
        .map((said) => said.message),
      ...(v1.kind === 'Kafka' ? nodeNotes(v1 as Kafka) : []),
      ...configMaps.map((map) => `The metrics rules stand in the ConfigMap ${map.metadata.name}.`),
    ],
  }
}

/** What goes into a file has no owner yet. */
const withoutUid = (object: Obj): Obj => {
  const { uid: _uid, ...metadata } = object.metadata
  return { ...object, metadata }
}
