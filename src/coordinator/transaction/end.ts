import { type ErrorCode, errors } from '../../protocol/index.ts'
import type { Token } from '../../runtime/index.ts'
import type { StepName, TransactionAsks } from './inputs.ts'
import { timerKey } from './timer-key.ts'
import {
  completed,
  fenced,
  isEpochExhausted,
  isPreparing,
  type Outcome,
  prepared,
  successorOf,
  type Transaction,
} from './transaction.ts'
import { noIdentity, type Turn } from './turn.ts'

type Ask = TransactionAsks['endTransaction']['ask']

/**
 * Commits or aborts: the outcome is written, then the client is answered, then the partitions are told. Sent again, the
 * answer is the same; the opposite of what was decided is INVALID_TXN_STATE.
 */
export function endTransaction(turn: Turn, ask: Ask, to: Token, deadlineMs: number): void {
  const refuse = (errorCode: ErrorCode) => turn.reply('endTransaction', to, { errorCode, ...noIdentity })
  const { transactionalId, outcome } = ask
  if (transactionalId === '') return refuse(errors.INVALID_REQUEST)
  const transaction = turn.state.get(transactionalId)
  if (transaction === undefined) return refuse(errors.INVALID_PRODUCER_ID_MAPPING)
  const verdict = ask.clientVersion >= 2 ? judgeBumping(transaction, ask) : judge(transaction, ask)
  switch (verdict) {
    case 'wait':
      if (turn.now.monoMs >= deadlineMs) return refuse(errors.CONCURRENT_TRANSACTIONS)
      return turn.hold({ kind: 'endTransaction', ...ask }, to, deadlineMs)
    case 'again': {
      const { producerId, producerEpoch } = transaction
      return turn.reply('endTransaction', to, { errorCode: errors.NONE, producerId, producerEpoch })
    }
    case 'end': {
      const next = prepareEnd(turn, transactionalId, transaction, outcome, ask.clientVersion)
      if (next === null) return refuse(errors.COORDINATOR_LOAD_IN_PROGRESS)
      return turn.reply('endTransaction', to, { errorCode: errors.NONE, ...successorOf(next) })
    }
    default:
      return refuse(verdict)
  }
}

type Verdict = ErrorCode | 'end' | 'again' | 'wait'

/** A client that keeps its epoch: the state alone tells a retry. */
function judge(t: Transaction, ask: Ask): Verdict {
  if (t.producerId !== ask.producerId) return errors.INVALID_PRODUCER_ID_MAPPING
  if (t.producerEpoch !== ask.producerEpoch) return errors.PRODUCER_FENCED
  const decided = outcomeOf(t)
  if (t.status === 'Ongoing') return 'end'
  if (decided !== ask.outcome) return errors.INVALID_TXN_STATE
  return isPreparing(t) ? 'wait' : 'again'
}

/** A client that bumps its epoch at every end: it repeats itself when it comes with the epoch before. */
function judgeBumping(t: Transaction, ask: Ask): Verdict {
  if (isPreparing(t)) return 'wait'
  const isOnNewId =
    t.previousProducerId === ask.producerId && isEpochExhausted(ask.producerEpoch) && t.producerEpoch === 0
  if (t.producerId !== ask.producerId && !isOnNewId) return errors.INVALID_PRODUCER_ID_MAPPING
  const decided = outcomeOf(t)
  const isRetry = isOnNewId || ask.producerEpoch === t.producerEpoch - 1
  const isCurrent = t.producerEpoch === ask.producerEpoch && t.producerId === ask.producerId
  if (!(isCurrent || (decided !== null && isRetry))) return errors.PRODUCER_FENCED
  if (t.status === 'Ongoing') return 'end'
  if (isRetry && decided !== null) return decided === ask.outcome ? 'again' : errors.INVALID_TXN_STATE
  // Nothing was written since the last end: aborting that is allowed, committing it is not.
  return ask.outcome === 'abort' ? 'end' : errors.INVALID_TXN_STATE
}

function outcomeOf(t: Transaction): Outcome | null {
  if (t.status === 'PrepareCommit' || t.status === 'CompleteCommit') return 'commit'
  return t.status === 'PrepareAbort' || t.status === 'CompleteAbort' ? 'abort' : null
}

/**
 * The coordinator itself aborts a transaction: whoever had the epoch so far is shut out. Under transaction.version 2 the
 * bump of the end does that. False: nothing was written, since a producer id is wanted and none is here just now.
 */
export function abortAndFence(turn: Turn, transactionalId: string, transaction: Transaction): boolean {
  const version = turn.deps.transactionVersion()
  const from = version >= 2 ? transaction : fenced(transaction)
  return prepareEnd(turn, transactionalId, from, 'abort', version) !== null
}

/** Writes the outcome; when it is committed, the markers go out. Null: no producer id is here to go on with. */
function prepareEnd(
  turn: Turn,
  transactionalId: string,
  transaction: Transaction,
  outcome: Outcome,
  clientVersion: number,
): Transaction | null {
  let nextProducerId = -1
  if (clientVersion >= 2 && isEpochExhausted(transaction.producerEpoch)) {
    nextProducerId = turn.deps.nextProducerId()
    if (nextProducerId < 0) return null
  }
  const next = prepared(transaction, outcome, clientVersion, nextProducerId, turn.now.wallMs)
  turn.write(transactionalId, next)
  turn.onCommitted({ kind: 'decided', ...nameOf(transactionalId, next) })
  return next
}

/** The outcome stands: no fault of this broker can change it any more, so the partitions are told. */
export function sendMarkers(turn: Turn, step: StepName): void {
  const t = stepOf(turn, step)
  if (t === null) return
  if (t.partitions.size === 0) return complete(turn, step)
  turn.deps.sendMarkers({
    ...nameOf(step.transactionalId, t),
    outcome: t.status === 'PrepareCommit' ? 'commit' : 'abort',
    coordinatorEpoch: turn.deps.coordinatorEpoch(),
    transactionVersion: t.clientVersion,
    partitions: [...t.partitions],
  })
}

/** Every partition has its marker: the id is free for its next transaction. */
export function complete(turn: Turn, step: StepName): void {
  const t = stepOf(turn, step)
  if (t === null) return
  turn.write(step.transactionalId, completed(t, turn.now.wallMs))
  // Tried again until the log takes it: the markers stand, and nothing else would end this transaction.
  turn.retryWith(timerKey('complete', step))
  turn.deps.tell({ kind: 'resume', transactionalId: step.transactionalId })
}

export function nameOf(transactionalId: string, t: Transaction): StepName {
  return {
    transactionalId,
    producerId: t.producerId,
    producerEpoch: t.producerEpoch,
    preparedMs: t.lastUpdateMs,
  }
}

function stepOf(turn: Turn, { transactionalId, producerId, producerEpoch, preparedMs }: StepName): Transaction | null {
  const t = turn.state.get(transactionalId)
  if (t?.lastUpdateMs !== preparedMs) return null
  if (t === undefined || !isPreparing(t) || t.producerId !== producerId || t.producerEpoch !== producerEpoch)
    return null
  return t
}
