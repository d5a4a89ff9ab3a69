import { int32At, int64At } from '../../bytes/index.ts'
import { batchLastOffset } from '../../records/index.ts'
import { type CliWorld, readFile, ToolFailure } from '../world.ts'
import { baseOffsetIn, LogFile, recordsOf } from './dump-log-file.ts'

export interface IndexOptions {
  /** Only the check that a broker makes when it starts. */
  readonly isSanityOnly: boolean
  /** Compares with the log and prints no entries. */
  readonly isVerifyOnly: boolean
  /** How much of the log is looked at behind an indexed position. */
  readonly messageBytesMax: number
}

/** What index and log do not agree on, by the path of the index; told when all files are dumped. */
export class IndexProblems {
  readonly mismatches = new Map<string, [indexed: number, found: number][]>()
  readonly timeMismatches = new Map<string, [indexed: number, found: number][]>()
  readonly outOfOrder = new Map<string, [indexed: number, previous: number][]>()
  readonly notFound = new Map<string, [indexed: number, found: number][]>()

  static add(to: Map<string, [number, number][]>, path: string, pair: [number, number]): void {
    const pairs = to.get(path)
    if (pairs === undefined) to.set(path, [pair])
    else pairs.push(pair)
  }

  tell(world: CliWorld): void {
    const tellAll = (
      problems: ReadonlyMap<string, readonly [number, number][]>,
      head: string,
      row: (a: number, b: number) => string,
    ) => {
      for (const [path, pairs] of problems) {
        world.err(`${head}${path}\n`)
        for (const [a, b] of pairs) world.err(`${row(a, b)}\n`)
      }
    }
    tellAll(this.mismatches, 'Mismatches in :', (a, b) => `  Index offset: ${a}, log offset: ${b}`)
    tellAll(this.timeMismatches, 'Found timestamp mismatch in :', (a, b) => {
      return `  Index timestamp: ${a}, log timestamp: ${b}`
    })
    tellAll(this.outOfOrder, 'Found out of order timestamp in :', (a, b) => {
      return `  Index timestamp: ${a}, Previously indexed timestamp: ${b}`
    })
    tellAll(this.notFound, 'The following indexed offsets are not found in :', (a, b) => {
      return `Indexed offset: ${a}, found log offset: ${b}`
    })
  }
}

const OFFSET_ENTRY_BYTES = 8
const TIME_ENTRY_BYTES = 12

interface OffsetEntry {
  readonly offset: number
  readonly position: number
}

/** All whole entries; an index that was preallocated ends in zeros. */
function offsetEntries(bytes: Uint8Array, baseOffset: number): OffsetEntry[] {
  const entries: OffsetEntry[] = []
  for (let at = 0; at + OFFSET_ENTRY_BYTES <= bytes.length; at += OFFSET_ENTRY_BYTES) {
    entries.push({ offset: baseOffset + int32At(bytes, at), position: int32At(bytes, at + 4) })
  }
  return entries
}

const stemOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1) + nameOf(path).split('.')[0]
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

export async function dumpOffsetIndex(
  world: CliWorld,
  path: string,
  o: IndexOptions,
  problems: IndexProblems,
): Promise<void> {
  const baseOffset = baseOffsetIn(nameOf(path))
  const log = await LogFile.open(world, `${stemOf(path)}.log`)
  try {
    const bytes = await readFile(world, path)
    const entries = offsetEntries(bytes, baseOffset)
    if (entries.length === 0) return world.out(`${path} is empty.\n`)
    if (o.isSanityOnly) {
      checkSize('Index file', path, bytes, OFFSET_ENTRY_BYTES)
      const last = entries.at(-1)!.offset
      if (last < baseOffset) {
        throw new ToolFailure(
          `Corrupt index found, index file ${path} has non-zero size but the last offset is ${last} which is less than the base offset ${baseOffset}`,
        )
      }
      return world.out(`${path} passed sanity check.\n`)
    }
    for (const [i, { offset, position }] of entries.entries()) {
      if (offset === baseOffset && i > 0) return
      const batch = await log.batchAt(position, Math.min(log.sizeBytes, position + o.messageBytesMax))
      if (batch === null) throw new ToolFailure(`${path}: there is no batch at position ${position} of the log`)
      const found = batchLastOffset(batch.bytes, batch.from)
      if (found !== offset) IndexProblems.add(problems.mismatches, path, [offset, found])
      if (!o.isVerifyOnly) world.out(`offset: ${offset} position: ${position}\n`)
    }
  } finally {
    log.close()
  }
}

