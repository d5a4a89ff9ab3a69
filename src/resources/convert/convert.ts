/** From any served version of a kind to any other, one object at a time. */
import type { Obj } from '../../kube-client/index.ts'
import { connectorRules, connectRules } from './connect-rules.ts'
import { kafkaRules } from './kafka-rules.ts'
import { keptOf, withKept } from './legacy.ts'
import { mirrorMaker2Rules } from './mirror-rules.ts'
import { bridgeRules, nodePoolRules, topicRules, userRules } from './other-rules.ts'
import { type Age, downgrade, type Note, notesOf, type Rule, upgrade } from './rule.ts'
import { isTree } from './tree.ts'

const rulesByKind: Readonly<Record<string, readonly Rule[]>> = {
  Kafka: kafkaRules,
  KafkaTopic: topicRules,
  KafkaUser: userRules,
  KafkaConnect: connectRules,
  KafkaConnector: connectorRules,
  KafkaMirrorMaker2: mirrorMaker2Rules,
  KafkaBridge: bridgeRules,
  KafkaNodePool: nodePoolRules,
}

const rulesOf = (object: Obj): readonly Rule[] =>
  Object.hasOwn(rulesByKind, object.kind) ? rulesByKind[object.kind]! : []

const ageOf = (version: string): Age | null => (version === 'v1' ? null : version === 'v1beta2' ? 'late' : 'early')

const inVersion = (object: Obj, version: string): Obj => ({
  ...object,
  apiVersion: `${object.apiVersion.split('/')[0]}/${version}`,
})

const withSpec = (object: Obj, spec: unknown): Obj => ({ ...object, spec })

const toV1 = (object: Obj, from: string): { object: Obj; notes: readonly Note[] } => {
  const rules = rulesOf(object)
  if (!isTree(object['spec'])) return { object: inVersion(object, 'v1'), notes: [] }
  const { spec, kept } = upgrade(rules, from, object['spec'])
  return { object: withKept(inVersion(withSpec(object, spec), 'v1'), kept), notes: notesOf(rules, kept) }
}

const fromV1 = (object: Obj, to: string, age: Age): Obj => {
  const old = inVersion(withKept(object, null), to)
  return isTree(object['spec']) ? withSpec(old, downgrade(rulesOf(object), age, object['spec'], keptOf(object))) : old
}

/**
 * Pure; round-trips: what the other version has no place for is kept in {@link legacyAnnotation} and given back. The
 * warnings say what is read differently today. Kinds without a v1 differ in nothing but the version.
 */
export const convert = (object: Obj, from: string, to: string): { object: Obj; warnings: string[] } => {
  if (from === to) return { object, warnings: [] }
  if (!rulesByKindHasV1(object.kind)) return { object: inVersion(object, to), warnings: [] }
  const age = ageOf(from)
  const upgraded = age === null ? { object, notes: [] } : toV1(object, from)
  const target = ageOf(to)
  return {
    object: target === null ? upgraded.object : fromV1(upgraded.object, to, target),
    warnings: upgraded.notes.map((said) => said.message),
  }
}

const rulesByKindHasV1 = (kind: string): boolean => kind !== 'KafkaAccess' && kind !== 'KafkaMirrorMaker'

/** What the owner of a v1 object that was written in an old version should hear, for Warning conditions. */
export const conversionNotes = (object: Obj): readonly Note[] => {
  const kept = keptOf(object)
  return kept === null ? [] : notesOf(rulesOf(object), kept)
}
