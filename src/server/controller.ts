import type { BrokerConfig } from '../config/index.ts'
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
  type EventInput,
} from '../controller/index.ts'
import type { Env } from '../env/index.ts'
import { KRAFT_VERSION, type MetadataRecord, supportedFeatures } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import { type Leadership, type LocalRaftNode, RaftShardLog } from '../raft/index.ts'
import { ShardRuntime } from '../runtime/index.ts'

export interface ControllerParts {
  readonly env: Env
  readonly config: BrokerConfig
  readonly raft: LocalRaftNode
  readonly bootstrapRecords: readonly MetadataRecord[]
  /** It can decide from now on. */
  activated(): void
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
  readonly #activated: () => void
  #isLoaded = false

  constructor({ env, config, raft, bootstrapRecords, activated }: ControllerParts) {
    this.#raft = raft
    this.#activated = activated
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
      refuseKraftVersion: (level) => raft.upgradeKraftVersion(level, true),
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

  /** It leads, has replayed the log and decides. */
  get isActive(): boolean {
    return this.#isLoaded
  }

  /** Told by raft. */
  leadership(now: Leadership): void {
    if (now.isActive && now.leaderId === this.#raft.nodeId) this.#runtime.start()
    else this.#isLoaded = false
  }

  #loaded(): void {
    this.#isLoaded = true
    this.#runtime.tell({ kind: 'activate' })
    this.#activated()
  }

  ask<K extends ControllerAsk>(
    kind: K,
    request: AskRequest<K>,
    context: AskContext,
    done: (response: AskResponse<K>) => void,
  ): void {
    this.#runtime.submit({ kind, request, ...context } as unknown as ControllerInput, (answer) => {
      if (!('response' in answer)) return
      const response = answer.response as AskResponse<K>
      if (kind === 'updateFeatures') this.#raiseKraftVersion(request as never, response as never, done as never)
      else done(response)
    })
  }

  /** What was decided is committed; kraft.version among it is the quorum's to write, and is waited for too. */
  #raiseKraftVersion(
    request: AskRequest<'updateFeatures'>,
    response: AskResponse<'updateFeatures'>,
    done: (response: AskResponse<'updateFeatures'>) => void,
  ): void {
    const raft = this.#raft
    const update = request.featureUpdates.find((u) => u.feature === KRAFT_VERSION)
    const isDone = update === undefined || request.validateOnly || update.maxVersionLevel === raft.kraftVersion
    if (isDone || response.errorCode !== errors.NONE) return done(response)
    const refused = raft.upgradeKraftVersion(update.maxVersionLevel, false)
    const failed = (errorCode: ErrorCode, errorMessage: string | null): void =>
      done({ ...response, errorCode, errorMessage, results: [] })
    if (refused !== null) return failed(refused.code, refused.message)
    raft.whenCommitted(raft.endOffset, (code) => (code === errors.NONE ? done(response) : failed(code, null)))
  }

  /** Something happened that nobody asked for; nothing while this node does not lead. */
  tell(event: EventInput): void {
    if (this.#isLoaded) this.#runtime.tell(event)
  }

  close(): void {
    this.#isLoaded = false
    this.#runtime.stop()
  }
}
