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
  source: mirror['sourceCluster'] === undefined ? mirror['source'] : clusterNamed(spec, mirror['sourceCluster']),
  ...Object.fromEntries(
    Object.entries(except(mirror, 'source', 'sourceCluster', 'targetCluster', 'heartbeatConnector')).map(
      ([key, value]) => [renamed[key] ?? key, isTree(value) ? pausedState(value) : value],
    ),
  ),
})

const notes = (kept: Tree): readonly Note[] => {
  const mirrors = treesAt(kept, 'mirrors')
  const elsewhere = mirrors.filter((mirror) => mirror['targetCluster'] !== kept['connectCluster'])
  const aliases = treesAt(kept, 'clusters').map((cluster) => cluster['alias'])
  const unknown = [kept['connectCluster'], ...mirrors.map((mirror) => mirror['sourceCluster'])].filter(
    (alias) => alias !== undefined && !aliases.includes(alias),
  )
  return [
    ...unknown.map((alias) => note('UnknownCluster', `There is no cluster ${String(alias)} among spec.clusters.`)),
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
  takes: [['clusters'], ['connectCluster'], ['mirrors'], ['target']],
  makes: [['target'], ['mirrors']],
  when: (spec) => spec['clusters'] !== undefined || spec['connectCluster'] !== undefined,
  up: (spec, old) => ({
    ...spec,
    target: targetOf(old),
    mirrors: treesAt(old, 'mirrors').map((mirror) => mirrorOf(old, mirror)),
  }),
  says: notes,
}

export const mirrorMaker2Rules: readonly Rule[] = [...workerRules, clustersRule]
