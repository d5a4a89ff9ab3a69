/** Topics, users, pools and bridges before v1. */
import { externalLogging, inlineMetrics, jaeger, note, nowWanted, oauthClient, scheduling } from './common-rules.ts'
import { deadTopicKeys } from './dead-keys.ts'
import { drop, type Rule } from './rule.ts'
import { at, get, isTree, type Path, set, type Tree } from './tree.ts'

const topicPaths: readonly Path[] = deadTopicKeys.map((key) => ['config', key])

export const topicRules: readonly Rule[] = [
  drop('late', topicPaths, (kept) =>
    topicPaths
      .filter((path) => get(kept, path) !== undefined)
      .map((path) => note('DeprecatedFields', `spec.config: ${path[1]} is no key of Kafka 4 and is not acted upon.`)),
  ),
]

const acls: Path = at('authorization.acls')
const aclsOf = (spec: Tree): readonly Tree[] => {
  const value = get(spec, acls)
  return Array.isArray(value) ? value.filter(isTree) : []
}

/** One `operation` for each ACL became a list. */
export const userRules: readonly Rule[] = [
  {
    age: 'late',
    takes: [acls],
    makes: [acls],
    when: (spec) => aclsOf(spec).some((acl) => 'operation' in acl),
    up: (spec, old) =>
      set(
        spec,
        acls,
        aclsOf(old).map(({ operation, ...acl }) =>
          operation === undefined || acl['operations'] !== undefined ? acl : { ...acl, operations: [operation] },
        ),
      ),
  },
]

const storage: Path = at('storage')
const volumesOf = (value: Tree): readonly Tree[] =>
  Array.isArray(value['volumes']) ? value['volumes'].filter(isTree) : []
const bare = ({ overrides: _overrides, ...volume }: Tree): Tree => volume

/** Storage as v1 has it: a class for each broker is no longer said here. */
export const withoutOverrides = (value: Tree): Tree => ({
  ...bare(value),
  ...(value['volumes'] === undefined ? {} : { volumes: volumesOf(value).map(bare) }),
})

export const hasOverrides = (value: Tree): boolean =>
  [value, ...volumesOf(value)].some((volume) => volume['overrides'] !== undefined)

export const nodePoolRules: readonly Rule[] = [
  {
    age: 'late',
    takes: [storage],
    makes: [storage],
    when: (spec) => isTree(spec['storage']) && hasOverrides(spec['storage']),
    up: (spec, old) => set(spec, storage, withoutOverrides(old['storage'] as Tree)),
    says: () => [
      note('StorageOverrides', 'spec.storage: overrides mean nothing any more; use one node pool for each class.'),
    ],
  },
]

export const bridgeRules: readonly Rule[] = [
  ...scheduling(''),
  externalLogging('', 'log4j2.properties'),
  inlineMetrics(''),
  nowWanted('replicas', 1),
  jaeger,
  oauthClient(''),
  drop('late', [['enableMetrics']], (kept) =>
    kept['enableMetrics'] === true
      ? [note('InlineMetrics', 'spec.enableMetrics is not acted upon: write metricsConfig instead.')]
      : [],
  ),
]
