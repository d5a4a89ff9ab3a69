/** What was last heard of one broker. */
interface Heard {
  /** Of its registration; what an older incarnation says does not count. */
  epoch: number
  atMonoMs: number
  /** Offset its image had reached; -1 = never told. */
  metadataOffset: number
  /** When a controlled shutdown has begun: the offset that every other broker must reach before it may go. -1 = none. */
  shutdownOffset: number
}

/** Heartbeats, in memory only. */
export class BrokerSessions {
  readonly #heard = new Map<number, Heard>()

  /** A sign of life. */
  touch(brokerId: number, epoch: number, atMonoMs: number, metadataOffset: number | null): void {
    const before = this.#heard.get(brokerId)
    const isSame = before?.epoch === epoch
    this.#heard.set(brokerId, {
      epoch,
      atMonoMs,
      metadataOffset: metadataOffset ?? (isSame ? before.metadataOffset : -1),
      shutdownOffset: isSame ? before.shutdownOffset : -1,
    })
  }

  remove(brokerId: number): void {
    this.#heard.delete(brokerId)
  }

  /** It has said anew who it is; how far it has come and whether it leaves is to be heard again. */
  registered(brokerId: number): void {
    const heard = this.#heard.get(brokerId)
    if (heard === undefined) return
    heard.metadataOffset = -1
    heard.shutdownOffset = -1
  }

  /** A fenced broker has left its controlled shutdown: its next wish to go is granted at once. */
  fenced(brokerId: number): void {
    const heard = this.#heard.get(brokerId)
    if (heard !== undefined) heard.shutdownOffset = -1
  }

  /** Whether this incarnation was heard of within the timeout. */
  isAlive(brokerId: number, epoch: number, nowMonoMs: number, timeoutMs: number): boolean {
    const heard = this.#heard.get(brokerId)
    return heard !== undefined && heard.epoch === epoch && nowMonoMs - heard.atMonoMs <= timeoutMs
  }

  lastHeardMonoMs(brokerId: number): number | null {
    return this.#heard.get(brokerId)?.atMonoMs ?? null
  }

  metadataOffset(brokerId: number): number {
    return this.#heard.get(brokerId)?.metadataOffset ?? -1
  }

  shutdownOffset(brokerId: number): number {
    return this.#heard.get(brokerId)?.shutdownOffset ?? -1
  }

  beginShutdown(brokerId: number, offset: number): void {
    const heard = this.#heard.get(brokerId)
    if (heard !== undefined && heard.shutdownOffset < 0) heard.shutdownOffset = offset
  }
}
