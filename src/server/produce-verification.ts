import { type ErrorCode, errorName, errors } from '../protocol/index.ts'
import { BATCH_HEADER_BYTES, batchProducerEpoch, batchProducerId, isTransactionalBatch } from '../records/index.ts'
import type { Partition } from '../replication/index.ts'
import type { RequestContext } from './handler.ts'
import { Join } from './join.ts'
import type { PreparedBatch } from './produce-preparation.ts'
import { vouchedCode } from './transaction-codes.ts'

export type Guard = { readonly producerId: number; readonly token: number } | null | undefined

interface Verified {
  readonly topic: string
  readonly partition: Partition | ErrorCode
  batch: PreparedBatch | null
  guard: Guard
  readonly answer: { readonly index: number }
}

/** Produce from this version on knows TRANSACTION_ABORTABLE; and adds partitions by itself (KIP-890). */
const ABORTABLE_SINCE = 11
const ADDS_SINCE = 12

/**
 * KIP-890: has the coordinator vouch for the partitions that are new to the request's transaction; those that it does not
 * vouch for get the error in place of their batch. Null when nothing is to be asked; else the join to close, which runs
 * `then` when the answers are here.
 */
export function verifyAll<A extends Verified>(
  cx: RequestContext,
  transactionalId: string,
  asks: readonly A[],
  then: () => void,
): Join | null {
  const { services, apiVersion } = cx
  const add = apiVersion >= ADDS_SINCE
  if (!add && !services.config.transactionPartitionVerificationEnable) return null
  const unknown: { ask: A; topic: string; partition: number }[] = []
  let identity: { producerId: number; producerEpoch: number } | null = null
  for (const ask of asks) {
    const { partition, batch } = ask
    if (typeof partition === 'number' || batch === null || 'errorCode' in batch || !partition.isLeader) continue
    const { bytes, from, to } = batch
    if (to - from < BATCH_HEADER_BYTES || !isTransactionalBatch(bytes, from)) continue
    const producerId = batchProducerId(bytes, from)
    const producerEpoch = batchProducerEpoch(bytes, from)
    if (identity !== null && identity.producerId !== producerId) {
      const message = 'Transactional records contained more than one producer ID'
      for (const other of asks) other.batch = { errorCode: errors.INVALID_PRODUCER_ID_MAPPING, message }
      return null
    }
    identity = { producerId, producerEpoch }
    const guard = partition.log.beginVerification(batch, add)
    if (typeof guard === 'number') {
      ask.batch = { errorCode: guard, message: partition.refusal?.message ?? '' }
      continue
    }
    ask.guard = guard
    if (guard !== null) unknown.push({ ask, topic: partition.topic, partition: partition.index })
  }
  if (identity === null || unknown.length === 0) return null
  const join = new Join(then)
  const end = join.add()
  const partitions = unknown.map(({ topic, partition }) => ({ topic, partition }))
  services.transactions.vouch({ transactionalId, ...identity, partitions, add }, (codes) => {
    unknown.forEach(({ ask }, i) => {
      const refusal = refusalOf(codes[i] ?? errors.UNKNOWN_SERVER_ERROR, apiVersion)
      if (refusal !== null) ask.batch = refusal
    })
    end()
  })
  return join
}

function refusalOf(code: ErrorCode, apiVersion: number): { errorCode: ErrorCode; message: string } | null {
  switch (code) {
    case errors.NONE:
      return null
    case errors.CONCURRENT_TRANSACTIONS:
      if (apiVersion >= ADDS_SINCE) return { errorCode: code, message: 'The transaction before has not ended yet' }
      return notNow(code)
    case errors.NETWORK_EXCEPTION:
    case errors.COORDINATOR_LOAD_IN_PROGRESS:
    case errors.COORDINATOR_NOT_AVAILABLE:
    case errors.NOT_COORDINATOR:
      return notNow(code)
    default: {
      const errorCode = vouchedCode(code, apiVersion >= ABORTABLE_SINCE)
      const isOutside = errorCode === errors.INVALID_TXN_STATE || errorCode === errors.TRANSACTION_ABORTABLE
      return { errorCode, message: isOutside ? 'Partition was not added to the transaction' : '' }
    }
  }
}

/** Clients retry NOT_ENOUGH_REPLICAS without looking for another leader, which is what helps here. */
function notNow(code: ErrorCode): { errorCode: ErrorCode; message: string } {
  return {
    errorCode: errors.NOT_ENOUGH_REPLICAS,
    message: `Unable to verify the partition has been added to the transaction. Underlying error: ${errorName(code)}`,
  }
}
