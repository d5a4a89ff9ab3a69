import { type ErrorCode, errors } from '../protocol/index.ts'

/** Clients that do not know PRODUCER_FENCED yet are told INVALID_PRODUCER_EPOCH. */
export function clientCode(code: ErrorCode, knowsFenced: boolean): ErrorCode {
  return code === errors.PRODUCER_FENCED && !knowsFenced ? errors.INVALID_PRODUCER_EPOCH : code
}

/** What the coordinator said when it was asked to vouch, in the words of the records' own answers. */
export function vouchedCode(code: ErrorCode, knowsAbortable: boolean): ErrorCode {
  // Clients retry this one; older ones would not know what to do with the other.
  if (code === errors.NETWORK_EXCEPTION) return errors.COORDINATOR_LOAD_IN_PROGRESS
  if (code === errors.PRODUCER_FENCED) return errors.INVALID_PRODUCER_EPOCH
  return code === errors.TRANSACTION_ABORTABLE && !knowsAbortable ? errors.INVALID_TXN_STATE : code
}
