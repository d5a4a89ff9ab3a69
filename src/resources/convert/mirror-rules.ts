/** KafkaMirrorMaker2 before v1: a list of clusters, and mirrors between them by alias. */
import { note, pausedState } from './common-rules.ts'
import { groupFields, workerRules } from './connect-rules.ts'
import type { Note, Rule } from './rule.ts'
import { get, isTree, type Tree } from './tree.ts'

const treesAt = (spec: Tree, field: string): readonly Tree[] => {
  const value = spec[field]
  return Array.isArray(value) ? value.filter(isTree) : []
}

const except = (tree: Tree, ...keys: readonly string[]): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([key]) => !keys.includes(key)))

const custom = (cluster: Tree): Tree =>
  get(cluster, ['authentication', 'type']) === 'oauth'
    ? { ...cluster, authentication: { type: 'custom', sasl: true } }
    : cluster

const clusterNamed = (spec: Tree, alias: unknown): Tree =>
  custom(treesAt(spec, 'clusters').find((cluster) => cluster['alias'] === alias) ?? { alias })

const targetOf = (spec: Tree): Tree => {
  const cluster = clusterNamed(spec, spec['connectCluster'])
  const config = isTree(cluster['config']) ? cluster['config'] : {}
  const group = Object.fromEntries(groupFields.map(([key, field, , byDefault]) => [field, config[key] ?? byDefault]))
  const rest = except(config, ...groupFields.map(([key]) => key))
  return {
    ...except(cluster, 'config'),
    ...group,
    ...(cluster['config'] === undefined ? {} : { config: rest }),
  }
}

const renamed: Readonly<Record<string, string>> = {
  topicsBlacklistPattern: 'topicsExcludePattern',
  groupsBlacklistPattern: 'groupsExcludePattern',
}

const mirrorOf = (spec: Tree, mirror: Tree): Tree => ({
  source: clusterNamed(spec, mirror['sourceCluster']),
  ...Object.fromEntries(
    Object.entries(except(mirror, 'sourceCluster', 'targetCluster', 'heartbeatConnector')).map(([key, value]) => [
      renamed[key] ?? key,
      isTree(value) ? pausedState(value) : value,
    ]),
  ),
})

const clusterOf = (cluster: Tree): Tree => {
  const group = Object.fromEntries(
    groupFields.filter(([, field]) => cluster[field] !== undefined).map(([key, field]) => [key, cluster[field]]),
  )
  const config = isTree(cluster['config']) ? cluster['config'] : {}
  const all = { ...config, ...group }
  return {
    ...except(cluster, 'config', ...groupFields.map(([, field]) => field)),
    ...(Object.keys(all).length === 0 && cluster['config'] === undefined ? {} : { config: all }),
  }
}

const notes = (kept: Tree): readonly Note[] => {
  const mirrors = treesAt(kept, 'mirrors')
  const elsewhere = mirrors.filter((mirror) => mirror['targetCluster'] !== kept['connectCluster'])
  return [
    ...elsewhere.map((mirror) =>
      note(
        'MirrorTarget',
        `The mirror from ${mirror['sourceCluster']} went to ${mirror['targetCluster']}; it goes to ${kept['connectCluster']} now, beside which the workers run.`,
      ),
    ),
    ...(mirrors.some((mirror) => mirror['heartbeatConnector'] !== undefined)
      ? [note('DeprecatedFields', 'heartbeatConnector means nothing any more and is not acted upon.')]
      : []),
    ...treesAt(kept, 'clusters')
      .filter((cluster) => get(cluster, ['authentication', 'type']) === 'oauth')
      .map((cluster) =>
        note('UnsupportedType', `cluster ${cluster['alias']}: authentication type oauth is read as type custom.`),
      ),
  ]
}

const clustersRule: Rule = {
  age: 'late',
  takes: [['clusters'], ['connectCluster'], ['mirrors']],
  makes: [['target'], ['mirrors']],
  when: (spec) => spec['clusters'] !== undefined || spec['connectCluster'] !== undefined,
  up: (spec, old) => ({
    ...spec,
    target: targetOf(old),
    mirrors: treesAt(old, 'mirrors').map((mirror) => mirrorOf(old, mirror)),
  }),
  down: (spec) => {
    const target = isTree(spec['target']) ? spec['target'] : null
    if (target === null) return spec
    const mirrors = treesAt(spec, 'mirrors')
    const sources = mirrors.map((mirror) => (isTree(mirror['source']) ? mirror['source'] : {}))
    const clusters = new Map([target, ...sources].map((cluster) => [cluster['alias'], clusterOf(cluster)]))
    return {
      ...except(spec, 'target', 'mirrors'),
      connectCluster: target['alias'],
      clusters: [...clusters.values()],
      mirrors: mirrors.map((mirror, index) => ({
        sourceCluster: sources[index]!['alias'],
        targetCluster: target['alias'],
        ...except(mirror, 'source'),
      })),
    }
  },
  says: notes,
}

export const mirrorMaker2Rules: readonly Rule[] = [...workerRules, clustersRule]
