import type { Lease, Slice } from '../bytes/index.ts'
import type { Frame } from './frame-memory.ts'

/** The place of one reply among those of its connection. Exactly one of send, none and close is called, once. */
export interface ReplySlot {
  /** `parts`, the frame's size first, are lent until they have left; `lease`, if any, is released then. */
  send(parts: readonly Uint8Array[], lease?: Lease | null): void
  /** No reply is owed. */
  none(): void
  /** Ends the connection. */
  close(why: string): void
  /** Called when the connection ends before the reply was given: nobody waits for it any more. */
  onGone(cancel: () => void): void
}

/** What a slot tells its connection. */
export interface SlotOwner {
  /** The slot has its reply. */
  replied(slot: Slot): void
  refused(why: string): void
  /** The bytes of the request are not needed any more. */
  released(bytes: number): void
}

/** One request, which counts its bytes until it is released, and the place of its reply in the order. */
export class Slot implements ReplySlot, Lease {
  readonly slices: Slice[]
  /** The request behind it. */
  next: Slot | null = null
  isDone = false
  isMuting = false
  /** The reply; null when none is owed. */
  parts: readonly Uint8Array[] | null = null
  lease: Lease | null = null
  /** The request's bytes and its size field. */
  readonly heldBytes: number
  readonly #owner: SlotOwner
  readonly #frame: Frame
  #isReleased = false
  #isGone = false
  #cancel: (() => void) | null = null

  constructor(owner: SlotOwner, frame: Frame) {
    this.#owner = owner
    this.#frame = frame
    this.slices = [frame]
    this.heldBytes = frame.to - frame.from + 4
  }

  send(parts: readonly Uint8Array[], lease: Lease | null = null): void {
    this.parts = parts
    this.lease = lease
    this.#done()
  }

  none(): void {
    this.#done()
  }

  close(why: string): void {
    this.#done()
    if (!this.#isGone) this.#owner.refused(why)
  }

  onGone(cancel: () => void): void {
    if (this.#isGone) throw new Error('the connection is gone already')
    this.#cancel = cancel
  }

  /** Called by the receiver when it holds none of the request's bytes: they are used again at once. */
  release(): void {
    if (this.#isReleased) return
    this.#discount()
    this.#frame.giveBack()
  }

  /** The bytes do not count any more; whoever still holds them may. */
  #discount(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#owner.released(this.heldBytes)
  }

  /** The reply has left, or never will. */
  over(): void {
    this.lease?.release()
    this.lease = null
    this.parts = null
    this.#discount()
  }

  /** The connection ended while this was in its queue. */
  gone(): void {
    this.#isGone = true
    const cancel = this.#cancel
    this.#cancel = null
    this.over()
    cancel?.()
  }

  #done(): void {
    if (this.isDone) throw new Error('a request was answered twice')
    this.isDone = true
    this.#cancel = null
    if (this.#isGone) this.over()
    else this.#owner.replied(this)
  }
}
