import type { ClientQuotaImage } from '../../metadata/index.ts'
import { DescribeClientQuotas, type ErrorCode, errors, type RequestOf } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

type Component = RequestOf<typeof DescribeClientQuotas>['components'][number]

/** How a component matches an entity's name: that name, the default entity, or any. */
const EXACT = 0
const DEFAULT = 1
const ANY = 2
const entityTypes: ReadonlySet<string> = new Set(['user', 'client-id', 'ip'])

/** KIP-546. */
export const describeClientQuotas = handler(DescribeClientQuotas, (cx, request, reply) => {
  const refusal = refuse(request.components)
  if (refusal !== null) {
    reply.send({ ...refusal, entries: null })
    return
  }
  const entries = []
  for (const quota of cx.services.image.clientQuotas) {
    if (!matches(quota, request.components, request.strict)) continue
    entries.push({
      entity: [...quota.entity].map(([entityType, entityName]) => ({ entityType, entityName })),
      values: [...quota.values].map(([key, value]) => ({ key, value })),
    })
  }
  reply.send({ errorCode: errors.NONE, errorMessage: null, entries })
})

function refuse(components: readonly Component[]): { errorCode: ErrorCode; errorMessage: string } | null {
  const invalid = (errorMessage: string) => ({ errorCode: errors.INVALID_REQUEST, errorMessage })
  const types = new Set<string>()
  for (const { entityType, matchType } of components) {
    if (entityType === '') return invalid('Unexpected empty entity type.')
    if (types.has(entityType)) return invalid(`Entity type ${entityType} cannot appear more than once in the filter.`)
    if (matchType < EXACT || matchType > ANY) return invalid(`Unknown match type ${matchType}.`)
    types.add(entityType)
    if (!entityTypes.has(entityType)) {
      return { errorCode: errors.UNSUPPORTED_VERSION, errorMessage: `Unsupported entity type ${entityType}` }
    }
  }
  return null
}

function matches(quota: ClientQuotaImage, components: readonly Component[], isStrict: boolean): boolean {
  for (const { entityType, matchType, match } of components) {
    const name = quota.entity.get(entityType)
    if (name === undefined) return false
    if (matchType === EXACT && name !== match) return false
    if (matchType === DEFAULT && name !== null) return false
  }
  return !isStrict || quota.entity.size === components.length
}
