/** KafkaNodePool: nodes of a cluster that are alike. */
import type { Obj } from '../../kube-client/index.ts'
import { integer, list, object, oneOf, required, string, type Value } from '../schema/types.ts'
import { resources } from './core.ts'
import { commonStatus, jvmOptions, scaledStatus } from './shared.ts'
import { storage } from './storage.ts'
import { nodeTemplates } from './templates.ts'

const roles = list('What the nodes do: `broker`, `controller` or both.', oneOf(undefined, 'controller', 'broker'))

export const nodePoolSpec = object('What is wanted.', {
  replicas: required(integer('Number of nodes.', { minimum: 0 })),
  storage: required(storage),
  roles: required(roles),
  resources,
  jvmOptions,
  template: object('Templates of the objects; each entry replaces that of the Kafka.', nodeTemplates),
})

export const nodePoolStatus = object('What is.', {
  ...commonStatus,
  nodeIds: list('Ids of the nodes.', integer()),
  clusterId: string('Id of the cluster.'),
  roles,
  ...scaledStatus,
})

export interface KafkaNodePoolSpec extends Value<typeof nodePoolSpec> {}
export interface KafkaNodePoolStatus extends Value<typeof nodePoolStatus> {}
export interface KafkaNodePool extends Obj {
  readonly kind: 'KafkaNodePool'
  readonly spec: KafkaNodePoolSpec
  readonly status?: KafkaNodePoolStatus
}
