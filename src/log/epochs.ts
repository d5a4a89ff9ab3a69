/** Leader epochs of one log and where each starts; both strictly increasing (KIP-101). */
export class LeaderEpochs {
  #epochs: number[] = []
  #starts: number[] = []
  /** Changed since it was last saved. */
  isDirty = false

  get latest(): number {
    return this.#epochs.at(-1) ?? -1
  }

  get size(): number {
    return this.#epochs.length
  }

  /** Notes that `epoch` begins at `start`. True when that was news. Later or equal entries that contradict it go. */
  assign(epoch: number, start: number): boolean {
    const last = this.#epochs.length - 1
    if (epoch < 0 || (last >= 0 && epoch === this.#epochs[last] && start >= this.#starts[last]!)) return false
    let keep = last + 1
    while (keep > 0 && (this.#epochs[keep - 1]! >= epoch || this.#starts[keep - 1]! >= start)) keep--
    this.#epochs.length = keep
    this.#starts.length = keep
    this.#epochs.push(epoch)
    this.#starts.push(start)
    this.isDirty = true
    return true
  }

  /** Drops epochs that start at `end` or later. */
  truncateFromEnd(end: number): void {
    let keep = this.#starts.length
    while (keep > 0 && this.#starts[keep - 1]! >= end) keep--
    if (keep === this.#starts.length) return
    this.#epochs.length = keep
    this.#starts.length = keep
    this.isDirty = true
  }

  /** Drops epochs that end before `start`; the one that holds `start` now starts there. */
  truncateFromStart(start: number): void {
    let drop = 0
    while (drop < this.#starts.length && this.#starts[drop]! < start) drop++
    if (drop === 0 || (drop === 1 && this.#starts[0]! >= start)) return
    this.#epochs.splice(0, drop - 1)
    this.#starts.splice(0, drop - 1)
    this.#starts[0] = start
    this.isDirty = true
  }

  clear(): void {
    if (this.#epochs.length > 0) this.isDirty = true
    this.#epochs = []
    this.#starts = []
  }

  /** The largest known epoch ≤ `asked` and its end; (-1, -1) when `asked` lies beyond all known ones. */
  endFor(asked: number, logEnd: number): { readonly epoch: number; readonly endOffset: number } {
    const latest = this.latest
    if (asked < 0 || latest < asked) return { epoch: -1, endOffset: -1 }
    if (asked === latest) return { epoch: asked, endOffset: logEnd }
    let higher = 0
    while (this.#epochs[higher]! <= asked) higher++
    const epoch = higher === 0 ? asked : this.#epochs[higher - 1]!
    return { epoch, endOffset: this.#starts[higher]! }
  }

  /** -1 when the offset lies before the first known start. */
  epochAt(offset: number): number {
    for (let i = this.#starts.length - 1; i >= 0; i--) if (this.#starts[i]! <= offset) return this.#epochs[i]!
    return -1
  }

  earliest(): { readonly epoch: number; readonly startOffset: number } | null {
    return this.#epochs.length === 0 ? null : { epoch: this.#epochs[0]!, startOffset: this.#starts[0]! }
  }

  toText(): string {
    let text = `0\n${this.#epochs.length}\n`
    for (let i = 0; i < this.#epochs.length; i++) text += `${this.#epochs[i]} ${this.#starts[i]}\n`
    return text
  }

  /** Null when the text is not a checkpoint of version 0 with both columns increasing. */
  static fromText(text: string): LeaderEpochs | null {
    const lines = text.split('\n')
    const count = Number(lines[1])
    if (lines[0] !== '0' || !Number.isInteger(count) || lines.length < count + 2) return null
    const epochs = new LeaderEpochs()
    for (let i = 0; i < count; i++) {
      const match = /^(\d+) (\d+)$/.exec(lines[i + 2]!)
      if (match === null) return null
      const epoch = Number(match[1])
      const start = Number(match[2])
      if (epoch <= epochs.latest || start <= (epochs.#starts.at(-1) ?? -1)) return null
      epochs.#epochs.push(epoch)
      epochs.#starts.push(start)
    }
    return epochs
  }
}
