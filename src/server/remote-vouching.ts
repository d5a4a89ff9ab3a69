import type { Clock } from '../env/index.ts'
import { AddPartitionsToTxn, type ErrorCode, errors, type ResponseOf } from '../protocol/index.ts'
import type { BrokerPeers } from './broker-peers.ts'

/** See Transactions.vouch. */
export interface VouchAsk {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
  readonly add: boolean
}

export type Vouched = (codes: readonly ErrorCode[]) => void
export type Vouch = (ask: VouchAsk, done: Vouched) => void

interface Waiting {
  readonly ask: VouchAsk
  readonly done: Vouched
}

/** What one coordinator is asked for. */
interface Line {
  waiting: Waiting[]
  isAsked: boolean
}

type Results = ResponseOf<typeof AddPartitionsToTxn>['resultsByTransaction'][number]['topicResults']

/** Versions that brokers use among themselves. */
const BETWEEN_BROKERS = 4

/**
 * Has coordinators on other brokers vouch for partitions. One request at a time goes to each of them, for all
 * transactions that have waited for it: a coordinator mutes the connection until it has answered, so that a second one
 * would only wait there.
 */
export class RemoteVouching {
  readonly #clock: Clock
  readonly #peers: BrokerPeers
  readonly #lines = new Map<number, Line>()

  constructor(clock: Clock, peers: BrokerPeers) {
    this.#clock = clock
    this.#peers = peers
  }

  /** NETWORK_EXCEPTION when the coordinator cannot be reached, COORDINATOR_NOT_AVAILABLE when nobody knows where it is. */
  vouch(coordinator: number, ask: VouchAsk, done: Vouched): void {
    let line = this.#lines.get(coordinator)
    if (line === undefined) this.#lines.set(coordinator, (line = { waiting: [], isAsked: false }))
    line.waiting.push({ ask, done })
    if (!line.isAsked) this.#askAtTurnEnd(coordinator, line)
  }

  #askAtTurnEnd(coordinator: number, line: Line): void {
    line.isAsked = true
    this.#clock.atTurnEnd(() => this.#ask(coordinator, line))
  }

  #ask(coordinator: number, line: Line): void {
    // A request names each id once: what is asked for it next is another epoch's, or must not fail with what came before.
    const asked = new Map<string, Waiting>()
    const later: Waiting[] = []
    for (const one of line.waiting) {
      if (asked.has(one.ask.transactionalId)) later.push(one)
      else asked.set(one.ask.transactionalId, one)
    }
    line.waiting = later
    const settle = (codesOf: (one: Waiting) => readonly ErrorCode[]): void => {
      if (line.waiting.length > 0) this.#askAtTurnEnd(coordinator, line)
      else this.#lines.delete(coordinator)
      for (const one of asked.values()) one.done(codesOf(one))
    }
    const fail = (code: ErrorCode): void => settle(({ ask }) => ask.partitions.map(() => code))
    const peer = this.#peers.get(coordinator)
    if (peer === null) return fail(errors.COORDINATOR_NOT_AVAILABLE)
    peer.ask(
      AddPartitionsToTxn,
      () => ({ transactions: [...asked.values()].map(({ ask }) => entryOf(ask)) }),
      (failure, got) => {
        if (failure !== null) return fail(errors.NETWORK_EXCEPTION)
        if (got.version < BETWEEN_BROKERS) return fail(errors.UNSUPPORTED_VERSION)
        const { errorCode, resultsByTransaction } = got.answer
        if (errorCode !== errors.NONE) return fail(errorCode as ErrorCode)
        const byId = new Map(resultsByTransaction.map((result) => [result.transactionalId, result.topicResults]))
        settle(({ ask }) => codesIn(byId.get(ask.transactionalId) ?? [], ask))
      },
    )
  }
}

function entryOf({ transactionalId, producerId, producerEpoch, partitions, add }: VouchAsk) {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, list]) => ({
    name,
    partitions: list.map(({ partition }) => partition),
  }))
  return { transactionalId, producerId, producerEpoch, verifyOnly: !add, topics }
}

function codesIn(results: Results, { partitions }: VouchAsk): readonly ErrorCode[] {
  const codes = new Map<string, ErrorCode>()
  for (const { name, resultsByPartition } of results)
    for (const { partitionIndex, partitionErrorCode } of resultsByPartition)
      codes.set(`${name}-${partitionIndex}`, partitionErrorCode as ErrorCode)
  return partitions.map(({ topic, partition }) => codes.get(`${topic}-${partition}`) ?? errors.UNKNOWN_SERVER_ERROR)
}
