import type { Obj } from '../kube-client/index.ts'
import { kinds } from './kinds/table.ts'
import { customResourceDefinition } from './schema/kind.ts'

/** All of Strimzi's kinds as `kubectl apply` takes them. */
export const customResourceDefinitions = (): readonly Obj[] => kinds.map(customResourceDefinition)
