/**
 * What a transaction coordinator is told by the broker's configuration; read when it is needed, so a caller may pass an
 * object whose properties change. Names in the comments are Kafka's keys.
 */
export interface TransactionCoordinatorConfig {
  /** transaction.max.timeout.ms: the longest a producer may ask for. */
  readonly timeoutMsMax: number
  /** transactional.id.expiration.ms: a transactional id at rest this long is forgotten. */
  readonly expirationMs: number
  /** transaction.abort.timed.out.transaction.cleanup.interval.ms */
  readonly abortCheckIntervalMs: number
  /** transaction.remove.expired.transaction.cleanup.interval.ms */
  readonly expiryCheckIntervalMs: number
  /** transaction.two.phase.commit.enable (KIP-939). */
  readonly isTwoPhaseCommitEnabled: boolean
  /** Longest that a request waits inside the coordinator for the end of the transaction before it. */
  readonly concurrentWaitMs: number
}

/** Kafka's defaults. */
export const transactionCoordinatorDefaults: TransactionCoordinatorConfig = Object.freeze({
  timeoutMsMax: 900_000,
  expirationMs: 7 * 24 * 60 * 60_000,
  abortCheckIntervalMs: 10_000,
  expiryCheckIntervalMs: 3_600_000,
  isTwoPhaseCommitEnabled: false,
  concurrentWaitMs: 100,
})
