import type { Uuid } from '../bytes/index.ts'
import { type BrokerConfig, securityProtocolCode } from '../config/index.ts'
import type { AskRequest } from '../controller/index.ts'
import { supportedFeatures } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import type { Heartbeat, HeartbeatAnswer } from './broker-lifecycle.ts'
import type { ControllerChannel } from './controller-channel.ts'
import type { BoundListener } from './listeners.ts'

export interface Registration {
  readonly config: BrokerConfig
  readonly clusterId: string
  readonly incarnationId: Uuid
  readonly directoryIds: readonly Uuid[]
  /** From the clean-shutdown marker, or this process's own when it registers again; -1 = none. */
  readonly previousBrokerEpoch: number
  readonly listeners: readonly BoundListener[]
}

/** BrokerRegistration: who this broker is, where it listens, what it has and can. */
export function registerBroker(
  controller: ControllerChannel,
  ask: Registration,
  done: (errorCode: ErrorCode, brokerEpoch: number) => void,
): void {
  const { config, clusterId, incarnationId, directoryIds, previousBrokerEpoch, listeners } = ask
  const features = [...supportedFeatures(config.unstableFeatureVersionsEnable)].map(([name, range]) => ({
    name,
    minSupportedVersion: range.min,
    maxSupportedVersion: range.max,
  }))
  const request: AskRequest<'brokerRegistration'> = {
    brokerId: config.nodeId,
    clusterId,
    incarnationId,
    listeners: config.advertisedEndpoints.map((e) => ({
      name: e.listener,
      host: e.host,
      port: e.port !== 0 ? e.port : (listeners.find((l) => l.name === e.listener)?.port ?? 0),
      securityProtocol: securityProtocolCode[e.securityProtocol],
    })),
    features,
    rack: config.brokerRack,
    isMigratingZkBroker: false,
    logDirs: directoryIds,
    previousBrokerEpoch,
  }
  controller.ask('brokerRegistration', request, { version: 4, formerIncarnationIsDead: true }, (answer) => {
    done(answer.errorCode ?? errors.NONE, answer.brokerEpoch ?? -1)
  })
}

/** BrokerHeartbeat: it lives, and what it wants. */
export function heartbeatBroker(
  controller: ControllerChannel,
  brokerId: number,
  ask: Heartbeat,
  done: (errorCode: ErrorCode, answer: HeartbeatAnswer) => void,
): void {
  const request: AskRequest<'brokerHeartbeat'> = { brokerId, ...ask, cordonedLogDirs: null }
  controller.ask('brokerHeartbeat', request, { version: 2 }, (answer) => {
    done(answer.errorCode ?? errors.NONE, {
      isCaughtUp: answer.isCaughtUp ?? false,
      isFenced: answer.isFenced ?? true,
      shouldShutDown: answer.shouldShutDown ?? false,
    })
  })
}

/** AllocateProducerIds: a block of ids that nobody else gets. */
export function allocateProducerIds(
  controller: ControllerChannel,
  brokerId: number,
  brokerEpoch: number,
  done: (errorCode: ErrorCode, first: number, count: number) => void,
): void {
  controller.ask('allocateProducerIds', { brokerId, brokerEpoch }, { version: 0 }, (answer) => {
    done(answer.errorCode ?? errors.NONE, answer.producerIdStart ?? -1, answer.producerIdLen ?? 0)
  })
}
