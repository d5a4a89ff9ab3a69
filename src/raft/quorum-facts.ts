import { type Crc32c, crc32c as pureCrc32c, type Slice } from '../bytes/index.ts'
import type { Done, Failure } from '../env/index.ts'
import type { Log, ReadInto } from '../log/index.ts'
import { BatchCursor, batchBaseOffset, batchLastOffset, isControlBatch, isCrcRight } from '../records/index.ts'
import { decodeControlBatch } from './control-records.ts'
import { isBootstrapSnapshot, snapshotFileName } from './snapshot-name.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import type { SnapshotId, Voter, VoterEndpoint } from './types.ts'
import { VoterHistory } from './voter-history.ts'

/** What snapshots and log say of the quorum itself. */
export interface QuorumFacts {
  readonly history: VoterHistory
  /** Of the log behind the newest snapshot. */
  readonly bytesSinceSnapshot: number
}

interface Ask {
  readonly env: { readonly crc32c?: Crc32c }
  readonly staticVoters: readonly { readonly id: number; readonly host: string; readonly port: number }[] | null
  readonly endpoints: readonly VoterEndpoint[]
  /** `listener`: by which the quorum talks; a broker alone has no endpoint of that name. */
  readonly network?: { readonly listener: string }
}

export function corrupt(what: string, thrown: unknown): Failure {
  const reason = typeof thrown === 'object' && thrown !== null ? (thrown as { message?: string }).message : thrown
  return { code: 'ECORRUPT', message: `${what}: ${reason}`, retry: 'never', cause: thrown }
}

/**
 * Reads the newest snapshot, whole and checked, and every control record of the log behind it. A log that ends before
 * the newest snapshot, or in an epoch before it (its directory was put back, or the snapshot came from a leader and the
 * process ended before the log was cut) begins anew at the snapshot.
 */
export function readQuorumFacts(ask: Ask, snapshots: SnapshotStore, log: Log, done: Done<QuorumFacts>): void {
  const facts = new FactsReader(ask)
  const fail = (failure: Failure): void => done(failure, facts)
  const newest = snapshots.latest
  const readLog = (from: number): void => {
    facts.readLog(log, from, (failure) => done(failure, facts))
  }
  const isStale =
    newest !== null &&
    (log.endOffset < newest.offset || (newest.epoch > log.latestEpoch && !isBootstrapSnapshot(newest)))
  if (!isStale && log.startOffset > (newest?.offset ?? 0)) {
    const held = newest === null ? 'there is no snapshot' : `the newest snapshot ends at ${newest.offset}`
    return fail(corrupt('the metadata log', `it begins at offset ${log.startOffset}, but ${held}`))
  }
  if (newest === null) return readLog(log.startOffset)
  snapshots.read(newest, (readFailure, bytes) => {
    if (readFailure !== null) return fail(readFailure)
    try {
      facts.takeSnapshot(newest, bytes)
    } catch (thrown) {
      const older = snapshots.ids.at(-2)?.offset ?? 0
      const failure = corrupt(`metadata snapshot ${snapshotFileName(newest)}`, thrown)
      if (log.startOffset > older) return fail(failure)
      const wayOut = 'Remove it and start again: the log still has all that is in it'
      return fail({ ...failure, message: `${failure.message}. ${wayOut}` })
    }
    if (!isStale) return readLog(newest.offset)
    log.truncateFullyAndStartAt(newest.offset, (failure) => {
      if (failure !== null) fail(failure)
      else readLog(newest.offset)
    })
  })
}

class FactsReader implements QuorumFacts {
  history: VoterHistory
  bytesSinceSnapshot = 0
  readonly #crc32c: Crc32c

  constructor({ env, staticVoters, endpoints, network }: Ask) {
    this.#crc32c = env.crc32c ?? pureCrc32c
    const name = network?.listener ?? endpoints[0]?.name ?? 'CONTROLLER'
    const voters = (staticVoters ?? []).map(({ id, host, port }) => ({
      key: { id, directoryId: null },
      endpoints: [{ name, host, port }],
      kraftVersions: { min: 0, max: 0 },
    }))
    this.history = new VoterHistory({ voters, kraftVersion: 0 })
  }

  /** Throws when the snapshot is damaged or has no end. */
  takeSnapshot(id: SnapshotId, bytes: Uint8Array): void {
    const { voters, kraftVersion } = readSnapshotFacts(bytes, this.#crc32c)
    if (!isBootstrapSnapshot(id)) return this.history.load(id.offset, voters, kraftVersion)
    this.history = new VoterHistory({ voters: voters ?? this.history.voters, kraftVersion })
  }

  readLog(log: Log, from: number, done: (failure: Failure | null) => void): void {
    let at = from
    const take = (into: ReadInto): Failure | null => {
      const before = at
      try {
        for (const slice of into.slices) at = this.#takeBatches(slice, at)
      } catch (thrown) {
        return corrupt('the metadata log', thrown)
      }
      into.release()
      return at > before ? null : corrupt('the metadata log', `no batch at offset ${at} of ${log.endOffset}`)
    }
    const next = (): void => {
      while (at < log.endOffset) {
        const into: ReadInto = { slices: [], release: () => undefined }
        const ask = { from: at, upTo: log.endOffset, bytesMax: 1 << 20, atLeastOne: true }
        const isFilled = log.read(ask, into, (failure) => {
          const problem = failure ?? take(into)
          if (problem !== null) done(problem)
          else next()
        })
        if (!isFilled) return
        const problem = take(into)
        if (problem !== null) return done(problem)
      }
      done(null)
    }
    next()
  }

  /** Returns the end offset of the last batch. Throws when one is damaged or does not follow the one before. */
  #takeBatches(slice: Slice, start: number): number {
    const cursor = new BatchCursor(slice)
    let end = start
    while (cursor.next()) {
      const { bytes, from, to } = cursor
      const isNext = batchBaseOffset(bytes, from) <= end && batchLastOffset(bytes, from) >= end
      if (!isNext || !isCrcRight(bytes, from, to, this.#crc32c))
        throw new Error(`the batch at offset ${end} is damaged`)
      end = batchLastOffset(bytes, from) + 1
      this.bytesSinceSnapshot += to - from
      if (!isControlBatch(bytes, from)) continue
      for (const at of decodeControlBatch({ bytes, from, to })) this.history.append(at)
    }
    return end
  }
}

/** What a whole snapshot says of the quorum; null voters = nothing. Throws when it is damaged or not whole. */
export function readSnapshotFacts(
  bytes: Uint8Array,
  crc32c: Crc32c,
): { readonly voters: readonly Voter[] | null; readonly kraftVersion: number } {
  const cursor = new BatchCursor({ bytes, from: 0, to: bytes.length })
  let hasFooter = false
  let voters: readonly Voter[] | null = null
  let kraftVersion = 0
  while (cursor.next()) {
    const { from, to } = cursor
    if (!isCrcRight(bytes, from, to, crc32c)) throw new Error(`the batch at byte ${from} is damaged`)
    if (!isControlBatch(bytes, from)) continue
    for (const { record } of decodeControlBatch({ bytes, from, to })) {
      hasFooter = record.type === 'snapshotFooter'
      if (record.type === 'kraftVersion') kraftVersion = record.level
      if (record.type === 'voters') voters = record.voters
    }
  }
  if (cursor.end !== bytes.length || !hasFooter) throw new Error('it is not complete')
  return { voters, kraftVersion }
}
