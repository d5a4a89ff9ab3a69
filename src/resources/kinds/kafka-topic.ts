/** KafkaTopic: a topic. */
import type { Obj } from '../../kube-client/index.ts'
import { integer, object, oneOf, open, string, type Value } from '../schema/types.ts'
import { commonStatus } from './shared.ts'

export const topicSpec = object('What is wanted.', {
  topicName: string('Name of the topic. Absent: that of the resource. May not change.'),
  partitions: integer('Number of partitions; it may only grow. Absent: the broker’s default.', { minimum: 1 }),
  replicas: integer('Number of replicas of each partition. Absent: the broker’s default.', {
    minimum: 1,
    maximum: 32_767,
  }),
  config: open('Topic configuration.'),
})

export const topicStatus = object('What is.', {
  ...commonStatus,
  topicName: string('Name of the topic.'),
  topicId: string('Id of the topic.'),
  replicasChange: object('A change of the number of replicas that goes on.', {
    targetReplicas: integer('The number wanted.'),
    state: oneOf('How far it is.', 'pending', 'ongoing'),
    message: string('What is to be said about it.'),
    sessionId: string('Its id in Cruise Control.'),
  }),
})

export interface KafkaTopicSpec extends Value<typeof topicSpec> {}
export interface KafkaTopicStatus extends Value<typeof topicStatus> {}
export interface KafkaTopic extends Obj {
  readonly kind: 'KafkaTopic'
  readonly spec: KafkaTopicSpec
  readonly status?: KafkaTopicStatus
}
