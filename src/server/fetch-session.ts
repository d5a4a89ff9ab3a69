import type { Uuid } from '../bytes/index.ts'
import type { Moved, Watcher } from '../replication/index.ts'

/** The asked state of one partition in a fetch, and what was last answered for it. */
export class SessionPartition implements Watcher {
  readonly topicId: Uuid
  readonly topic: string
  readonly index: number
  fetchOffset = 0
  bytesMax = 0
  currentLeaderEpoch = -1
  lastFetchedEpoch = -1
  /** Of a follower's log; -1 from consumers. */
  logStartOffset = -1
  /** What the client was last told; an incremental answer leaves a partition out while these stand. */
  toldHighWatermark = -1
  toldLogStartOffset = -1
  readonly #session: FetchSession
  #unwatch: (() => void) | null = null

  constructor(session: FetchSession, topicId: Uuid, topic: string, index: number) {
    this.#session = session
    this.topicId = topicId
    this.topic = topic
    this.index = index
  }

  moved(what: Moved): void {
    this.#session.mark(this, what)
  }

  /** Subscribes once; a partition that went away and came back is subscribed anew by the caller. */
  subscribe(watch: (w: Watcher) => () => void): void {
    this.#unwatch ??= watch(this)
  }

  unsubscribe(): void {
    this.#unwatch?.()
    this.#unwatch = null
  }
}

/**
 * A fetch session (KIP-227): the partitions a client wants, remembered between its fetches, so that an incremental
 * fetch costs what has changed. Each partition is watched once; `dirty` lists, oldest first, those that may have
 * something new. A partition that has data moves to the end when it is answered, so none starves.
 *
 * A fetch outside sessions uses one of these for its own duration (id 0).
 */
export class FetchSession {
  /** With an authorizer: the principal that it was made for. */
  owner: string | null = null
  readonly id: number
  /** True when the client speaks of topics by id (Fetch v13+); it may not change its mind. */
  readonly usesTopicIds: boolean
  readonly isFollower: boolean
  /** The epoch that the next fetch must carry. */
  nextEpoch = 1
  lastUsedMonoMs: number
  readonly createdMonoMs: number
  readonly dirty = new Set<SessionPartition>()
  /** Called when a partition becomes dirty while a fetch waits. */
  onDirty: ((what: Moved) => void) | null = null
  readonly #topics = new Map<string, Map<number, SessionPartition>>()
  #count = 0

  constructor(id: number, usesTopicIds: boolean, nowMonoMs: number, isFollower = false) {
    this.isFollower = isFollower
    this.id = id
    this.usesTopicIds = usesTopicIds
    this.createdMonoMs = nowMonoMs
    this.lastUsedMonoMs = nowMonoMs
  }

  get partitionCount(): number {
    return this.#count
  }

  /** The partition, added if it is new; it is dirty afterwards, because what the client wants of it has changed. */
  want(topicId: Uuid, topic: string, index: number): SessionPartition {
    const key = this.usesTopicIds ? topicId : topic
    let partitions = this.#topics.get(key)
    if (partitions === undefined) this.#topics.set(key, (partitions = new Map()))
    let partition = partitions.get(index)
    if (partition === undefined) {
      partition = new SessionPartition(this, topicId, topic, index)
      partitions.set(index, partition)
      this.#count++
    }
    this.dirty.add(partition)
    return partition
  }

  forget(topicKey: string, index: number): void {
    const partitions = this.#topics.get(topicKey)
    const partition = partitions?.get(index)
    if (partitions === undefined || partition === undefined) return
    partition.unsubscribe()
    this.dirty.delete(partition)
    partitions.delete(index)
    this.#count--
    if (partitions.size === 0) this.#topics.delete(topicKey)
  }

  mark(partition: SessionPartition, what: Moved): void {
    if (this.#isMoot(what)) return
    this.dirty.add(partition)
    // A follower has everything below: it hears of this with its next answer, and that one does not hurry for it.
    if (!this.isFollower || what !== 'highWatermark') this.onDirty?.(what)
  }

  /** A consumer sees nothing above the high watermark; what is stable a follower finds out by itself. */
  #isMoot(what: Moved): boolean {
    return this.isFollower ? what === 'lastStable' : what === 'end'
  }

  close(): void {
    this.onDirty = null
    for (const partitions of this.#topics.values()) for (const partition of partitions.values()) partition.unsubscribe()
    this.#topics.clear()
    this.dirty.clear()
    this.#count = 0
  }
}

/**
 * The sessions of one broker, bounded: a new one takes a free slot, or that of a session unused for
 * `evictionMs`; else its client fetches without one (id 0), which is always right.
 */
export class FetchSessions {
  readonly #byId = new Map<number, FetchSession>()
  readonly #slots: number
  readonly #evictionMs: number
  readonly #newId: () => number

  constructor(slots: number, evictionMs: number, newId: () => number) {
    this.#slots = slots
    this.#evictionMs = evictionMs
    this.#newId = newId
  }

  get size(): number {
    return this.#byId.size
  }

  get(id: number): FetchSession | undefined {
    return this.#byId.get(id)
  }

  /** Null when every slot is in fresh use. */
  create(usesTopicIds: boolean, nowMonoMs: number, isFollower = false): FetchSession | null {
    if (this.#byId.size >= this.#slots && !this.#evict(nowMonoMs)) return null
    let id = this.#newId()
    while (id <= 0 || this.#byId.has(id)) id = this.#newId()
    const session = new FetchSession(id, usesTopicIds, nowMonoMs, isFollower)
    this.#byId.set(id, session)
    return session
  }

  /** Marks as used now: sessions stay ordered by last use, so that the oldest is the first in the map. */
  touch(session: FetchSession, nowMonoMs: number): void {
    session.lastUsedMonoMs = nowMonoMs
    this.#byId.delete(session.id)
    this.#byId.set(session.id, session)
  }

  remove(id: number): void {
    this.#byId.get(id)?.close()
    this.#byId.delete(id)
  }

  /** What was allowed when they were made may not be any more: each client begins a new one. */
  clear(): void {
    for (const id of [...this.#byId.keys()]) this.remove(id)
  }

  #evict(nowMonoMs: number): boolean {
    for (const oldest of this.#byId.values()) {
      if (nowMonoMs - oldest.lastUsedMonoMs < this.#evictionMs) return false
      this.remove(oldest.id)
      return true
    }
    return false
  }
}
