/** Guards of the production code, each taken away by one change of its text. The simulator must notice. */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
}

export const mutants: readonly Mutant[] = [
  {
    name: 'the leader counts what it has not synced',
    file: 'src/replication/partition.ts',
    find: 'inSync?.highWatermark(log.durableOffset, log.writtenOffset, this.#ports.monoMs()) ?? log.durableOffset',
    replace: 'inSync?.highWatermark(log.writtenOffset, log.writtenOffset, this.#ports.monoMs()) ?? log.writtenOffset',
  },
  {
    name: 'a follower acknowledges what it has not synced',
    file: 'src/replication/fetcher.ts',
    find: 'if (isAnyAppending || wanted.size === 0) return',
    replace: 'if (wanted.size === 0) return',
  },
  {
    name: 'the high watermark does not wait for the in-sync replicas',
    file: 'src/replication/in-sync-replicas.ts',
    find: 'if (follower.endOffset >= lowest) continue',
    replace: 'if (follower.endOffset >= lowest || nowMs > 0) continue',
  },
  {
    name: 'a follower does not cut what the leader does not have',
    file: 'src/replication/fetcher.ts',
    find: 'if (answer.divergingEpoch.epoch >= 0) return this.#diverged(tracked, answer.divergingEpoch)',
    replace: 'if (answer.divergingEpoch.epoch >= 1e9) return this.#diverged(tracked, answer.divergingEpoch)',
  },
  {
    name: 'the leader does not look whether the follower diverges',
    file: 'src/replication/partition.ts',
    find: 'return end.epoch >= lastFetchedEpoch && end.endOffset >= fetchOffset',
    replace: 'return end.epoch >= -2',
  },
  {
    name: 'consumers read above the high watermark',
    file: 'src/replication/partition.ts',
    find: 'ask.isFollower ? log.writtenOffset : ask.isReadCommitted',
    replace: 'ask.isFollower || !ask.isReadCommitted ? log.writtenOffset : ask.isReadCommitted',
  },
  {
    name: 'a follower comes into the ISR before it has caught up',
    file: 'src/replication/in-sync-replicas.ts',
    find: 'follower.endOffset < highWatermark || follower.endOffset < epochStartOffset',
    replace: 'follower.endOffset < 0',
  },
  {
    name: 'a voter votes twice in an epoch',
    file: 'src/raft/election.ts',
    find: 'if (s.votedKey !== null) return isSameReplica(s.votedKey, m.candidate)',
    replace: '',
  },
  {
    name: 'a voter votes for a shorter log',
    file: 'src/raft/election.ts',
    find: 'return s.leaderId === null && isLongEnough',
    replace: 'return s.leaderId === null',
  },
  {
    name: 'raft answers before the vote is on disk',
    file: 'src/raft/driver.ts',
    find: 'if (after > this.state.syncedVersion) this.#held.push({ after, run })',
    replace: 'if (after > Number.MAX_SAFE_INTEGER) this.#held.push({ after, run })',
  },
  {
    name: 'the metadata log is committed by one voter',
    file: 'src/raft/leader.ts',
    find: 'const agreed = ends[ends.length >> 1] ?? 0',
    replace: 'const agreed = ends[0] ?? 0',
  },
  {
    name: 'a retried batch is appended again',
    file: 'src/log/producers.ts',
    find: 'return entry.batches.find((mark) => mark.lastSequence === last && firstSequence(mark) === first)',
    replace: 'return entry.batches.find((mark) => mark.lastSequence === last - 1e9 && firstSequence(mark) === first)',
  },
  {
    name: 'answers of coordinators do not wait for the commit',
    file: 'src/runtime/park.ts',
    find: 'entry.end <= committed',
    replace: 'entry.end <= committed + 1e9',
  },
]
