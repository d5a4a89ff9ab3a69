import { type ErrorCode, errors } from '../../protocol/index.ts'
import type { Token } from '../../runtime/index.ts'
import type { ProducerIdentity, TransactionAsks } from './inputs.ts'
import { isPreparing, type Transaction, withPartitions } from './transaction.ts'
import type { Turn } from './turn.ts'

/** Partitions join the transaction, which begins with the first. Asked again, it changes nothing and succeeds. */
export function addPartitions(
  turn: Turn,
  ask: TransactionAsks['addPartitions']['ask'],
  to: Token,
  deadlineMs: number,
): void {
  const answer = (errorCode: ErrorCode) => turn.reply('addPartitions', to, { errorCode })
  const { transactionalId, partitions, clientVersion } = ask
  if (transactionalId === '') return answer(errors.INVALID_REQUEST)
  const transaction = turn.state.get(transactionalId)
  if (transaction === undefined) return answer(errors.INVALID_PRODUCER_ID_MAPPING)
  // Before who asks is looked at: under way may be a change of the producer id.
  if (isPreparing(transaction)) {
    if (turn.now.monoMs >= deadlineMs) return answer(errors.CONCURRENT_TRANSACTIONS)
    return turn.hold({ kind: 'addPartitions', ...ask }, to, deadlineMs)
  }
  const refusal = checkIdentity(transaction, ask)
  if (refusal !== errors.NONE) return answer(refusal)
  if (transaction.status !== 'Ongoing' || !transaction.partitions.hasAll(partitions)) {
    turn.write(transactionalId, withPartitions(transaction, partitions, clientVersion, turn.now.wallMs))
  }
  answer(errors.NONE)
}

/** KIP-890: a leader asks before it takes the first record of a transaction. */
export function verifyPartitions(turn: Turn, ask: TransactionAsks['verifyPartitions']['ask'], to: Token): void {
  const { transactionalId, partitions } = ask
  const answer = (codeOf: (index: number) => ErrorCode) =>
    turn.reply('verifyPartitions', to, { errorCodes: partitions.map((_, index) => codeOf(index)) })
  if (transactionalId === '') return answer(() => errors.INVALID_REQUEST)
  const transaction = turn.state.get(transactionalId)
  if (transaction === undefined) return answer(() => errors.INVALID_PRODUCER_ID_MAPPING)
  const refusal = checkIdentity(transaction, ask)
  if (refusal !== errors.NONE) return answer(() => refusal)
  if (isPreparing(transaction)) return answer(() => errors.CONCURRENT_TRANSACTIONS)
  answer((index) => (transaction.partitions.has(partitions[index]!) ? errors.NONE : errors.TRANSACTION_ABORTABLE))
}

function checkIdentity(transaction: Transaction, ask: ProducerIdentity): ErrorCode {
  if (transaction.producerId !== ask.producerId) return errors.INVALID_PRODUCER_ID_MAPPING
  return transaction.producerEpoch === ask.producerEpoch ? errors.NONE : errors.PRODUCER_FENCED
}
