/** The Kubernetes API as its users see it: objects, the port to an API server, caches, and the runner of controllers. */

export { type Cache, type CacheChange, type CacheEnv, cacheOver } from './cache.ts'
export type { Controller, EventNote, Input, Pass, View } from './controller.ts'
export { EventWriter, eventKind } from './events.ts'
export type { Action, ApiFailure, Closer, Kube, WatchEvent } from './kube.ts'
export { ApiError, isApiError } from './kube.ts'
export { type KubeOptions, kubeOver } from './kube-over.ts'
export type { Json, KindRef, Obj, ObjectMeta, OwnerReference, Ref, Selector } from './object.ts'
export { apiVersionOf } from './object.ts'
export { type RunnerEnv, type Running, runControllers } from './run-controllers.ts'
export {
  type FieldRequirement,
  type LabelRequirement,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
} from './selectors.ts'
export { ageOf, microTimestampOf, timestampMs, timestampOf } from './time.ts'
