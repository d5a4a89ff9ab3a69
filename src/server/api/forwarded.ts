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
  errors,
  ListPartitionReassignments,
  UnregisterBroker,
  UpdateFeatures,
} from '../../protocol/index.ts'
import type { Controller } from '../controller.ts'
import { controllerApis } from '../controller-apis.ts'
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

/** What nodes ask the controller for themselves, on the controller listener. */
const nodeAsks: readonly ControllerAsk[] = [
  'allocateProducerIds',
  'alterPartition',
  'assignReplicasToDirs',
  'brokerHeartbeat',
  'brokerRegistration',
  'controllerRegistration',
]

export const askedByNodes: readonly Handler[] = nodeAsks.map((kind) =>
  handler(controllerApis[kind].api, (cx, request, reply) => {
    const { localController } = cx.services
    localController.ask(kind, request as never, nodeContextOf(cx, kind, request), (response) => {
      noteBroker(cx, kind, request, response)
      reply.send(response as never)
    })
  }),
)

function nodeContextOf(cx: RequestContext, kind: ControllerAsk, request: unknown): AskContext {
  const version = cx.apiVersion
  if (kind !== 'brokerRegistration') return { version }
  return { version, formerIncarnationIsDead: cx.services.liveness.isSucceeded(request as AskRequest<typeof kind>) }
}

/** On this connection a broker has said who it is. */
function noteBroker(cx: RequestContext, kind: ControllerAsk, request: unknown, response: unknown): void {
  if (kind === 'brokerRegistration') {
    const { brokerId } = request as AskRequest<typeof kind>
    const { errorCode, brokerEpoch = -1 } = response as AskResponse<typeof kind>
    if (errorCode === errors.NONE) cx.services.liveness.heard(brokerId, brokerEpoch, cx.connection)
  } else if (kind === 'brokerHeartbeat') {
    const { brokerId, brokerEpoch } = request as AskRequest<typeof kind>
    const { errorCode } = response as AskResponse<typeof kind>
    if (errorCode === errors.NONE) cx.services.liveness.heard(brokerId, brokerEpoch, cx.connection)
  }
}

export const forwarded: readonly Handler[] = rows.map(([api, kind]) => forward(api, kind))

function forward<K extends ControllerAsk>(api: AnyApi, kind: K): Handler {
  return handler(api, (cx, request: AskRequest<K>, reply: Reply<AskResponse<K>>) => {
    controllerOf(cx).ask(kind, request, contextOf(cx), (response) => whenHere(cx, () => reply.send(response)))
  })
}

/** A broker asks for its client, a controller decides itself: what comes to it was sent to it on purpose. */
export function controllerOf(cx: RequestContext): Pick<Controller, 'ask'> {
  return isForUs(cx) ? cx.services.localController : cx.services.controller
}

export function contextOf(cx: RequestContext): AskContext {
  const asker = { principal: cx.principal, host: cx.peer.host }
  return { version: cx.apiVersion, isForwarded: cx.isForwarded || cx.listener.kind === 'broker', asker }
}

function isForUs(cx: RequestContext): boolean {
  return cx.isForwarded || cx.listener.kind === 'controller'
}

/** Runs when this broker acts upon what was just committed: published in this turn, its logs may take some more. */
export function whenHere(cx: RequestContext, run: () => void): void {
  const { env, partitions } = cx.services
  env.clock.atTurnEnd(() => partitions.whenOpened(run))
}
