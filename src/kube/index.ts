/** An embedded Kubernetes API: store, REST, watch, tables, discovery, and the built-in controllers. */

export { type ApiServerOptions, apiServer, kubernetesVersion } from './api/server.ts'
export { ageColumn } from './api/table.ts'
export type { ApiServer, PodConnect, Query } from './api-server.ts'
export {
  type AnyController,
  builtinControllers,
  type ControllerOptions,
  garbageCollector,
  localProvisioner,
  type VolumeOptions,
} from './controllers/index.ts'
export { byPriority, customKind, type DefinitionOptions, definitionController, parseJsonPath } from './custom/index.ts'
export type {
  Column,
  Connect,
  Convert,
  FieldError,
  JsonObject,
  Kind,
  KindVersion,
  MergeRule,
  Path,
  ScalePaths,
  Schema,
  Strategy,
  StrategyContext,
  User,
  Verb,
} from './kind.ts'
export {
  type BuiltinOptions,
  builtinKinds,
  type ClusterAddresses,
  canonicalQuantity,
  formatSelector,
  hasLabels,
  Messages,
  quantityNanos,
  selects,
} from './kinds/index.ts'
export {
  type Applied,
  type ApplyAsk,
  type Conflict,
  isPatchError,
  jsonPatch,
  type Manager,
  mergePatch,
  PatchError,
  serverSideApply,
  strategicMerge,
  trackUpdate,
} from './patch/index.ts'
export { decodeObject, isProtobuf, isProtoError, ProtoError, readEnvelope } from './proto/index.ts'
export type { ProtoField, ProtoMessage, ProtoTable } from './proto-table.ts'
export type { Cel, CompiledSchema, Node, NodeType } from './schema/index.ts'
export {
  compileSchema,
  errorBody,
  errorText,
  goJson,
  hasRules,
  invalidStatus,
  isRecord,
  joined,
  loadCel,
  quote,
  sameJson,
  structuredCopy,
} from './schema/index.ts'
export { openStore, type StoreEnv, type StoreOptions } from './store/durable-store.ts'
export {
  type Change,
  type Commit,
  CompactedError,
  ConflictError,
  type Entry,
  type Key,
  type Rev,
  type Store,
} from './store/store.ts'
