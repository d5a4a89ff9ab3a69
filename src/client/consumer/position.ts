import type { CompletedFetch } from './completed-fetch.ts'
import type { OffsetReset } from './types.ts'

/** Where a partition's consumer stands; changed in place with every record. */
export interface Position {
  /** The next offset to hand out. */
  offset: number
  /** Epoch of the record before it; -1 = unknown. */
  leaderEpoch: number
}

/** How a partition without position gets one. `committed`: ask the group first. */
export type PositionWant = 'committed' | OffsetReset

/** One assigned partition. */
export class PartitionState {
  readonly topic: string
  readonly partition: number
  position: Position | null = null
  want: PositionWant | null = 'committed'
  /** Being looked up. */
  isLocating = false
  isPaused = false
  /** Announced to be revoked: nothing more is handed out. */
  isRevoking = false
  /** Where the next fetch begins: the position, or the end of what is buffered beyond it. */
  fetchOffset = 0
  /** Grows when what was fetched before is void: a seek, a reset. Fetches carry it. */
  fetchGeneration = 0
  /** Fetched and not handed out, in order. */
  readonly buffer: CompletedFetch[] = []
  bufferedBytes = 0
  isFetching = false
  /** The last fetch brought nothing. */
  isAtEnd = false
  /** Monotonic; not fetched, located or reset before. */
  retryMs = 0
  preferredReplica = -1
  preferredUntilMs = 0
  /** As of the last fetch; -1 = unknown. */
  highWatermark = -1
  lastStableOffset = -1
  logStartOffset = -1

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get isFetchable(): boolean {
    return this.position !== null && !this.isPaused && !this.isRevoking
  }

  /** Reads on from here; what was fetched so far is void. */
  seek(position: Position): void {
    this.position = position
    this.want = null
    this.fetchOffset = position.offset
    this.preferredReplica = -1
    this.#drop()
  }

  /** Forgets the position; it is looked up as `want` says. */
  lose(want: PositionWant): void {
    this.position = null
    this.want = want
    this.#drop()
  }

  #drop(): void {
    this.fetchGeneration++
    this.buffer.length = 0
    this.isAtEnd = false
    this.bufferedBytes = 0
  }
}
