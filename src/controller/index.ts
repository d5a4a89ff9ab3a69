/** The active controller as a decide/apply shard over `__cluster_metadata`. */

export { badTopicName } from '../config/index.ts'
export { matches as aclMatches } from './acls.ts'
export { failedAnswer } from './failed-answer.ts'
export type {
  AskContext,
  AskInput,
  AskRequest,
  AskResponse,
  ControllerAnswer,
  ControllerAsk,
  ControllerInput,
  EventInput,
} from './inputs.ts'
export type { ControllerOptions } from './options.ts'
export { type ControllerRecord, type ControllerShard, controllerCodec, controllerShard } from './shard.ts'
export type { ControllerState } from './state.ts'
