/** Why nobody acts on a resource: its label names no Kafka that is there, or none whose operator looks at it. */
import { nearestName } from '../bytes/index.ts'
import type { Obj } from '../kube-client/index.ts'
import { labelNames } from './names.ts'

interface EntityPart {
  readonly watchedNamespace?: string
}

const partOf: Readonly<Record<string, string>> = { KafkaTopic: 'topicOperator', KafkaUser: 'userOperator' }

function entityPart(kafka: Obj, part: string): EntityPart | undefined {
  const spec = kafka['spec'] as { entityOperator?: Readonly<Record<string, EntityPart | undefined>> } | undefined
  return spec?.entityOperator?.[part]
}

/**
 * A sentence for people; null: an operator looks at the resource, or it is of a kind that needs no Kafka. `kafkas` are all
 * that are known, of any namespace.
 */
export function whyUnwatched(resource: Obj, kafkas: readonly Obj[]): string | null {
  const part = partOf[resource.kind]
  if (part === undefined && resource.kind !== 'KafkaNodePool') return null
  const { namespace = 'default', labels } = resource.metadata
  const asked = labels?.[labelNames.cluster] ?? ''
  const of = (k: Obj): string => k.metadata.namespace ?? 'default'
  const named = kafkas.filter((k) => k.metadata.name === asked)
  const watchedBy = (k: Obj): string =>
    (part === undefined ? undefined : entityPart(k, part)?.watchedNamespace) ?? of(k)
  const here = kafkas.filter((k) => watchedBy(k) === namespace)
  if (asked === '') {
    const [only] = here
    const what = labels?.[labelNames.cluster] === undefined ? 'it has no label' : 'it has an empty label'
    const tip = here.length === 1 && only ? `; ${labelNames.cluster}: ${only.metadata.name} is meant, perhaps` : ''
    return `${what} ${labelNames.cluster}: no operator looks at it${tip}`
  }
  const owner = named.find((k) => watchedBy(k) === namespace)
  if (owner) {
    if (part === undefined || entityPart(owner, part)) return null
    return `Kafka ${asked} has no spec.entityOperator.${part}: no operator looks at it`
  }
  const absent = `no Kafka ${asked} in namespace ${namespace}`
  const [elsewhere] = named
  if (elsewhere) {
    if (of(elsewhere) !== namespace) return `${absent}; there is one in namespace ${of(elsewhere)}`
    return `Kafka ${asked} looks for it in namespace ${watchedBy(elsewhere)} (spec.entityOperator.${part}.watchedNamespace)`
  }
  const near = nearestName(asked, new Set(here.map((k) => k.metadata.name)))
  if (near !== null) return `${absent}; did you mean ${near}?`
  const there = here.map((k) => k.metadata.name).sort()
  return there.length === 0 ? absent : `${absent}; there is ${there.slice(0, 5).join(', ')}`
}
