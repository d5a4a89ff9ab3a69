/** Custom kinds: definitions stored by users become rows of the API server. */
export { byPriority, customKind } from './custom-kind.ts'
export { type DefinitionOptions, definitionController } from './definitions.ts'
export { parseJsonPath } from './json-path.ts'
