import type { Log } from '../log/index.ts'

/**
 * Where a follower's log has to be cut when its leader answers with a diverging epoch (KIP-595; KIP-101 and KIP-279 are
 * the same rule asked in another way): the leader has nothing of `epoch` at `endOffset` or beyond. When the follower
 * does not know that epoch, the end of its own largest epoch below is as far as the two can agree; the next fetch goes
 * on from there.
 */
export function truncationOffset(
  log: Pick<Log, 'epochEnd' | 'endOffset' | 'startOffset'>,
  leader: { readonly epoch: number; readonly endOffset: number },
): number {
  const own = log.epochEnd(leader.epoch)
  if (own.epoch === -1) return Math.max(log.startOffset, Math.min(leader.endOffset, log.endOffset))
  const agreed = own.epoch === leader.epoch ? Math.min(own.endOffset, leader.endOffset) : own.endOffset
  return Math.min(agreed, log.endOffset)
}
