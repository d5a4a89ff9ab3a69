import type { Slice, Uuid } from '../bytes/index.ts'
import type { AppendAsk, Appended, Log, LogConfig, Refusal } from '../log/index.ts'
import type { PartitionImage } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import { type CommittedIsr, type FollowerFetch, InSyncReplicas, type IsrChange } from './in-sync-replicas.ts'
import type { FetchAsk, FetchResult, Moved, ProduceAsk, ReplicationPorts, Waiter, Watcher } from './types.ts'

interface Parked {
  readonly end: number
  readonly waiter: Waiter
}

/**
 * One partition on this broker, as its leader or a follower. A plain synchronous object over its log: the log reports
 * progress once per turn, the partition moves the high watermark, settles who waited for it, and tells who watches.
 *
 *   leader    high watermark = what all in-sync replicas hold durably; acks=1 is answered at log.writtenOffset, acks=all
 *             at the high watermark; the ISR shrinks and grows through the controller
 *   follower  takes the leader's batches as they are, and its high watermark
 */
export class Partition {
  readonly topicId: Uuid
  readonly topic: string
  readonly index: number
  readonly #ports: ReplicationPorts
  readonly #flushesToCommit: boolean
  #log: Log
  #image: PartitionImage
  /** Null unless this broker leads and others have replicas. */
  #inSync: InSyncReplicas | null = null
  /** Where this leader's epoch begins. */
  #epochStart = 0
  #isGone = false
  /** Null unless the log is being exchanged; then whoever waits for the end of that. */
  #holdWaiters: (() => void)[] | null = null
  #forWritten: Parked[] = []
  #forCommitted: Parked[] = []
  #forDeleted: Parked[] = []
  readonly #watchers = new Set<Watcher>()
  #toldLastStable: number
  #toldStart: number

  /** `flushesToCommit`: the log counts as durable only after a sync (flush=sync). */
  constructor(ask: {
    topicId: Uuid
    topic: string
    index: number
    log: Log
    ports: ReplicationPorts
    image: PartitionImage
    flushesToCommit: boolean
  }) {
    this.topicId = ask.topicId
    this.topic = ask.topic
    this.index = ask.index
    this.#log = ask.log
    this.#ports = ask.ports
    this.#image = ask.image
    this.#flushesToCommit = ask.flushesToCommit
    this.#toldLastStable = this.log.lastStableOffset
    this.#toldStart = this.log.startOffset
    this.#listen()
    if (this.isLeader) this.#lead()
  }

  get log(): Log {
    return this.#log
  }

