import { type ErrorCode, errors } from '../../protocol/index.ts'
import type { Token } from '../../runtime/index.ts'
import { abortAndFence } from './end.ts'
import type { TransactionAsks } from './inputs.ts'
import {
  freshTransaction,
  isEpochExhausted,
  isPreparing,
  type Transaction,
  withEpoch,
  withNewId,
} from './transaction.ts'
import { noIdentity, type Turn } from './turn.ts'

type Ask = TransactionAsks['initProducerId']['ask']
type Known = NonNullable<Ask['known']>

/**
 * Gives a transactional id its producer id and the next epoch, which shuts out whoever had it before. An open
 * transaction is aborted first; the asker waits for that.
 */
export function initProducerId(turn: Turn, ask: Ask, to: Token, deadlineMs: number): void {
  const { transactionalId, timeoutMs, known } = ask
  const refuse = (errorCode: ErrorCode) => turn.reply('initProducerId', to, { errorCode, ...noIdentity })
  const refusal = check(turn, ask)
  if (refusal !== errors.NONE) return refuse(refusal)
  const resolvedTimeoutMs = ask.enable2Pc ? 0x7fffffff : timeoutMs
  let transaction = turn.state.get(transactionalId)
  if (transaction === undefined) {
    const producerId = turn.deps.nextProducerId()
    if (producerId < 0) return refuse(errors.COORDINATOR_LOAD_IN_PROGRESS)
    transaction = freshTransaction(producerId, resolvedTimeoutMs, turn.now.wallMs)
  }
  if (isPreparing(transaction)) {
    if (turn.now.monoMs >= deadlineMs) return refuse(errors.CONCURRENT_TRANSACTIONS)
    return turn.hold({ kind: 'initProducerId', ...ask }, to, deadlineMs)
  }
  if (known !== null && !mayGoOn(transaction, known)) return refuse(errors.PRODUCER_FENCED)
  if (transaction.status === 'Ongoing') {
    if (!abortAndFence(turn, transactionalId, transaction)) return refuse(errors.COORDINATOR_LOAD_IN_PROGRESS)
    return turn.hold({ kind: 'initProducerId', ...ask }, to, deadlineMs)
  }
  const next = nextIdentity(turn, transaction, known, resolvedTimeoutMs)
  if (typeof next === 'number') return refuse(next)
  turn.write(transactionalId, next)
  const { producerId, producerEpoch } = next
  turn.reply('initProducerId', to, { errorCode: errors.NONE, producerId, producerEpoch })
}

function check(turn: Turn, ask: Ask): ErrorCode {
  const { config } = turn
  if (ask.transactionalId === '') return errors.INVALID_REQUEST
  if (ask.enable2Pc && !config.isTwoPhaseCommitEnabled) return errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  // Apache Kafka 4.3 has the field and not what is behind it.
  if (ask.keepPreparedTxn) return errors.UNSUPPORTED_VERSION
  const isAllowed = ask.enable2Pc || (ask.timeoutMs > 0 && ask.timeoutMs <= config.timeoutMsMax)
  return isAllowed ? errors.NONE : errors.INVALID_TRANSACTION_TIMEOUT
}

/** Whether a producer that names itself is the one that is known, or was just before. */
function mayGoOn(t: Transaction, known: Known): boolean {
  if (t.producerEpoch === -1 || known.producerId === t.producerId) return true
  return known.producerId === t.previousProducerId && isEpochExhausted(known.producerEpoch)
}

function nextIdentity(turn: Turn, t: Transaction, known: Known | null, timeoutMs: number): Transaction | ErrorCode {
  const nowMs = turn.now.wallMs
  const { producerEpoch, lastProducerEpoch } = t
  if (isEpochExhausted(producerEpoch) && (known === null || known.producerEpoch === producerEpoch)) {
    const producerId = turn.deps.nextProducerId()
    if (producerId < 0) return errors.COORDINATOR_LOAD_IN_PROGRESS
    return withNewId(t, producerId, timeoutMs, nowMs, known !== null)
  }
  if (known === null) {
    return withEpoch(t, { producerEpoch: producerEpoch + 1, lastProducerEpoch: -1 }, timeoutMs, nowMs)
  }
  // Nobody came between: it goes on after an error.
  if (!isEpochExhausted(producerEpoch) && (producerEpoch === -1 || known.producerEpoch === producerEpoch)) {
    const epochs = { producerEpoch: producerEpoch + 1, lastProducerEpoch: producerEpoch }
    return withEpoch(t, epochs, timeoutMs, nowMs)
  }
  // It asked before and did not hear the answer: a new producer would have made lastProducerEpoch -1.
  if (known.producerEpoch === lastProducerEpoch) {
    return withEpoch(t, { producerEpoch, lastProducerEpoch }, timeoutMs, nowMs)
  }
  return errors.PRODUCER_FENCED
}
