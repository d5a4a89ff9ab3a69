/** JSON merge patch (RFC 7386): objects are merged, null removes, everything else replaces. */
import { isRecord } from '../schema/node.ts'

/** Neither argument is written into; the result may share with both. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else if (value !== undefined) merged[key] = mergePatch(merged[key], value)
  }
  return merged
}
