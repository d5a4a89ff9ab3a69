import type { BrokerConfig } from '../config/index.ts'
import type { TransactionCoordinatorConfig } from '../coordinator/index.ts'

/** The broker's keys as transaction coordinators read them; read anew at each look. */
export function transactionConfigOf(
  now: () => BrokerConfig,
): TransactionCoordinatorConfig & { readonly commitTimeoutMs: number } {
  return {
    get timeoutMsMax() {
      return now().transactionMaxTimeoutMs
    },
    get expirationMs() {
      return now().transactionalIdExpirationMs
    },
    get abortCheckIntervalMs() {
      return now().transactionAbortTimedOutTransactionCleanupIntervalMs
    },
    get expiryCheckIntervalMs() {
      return now().transactionRemoveExpiredTransactionCleanupIntervalMs
    },
    get isTwoPhaseCommitEnabled() {
      return now().transactionTwoPhaseCommitEnable
    },
    get concurrentWaitMs() {
      return now().addPartitionsToTxnRetryBackoffMaxMs
    },
    get commitTimeoutMs() {
      return now().requestTimeoutMs
    },
  }
}
