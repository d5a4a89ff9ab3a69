/** KafkaConnector: one connector of a KafkaConnect. */
import type { Obj } from '../../kube-client/index.ts'
import {
  boolean,
  byDefault,
  integer,
  list,
  object,
  oneOf,
  open,
  required,
  said,
  string,
  type Value,
} from '../schema/types.ts'
import { localObjectReference } from './core.ts'
import { commonStatus } from './shared.ts'

/** What KafkaConnector and MirrorMaker 2 say alike of a connector. */
export const connectorFields = {
  tasksMax: integer('Tasks at most.', { minimum: 1 }),
  version: string('Version of the class, where there are several.'),
  config: open('Connector configuration.'),
  state: byDefault('running', oneOf('What it is to be.', 'paused', 'stopped', 'running')),
  autoRestart: object('Restarting what failed. Absent: not by itself.', {
    enabled: boolean('Whether it does.'),
    maxRestarts: integer('Restarts at most, until someone looks. Absent: no bound.'),
  }),
  listOffsets: object('Where offsets are written when asked for.', {
    toConfigMap: required(said('The ConfigMap.', localObjectReference)),
  }),
  alterOffsets: object('Where offsets to set are read when asked for.', {
    fromConfigMap: required(said('The ConfigMap.', localObjectReference)),
  }),
}

export const connectorSpec = object('What is wanted.', { class: string('Class or alias.'), ...connectorFields })

export const autoRestartStatus = {
  count: integer('Restarts since it last ran well.'),
  connectorName: string('Name of the connector.'),
  lastRestartTimestamp: string('When it was last restarted (RFC 3339, UTC).'),
}

export const connectorStatus = object('What is.', {
  ...commonStatus,
  autoRestart: object('Restarts by itself.', autoRestartStatus),
  connectorStatus: open('What the REST API says of it.'),
  tasksMax: integer('Tasks at most.'),
  topics: list('Topics it uses.', string()),
})

export interface KafkaConnectorSpec extends Value<typeof connectorSpec> {}
export interface KafkaConnectorStatus extends Value<typeof connectorStatus> {}
export interface KafkaConnector extends Obj {
  readonly kind: 'KafkaConnector'
  readonly spec: KafkaConnectorSpec
  readonly status?: KafkaConnectorStatus
}
