/** Schemas of kinds: one tree from which validation, defaults, pruning, OpenAPI and merging are derived. */
export { type Cel, hasRules, loadCel } from './cel.ts'
export { type CompiledSchema, compileSchema } from './custom.ts'
export { errorBody, errorText, goJson, invalidStatus, joined, quote } from './errors.ts'
export type { GoFacts, Limits, Node, NodeType, Rule } from './node.ts'
export { childOf, isRecord, nodeAt, sameJson } from './node.ts'
export { structuredCopy } from './shape.ts'