export async function dumpTimeIndex(
  world: CliWorld,
  path: string,
  o: IndexOptions,
  problems: IndexProblems,
): Promise<void> {
  const baseOffset = baseOffsetIn(nameOf(path))
  const log = await LogFile.open(world, `${stemOf(path)}.log`)
  try {
    const offsets = offsetEntries(await readFile(world, `${stemOf(path)}.index`), baseOffset)
    const bytes = await readFile(world, path)
    if (o.isSanityOnly) {
      checkTimes(path, bytes, baseOffset)
      return world.out(`${path} passed sanity check.\n`)
    }
    let previous = -1
    for (let at = 0; at + TIME_ENTRY_BYTES <= bytes.length; at += TIME_ENTRY_BYTES) {
      const timestamp = int64At(bytes, at)
      const offset = baseOffset + int32At(bytes, at + 8)
      if (offset === baseOffset && at > 0) return
      await compareTime(world, log, path, { timestamp, offset, previous }, positionFor(offsets, offset), problems)
      if (!o.isVerifyOnly) world.out(`timestamp: ${timestamp} offset: ${offset}\n`)
      previous = timestamp
    }
  } finally {
    log.close()
  }
}

function positionFor(entries: readonly OffsetEntry[], offset: number): number {
  let position = 0
  for (const entry of entries) {
    if (entry.offset > offset) break
    position = entry.position
  }
  return position
}

async function compareTime(
  world: CliWorld,
  log: LogFile,
  path: string,
  entry: { readonly timestamp: number; readonly offset: number; readonly previous: number },
  from: number,
  problems: IndexProblems,
): Promise<void> {
  const { timestamp, offset, previous } = entry
  for await (const { batch } of log.batches(from)) {
    const last = batchLastOffset(batch.bytes, batch.from)
    if (last < offset) continue
    if (last !== offset) return IndexProblems.add(problems.notFound, path, [offset, last])
    let latest = -1
    for (const records = await recordsOf(world, batch); records.next(); ) latest = Math.max(latest, records.timestamp)
    if (latest !== timestamp) IndexProblems.add(problems.timeMismatches, path, [timestamp, latest])
    if (previous >= timestamp) IndexProblems.add(problems.outOfOrder, path, [timestamp, previous])
    return
  }
  IndexProblems.add(problems.notFound, path, [offset, -1])
}

function checkSize(what: string, path: string, bytes: Uint8Array, entryBytes: number): void {
  if (bytes.length % entryBytes === 0) return
  throw new ToolFailure(
    `${what} ${path} is corrupt, found ${bytes.length} bytes which is neither positive nor a multiple of ${entryBytes}`,
  )
}

function checkTimes(path: string, bytes: Uint8Array, baseOffset: number): void {
  if (bytes.length >= TIME_ENTRY_BYTES) {
    const at = Math.floor(bytes.length / TIME_ENTRY_BYTES - 1) * TIME_ENTRY_BYTES
    const [first, last] = [int64At(bytes, 0), int64At(bytes, at)]
    const lastOffset = baseOffset + int32At(bytes, at + 8)
    const found = `Corrupt time index found, time index file (${path}) has non-zero size but the last`
    if (last < first)
      throw new ToolFailure(`${found} timestamp is ${last} which is less than the first timestamp ${first}`)
    if (lastOffset < baseOffset) {
      throw new ToolFailure(`${found} offset is ${lastOffset} which is less than the first offset ${baseOffset}`)
    }
  }
  checkSize('Time index file', path, bytes, TIME_ENTRY_BYTES)
}
