/** KafkaRebalance: one spreading of load over the brokers. */
import type { Obj } from '../../kube-client/index.ts'
import { boolean, byDefault, integer, list, object, oneOf, open, string, type Value } from '../schema/types.ts'
import { commonStatus } from './shared.ts'

const movements = (what: string, many: number) => byDefault(many, integer(`${what} at once.`, { minimum: 0 }))

export const rebalanceSpec = object('What is wanted.', {
  mode: byDefault(
    'full',
    oneOf(
      'All brokers, onto new ones, away from some, or away from disks.',
      'full',
      'add-brokers',
      'remove-brokers',
      'remove-disks',
    ),
  ),
  brokers: list('Node ids of the brokers that come or go.', integer()),
  goals: list('Goals, by name. Absent: the default ones.', string()),
  skipHardGoalCheck: byDefault(false, boolean('Whether hard goals may be left out of `goals`.')),
  rebalanceDisk: byDefault(false, boolean('Whether load is spread over the disks of each broker instead.')),
  excludedTopics: string('Topics that stay where they are: a regular expression.'),
  concurrentPartitionMovementsPerBroker: movements('Moves between brokers, for each broker,', 5),
  concurrentIntraBrokerPartitionMovements: movements('Moves between disks of a broker', 2),
  concurrentLeaderMovements: movements('Changes of leader', 1000),
  replicationThrottle: integer('Bytes a second for the moves. Absent: no bound.', { minimum: 0 }),
  replicaMovementStrategies: list('Strategies for the order of the moves.', string()),
  moveReplicasOffVolumes: list(
    'Disks that are to become empty (`remove-disks`).',
    object(undefined, {
      brokerId: integer('Node id of the broker.'),
      volumeIds: list('Ids of its volumes.', integer(), { minItems: 1 }),
    }),
    { minItems: 1 },
  ),
})

export const rebalanceStatus = object('What is.', {
  ...commonStatus,
  sessionId: string('Its id in Cruise Control.'),
  progress: object('How far it is.', { rebalanceProgressConfigMap: string('The ConfigMap that tells.') }),
  optimizationResult: open('What it would change, or has.'),
})

export interface KafkaRebalanceSpec extends Value<typeof rebalanceSpec> {}
export interface KafkaRebalanceStatus extends Value<typeof rebalanceStatus> {}
export interface KafkaRebalance extends Obj {
  readonly kind: 'KafkaRebalance'
  readonly spec: KafkaRebalanceSpec
  readonly status?: KafkaRebalanceStatus
}
