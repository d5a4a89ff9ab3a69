import { errors } from '../../protocol/index.ts'
import type { Token } from '../../runtime/index.ts'
import type { TransactionAsks } from './inputs.ts'
import type { Turn } from './turn.ts'

export function describeTransactions(
  turn: Turn,
  { transactionalIds }: TransactionAsks['describe']['ask'],
  to: Token,
): void {
  const described = transactionalIds.map((transactionalId) => {
    if (transactionalId === '') return { transactionalId, errorCode: errors.INVALID_REQUEST }
    const t = turn.state.get(transactionalId)
    if (t === undefined) return { transactionalId, errorCode: errors.TRANSACTIONAL_ID_NOT_FOUND }
    return {
      errorCode: errors.NONE,
      transactionalId,
      transactionState: t.status,
      transactionTimeoutMs: t.timeoutMs,
      transactionStartTimeMs: t.startMs,
      producerId: t.producerId,
      producerEpoch: t.producerEpoch,
      topics: t.partitions.byTopic().map(({ topic, partitionIds }) => ({ topic, partitions: partitionIds })),
    }
  })
  turn.reply('describe', to, described)
}

export function listTransactions(turn: Turn, ask: TransactionAsks['list']['ask'], to: Token): void {
  const { states, producerIds, durationMs, matches } = ask
  const transactions = []
  for (const [transactionalId, t] of turn.state.transactions) {
    if (states.length > 0 && !states.includes(t.status)) continue
    if (producerIds.length > 0 && !producerIds.includes(t.producerId)) continue
    if (durationMs >= 0 && turn.now.wallMs - t.startMs <= durationMs) continue
    if (!matches(transactionalId)) continue
    transactions.push({ transactionalId, producerId: t.producerId, transactionState: t.status })
  }
  turn.reply('list', to, { errorCode: errors.NONE, transactions })
}
