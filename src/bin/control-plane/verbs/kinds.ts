/** Which kinds there are and what people call them, as the server's discovery says. */
import type { KindRef } from '../../../kube-client/index.ts'
import type { Requests } from './requests.ts'
import { Mistake } from './verb.ts'

export interface Kind extends KindRef {
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: readonly string[]
  readonly verbs: readonly string[]
}

interface Discovered {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly {
      readonly version: string
      readonly resources?: readonly {
        readonly resource: string
        readonly responseKind: { readonly kind: string }
        readonly scope: string
        readonly singularResource?: string
        readonly shortNames?: readonly string[]
        readonly categories?: readonly string[]
        readonly verbs?: readonly string[]
        readonly subresources?: readonly { readonly subresource: string }[]
      }[]
    }[]
  }[]
}

export interface Kinds {
  /** By any of its names, or a category (`all`); throws a Mistake. */
  named(word: string): Promise<readonly Kind[]>
  /** Of an object. */
  of(apiVersion: string, kind: string): Promise<Kind | null>
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

export function kindsOf(api: Requests): Kinds {
  let known: Promise<readonly Kind[]> | null = null
  const all = (): Promise<readonly Kind[]> => (known ??= discover(api))
  return {
    named: async (word) => {
      const kinds = await all()
      const lower = word.toLowerCase()
      const [plain = '', ...rest] = lower.split('.')
      const where = rest.join('.')
      const at = ({ group, version }: Kind): boolean =>
        where === '' || group === where || `${version}.${group}` === where || group.startsWith(`${where}.`)
      const is = (one: Kind): boolean =>
        one.resource === plain || one.singular === plain || one.kind.toLowerCase() === plain
      const found =
        kinds.find((one) => is(one) && at(one)) ?? kinds.find((one) => one.shortNames.includes(plain) && at(one))
      if (found !== undefined) return [found]
      const seen = new Set<string>()
      const category = kinds.filter((one) => {
        const name = `${one.resource}.${one.group}`
        if (!one.categories.includes(lower) || seen.has(name)) return false
        seen.add(name)
        return true
      })
      if (category.length > 0) return category
      throw new Mistake(`the server doesn't have a resource type "${word}"`)
    },
    of: async (apiVersion, kind) => {
      const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
      const same = (one: Kind): boolean => one.group === group && one.version === version && one.kind === kind
      const found = (await all()).find(same)
      if (found !== undefined) return found
      // what was applied just before may have defined it
      known = null
      return (await all()).find(same) ?? null
    },
  }
}

async function discover(api: Requests): Promise<readonly Kind[]> {
  const lists = await Promise.all(['/api', '/apis'].map((path) => api.json<Discovered>(path, { accept })))
  return lists.flatMap(({ items }) =>
    items.flatMap(({ metadata, versions = [] }) =>
      versions.flatMap(({ version, resources = [] }) =>
        resources.map((one) => ({
          ...{ group: metadata?.name ?? '', version, kind: one.responseKind.kind, resource: one.resource },
          namespaced: one.scope === 'Namespaced',
          singular: one.singularResource || one.responseKind.kind.toLowerCase(),
          ...{ shortNames: one.shortNames ?? [], categories: one.categories ?? [], verbs: one.verbs ?? [] },
          subresources: (one.subresources ?? []).map(({ subresource }) => subresource),
        })),
      ),
    ),
  )
}

/** Of a collection, or one object in it. */
export function pathOf(kind: KindRef, namespace: string | null, name: string | null = null): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  const within = kind.namespaced && namespace !== null ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${within}/${kind.resource}${name === null ? '' : `/${encodeURIComponent(name)}`}`
}

/** `pod`, `deployment.apps`: how messages call a kind. */
export const kindText = ({ kind, group }: KindRef): string => `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}`
/** `pods`, `deployments.apps` */
export const resourceText = ({ resource, group }: KindRef): string => `${resource}${group === '' ? '' : `.${group}`}`
