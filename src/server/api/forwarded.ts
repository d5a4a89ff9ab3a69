import type { AskContext, AskRequest, AskResponse, ControllerAsk } from '../../controller/index.ts'
import {
  AlterClientQuotas,
  AlterConfigs,
  AlterPartitionReassignments,
  AlterUserScramCredentials,
  type AnyApi,
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  ElectLeaders,
  IncrementalAlterConfigs,
  ListPartitionReassignments,
  UnregisterBroker,
  UpdateFeatures,
} from '../../protocol/index.ts'
import { type Handler, handler, type Reply } from '../handler.ts'

/** APIs that the active controller answers; the reply waits until this broker acts upon what was decided. */
const rows: readonly (readonly [AnyApi, ControllerAsk])[] = [
  [CreateTopics, 'createTopics'],
  [DeleteTopics, 'deleteTopics'],
  [AlterConfigs, 'alterConfigs'],
  [CreatePartitions, 'createPartitions'],
  [ElectLeaders, 'electLeaders'],
  [IncrementalAlterConfigs, 'incrementalAlterConfigs'],
  [AlterPartitionReassignments, 'alterPartitionReassignments'],
  [ListPartitionReassignments, 'listPartitionReassignments'],
  [AlterClientQuotas, 'alterClientQuotas'],
  [AlterUserScramCredentials, 'alterUserScramCredentials'],
  [UpdateFeatures, 'updateFeatures'],
  [UnregisterBroker, 'unregisterBroker'],
]

export const forwarded: readonly Handler[] = rows.map(([api, kind]) => forward(api, kind))

function forward<K extends ControllerAsk>(api: AnyApi, kind: K): Handler {
  return handler(api, (cx, request: AskRequest<K>, reply: Reply<AskResponse<K>>) => {
    const { controller, partitions } = cx.services
    const context: AskContext = { version: cx.apiVersion, isForwarded: cx.listener.kind === 'broker' }
    controller.ask(kind, request, context, (response) => {
      // The commit is published to this broker in the same turn; its logs may take some more.
      cx.services.env.clock.atTurnEnd(() => partitions.whenOpened(() => reply.send(response)))
    })
  })
}
