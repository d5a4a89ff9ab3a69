import type { Obj } from '../kube-client/index.ts'
import { kinds } from './kinds/table.ts'
import { customResourceDefinition } from './schema/kind.ts'

/**
 * All of Strimzi's kinds as `kubectl apply` takes them. `newest`: without old versions, for a Kubernetes that cannot
 * convert them.
 */
export const customResourceDefinitions = (versions: 'all' | 'newest' = 'all'): readonly Obj[] =>
  kinds
    .map((kind) => (versions === 'all' ? kind : { ...kind, versions: kind.versions.slice(0, 1) }))
    .map(customResourceDefinition)
