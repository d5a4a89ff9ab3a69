import { type FSWatcher, watch } from 'node:fs'
import { appendFile, type FileHandle, open, readFile, stat } from 'node:fs/promises'
import type { LogsAsk } from '../index.ts'

/** Between two notes of when the log grew: what is written within it shares a time. */
const noteEveryMs = 50
/** One note: three doubles, the first and the end offset of what was seen, and the wall time. */
const noteBytes = 24
const chunkBytes = 64 * 1024
const newline = 10
/** How often a followed log is looked at besides, in case a watch missed something. */
const lookEveryMs = 1000

/** Writes down when a log grew, so that its lines have times though the program writes the file itself. */
export class LogClock {
  readonly #log: string
  readonly #times: string
  readonly #watcher: FSWatcher
  #size: number
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(log: string, times: string, size: number, changed: () => void) {
    this.#log = log
    this.#times = times
    this.#size = size
    this.#watcher = watch(log, { persistent: false }, () => {
      changed()
      if (this.#timer !== null || this.#isClosed) return
      this.#note()
      this.#timer = setTimeout(() => {
        this.#timer = null
        this.#note()
      }, noteEveryMs)
      this.#timer.unref()
    })
    // what was written before anybody watched
    this.#note()
  }

  /** Everything written until now has its time when this resolves. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#watcher.close()
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#note()
    await this.#writing
  }

  #note(): void {
    const nowMs = Date.now()
    this.#writing = this.#writing.then(async () => {
      const { size } = await stat(this.#log)
      if (size <= this.#size) return
      await appendFile(this.#times, noteOf(this.#size, size, nowMs), { mode: 0o600 })
      this.#size = size
    })
    // the log was removed with its container
    this.#writing = this.#writing.catch((thrown: { code?: string }) => {
      if (thrown.code !== 'ENOENT') throw thrown
    })
  }
}

/** Notes what grew while nobody looked, with the time of the last write. Answers the size noted. */
export async function catchUp(log: string, times: string): Promise<number> {
  const { size, mtimeMs } = await stat(log)
  const notes = await readNotes(times)
  const seen = notes.at(-1)?.end ?? 0
  if (size > seen) await appendFile(times, noteOf(seen, size, Math.round(mtimeMs)), { mode: 0o600 })
  return size
}

function noteOf(offset: number, end: number, wallMs: number): Uint8Array {
  return new Uint8Array(Float64Array.of(offset, end, wallMs).buffer)
}

interface Note {
  readonly offset: number
  readonly end: number
  readonly wallMs: number
}

async function readNotes(path: string): Promise<Note[]> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return []
    throw thrown
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const notes: Note[] = []
  for (let at = 0; at + noteBytes <= bytes.byteLength; at += noteBytes) {
    const [offset, end, wallMs] = [0, 8, 16].map((field) => view.getFloat64(at + field, true))
    notes.push({ offset: offset!, end: end!, wallMs: wallMs! })
  }
  return notes
}

export interface LogFiles {
  readonly log: string
  readonly times: string
}

/** Waits for more: resolves when the log may have grown; false: the container has ended, and nothing comes any more. */
export type More = (waitMs: number) => Promise<boolean>

export async function* readLog(files: LogFiles, ask: LogsAsk, more: More): AsyncGenerator<Uint8Array> {
  const file = await open(files.log, 'r')
  try {
    const { size } = await file.stat()
    let notes = await readNotes(files.times)
    let from = ask.sinceMs === undefined ? 0 : offsetSince(notes, ask.sinceMs, size)
    if (ask.tailLines !== undefined) from = Math.max(from, await tailStart(file, size, ask.tailLines))
    const stamp = ask.timestamps === true ? new Stamper() : null
    let left = ask.bytesMax ?? Number.POSITIVE_INFINITY
    let isOver = ask.follow !== true
    for (;;) {
      for (;;) {
        // a new one each time: the last is the reader's
        const { bytesRead, buffer } = await file.read(new Uint8Array(chunkBytes), 0, chunkBytes, from)
        if (bytesRead === 0) break
        const bytes = buffer.subarray(0, bytesRead)
        const lines = stamp === null ? bytes : stamp.stamped(bytes, from, notes)
        from += bytesRead
        const given = lines.subarray(0, left)
        left -= given.byteLength
        yield given
        if (left === 0) return
      }
      if (isOver) return
      isOver = !(await more(lookEveryMs))
      if (stamp !== null) notes = await readNotes(files.times)
    }
  } finally {
    await file.close()
  }
}

/** The first byte that was first seen at or after `sinceMs`. */
function offsetSince(notes: readonly Note[], sinceMs: number, size: number): number {
  let low = 0
  let high = notes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (notes[middle]!.wallMs >= sinceMs) high = middle
    else low = middle + 1
  }
  // what nobody has noted yet is new
  return notes[low]?.offset ?? Math.min(size, notes.at(-1)?.end ?? 0)
}

/** Where the last `lines` lines begin. */
async function tailStart(file: FileHandle, size: number, lines: number): Promise<number> {
  if (lines === 0) return size
  const chunk = new Uint8Array(chunkBytes)
  let found = 0
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkBytes)
    const { bytesRead } = await file.read(chunk, 0, end - start, start)
    for (let i = bytesRead - 1; i >= 0; i--) {
      // the end of the last line begins no line
      if (chunk[i] === newline && start + i !== size - 1 && ++found === lines) return start + i + 1
    }
    end = start
  }
  return 0
}

/** Puts times before lines; a line may come in pieces. */
class Stamper {
  #isAtStart = true
  #next = 0

  stamped(bytes: Uint8Array, offset: number, notes: readonly Note[]): Uint8Array {
    const parts: Uint8Array[] = []
    for (let at = 0; at < bytes.byteLength; ) {
      if (this.#isAtStart) parts.push(new TextEncoder().encode(`${timeText(this.#timeAt(offset + at, notes))} `))
      const end = bytes.indexOf(newline, at)
      this.#isAtStart = end !== -1
      const until = end === -1 ? bytes.byteLength : end + 1
      parts.push(bytes.subarray(at, until))
      at = until
    }
    return Buffer.concat(parts)
  }

  #timeAt(offset: number, notes: readonly Note[]): number {
    while (this.#next + 1 < notes.length && notes[this.#next + 1]!.offset <= offset) this.#next++
    return notes[this.#next]?.wallMs ?? Date.now()
  }
}

/** Nanoseconds, as every reader of such logs expects them. */
const timeText = (wallMs: number): string => new Date(wallMs).toISOString().replace('Z', '000000Z')
