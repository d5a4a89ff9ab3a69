/** KafkaMirrorMaker2: topics and groups of other clusters, copied here. */
import type { Obj } from '../../kube-client/index.ts'
import { list, object, open, required, string, type Value } from '../schema/types.ts'
import { clusterAccess, connectorPlugins, workerGroup, workers } from './kafka-connect.ts'
import { autoRestartStatus, connectorFields } from './kafka-connector.ts'
import { commonStatus, scaledStatus } from './shared.ts'

const cluster = {
  alias: required(string('Short name of the cluster.', { pattern: '^[a-zA-Z0-9\\._\\-]{1,100}$' })),
  ...clusterAccess,
}

const mirror = object(undefined, {
  source: required(object('The cluster that is copied.', { ...cluster, config: open('Client configuration.') })),
  sourceConnector: object('The connector that copies records.', connectorFields),
  checkpointConnector: object('The connector that copies the offsets of groups.', connectorFields),
  topicsPattern: string('Topics to copy: a regular expression, or several with commas. Absent: all.'),
  topicsExcludePattern: string('Topics not to copy.'),
  groupsPattern: string('Groups to copy. Absent: all.'),
  groupsExcludePattern: string('Groups not to copy.'),
})

export const mirrorMaker2Spec = object('What is wanted.', {
  ...workers,
  target: required(
    object('The cluster that receives the copies, beside which the workers run.', {
      ...cluster,
      ...workerGroup,
      config: open('Worker configuration.'),
    }),
  ),
  mirrors: required(list('What is copied.', mirror)),
})

export const mirrorMaker2Status = object('What is.', {
  ...commonStatus,
  url: string('Address of the REST API.'),
  connectors: list('What the REST API says of the connectors.', open()),
  autoRestartStatuses: list('Restarts by itself.', object(undefined, autoRestartStatus)),
  connectorPlugins,
  ...scaledStatus,
})

export interface KafkaMirrorMaker2Spec extends Value<typeof mirrorMaker2Spec> {}
export interface KafkaMirrorMaker2Status extends Value<typeof mirrorMaker2Status> {}
export interface KafkaMirrorMaker2 extends Obj {
  readonly kind: 'KafkaMirrorMaker2'
  readonly spec: KafkaMirrorMaker2Spec
  readonly status?: KafkaMirrorMaker2Status
}
