import { AddPartitionsToTxn, type ErrorCode, errors } from '../protocol/index.ts'
import type { BrokerPeers } from './broker-peers.ts'

/** See Transactions.vouch. */
export interface VouchAsk {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
  readonly add: boolean
}

export type Vouch = (ask: VouchAsk, done: (codes: readonly ErrorCode[]) => void) => void

/** Versions that brokers use among themselves. */
const BETWEEN_BROKERS = 4

/** Has the coordinator on another broker vouch for partitions; NETWORK_EXCEPTION when it cannot be reached. */
export function vouchRemotely(
  peers: BrokerPeers,
  coordinator: number,
  ask: VouchAsk,
  done: (codes: readonly ErrorCode[]) => void,
): void {
  const { transactionalId, producerId, producerEpoch, partitions, add } = ask
  const fail = (code: ErrorCode) => done(partitions.map(() => code))
  const peer = peers.get(coordinator)
  if (peer === null) return fail(errors.COORDINATOR_NOT_AVAILABLE)
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, list]) => ({
    name,
    partitions: list.map(({ partition }) => partition),
  }))
  peer.ask(
    AddPartitionsToTxn,
    () => ({ transactions: [{ transactionalId, producerId, producerEpoch, verifyOnly: !add, topics }] }),
    (failure, got) => {
      if (failure !== null) return fail(errors.NETWORK_EXCEPTION)
      if (got.version < BETWEEN_BROKERS) return fail(errors.UNSUPPORTED_VERSION)
      const { errorCode, resultsByTransaction } = got.answer
      if (errorCode !== errors.NONE) return fail(errorCode as ErrorCode)
      const codes = new Map<string, ErrorCode>()
      for (const { name, resultsByPartition } of resultsByTransaction[0]?.topicResults ?? [])
        for (const { partitionIndex, partitionErrorCode } of resultsByPartition)
          codes.set(`${name}-${partitionIndex}`, partitionErrorCode as ErrorCode)
      done(partitions.map(({ topic, partition }) => codes.get(`${topic}-${partition}`) ?? errors.UNKNOWN_SERVER_ERROR))
    },
  )
}
