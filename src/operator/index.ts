/** The operators: of clusters, topics and users. Plans are pure; the controllers gather facts and carry plans out. */
import type { Controller } from '../kube-client/index.ts'
import { clusterController, type OperatorWorld } from './cluster-controller.ts'
import { podSetController } from './pod-set-controller.ts'
import { type TopicWorld, topicController } from './topic/controller.ts'
import { type UserWorld, userController } from './user/controller.ts'

export type { OperatorWorld } from './cluster-controller.ts'
export {
  apacheCapabilities,
  type Capabilities,
  type Environment,
  type OperatorConfig,
  operatorConfig,
} from './config.ts'
export type { ClusterFacts } from './facts.ts'
export { Observed } from './facts.ts'
export type { Bootstrap, ClientIdentity, KafkaAction, KafkaAdmin, KafkaFacts, KafkaResult } from './kafka-admin.ts'
export { ClientAdmin } from './kafka-admin-client.ts'
export { type Plan, planCluster } from './plan.ts'
export { type Rehearsal, rehearsalText, rehearse, rehearseAll } from './rehearsal.ts'
export { type TopicConfig, topicConfig } from './topic/config.ts'
export type { TopicWorld } from './topic/controller.ts'
export { planTopics, type TopicView } from './topic/plan.ts'
export { whyUnwatched } from './unwatched.ts'
export { type UserConfig, userConfig } from './user/config.ts'
export type { UserWorld } from './user/controller.ts'
export { planUsers, type UserView } from './user/plan.ts'

/** The cluster operator with all its controllers. */
export function clusterOperator(world: OperatorWorld): readonly Controller<unknown, unknown>[] {
  return [clusterController(world), podSetController(world.config)] as unknown as Controller<unknown, unknown>[]
}

/** The topic operator of one cluster, as the entity operator runs it. */
export function topicOperator(world: TopicWorld): readonly Controller<unknown, unknown>[] {
  return [topicController(world)] as unknown as Controller<unknown, unknown>[]
}

/** The user operator of one cluster, as the entity operator runs it. */
export function userOperator(world: UserWorld): readonly Controller<unknown, unknown>[] {
  return [userController(world)] as unknown as Controller<unknown, unknown>[]
}
