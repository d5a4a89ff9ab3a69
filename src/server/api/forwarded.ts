import type { AskContext, AskRequest, AskResponse, ControllerAsk } from '../../controller/index.ts'
import {
  AlterClientQuotas,
  AlterPartitionReassignments,
  AlterUserScramCredentials,
  type AnyApi,
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  ElectLeaders,
  ListPartitionReassignments,
  UnregisterBroker,
  UpdateFeatures,
} from '../../protocol/index.ts'
import { type Handler, handler, type Reply, type RequestContext } from '../handler.ts'

/** APIs that the active controller answers; the reply waits until this broker acts upon what was decided. */
const rows: readonly (readonly [AnyApi, ControllerAsk])[] = [
  [CreateTopics, 'createTopics'],
  [DeleteTopics, 'deleteTopics'],
  [CreatePartitions, 'createPartitions'],
  [ElectLeaders, 'electLeaders'],
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
    const { controller } = cx.services
    const context: AskContext = { version: cx.apiVersion, isForwarded: cx.listener.kind === 'broker' }
    controller.ask(kind, request, context, (response) => whenHere(cx, () => reply.send(response)))
  })
}

/** Runs when this broker acts upon what was just committed: published in this turn, its logs may take some more. */
export function whenHere(cx: RequestContext, run: () => void): void {
  const { env, partitions } = cx.services
  env.clock.atTurnEnd(() => partitions.whenOpened(run))
}
