import { encodeMetadataRecord, MetadataDecoder, metadataVersionIn } from './codec.ts'
import type { ImageFeed, MetadataDelta, MetadataImage } from './image.ts'
import type { MetadataRecord } from './record.ts'
import { MetadataState } from './replay.ts'
import { snapshotRecords } from './snapshot.ts'

/** One committed batch, or a piece of it, as raft tells it. */
interface Batch {
  readonly baseOffset: number
  readonly isLast: boolean
  readonly isSnapshot: boolean
  readonly epoch: number
  readonly appendMs: number
  readonly records: readonly { readonly value: Uint8Array | null }[]
}

type Publish = (image: MetadataImage, delta: MetadataDelta) => void

/**
 * Turns the committed metadata log into the node's image and announces it: once per turn in which something committed,
 * never in the middle of a batch or of a metadata transaction. A raft listener by shape (raft/types.ts).
 */
export class MetadataLoader implements ImageFeed {
  #state = new MetadataState({ tracksDelta: true })
  readonly #decoder = new MetadataDecoder()
  /** Of a batch that is still being told: its records so far. They show all at once. */
  #pieces: MetadataRecord[] = []
  readonly #listeners: Publish[] = []
  #isLoadingSnapshot = false
  #isPublished = false
  #appendMs = -1
  #endOffset = 0

  get image(): MetadataImage {
    return this.#state
  }

  /** Wall time of the newest batch in the image; -1 = none. */
  get appendMs(): number {
    return this.#appendMs
  }

  /** Everything of the metadata log below is in the image (or in an open metadata transaction). */
  get endOffset(): number {
    return this.#endOffset
  }

  on(publish: Publish): void {
    this.#listeners.push(publish)
  }

  beginSnapshot(_id: { readonly offset: number; readonly epoch: number }, lastContainedLogTimestamp: number): void {
    this.#state = new MetadataState({ tracksDelta: true })
    this.#isLoadingSnapshot = true
    this.#appendMs = lastContainedLogTimestamp
  }

  endSnapshot(id: { readonly offset: number; readonly epoch: number }): void {
    this.#isLoadingSnapshot = false
    this.#endOffset = id.offset
    this.#state.settleAt(id.offset - 1, id.epoch)
  }

  committed({ baseOffset, isLast, isSnapshot, epoch, appendMs, records }: Batch): void {
    let offset = baseOffset - (isSnapshot ? 0 : this.#pieces.length)
    for (const { value } of records) this.#pieces.push(this.#decoder.decode(value))
    // Nobody looks at a snapshot before its end.
    if (!isLast && !isSnapshot) return
    const whole = this.#pieces
    this.#pieces = []
    for (const record of whole) {
      this.#state.apply(record, offset, epoch)
      if (!isSnapshot) offset++
    }
    if (!isSnapshot) {
      this.#endOffset = offset
      this.#appendMs = appendMs
    }
  }

  committedTo(endOffset: number, epoch: number): void {
    this.#endOffset = endOffset
    // Control records move the offset too: a broker that waits for "all up to here" must see it.
    if (this.#state.openTransactionOffset < 0) this.#state.settleAt(endOffset - 1, epoch)
    if (this.#isPublished && !this.#state.hasChanged) return
    this.#isPublished = true
    const delta = this.#state.takeDelta()
    for (const publish of this.#listeners) publish(this.#state, delta)
  }

  leadership(): void {}

  /** The image as it is now, for keeping. */
  frozen(): MetadataImage {
    return this.#state.freeze()
  }

  /**
   * The committed state for a snapshot (raft's SnapshotSource); null while a metadata transaction is open, since its
   * records would be torn apart.
   */
  snapshot(): { id: { offset: number; epoch: number }; appendMs: number; records: Iterator<Uint8Array> } | null {
    if (this.#isLoadingSnapshot || this.#state.openTransactionOffset >= 0 || this.#endOffset === 0) return null
    const image = this.#state.freeze()
    return {
      id: { offset: this.#endOffset, epoch: image.epoch },
      appendMs: this.#appendMs,
      records: encoded(image),
    }
  }
}

function* encoded(image: MetadataImage): Generator<Uint8Array> {
  const level = metadataVersionIn(image)
  for (const record of snapshotRecords(image)) yield encodeMetadataRecord(record, level)
}
