import type { Uuid } from '../bytes/index.ts'
import { type BrokerConfig, securityProtocolCode } from '../config/index.ts'
import {
  type AskContext,
  type AskRequest,
  type AskResponse,
  type ControllerAnswer,
  type ControllerAsk,
  type ControllerInput,
  type ControllerRecord,
  controllerCodec,
  controllerShard,
} from '../controller/index.ts'
import type { Env } from '../env/index.ts'
import { type MetadataRecord, supportedFeatures } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import { type Leadership, type LocalRaftNode, RaftShardLog } from '../raft/index.ts'
import { ShardRuntime } from '../runtime/index.ts'
import type { Heartbeat, HeartbeatAnswer } from './broker-lifecycle.ts'
import type { BoundListener } from './listeners.ts'

export interface ControllerParts {
  readonly env: Env
  readonly config: BrokerConfig
  readonly raft: LocalRaftNode
  readonly bootstrapRecords: readonly MetadataRecord[]
}

const codes = {
  loading: errors.NOT_CONTROLLER,
  stopped: errors.NOT_CONTROLLER,
  offline: errors.NOT_CONTROLLER,
  overdue: errors.REQUEST_TIMED_OUT,
  tooLarge: errors.POLICY_VIOLATION,
}

type Shard = ReturnType<typeof controllerShard>
type Runtime = ShardRuntime<ReturnType<Shard['empty']>, ControllerInput, ControllerAnswer, ControllerRecord>

/**
 * The controller of this node: the controller room's shard on the metadata log, active while this node leads the quorum.
 * An assertion inside it halts the node: a controller that errs must not go on deciding.
 */
export class Controller {
  readonly #raft: LocalRaftNode
  readonly #runtime: Runtime
  #isLoaded = false
  #whenActive: (() => void)[] = []

  constructor({ env, config, raft, bootstrapRecords }: ControllerParts) {
    this.#raft = raft
    const shard = controllerShard({
      nodeId: config.nodeId,
      clusterId: raft.clusterId,
      config,
      random: env.random,
      bootstrapRecords,
      supportedFeatures: supportedFeatures(config.unstableFeatureVersionsEnable),
      quorum: () => ({
        voterIds: raft.voters.map((v) => v.key.id),
        kraftVersion: raft.kraftVersion,
        endOffset: raft.endOffset,
      }),
    })
    this.#runtime = new ShardRuntime({
      name: 'controller',
      shard,
      codec: controllerCodec(),
      log: new RaftShardLog(raft),
      clock: env.clock,
      logger: env.logger,
      codes,
      commitTimeoutMs: Number.POSITIVE_INFINITY,
      onLoaded: () => this.#loaded(),
      onOffline: (why) => env.halt(`the controller failed: ${String(why)}`),
    })
  }

  /** Told by raft. */
  leadership(now: Leadership): void {
    if (now.isActive && now.leaderId === this.#raft.nodeId) this.#runtime.start()
    else this.#isLoaded = false
  }

  #loaded(): void {
    this.#isLoaded = true
    this.#runtime.tell({ kind: 'activate' })
    const runs = this.#whenActive
    this.#whenActive = []
    for (const run of runs) run()
  }

  whenActive(run: () => void): void {
    if (this.#isLoaded) run()
    else this.#whenActive.push(run)
  }

  ask<K extends ControllerAsk>(
    kind: K,
    request: AskRequest<K>,
    context: AskContext,
    done: (response: AskResponse<K>) => void,
  ): void {
    this.#runtime.submit({ kind, request, ...context } as unknown as ControllerInput, (answer) => {
      if ('response' in answer) done(answer.response as AskResponse<K>)
    })
  }

  allocateProducerIds(
    brokerId: number,
    brokerEpoch: number,
    done: (errorCode: ErrorCode, first: number, count: number) => void,
  ): void {
    this.ask('allocateProducerIds', { brokerId, brokerEpoch }, { version: 0 }, (answer) => {
      done(answer.errorCode ?? errors.NONE, answer.producerIdStart ?? -1, answer.producerIdLen ?? 0)
    })
  }

  register(ask: Registration, done: (errorCode: ErrorCode, brokerEpoch: number) => void): void {
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
    this.ask('brokerRegistration', request, { version: 4, formerIncarnationIsDead: true }, (answer) => {
      done(answer.errorCode ?? errors.NONE, answer.brokerEpoch ?? -1)
    })
  }

  heartbeat(brokerId: number, ask: Heartbeat, done: (errorCode: ErrorCode, answer: HeartbeatAnswer) => void): void {
    const request: AskRequest<'brokerHeartbeat'> = { brokerId, ...ask, cordonedLogDirs: null }
    this.ask('brokerHeartbeat', request, { version: 2 }, (answer) => {
      done(answer.errorCode ?? errors.NONE, {
        isCaughtUp: answer.isCaughtUp ?? false,
        isFenced: answer.isFenced ?? true,
        shouldShutDown: answer.shouldShutDown ?? false,
      })
    })
  }

  close(): void {
    this.#isLoaded = false
    this.#runtime.stop()
  }
}

export interface Registration {
  readonly config: BrokerConfig
  readonly clusterId: string
  readonly incarnationId: Uuid
  readonly directoryIds: readonly Uuid[]
  /** From the clean-shutdown marker, or this process's own when it registers again; -1 = none. */
  readonly previousBrokerEpoch: number
  readonly listeners: readonly BoundListener[]
}
