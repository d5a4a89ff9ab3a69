import type { Uuid } from '../bytes/index.ts'
import { ZERO_UUID } from '../bytes/index.ts'
import type { Fetch, RequestIn } from '../protocol/index.ts'

/** One partition of a follower's fetch. */
export interface WantedPartition {
  readonly topicId: Uuid
  readonly topic: string
  readonly index: number
  readonly fetchOffset: number
  readonly lastFetchedEpoch: number
  readonly currentLeaderEpoch: number
  readonly logStartOffset: number
  readonly highWatermark: number
}

type FetchTopics = NonNullable<RequestIn<typeof Fetch>['topics']>
type ForgottenTopics = NonNullable<RequestIn<typeof Fetch>['forgottenTopicsData']>

const WITHOUT_SESSION = 0
const FIRST_EPOCH = 0

/** Of a fetch session. After 2^31 − 1 comes 1: 0 and −1 mean something else (KIP-227). */
export function epochAfter(epoch: number): number {
  return epoch === 0x7fff_ffff ? 1 : epoch + 1
}

/** The follower's side of a fetch session (KIP-227): says what changed since the fetch before, and what is not wanted. */
export class FollowerSession {
  #id = WITHOUT_SESSION
  #epoch = FIRST_EPOCH
  #told = new Map<string, WantedPartition>()

  get id(): number {
    return this.#id
  }

  get epoch(): number {
    return this.#epoch
  }

  /** The partitions of the next fetch, of which all of `wanted` must be answered for. */
  next(
    wanted: ReadonlyMap<string, WantedPartition>,
    maxBytes: number,
  ): { topics: FetchTopics; forgotten: ForgottenTopics } {
    const isFull = this.#epoch === FIRST_EPOCH
    const topics = new Map<
      string,
      FetchTopics[number] & { partitions: NonNullable<FetchTopics[number]['partitions']>[number][] }
    >()
    for (const [key, one] of wanted) {
      if (!isFull && isSame(this.#told.get(key), one)) continue
      let topic = topics.get(one.topic)
      if (topic === undefined)
        topics.set(one.topic, (topic = { topic: one.topic, topicId: one.topicId, partitions: [] }))
      topic.partitions.push({
        partition: one.index,
        currentLeaderEpoch: one.currentLeaderEpoch,
        fetchOffset: one.fetchOffset,
        lastFetchedEpoch: one.lastFetchedEpoch,
        logStartOffset: one.logStartOffset,
        partitionMaxBytes: maxBytes,
        replicaDirectoryId: ZERO_UUID,
        highWatermark: one.highWatermark,
      })
    }
    const forgotten: { topic: string; topicId: Uuid; partitions: number[] }[] = []
    if (!isFull) {
      for (const [key, { topic, topicId, index }] of this.#told) {
        if (!wanted.has(key)) forgotten.push({ topic, topicId, partitions: [index] })
      }
    }
    this.#told = new Map(wanted)
    return { topics: [...topics.values()], forgotten }
  }

  /** The fetch was answered without an error of its own. */
  answered(sessionId: number): void {
    if (sessionId === WITHOUT_SESSION) return this.restart()
    this.#id = sessionId
    this.#epoch = epochAfter(this.#epoch)
  }

  /** The leader knows no such session, or nobody knows what it knows: the next fetch is a full one. */
  restart(): void {
    this.#id = WITHOUT_SESSION
    this.#epoch = FIRST_EPOCH
    this.#told.clear()
  }
}

function isSame(a: WantedPartition | undefined, b: WantedPartition): boolean {
  return (
    a !== undefined &&
    a.fetchOffset === b.fetchOffset &&
    a.topicId === b.topicId &&
    a.lastFetchedEpoch === b.lastFetchedEpoch &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.logStartOffset === b.logStartOffset
  )
}
