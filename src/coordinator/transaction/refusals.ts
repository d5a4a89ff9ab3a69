import { type ErrorCode, errors } from '../../protocol/index.ts'
import type { TransactionAnswer, TransactionInput } from './inputs.ts'
import { noIdentity } from './turn.ts'

/** What a client may be told of an error below the coordinator. */
function toldCode(code: ErrorCode): ErrorCode {
  switch (code) {
    case errors.UNKNOWN_TOPIC_OR_PARTITION:
    case errors.NOT_ENOUGH_REPLICAS:
    case errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case errors.REQUEST_TIMED_OUT:
      return errors.COORDINATOR_NOT_AVAILABLE
    case errors.NOT_LEADER_OR_FOLLOWER:
    case errors.FENCED_LEADER_EPOCH:
    case errors.KAFKA_STORAGE_ERROR:
      return errors.NOT_COORDINATOR
    case errors.MESSAGE_TOO_LARGE:
    case errors.RECORD_LIST_TOO_LARGE:
      return errors.UNKNOWN_SERVER_ERROR
    default:
      return code
  }
}

/** The answer to an input that came to no decision, or whose records were not written. */
export function failedAnswer(input: TransactionInput, code: ErrorCode): TransactionAnswer {
  const errorCode = toldCode(code)
  switch (input.kind) {
    case 'initProducerId':
    case 'endTransaction':
      return { errorCode, ...noIdentity }
    case 'addPartitions':
      return { errorCode }
    case 'verifyPartitions':
      return { errorCodes: input.partitions.map(() => errorCode) }
    case 'describe':
      return input.transactionalIds.map((transactionalId) => ({ errorCode, transactionalId }))
    case 'list':
      return { errorCode, transactions: [] }
    default:
      throw new Error(`nobody waits for ${input.kind}`)
  }
}
