import { errors } from '../../protocol/index.ts'
import { abortAndFence, complete, nameOf } from './end.ts'
import type { StepName } from './inputs.ts'
import { failedAnswer } from './refusals.ts'
import { parseTimerKey, timerKey } from './timer-key.ts'
import { isPreparing } from './transaction.ts'
import type { Turn } from './turn.ts'

/** What the log refused is tried again after this. */
const retryMs = 500
/** Ids looked at, and forgotten, in one step of a search. */
const visitsMax = 5_000
const tombstonesMax = 500

/** After a replay: markers of decided transactions go out again, and the searches begin. */
export function loadedTimers(turn: Turn): void {
  for (const [transactionalId, t] of turn.state.transactions) {
    if (!isPreparing(t)) continue
    turn.schedule(timerKey('decided', nameOf(transactionalId, t)), 0)
  }
  turn.schedule('abort-search', turn.config.abortCheckIntervalMs)
  turn.schedule('expiry-search', turn.config.expiryCheckIntervalMs)
}

export function timerFired(turn: Turn, key: string, sendHeldAway: (transactionalId: string) => void): void {
  const aim = parseTimerKey(key)
  switch (aim.kind) {
    case 'held':
      sendHeldAway(aim.transactionalId)
      return
    case 'decided':
      // A replay sees records that are not committed yet: the partitions are told behind their commit.
      turn.onCommitted({ ...stepOf(aim), kind: 'decided' })
      return
    case 'complete':
      complete(turn, stepOf(aim))
      return
    case 'abort-search':
      searchTimedOut(turn)
      return
    case 'abort':
      abortTimedOut(turn, aim.transactionalId)
      return
    case 'expiry-search':
      searchExpired(turn)
  }
}

function stepOf({ transactionalId, producerId, producerEpoch, preparedMs }: StepName): StepName {
  return { transactionalId, producerId, producerEpoch, preparedMs }
}

function searchTimedOut(turn: Turn): void {
  for (const transactionalId of turn.state.ongoing) {
    if (isTimedOut(turn, transactionalId)) turn.deps.tell({ kind: 'timer', key: `abort ${transactionalId}` })
  }
  turn.schedule('abort-search', turn.config.abortCheckIntervalMs)
}

function isTimedOut(turn: Turn, transactionalId: string): boolean {
  const t = turn.state.get(transactionalId)
  return t?.status === 'Ongoing' && turn.now.wallMs >= t.startMs + t.timeoutMs
}

/** A producer that takes too long is shut out: nobody shall wait for it any longer. Its next search tries what failed. */
function abortTimedOut(turn: Turn, transactionalId: string): void {
  const t = turn.state.get(transactionalId)
  if (t === undefined || !isTimedOut(turn, transactionalId)) return
  const { producerId, producerEpoch } = t
  turn.deps.logger.info('Aborting a transaction that took longer than its timeout', {
    transactionalId,
    producerId,
    producerEpoch,
    timeoutMs: t.timeoutMs,
  })
  abortAndFence(turn, transactionalId, t)
}

/** Forgets ids at rest for too long, some at a time. */
function searchExpired(turn: Turn): void {
  const { state, now, config } = turn
  const ids = (state.expiring ??= state.transactions.keys())
  for (let visits = 0; visits < visitsMax && turn.records.length < tombstonesMax; visits++) {
    const next = ids.next()
    if (next.done) {
      state.expiring = null
      turn.schedule('expiry-search', config.expiryCheckIntervalMs)
      turn.retryWith('expiry-search')
      return
    }
    const t = state.get(next.value)
    const isAtRest = t?.status === 'Empty' || t?.status === 'CompleteCommit' || t?.status === 'CompleteAbort'
    if (isAtRest && now.wallMs - t.lastUpdateMs >= config.expirationMs) turn.write(next.value, null)
  }
  turn.schedule('expiry-search', 0)
  turn.retryWith('expiry-search')
}

/** The log took nothing: who waits for what was to be written is told, and what must be done is tried again. */
export function recordsRefused(turn: Turn, transactionalId: string | null, retryKey: string | null): void {
  if (retryKey !== null) turn.schedule(retryKey, retryMs)
  if (transactionalId === null) return
  const { held } = turn.state
  const transaction = turn.state.get(transactionalId)
  if (transaction !== undefined && isPreparing(transaction)) return
  for (const { ask, to } of held.get(transactionalId) ?? [])
    turn.reply(ask.kind, to, failedAnswer(ask, errors.COORDINATOR_NOT_AVAILABLE))
  held.delete(transactionalId)
}
