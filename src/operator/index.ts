/** The operators: of clusters, topics and users. Plans are pure; the controllers gather facts and carry plans out. */
import type { Controller } from '../kube-client/index.ts'
import { clusterController, type OperatorWorld } from './cluster-controller.ts'
import { podSetController } from './pod-set-controller.ts'

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
export { type Plan, planCluster } from './plan.ts'

/** The cluster operator with all its controllers. */
export function clusterOperator(world: OperatorWorld): readonly Controller<unknown, unknown>[] {
  return [clusterController(world), podSetController(world.config)] as unknown as Controller<unknown, unknown>[]
}
