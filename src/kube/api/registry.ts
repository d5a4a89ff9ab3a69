import type { Obj } from '../../kube-client/index.ts'
import type { Kind, KindVersion } from '../kind.ts'
import type { Key } from '../store/store.ts'

/** The kinds that are served now. */
export class Registry {
  readonly #kinds = new Map<string, Kind>()
  /** Counts changes: what was derived from the kinds is derived anew when it has moved. */
  generation = 0

  add(kind: Kind): void {
    this.#kinds.set(`${kind.group}/${kind.resource}`, kind)
    this.generation++
  }

  delete(group: string, resource: string): void {
    if (this.#kinds.delete(`${group}/${resource}`)) this.generation++
  }

  get(group: string, resource: string): Kind | null {
    return this.#kinds.get(`${group}/${resource}`) ?? null
  }

  find(group: string, version: string, resource: string): { kind: Kind; version: KindVersion } | null {
    const kind = this.#kinds.get(`${group}/${resource}`)
    const served = kind?.versions.find(({ name, served }) => served && name === version)
    if (kind !== undefined && served !== undefined) return { kind, version: served }
    return this.#byAlias(group, version, resource)
  }

  #byAlias(group: string, version: string, resource: string): { kind: Kind; version: KindVersion } | null {
    for (const kind of this.#kinds.values()) {
      const isMeant = kind.resource === resource && aliasOf(kind, groupVersion(group, version)) !== null
      const stored = isMeant ? kind.versions.find(({ name }) => name === kind.storage) : undefined
      if (stored !== undefined) return { kind, version: stored }
    }
    return null
  }

  /** Kinds with other names besides come once for each, without what would make a short name ambiguous. */
  *all(): Iterable<Kind> {
    for (const kind of this.#kinds.values()) {
      yield kind
      const stored = kind.versions.find(({ name }) => name === kind.storage)
      for (const { group, version } of kind.aliases ?? []) {
        if (stored === undefined) continue
        yield { ...kind, group, versions: [{ ...stored, name: version }], shortNames: [], categories: [] }
      }
    }
  }
}

/** Where the objects of a kind stand; of one namespace when it is given. */
export function prefixOf({ group, resource }: Pick<Kind, 'group' | 'resource'>, namespace: string | null): Key {
  return namespace === null ? `/${group}/${resource}/` : `/${group}/${resource}/${namespace}/`
}

export function keyOf(
  kind: Pick<Kind, 'group' | 'resource' | 'namespaced'>,
  namespace: string | null,
  name: string,
): Key {
  return `${prefixOf(kind, kind.namespaced ? namespace : null)}${name}`
}

/** `apps/v1`, `v1` */
export const groupVersion = (group: string, version: string): string => (group === '' ? version : `${group}/${version}`)

/** The other name by which an object of this kind comes; null: it has none such. */
export const aliasOf = (kind: Kind, apiVersion: string): NonNullable<Kind['aliases']>[number] | null =>
  kind.aliases?.find(({ group, version }) => groupVersion(group, version) === apiVersion) ?? null

export interface Converted {
  readonly object: Obj
  readonly warnings: readonly string[]
}

/** The object in another version of its kind. */
export function converted(kind: Kind, object: Obj, from: string, to: string): Converted {
  if (from === to) return { object, warnings: [] }
  if (kind.convert !== undefined) return kind.convert(object, from, to)
  return { object: { ...object, apiVersion: groupVersion(kind.group, to) }, warnings: [] }
}

export const isCustom = ({ isCustom, group }: Kind): boolean =>
  isCustom ?? (group.includes('.') && !group.endsWith('.k8s.io'))