  #listen(): void {
    this.#log.onProgress = () => this.#progress()
    this.#log.onFailure = () => this.#fail(errors.KAFKA_STORAGE_ERROR)
  }

  get isLeader(): boolean {
    return !this.#isGone && this.#image.leader === this.#ports.brokerId
  }

  get isInSync(): boolean {
    return this.#image.isr.includes(this.#ports.brokerId)
  }

  /** False once the topic is deleted or the replica moved away. */
  get isGone(): boolean {
    return this.#isGone
  }

  get leaderEpoch(): number {
    return this.#image.leaderEpoch
  }

  get image(): PartitionImage {
    return this.#image
  }

  get highWatermark(): number {
    return this.log.highWatermark
  }

  /** Why the log refused the last append, for Produce's error_message. */
  get refusal(): Refusal | null {
    return this.log.refusal
  }

  /** Follows the committed image. Losing leadership fails all who wait; a new epoch is noted before its first append. */
  become(image: PartitionImage): void {
    const before = this.#image
    const { brokerId } = this.#ports
    this.#image = image
    if (image.leader !== brokerId) this.#follow()
    else if (before.leader !== brokerId || before.leaderEpoch !== image.leaderEpoch) this.#lead()
    else this.#goOnLeading()
    if (before.leader !== image.leader || before.leaderEpoch !== image.leaderEpoch) this.#tell('role')
  }

  /** The topic is deleted or this replica removed: everyone who waits is told, nothing is taken any more. */
  leave(): void {
    this.#isGone = true
    this.#settleAll(errors.UNKNOWN_TOPIC_OR_PARTITION)
    this.#tell('role')
    this.#watchers.clear()
  }

  /** The log is about to be exchanged: until {@link release} every append answers NOT_LEADER_OR_FOLLOWER. */
  hold(): void {
    this.#holdWaiters ??= []
  }

  get isHeld(): boolean {
    return this.#holdWaiters !== null
  }

  /** Runs when appends are taken again; at once when they are. */
  whenFree(run: () => void): void {
    if (this.#holdWaiters === null) run()
    else this.#holdWaiters.push(run)
  }

  /** `log` has all that the one until now has: from here on it is the partition's. */
  exchange(log: Log): void {
    this.#log.onProgress = ignore
    this.#log.onFailure = ignore
    this.#log = log
    this.#listen()
    if (this.isLeader) this.#lead()
    this.#progress()
    if (log.failure !== null) this.#fail(errors.KAFKA_STORAGE_ERROR)
  }

  /** Appends are taken again. */
  release(): void {
    const waiters = this.#holdWaiters ?? []
    this.#holdWaiters = null
    for (const run of waiters) run()
  }

  #lead(): void {
    this.log.assignEpoch(this.#image.leaderEpoch)
    this.#epochStart = this.log.endOffset
    this.#inSync = null
    this.#goOnLeading()
  }

  #goOnLeading(): void {
    const { replicas } = this.#image
    const nowMs = this.#ports.monoMs()
    if (this.#inSync !== null) {
      this.#inSync.update(replicas, this.#image, nowMs)
      this.#expand()
    } else if (replicas.length > 1) {
      this.#inSync = new InSyncReplicas(this.#ports)
      this.#inSync.lead(replicas, this.#image, nowMs)
    }
    this.#advance()
  }

  #follow(): void {
    this.#inSync = null
    this.#settleAll(errors.NOT_LEADER_OR_FOLLOWER)
  }

  /** Where this leader's epoch begins: until the high watermark is there it may be less than was told before (KIP-207). */
  get epochStartOffset(): number {
    return this.isLeader ? this.#epochStart : 0
  }

  /** As leader: the followers that a consumer at this offset could read from. */
  inSyncFollowersAt(offset: number): Iterable<{ readonly id: number; readonly endOffset: number }> {
    return this.#inSync?.inSyncAt(offset) ?? []
  }

  /** As leader: the lowest log start of all replicas that are alive. */
  get lowWatermark(): number {
    return this.#inSync?.lowWatermark(this.log.startOffset) ?? this.log.startOffset
  }

  /** Settled when the log of every replica that is alive begins at `offset` or later (DeleteRecords). */
  whenDeleted(offset: number, waiter: Waiter): void {
    if (this.lowWatermark >= offset) waiter.settle(errors.NONE)
    else this.#forDeleted.push({ end: offset, waiter })
  }

  /** Nobody waits for this any more. */
  forgetDeleted(waiter: Waiter): void {
    this.#forDeleted = this.#forDeleted.filter((parked) => parked.waiter !== waiter)
  }

  /** Other values of the topic or of the broker's defaults: fewer replicas may be enough now. */
  configure(config: LogConfig): void {
    this.log.configure(config)
    this.#advance()
  }

  /** The in-sync replicas, as far as this broker knows what is committed. */
  get isr(): readonly number[] {
    return (this.#inSync?.committed ?? this.#image).isr
  }

  /**
   * A follower's fetch says how far it is, once per request: the high watermark may move, and the follower may come into
   * the ISR. NOT_LEADER_OR_FOLLOWER when it is none of ours.
   */
  followerFetched(fetch: FollowerFetch): ErrorCode {
    const inSync = this.#inSync
    if (!this.isLeader || inSync === null) return errors.NOT_LEADER_OR_FOLLOWER
    const code = inSync.fetched(fetch, this.log.writtenOffset, this.#ports.monoMs())
    if (code !== errors.NONE) return code
    this.#advance()
    this.#settleDeleted()
    this.#alterIsr(inSync, inSync.expansion(fetch.id, this.log.highWatermark, this.#epochStart))
    return errors.NONE
  }

  /** Followers that lag for too long leave the ISR. To be called every half replica.lag.time.max.ms. */
  checkLag(): void {
    const inSync = this.#inSync
    if (inSync !== null) this.#alterIsr(inSync, inSync.shrinkage(this.log.writtenOffset, this.#ports.monoMs()))
    this.#expand()
  }

  /**
   * Brokers came, went, or are no longer fenced: a follower that has everything fetches without naming this partition
   * again (KIP-227), so that nothing else would bring it into the ISR.
   */
  brokersChanged(): void {
    this.#expand()
    this.#settleDeleted()
  }

  #expand(): void {
    const inSync = this.#inSync
    if (inSync === null) return
    const { writtenOffset, highWatermark } = this.log
    this.#alterIsr(inSync, inSync.anyExpansion(writtenOffset, highWatermark, this.#epochStart))
  }

  #alterIsr(inSync: InSyncReplicas, change: IsrChange | null): void {
    if (change === null) return
    this.#ports.alterIsr(this, change, (errorCode: ErrorCode, now: CommittedIsr | null) => {
      if (this.#inSync !== inSync) return
      inSync.answered(change, errorCode, now)
      this.#advance()
      // Others may have waited behind it. What was refused waits for the metadata log, a fetch or the next look.
      if (errorCode === errors.NONE) this.#expand()
    })
  }

  /** As a follower: whole batches from the leader. NONE, or why the log does not take them. */
  appendFromLeader(batches: Slice): ErrorCode {
    if (this.isLeader || this.#isGone || this.isHeld) return errors.NOT_LEADER_OR_FOLLOWER
    const appended = this.log.appendAsFollower(batches)
    if (typeof appended === 'number') return appended
    if (this.#flushesToCommit) this.log.requestFlush()
    return errors.NONE
  }

  /** As a follower: the leader's high watermark and log start, as far as this log has them. */
  heardFromLeader({ highWatermark, logStartOffset }: { highWatermark: number; logStartOffset: number }): void {
    const { log } = this
    if (this.isLeader || this.#isGone) return
    const reached = Math.min(highWatermark, log.endOffset)
    if (reached > log.highWatermark) {
      log.setHighWatermark(reached)
      this.#tell('highWatermark')
    }
    if (logStartOffset > log.startOffset) log.deleteRecordsBefore(Math.min(logStartOffset, log.highWatermark))
  }

  /**
   * Appends one batch. Answers NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS (acks=all only), the epoch errors, or the
   * log's own; see {@link Log.append} for those and for who owns the bytes.
   */
  append(batch: Slice, ask: ProduceAsk, wallMs: number, logAsk?: AppendAsk): Appended | ErrorCode {
    if (!this.isLeader || this.isHeld) return errors.NOT_LEADER_OR_FOLLOWER
    const wrongEpoch = this.checkEpoch(ask.expectedLeaderEpoch)
    if (wrongEpoch !== errors.NONE) return wrongEpoch
    if (ask.acks === -1 && !this.hasMinIsr) return errors.NOT_ENOUGH_REPLICAS
    this.#inSync?.appending(this.log.endOffset, this.#ports.monoMs())
    const appended = this.log.append(batch, this.#image.leaderEpoch, ask.origin, wallMs, logAsk)
    if (typeof appended !== 'number' && this.#flushesToCommit) this.log.requestFlush()
    return appended
  }

  /** FENCED_LEADER_EPOCH when the asker is behind, UNKNOWN_LEADER_EPOCH when ahead; -1 asks nothing (KIP-320). */
  checkEpoch(currentLeaderEpoch: number): ErrorCode {
    if (currentLeaderEpoch === -1 || currentLeaderEpoch === this.#image.leaderEpoch) return errors.NONE
    return currentLeaderEpoch < this.#image.leaderEpoch ? errors.FENCED_LEADER_EPOCH : errors.UNKNOWN_LEADER_EPOCH
  }

  /** Whether an append with acks=all would be taken. */
  get hasMinIsr(): boolean {
    return this.isr.length >= Math.min(this.log.config.minInsyncReplicas, this.#image.replicas.length)
  }

  /** acks=1: settled when everything below `end` is in the file; at once when it is (a batch sent twice). */
  whenWritten(end: number, waiter: Waiter): void {
    if (end <= this.log.writtenOffset) waiter.settle(errors.NONE)
    else this.#forWritten.push({ end, waiter })
  }

  /** acks=all: settled when everything below `end` is below the high watermark; at once when it is. */
  whenCommitted(end: number, waiter: Waiter): void {
    if (end <= this.log.highWatermark) waiter.settle(errors.NONE)
    else this.#forCommitted.push({ end, waiter })
  }

  /** Told of every later move until the returned function is called. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** True: `out` is filled now. False: `done` tells when. Errors stand in `out.errorCode`. */
  fetch(ask: FetchAsk, out: FetchResult, done: () => void): boolean {
    out.errorCode = this.#checkAccess(ask, ask.mayReadFollower)
    if (out.errorCode !== errors.NONE) return true
    // First of all: an offset beyond the end may be of another history, and then the end of that is what helps.
    if (ask.lastFetchedEpoch >= 0 && this.#findDivergence(ask, out)) return true
    if (!this.#isInRange(ask.fetchOffset)) {
      out.errorCode = errors.OFFSET_OUT_OF_RANGE
      return true
    }
    const { log } = this
    out.highWatermark = log.highWatermark
    out.lastStableOffset = log.lastStableOffset
    out.logStartOffset = log.startOffset
    const upTo = ask.isFollower ? log.writtenOffset : ask.isReadCommitted ? log.lastStableOffset : log.highWatermark
    if (ask.fetchOffset >= upTo || (ask.bytesMax <= 0 && !ask.isFirstBatchWhole)) {
      if (ask.isReadCommitted) out.abortedTransactions = []
      return true
    }
    return this.#read(ask, upTo, out, done)
  }

  /** Whether what the asker has up to its offset is what this leader has. */
  isInHistory(ask: Pick<FetchAsk, 'fetchOffset' | 'currentLeaderEpoch' | 'lastFetchedEpoch'>): boolean {
    if (this.#checkAccess(ask, false) !== errors.NONE || !this.#isInRange(ask.fetchOffset)) return false
    return ask.lastFetchedEpoch < 0 || this.#hasHistory(ask)
  }

  /** KIP-595's rule: the asker's last epoch is ours there, and ends here no earlier than where it wants to go on. */
  #hasHistory({ fetchOffset, lastFetchedEpoch }: Pick<FetchAsk, 'fetchOffset' | 'lastFetchedEpoch'>): boolean {
    const end = this.log.epochEnd(lastFetchedEpoch)
    return end.epoch >= lastFetchedEpoch && end.endOffset >= fetchOffset
  }

  #checkAccess({ currentLeaderEpoch }: Pick<FetchAsk, 'currentLeaderEpoch'>, mayBeFollower: boolean): ErrorCode {
    if (this.#isGone || !(this.isLeader || mayBeFollower)) return errors.NOT_LEADER_OR_FOLLOWER
    const wrongEpoch = this.checkEpoch(currentLeaderEpoch)
    if (wrongEpoch !== errors.NONE) return wrongEpoch
    return this.log.failure !== null ? errors.KAFKA_STORAGE_ERROR : errors.NONE
  }

  #isInRange(fetchOffset: number): boolean {
    return fetchOffset >= this.log.startOffset && fetchOffset <= this.log.endOffset
  }

  /** True when the asker's log is another one: `out` says where it parts from this one, or that nobody knows. */
  #findDivergence(ask: FetchAsk, out: FetchResult): boolean {
    if (ask.fetchOffset < this.log.startOffset || this.#hasHistory(ask)) return false
    const end = this.log.epochEnd(ask.lastFetchedEpoch)
    if (end.epoch === -1) out.errorCode = errors.OFFSET_OUT_OF_RANGE
    else out.divergingEpoch = { epoch: end.epoch, endOffset: end.endOffset }
    return true
  }

  #read(ask: FetchAsk, upTo: number, out: FetchResult, done: () => void): boolean {
    const into = { slices: [] as Slice[], release: (): void => undefined }
    const finish = (): boolean => {
      if (into.slices.length === 0) {
        into.release()
        if (ask.isReadCommitted) out.abortedTransactions = []
        return true
      }
      out.lease = into
      for (const slice of into.slices) out.bytes += slice.to - slice.from
      return ask.isReadCommitted ? this.#findAborted(ask.fetchOffset, upTo, out, done) : true
    }
    const isNow = this.log.read(
      { from: ask.fetchOffset, upTo, bytesMax: ask.bytesMax, atLeastOne: ask.isFirstBatchWhole },
      into,
      (failure) => {
        if (failure !== null) {
          out.errorCode =
            failure.code === 'OFFSET_OUT_OF_RANGE' ? errors.OFFSET_OUT_OF_RANGE : errors.KAFKA_STORAGE_ERROR
          return done()
        }
        if (finish()) done()
      },
    )
    return isNow && finish()
  }

  #findAborted(from: number, upTo: number, out: FetchResult, done: () => void): boolean {
    const aborted: { producerId: number; firstOffset: number; lastOffset: number }[] = []
    out.abortedTransactions = aborted
    return this.log.abortedTransactions(from, upTo, aborted, (failure) => {
      if (failure !== null) {
        out.lease?.release()
        out.lease = null
        out.bytes = 0
        out.errorCode = errors.KAFKA_STORAGE_ERROR
      }
      done()
    })
  }

  #progress(): void {
    const { log } = this
    this.#forWritten = settle(this.#forWritten, log.writtenOffset)
    this.#advance()
    if (this.#image.replicas.length > 1) this.#tell('end')
    if (log.lastStableOffset !== this.#toldLastStable) {
      this.#toldLastStable = log.lastStableOffset
      this.#tell('lastStable')
    }
    if (log.startOffset !== this.#toldStart) {
      this.#toldStart = log.startOffset
      this.#tell('logStart')
    }
  }

  #settleDeleted(): void {
    if (this.#forDeleted.length === 0) return
    const reached = this.lowWatermark
    const settled = this.#forDeleted.filter(({ end }) => end <= reached)
    this.#forDeleted = this.#forDeleted.filter(({ end }) => end > reached)
    for (const { waiter } of settled) waiter.settle(errors.NONE)
  }

  #advance(): void {
    const { log } = this
    if (!this.isLeader || !this.hasMinIsr) return
    const inSync = this.#inSync
    const reached =
      inSync?.highWatermark(log.durableOffset, log.writtenOffset, this.#ports.monoMs()) ?? log.durableOffset
    if (reached <= log.highWatermark) return
    log.setHighWatermark(reached)
    this.#forCommitted = settle(this.#forCommitted, log.highWatermark)
    this.#tell('highWatermark')
  }

  #fail(code: ErrorCode): void {
    this.#settleAll(code)
    this.#tell('role')
  }

  #settleAll(code: ErrorCode): void {
    const parked = [...this.#forWritten, ...this.#forCommitted, ...this.#forDeleted]
    this.#forWritten = []
    this.#forCommitted = []
    this.#forDeleted = []
    for (const { waiter } of parked) waiter.settle(code)
  }

  #tell(what: Moved): void {
    for (const watcher of this.#watchers) watcher.moved(what)
  }
}

/**
 * Settles the parked whose end is reached. They are in order of their ends, as appends are; only a batch that was sent
 * twice comes out of order, and waits for its betters at the most.
 */
function settle(parked: Parked[], reached: number): Parked[] {
  let count = 0
  while (count < parked.length && parked[count]!.end <= reached) count++
  if (count === 0) return parked
  for (let i = 0; i < count; i++) parked[i]!.waiter.settle(errors.NONE)
  return count === parked.length ? [] : parked.slice(count)
}

function ignore(): void {}
