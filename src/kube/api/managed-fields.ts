import type { Json, Obj } from '../../kube-client/index.ts'
import type { Kind, Schema } from '../kind.ts'
import { trackUpdate } from '../patch/index.ts'
import type { Ask } from './ask.ts'
import { groupVersion } from './registry.ts'

/** In whose name fields are written. */
export interface Writer {
  readonly manager: string
  readonly operation: 'Update' | 'Apply'
  /** Given by apply: the entries as it left them. */
  readonly managedFields?: readonly unknown[]
  /** Only a restore may say which uid an object has. */
  readonly keepsUid?: boolean
}

/** `next` with who owns which of its fields. Both are in the storage version, in whose terms fields are named. */
export function tracked({ kind, subresource }: Ask, writer: Writer, next: Obj, prev: Obj | null, now: string): Obj {
  if (writer.managedFields !== undefined) {
    return { ...next, metadata: { ...next.metadata, managedFields: writer.managedFields as readonly Json[] } }
  }
  const manager = {
    manager: writer.manager,
    operation: writer.operation,
    apiVersion: groupVersion(kind.group, kind.storage),
    subresource: subresource ?? '',
  }
  return trackUpdate(next, prev, schemaOf(kind).root, manager, now)
}

/** `next` with the entries of another state of it. */
export function withOwners(next: Obj, { metadata: { managedFields } }: Obj): Obj {
  const { managedFields: _, ...metadata } = next.metadata
  return { ...next, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } }
}

export const schemaOf = (kind: Kind): Schema => kind.versions.find(({ name }) => name === kind.storage)!.schema
