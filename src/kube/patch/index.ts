/** Patches of all four kinds, and who owns which fields. */
export { type Applied, type ApplyAsk, type Conflict, serverSideApply } from './apply.ts'
export { isPatchError, PatchError } from './failure.ts'
export { jsonPatch } from './json-patch.ts'
export { type Manager, trackUpdate } from './managed-fields.ts'
export { mergePatch } from './merge.ts'
export { type MergeRules, strategicMerge } from './strategic.ts'
