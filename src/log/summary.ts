import { type Crc32c, isUuid, type Uuid, utf8Decode, utf8Encode } from '../bytes/index.ts'
import type { CommitLog } from './commit-log.ts'
import { LeaderEpochs } from './epochs.ts'
import type { Loaded } from './load.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts'
import { Producers } from './producers.ts'
import { Segment } from './segment.ts'
import { SparseIndex } from './sparse-index.ts'

/**
 * What a clean shutdown knew of its logs, so that the next start need not look at each of them: one small file in the
 * log directory, bound to the clean-shutdown marker by a token. Who else opens the directory removes the marker, and
 * with it the token; then this file means nothing and every log is read as usual.
 */
export interface LogSummary {
  readonly topicId: Uuid | null
  readonly startOffset: number
  readonly endOffset: number
  /** baseOffset, bytes, largest timestamp, its offset, first timestamp, of each segment. */
  readonly segments: readonly (readonly [number, number, number, number, number])[]
  /** The active segment's indexes and the bytes since the last entry. */
  readonly index: readonly [string, string, number]
  readonly epochs: string
  readonly snapshots: readonly number[]
  /** A producer snapshot. */
  readonly producers: string
}

/** A log that needs more than this is read from its own files. */
const INDEX_ENTRIES_MAX = 256
const PRODUCERS_MAX = 32
const SUMMARY_BYTES_MAX = 32 * 1024 * 1024

/** Null when the log is not of the small, quiet kind. It must be closed and whole. */
export function summarize(log: CommitLog, crc32c: Crc32c): LogSummary | null {
  const { active, producers } = log
  if (log.failure !== null || active.index === null || active.index.count > INDEX_ENTRIES_MAX) return null
  if (producers.size > PRODUCERS_MAX || active.aborted === null || active.aborted.length > 0) return null
  const segments: [number, number, number, number, number][] = []
  for (const { baseOffset, sizeBytes, maxTimestamp, maxTimestampOffset, firstTimestamp } of log.segments) {
    segments.push([baseOffset, sizeBytes, maxTimestamp ?? -2, maxTimestampOffset, firstTimestamp])
  }
  return {
    topicId: log.topicId,
    startOffset: log.startOffset,
    endOffset: log.endOffset,
    segments,
    index: [toHex(active.index.encodeOffsets()), toHex(active.index.encodeTimes()), active.bytesSinceIndexEntry],
    epochs: log.epochs.toText(),
    snapshots: log.snapshotOffsets,
    producers: toHex(encodeProducerSnapshot(producers.entries(), producers.size, crc32c)),
  }
}

/** A log as it was when it was summarized; null when the summary does not add up. */
export function revive(
  summary: LogSummary,
  dir: string,
  nowMs: number,
  jitterMs: () => number,
  crc32c: Crc32c,
): Loaded | null {
  const segments = summary.segments.map(([baseOffset, bytes, maxTimestamp, maxTimestampOffset, firstTimestamp]) => {
    const segment = new Segment(dir, baseOffset, nowMs, jitterMs())
    segment.sizeBytes = segment.writtenBytes = bytes
    segment.maxTimestamp = maxTimestamp === -2 ? null : maxTimestamp
    segment.maxTimestampOffset = maxTimestampOffset
    segment.firstTimestamp = firstTimestamp
    segment.isCreated = true
    return segment
  })
  const active = segments.at(-1)
  const epochs = LeaderEpochs.fromText(summary.epochs)
  const entries = decodeProducerSnapshot(fromHex(summary.producers), crc32c)
  if (active === undefined || epochs === null || entries === null) return null
  const [offsets, times, bytesSinceEntry] = summary.index
  active.index = SparseIndex.decode(active.baseOffset, fromHex(offsets), fromHex(times), active.sizeBytes)
  active.aborted = []
  active.isUnseen = true
  active.bytesSinceIndexEntry = bytesSinceEntry
  if (active.index === null) return null
  const producers = new Producers()
  for (const entry of entries) producers.load(entry)
  return {
    segments,
    startOffset: summary.startOffset,
    endOffset: summary.endOffset,
    epochs,
    producers,
    snapshotOffsets: [...summary.snapshots],
    report: null,
  }
}

/** As many logs as fit; the rest are read from their own files. */
export function encodeSummaries(token: string, logs: ReadonlyMap<string, LogSummary>, crc32c: Crc32c): Uint8Array {
  const lines: string[] = []
  let bytes = 0
  for (const [key, summary] of logs) {
    const line = JSON.stringify([key, summary])
    bytes += line.length + 1
    if (bytes > SUMMARY_BYTES_MAX) break
    lines.push(line)
  }
  const body = utf8Encode(lines.join('\n'))
  const head = utf8Encode(headOf(token, crc32c(body, 0, body.length)))
  const file = new Uint8Array(head.length + body.length)
  file.set(head)
  file.set(body, head.length)
  return file
}

function headOf(token: string, checksum: number): string {
  return `${JSON.stringify({ token, crc32c: checksum })}\n`
}

/**
 * Null when the file is damaged; nothing when its token is another one. Lines are parsed only when their log is asked for.
 */
export function decodeSummaries(token: string, bytes: Uint8Array, crc32c: Crc32c): Map<string, string> | null {
  const summaries = new Map<string, string>()
  const headBytes = bytes.indexOf(10) + 1
  const head = utf8Decode(bytes, 0, headBytes)
  if (!head.startsWith(JSON.stringify({ token }).slice(0, -1))) return summaries
  if (head !== headOf(token, crc32c(bytes, headBytes, bytes.length))) return null
  if (headBytes === bytes.length) return summaries
  for (const line of utf8Decode(bytes, headBytes, bytes.length).split('\n')) {
    const end = line.indexOf('",{')
    if (!line.startsWith('["') || end < 0) return null
    summaries.set(line.slice(2, end), line)
  }
  return summaries
}

export function parseSummary(line: string): LogSummary {
  return (JSON.parse(line) as [string, LogSummary])[1]
}

/** The topic id alone, without parsing the rest; null when there is none. */
export function topicIdIn(line: string): Uuid | null {
  const match = /"topicId":"([\w-]{22})"/.exec(line)
  return match !== null && isUuid(match[1]!) ? match[1]! : null
}

function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16)
  return text
}

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(i * 2, i * 2 + 2), 16)
  return bytes
}
