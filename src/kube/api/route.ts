import type { Kind, KindVersion } from '../kind.ts'
import type { Registry } from './registry.ts'
import type { Target } from './target.ts'

/** What a path under /api or /apis means. */
export interface Route {
  readonly kind: Kind
  readonly version: KindVersion
  /** null: of all namespaces, or the kind has none. */
  readonly namespace: string | null
  /** null: the collection. */
  readonly name: string | null
  readonly subresource: string | null
  /** Path segments behind the subresource, as in `proxy/a/b`. */
  readonly rest: readonly string[]
}

/** Null: there is no such thing. */
export function routeOf({ segments }: Target, registry: Registry): Route | null {
  const isCore = segments[0] === 'api'
  if (!isCore && segments[0] !== 'apis') return null
  const group = isCore ? '' : segments[1]
  const version = segments[isCore ? 1 : 2]
  const rest = segments.slice(isCore ? 2 : 3)
  if (group === undefined || version === undefined || rest.length === 0) return null
  // `/api/v1/watch/…` is long deprecated and not served.
  if (rest[0] === 'namespaces' && rest.length >= 3) {
    const resource = rest[2]!
    const found = registry.find(group, version, resource)
    if (found?.kind.namespaced) return routed(found, rest[1]!, rest.slice(3))
    // `namespaces/NAME/status` and `…/finalize`
    if (group !== '' || rest.length > 3) return null
  }
  const found = registry.find(group, version, rest[0]!)
  if (found === null || (found.kind.namespaced && rest.length > 1)) return null
  return routed(found, null, rest.slice(1))
}

function routed(
  { kind, version }: { kind: Kind; version: KindVersion },
  namespace: string | null,
  segments: readonly string[],
): Route {
  const [name, subresource, ...rest] = segments
  return { kind, version, namespace, name: name ?? null, subresource: subresource ?? null, rest }
}
