import type { Uuid } from '../bytes/index.ts'
import type { AskRequest, AskResponse } from '../controller/index.ts'
import type { Clock, Logger } from '../env/index.ts'
import { type ErrorCode, errorName, errors } from '../protocol/index.ts'
import type { CommittedIsr, IsrChange, PartitionName } from '../replication/index.ts'

type Request = AskRequest<'alterPartition'>
type Response = AskResponse<'alterPartition'>
type Answered = NonNullable<NonNullable<NonNullable<Response['topics']>[number]>['partitions']>[number]

interface Waiting {
  readonly of: PartitionName
  readonly change: IsrChange
  readonly done: (errorCode: ErrorCode, now: CommittedIsr | null) => void
}

export interface IsrChangesParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly brokerId: number
  brokerEpoch(): number
  /** Asks the active controller; NOT_CONTROLLER while there is none. */
  ask(request: Request, done: (response: Response) => void): void
}

/** The whole request is to be asked again: the controller moved, or does not know this broker's registration yet. */
const retried: ReadonlySet<ErrorCode> = new Set([
  errors.NOT_CONTROLLER,
  errors.STALE_BROKER_EPOCH,
  errors.REQUEST_TIMED_OUT,
  errors.NETWORK_EXCEPTION,
])
const RETRY_MS = 50

/** Changes of in-sync replicas on their way to the controller: all of a turn in one request, one request at a time. */
export class IsrChanges {
  readonly #parts: IsrChangesParts
  #waiting: Waiting[] = []
  #isAsking = false
  #isClosed = false

  constructor(parts: IsrChangesParts) {
    this.#parts = parts
  }

  alter(of: PartitionName, change: IsrChange, done: Waiting['done']): void {
    this.#waiting.push({ of, change, done })
    if (this.#waiting.length === 1) this.#parts.clock.atTurnEnd(() => this.#send())
  }

  close(): void {
    this.#isClosed = true
    this.#waiting = []
  }

  #send(): void {
    if (this.#isAsking || this.#isClosed || this.#waiting.length === 0) return
    const sent = this.#waiting
    this.#waiting = []
    this.#isAsking = true
    const { brokerId, brokerEpoch, logger, clock } = this.#parts
    const topics = [...groupByTopic(sent)].map(([topicId, partitions]) => ({ topicId, partitions }))
    this.#parts.ask({ brokerId, brokerEpoch: brokerEpoch(), topics }, (response) => {
      this.#isAsking = false
      if (this.#isClosed) return
      const errorCode = response.errorCode ?? errors.NONE
      if (retried.has(errorCode)) {
        this.#waiting = [...sent, ...this.#waiting]
        clock.at(clock.monoMs() + RETRY_MS, () => this.#send())
        return
      }
      if (errorCode !== errors.NONE) {
        logger.warn('The controller refuses to alter in-sync replicas', { error: errorName(errorCode) })
      }
      for (const one of sent) this.#settle(one, errorCode, response)
      this.#send()
    })
  }

  #settle({ of, change, done }: Waiting, errorCode: ErrorCode, response: Response): void {
    if (errorCode !== errors.NONE) return done(errorCode, null)
    const answered = response.topics
      ?.find((topic) => topic.topicId === of.topicId)
      ?.partitions?.find((p) => p.partitionIndex === of.index)
    const code = answered?.errorCode ?? (answered === undefined ? errors.UNKNOWN_SERVER_ERROR : errors.NONE)
    const fields = { topic: of.topic, partition: of.index, isr: change.isr.join() }
    if (code === errors.NONE) this.#parts.logger.info('In-sync replicas are now', fields)
    else this.#parts.logger.info('In-sync replicas stay as they are', { ...fields, error: errorName(code) })
    done(code, code === errors.NONE ? committedOf(answered!) : null)
  }
}

function groupByTopic(sent: readonly Waiting[]): Map<Uuid, Request['topics'][number]['partitions'][number][]> {
  const topics = new Map<Uuid, Request['topics'][number]['partitions'][number][]>()
  for (const { of, change } of sent) {
    const partitions = topics.get(of.topicId) ?? []
    topics.set(of.topicId, partitions)
    partitions.push({
      partitionIndex: of.index,
      leaderEpoch: change.leaderEpoch,
      newIsr: [],
      newIsrWithEpochs: change.isr.map((brokerId, i) => ({ brokerId, brokerEpoch: change.brokerEpochs[i] ?? -1 })),
      leaderRecoveryState: change.leaderRecoveryState,
      partitionEpoch: change.partitionEpoch,
    })
  }
  return topics
}

function committedOf({ isr, leaderEpoch, partitionEpoch, leaderRecoveryState }: Answered): CommittedIsr {
  return {
    ...{ isr: isr ?? [], leaderEpoch: leaderEpoch ?? -1, partitionEpoch: partitionEpoch ?? -1 },
    leaderRecoveryState: leaderRecoveryState ?? 0,
  }
}
