import { AlterClientQuotas, DescribeClientQuotas } from '../../protocol/index.ts'
import { brokerError, check, type Outcome, outcome } from '../errors.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'

/** Entity type (`user`, `client-id`, `ip`) to name; null = the default entity of that type. */
export type QuotaEntity = Readonly<Record<string, string | null>>

export interface QuotaFilter {
  readonly type: string
  /** A name; null: the default entity; left out: any. */
  readonly name?: string | null
}

export interface QuotaListing {
  readonly entity: QuotaEntity
  readonly values: ReadonlyMap<string, number>
}

const matchTypes = { exact: 0, default: 1, any: 2 } as const

/** `strict`: only entities made of exactly these components. */
export async function describeClientQuotas(
  cluster: Cluster,
  filters: readonly QuotaFilter[],
  o: CallOptions & { readonly strict?: boolean },
): Promise<QuotaListing[]> {
  return cluster.retry('DescribeClientQuotas', o, async () => {
    const answer = await cluster.ask('any', DescribeClientQuotas, {
      components: filters.map((f) => ({
        entityType: f.type,
        matchType: f.name === undefined ? matchTypes.any : f.name === null ? matchTypes.default : matchTypes.exact,
        match: f.name ?? null,
      })),
      strict: o.strict ?? false,
    })
    check(answer.errorCode, answer.errorMessage)
    return (answer.entries ?? []).map((e) => ({
      entity: Object.fromEntries(e.entity.map((c) => [c.entityType, c.entityName])),
      values: new Map(e.values.map((v) => [v.key, v.value])),
    }))
  })
}

export interface QuotaChange {
  readonly entity: QuotaEntity
  /** null removes the quota. */
  readonly values: Readonly<Record<string, number | null>>
}

export async function alterClientQuotas(
  cluster: Cluster,
  changes: readonly QuotaChange[],
  o: CallOptions & { readonly validateOnly?: boolean },
): Promise<Map<QuotaChange, Outcome>> {
  return cluster.retry('AlterClientQuotas', o, async () => {
    const answer = await cluster.ask('controller', AlterClientQuotas, {
      validateOnly: o.validateOnly ?? false,
      entries: changes.map((c) => ({
        entity: Object.entries(c.entity).map(([entityType, entityName]) => ({ entityType, entityName })),
        ops: Object.entries(c.values).map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
      })),
    })
    const results = new Map<QuotaChange, Outcome>()
    for (const change of changes) {
      const found = answer.entries.find((e) => isSame(change.entity, e.entity))
      results.set(
        change,
        found ? outcome(found.errorCode, found.errorMessage, undefined) : { error: brokerError(-1), value: null },
      )
    }
    return results
  })
}

function isSame(
  entity: QuotaEntity,
  parts: readonly { readonly entityType: string; readonly entityName: string | null }[],
): boolean {
  return (
    Object.keys(entity).length === parts.length &&
    parts.every((p) => p.entityType in entity && entity[p.entityType] === p.entityName)
  )
}
