import { noPartitions, type PartitionSet, type TopicPartition } from './partition-set.ts'

/** By number in the log, by name in answers. */
export const statuses = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] as const

export type Status = (typeof statuses)[number]

const none = -1
const epochMax = 32_767

/**
 * What is known of one transactional id. A value: each step of its life is another one, written to the log.
 *
 *   Empty ──▶ Ongoing ──▶ PrepareCommit ──▶ CompleteCommit ──▶ Ongoing, Empty
 *     ▲          └──────▶ PrepareAbort  ──▶ CompleteAbort  ──▶ Ongoing, Empty
 *     └ InitProducerId, from Empty and Complete*
 *
 * Under transaction.version 2 a transaction without partitions may be aborted too: Empty, Complete* ──▶ PrepareAbort.
 */
export interface Transaction {
  readonly status: Status
  readonly producerId: number
  /** Id before the last step; -1 = none. A client that did not hear of its new id still comes with this one. */
  readonly previousProducerId: number
  /** Id that takes over when the transaction has ended, because the epochs of this one are used up; -1 = none. */
  readonly nextProducerId: number
  /** -1 until InitProducerId gave the first. */
  readonly producerEpoch: number
  /** Epoch of the client before the last bump, for telling a retry. Not in the log: -1 after a replay. */
  readonly lastProducerEpoch: number
  readonly timeoutMs: number
  readonly partitions: PartitionSet
  /** Wall time; -1 = no transaction since InitProducerId. */
  readonly startMs: number
  readonly lastUpdateMs: number
  /** 2: the client bumps its epoch at every end (KIP-890 part 2); 0: it does not. */
  readonly clientVersion: number
}

export type Outcome = 'commit' | 'abort'

export function isPreparing(t: Transaction): boolean {
  return t.status === 'PrepareCommit' || t.status === 'PrepareAbort'
}

/** The last epoch that a client sees is 32766: one more is kept for fencing it. */
export function isEpochExhausted(epoch: number): boolean {
  return epoch >= epochMax - 1
}

/** A transactional id that was never seen, before its first InitProducerId is decided. */
export function freshTransaction(producerId: number, timeoutMs: number, nowMs: number): Transaction {
  return {
    status: 'Empty',
    producerId,
    previousProducerId: none,
    nextProducerId: none,
    producerEpoch: none,
    lastProducerEpoch: none,
    timeoutMs,
    partitions: noPartitions,
    startMs: none,
    lastUpdateMs: nowMs,
    clientVersion: 0,
  }
}

/** InitProducerId gives out an epoch: a new one, or the current one again to a client that did not hear of it. */
export function withEpoch(
  t: Transaction,
  epochs: { readonly producerEpoch: number; readonly lastProducerEpoch: number },
  timeoutMs: number,
  nowMs: number,
): Transaction {
  return atRest({ ...t, ...epochs, previousProducerId: t.producerId }, timeoutMs, nowMs)
}

/** InitProducerId gives out a new id, since no epoch of the old one is left. */
export function withNewId(
  t: Transaction,
  producerId: number,
  timeoutMs: number,
  nowMs: number,
  isRetryKnown: boolean,
): Transaction {
  const lastProducerEpoch = isRetryKnown ? t.producerEpoch : none
  const given = { producerId, producerEpoch: 0, lastProducerEpoch, previousProducerId: t.producerId }
  return atRest({ ...t, ...given }, timeoutMs, nowMs)
}

function atRest(t: Transaction, timeoutMs: number, nowMs: number): Transaction {
  return { ...t, status: 'Empty', timeoutMs, partitions: noPartitions, startMs: none, lastUpdateMs: nowMs }
}

export function withPartitions(
  t: Transaction,
  added: readonly TopicPartition[],
  clientVersion: number,
  nowMs: number,
): Transaction {
  return {
    ...t,
    status: 'Ongoing',
    previousProducerId: t.producerId,
    partitions: t.partitions.plus(added),
    startMs: t.status === 'Ongoing' ? t.startMs : nowMs,
    lastUpdateMs: nowMs,
    clientVersion,
  }
}

/** The coordinator itself ends the transaction: whoever has the epoch so far is shut out. */
export function fenced(t: Transaction): Transaction {
  return { ...t, producerEpoch: Math.min(t.producerEpoch + 1, epochMax), lastProducerEpoch: none }
}

/** The outcome is decided; what is left is telling the partitions. `nextProducerId` -1: the id stays. */
export function prepared(
  t: Transaction,
  outcome: Outcome,
  clientVersion: number,
  nextProducerId: number,
  nowMs: number,
): Transaction {
  const bumps = clientVersion >= 2
  return {
    ...t,
    status: outcome === 'commit' ? 'PrepareCommit' : 'PrepareAbort',
    previousProducerId: t.producerId,
    nextProducerId,
    producerEpoch: bumps ? Math.min(t.producerEpoch + 1, epochMax) : t.producerEpoch,
    lastProducerEpoch: bumps ? t.producerEpoch : t.lastProducerEpoch,
    startMs: t.status === 'Ongoing' ? t.startMs : nowMs,
    lastUpdateMs: nowMs,
    clientVersion,
  }
}

/** Every partition has its marker. */
export function completed(t: Transaction, nowMs: number): Transaction {
  const isNewId = t.clientVersion >= 2 && t.nextProducerId !== none
  return {
    ...t,
    status: t.status === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    previousProducerId: t.producerId,
    producerId: isNewId ? t.nextProducerId : t.producerId,
    producerEpoch: isNewId ? 0 : t.producerEpoch,
    nextProducerId: none,
    partitions: noPartitions,
    lastUpdateMs: nowMs,
  }
}

/** The id and epoch that the client goes on with after a transaction that is about to end. */
export function successorOf(t: Transaction): { producerId: number; producerEpoch: number } {
  const { producerId, producerEpoch } = completed(t, t.lastUpdateMs)
  return { producerId, producerEpoch }
}
