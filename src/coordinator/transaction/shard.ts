import type { Shard, Token } from '../../runtime/index.ts'
import type { TransactionCoordinatorConfig } from './config.ts'
import { describeTransactions, listTransactions } from './describe.ts'
import { complete, endTransaction, sendMarkers } from './end.ts'
import { initProducerId } from './init-producer-id.ts'
import type { TransactionAnswer, TransactionAsk, TransactionInput } from './inputs.ts'
import { addPartitions, verifyPartitions } from './partitions.ts'
import type { TransactionRecord } from './records.ts'
import { failedAnswer } from './refusals.ts'
import { apply, TransactionState } from './state.ts'
import { heldKey } from './timer-key.ts'
import { loadedTimers, recordsRefused, timerFired } from './timers.ts'
import { isPreparing } from './transaction.ts'
import { type TransactionShardDeps, Turn } from './turn.ts'

export type TransactionShard = Shard<TransactionState, TransactionInput, TransactionAnswer, TransactionRecord>

/** The transactional ids that fall to one partition of `__transaction_state`. */
export function transactionShard(config: TransactionCoordinatorConfig, deps: TransactionShardDeps): TransactionShard {
  return {
    empty: () => new TransactionState(),
    decide(state, input, to, now) {
      const turn = new Turn(state, config, deps, now)
      decide(turn, input, to)
      return turn.decision()
    },
    apply,
    loaded(state, now) {
      const turn = new Turn(state, config, deps, now)
      loadedTimers(turn)
      return turn.decision().timers ?? []
    },
    timer: (key) => ({ kind: 'timer', key }),
    failed: failedAnswer,
    describe: (input) => (input.kind === 'timer' ? `timer ${input.key}` : input.kind),
  }
}

function decide(turn: Turn, input: TransactionInput, to: Token): void {
  switch (input.kind) {
    case 'timer':
      return timerFired(turn, input.key, (transactionalId) => sendHeldAway(turn, transactionalId))
    case 'decided':
      return sendMarkers(turn, input)
    case 'marked':
      return complete(turn, input)
    case 'resume':
      return resumeHeld(turn, input.transactionalId)
    case 'refused':
      return recordsRefused(turn, input.transactionalId, input.retryKey)
    default:
      return answer(turn, input, to, turn.now.monoMs + turn.config.concurrentWaitMs)
  }
}

function answer(turn: Turn, ask: TransactionAsk, to: Token, deadlineMs: number): void {
  switch (ask.kind) {
    case 'initProducerId':
      return initProducerId(turn, ask, to, deadlineMs)
    case 'addPartitions':
      return addPartitions(turn, ask, to, deadlineMs)
    case 'verifyPartitions':
      return verifyPartitions(turn, ask, to)
    case 'endTransaction':
      return endTransaction(turn, ask, to, deadlineMs)
    case 'describe':
      return describeTransactions(turn, ask, to)
    case 'list':
      return listTransactions(turn, ask, to)
  }
}

/**
 * The transaction before has ended: the first request held for the id is decided. The next gets its own turn, since it
 * must see what this one writes.
 */
function resumeHeld(turn: Turn, transactionalId: string): void {
  const { state, deps } = turn
  const waiting = state.held.get(transactionalId)
  const transaction = state.get(transactionalId)
  // Should another transaction be ending already, its end resumes them.
  if (waiting === undefined || (transaction !== undefined && isPreparing(transaction))) return
  const first = waiting.shift()!
  if (waiting.length === 0) state.held.delete(transactionalId)
  else deps.tell({ kind: 'resume', transactionalId })
  answer(turn, first.ask, first.to, first.deadlineMs)
}

/** Requests that have waited too long are sent away; their clients come again. */
function sendHeldAway(turn: Turn, transactionalId: string): void {
  const { state, now } = turn
  const transaction = state.get(transactionalId)
  if (transaction === undefined || !isPreparing(transaction)) return resumeHeld(turn, transactionalId)
  const waiting = state.held.get(transactionalId) ?? []
  while (waiting.length > 0 && waiting[0]!.deadlineMs <= now.monoMs) {
    const { ask, to, deadlineMs } = waiting.shift()!
    answer(turn, ask, to, deadlineMs)
  }
  if (waiting.length === 0) state.held.delete(transactionalId)
  else turn.schedule(heldKey(transactionalId), Math.max(0, waiting[0]!.deadlineMs - now.monoMs))
}
