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
    find: 'const isLongEnough = m.lastEpoch > log.lastEpoch || (m.lastEpoch === log.lastEpoch && m.endOffset >= log.endOffset)',
    replace: 'const isLongEnough = m.lastEpoch >= 0 || log.lastEpoch > 0',
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
  {
    name: 'readers of committed records read open transactions',
    file: 'src/log/commit-log.ts',
    find: 'return unstable >= 0 && unstable < this.highWatermark ? unstable : this.highWatermark',
    replace: 'return unstable >= 0 ? this.highWatermark : this.highWatermark',
  },
  {
    name: 'the last stable offset passes a marker that is not replicated',
    file: 'src/log/producers.ts',
    find: 'this.#unreplicated.push({ firstOffset, lastOffset })',
    replace: '',
  },
  {
    name: 'aborted transactions are not named to readers',
    file: 'src/replication/partition.ts',
    find: 'out.abortedTransactions = aborted\n',
    replace: 'out.abortedTransactions = []\n',
  },
  {
    name: 'offsets of aborted transactions count',
    file: 'src/server/marker-writer.ts',
    find: 'this.#groups.marked(partition.index, at, outcome)',
    replace: "this.#groups.marked(partition.index, at, 'commit')",
  },
  {
    name: 'offsets of an open transaction are not waited for',
    file: 'src/coordinator/group/offsets/fetch.ts',
    find: 'if (requireStable && offsets.isOpen(groupId, topic, partitionIndex))',
    replace: 'if (requireStable && partitionIndex < 0)',
  },
  {
    name: 'a producer that was fenced writes on',
    file: 'src/log/producers.ts',
    find: 'if (epoch >= last) return NONE',
    replace: 'if (epoch >= last - 1e9) return NONE',
  },
  {
    name: 'a producer that was fenced ends the transaction of its successor',
    file: 'src/coordinator/transaction/end.ts',
    find: 'if (!(isCurrent || (decided !== null && isRetry))) return errors.PRODUCER_FENCED',
    replace: '',
  },
  {
    name: 'a late batch opens a transaction that nobody ends',
    file: 'src/log/producers.ts',
    find: 'if (guard === undefined || this.hasOngoingTransaction(id, epoch)) return NONE',
    replace: 'if (guard !== null || this.hasOngoingTransaction(id, epoch)) return NONE',
  },
  {
    name: 'markers are sent before the decision is committed',
    file: 'src/coordinator/transaction/end.ts',
    find: "turn.onCommitted({ kind: 'decided', ...nameOf(transactionalId, next) })",
    replace: 'sendMarkers(turn, nameOf(transactionalId, next))',
  },
  {
    name: 'commits of whoever is no member of a classic group any more count',
    file: 'src/coordinator/group/offsets/commit.ts',
    find: '    if (refusal !== errors.NONE) return refusal\n    if (by.generation !== group.generation) return errors.ILLEGAL_GENERATION',
    replace: '',
  },
  {
    name: 'commits of whoever is no member of a consumer group any more count',
    file: 'src/coordinator/group/offsets/commit.ts',
    find: 'if (member === undefined) return { code: errors.UNKNOWN_MEMBER_ID }',
    replace: 'if (member === undefined) return { code: errors.NONE }',
  },
  {
    name: 'a recovered log keeps a torn batch',
    file: 'src/log/load.ts',
    find: 'if (!isCrcRight(bytes, from, to, this.#shared.crc32c)) {',
    replace: 'if (from > to && !isCrcRight(bytes, from, to, this.#shared.crc32c)) {',
  },
  {
    name: 'a new leader tells an end that it does not know',
    file: 'src/server/api/02-list-offsets.ts',
    find: 'log.highWatermark < partition.epochStartOffset &&',
    replace: 'log.highWatermark < 0 &&',
  },
  {
    name: 'records of former epochs of the quorum are committed by counting',
    file: 'src/raft/leader.ts',
    find: 'if (agreed <= leader.epochStartOffset || agreed <= s.highWatermark) return',
    replace: 'if (agreed <= s.highWatermark) return',
  },
  {
    name: 'a voter acknowledges metadata that it has not synced',
    file: 'src/raft/follower.ts',
    find: 'if (log.flushedOffset < log.endOffset) return',
    replace: 'if (log.flushedOffset < -1) return',
  },
  {
    name: 'the active controller counts what it has not synced',
    file: 'src/raft/leader.ts',
    find: 'if (isLocal(s, voter)) return log.flushedOffset',
    replace: 'if (isLocal(s, voter)) return log.endOffset',
  },
  {
    name: 'any replica that is alive may lead',
    file: 'src/controller/partition-change.ts',
    find: 'const isGood = (id: number) => (isr.includes(id) || (isr.length === 0 && elr.includes(id))) && mayLead(id)',
    replace:
      'const isGood = (id: number) => (replicas.includes(id) || (isr.length === 0 && elr.includes(id))) && mayLead(id)',
  },
  {
    name: 'the high watermark moves with fewer replicas than min.insync.replicas',
    file: 'src/replication/partition.ts',
    find: 'if (!this.isLeader || !this.hasMinIsr) return',
    replace: 'if (!this.isLeader) return',
  },
  {
    name: 'a leader takes requests of another epoch',
    file: 'src/replication/partition.ts',
    find: 'return currentLeaderEpoch < this.#image.leaderEpoch ? errors.FENCED_LEADER_EPOCH : errors.UNKNOWN_LEADER_EPOCH',
    replace: 'return errors.NONE',
  },
  {
    name: 'a leader does not note its epoch',
    file: 'src/replication/partition.ts',
    find: 'this.log.assignEpoch(this.#image.leaderEpoch)',
    replace: '',
  },
  {
    name: 'what was cut from the log is still known of its producers',
    file: 'src/log/truncate.ts',
    find: 'log.producers.clear()',
    replace: '',
  },
  {
    name: 'a follower that gets nothing for want of room is forgotten',
    file: 'src/server/fetch-operation.ts',
    find: 'return found.log.writtenOffset',
    replace: 'return 0',
  },
  {
    name: 'a producer starts a new epoch with what the log may have',
    file: 'src/client/producer/partition-queue.ts',
    find: 'if (this.head?.hasSequence === true && !this.head.isKnownMissing) return false',
    replace: '',
  },
  {
    name: 'blocks of producer ids are given out twice',
    file: 'src/controller/producer-ids.ts',
    find: 'const nextProducerId = producerIdStart + blockSize',
    replace: 'const nextProducerId = producerIdStart + 1',
  },
]
