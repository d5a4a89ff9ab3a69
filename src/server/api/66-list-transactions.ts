import { RE2JS } from 're2js'
import { transactionStatuses } from '../../coordinator/index.ts'
import { errors, ListTransactions } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

/** The transactional ids that this broker coordinates. */
export const listTransactions = handler(ListTransactions, (cx, request, reply) => {
  const matches = matcher(request.transactionalIdPattern)
  if (matches === null) {
    reply.send({ errorCode: errors.INVALID_REGULAR_EXPRESSION })
    return
  }
  const isKnown = (name: string) => transactionStatuses.some((status) => status === name)
  const unknownStateFilters = request.stateFilters.filter((name) => !isKnown(name))
  const ask = {
    states: request.stateFilters,
    producerIds: request.producerIdFilters,
    durationMs: request.durationFilter,
    matches,
  }
  cx.services.transactions.list(ask, (answers) => {
    const failed = answers.find(({ errorCode }) => errorCode !== errors.NONE)
    if (failed !== undefined) return reply.send({ errorCode: failed.errorCode, unknownStateFilters })
    const transactionStates = answers.flatMap(({ transactions }) => transactions)
    reply.send({ errorCode: errors.NONE, unknownStateFilters, transactionStates })
  })
})

/** RE2's syntax, the whole id (KIP-1152); null: not a pattern. */
function matcher(pattern: string | null): ((transactionalId: string) => boolean) | null {
  if (pattern === null || pattern === '') return () => true
  try {
    const compiled = RE2JS.compile(pattern)
    return (transactionalId) => compiled.matches(transactionalId)
  } catch {
    return null
  }
}
