/** What v1 has no place for, kept in an annotation of the v1 object. */
import type { Obj } from '../../kube-client/index.ts'
import type { Kept } from './rule.ts'
import { isTree } from './tree.ts'

export const legacyAnnotation = 'millrace.io/legacy-spec'

/** null: there is none, or it is none of ours. */
export const keptOf = (object: Obj): Kept | null => {
  const text = object.metadata.annotations?.[legacyAnnotation]
  if (text === undefined) return null
  const read = parsed(text)
  if (!isTree(read) || typeof read['version'] !== 'string' || !isTree(read['spec'])) return null
  const made = Array.isArray(read['made']) ? read['made'].filter((path) => typeof path === 'string') : []
  return { version: read['version'], spec: read['spec'], made }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // Somebody wrote something else there: an object without an old self.
    return null
  }
}

const isEmpty = (kept: Kept): boolean => Object.keys(kept.spec).length === 0 && kept.made.length === 0

export const withKept = (object: Obj, kept: Kept | null): Obj => {
  const { [legacyAnnotation]: before, ...annotations } = object.metadata.annotations ?? {}
  if (before === undefined && (kept === null || isEmpty(kept))) return object
  const { annotations: _replaced, ...metadata } = object.metadata
  const after =
    kept === null || isEmpty(kept) ? annotations : { ...annotations, [legacyAnnotation]: JSON.stringify(kept) }
  return { ...object, metadata: Object.keys(after).length === 0 ? metadata : { ...metadata, annotations: after } }
}
