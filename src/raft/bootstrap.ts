import { type Crc32c, crc32c as pureCrc32c } from '../bytes/index.ts'
import type { Disk, Done } from '../env/index.ts'
import {
  defaultBootstrapRecords,
  encodeMetadataRecord,
  type InitialVoter,
  MetadataDecoder,
  type MetadataRecord,
} from '../metadata/index.ts'
import { BatchCursor, isControlBatch, isCrcRight } from '../records/index.ts'
import { recordsOf } from './committed-reader.ts'
import { bootstrapSnapshot, isBootstrapSnapshot, snapshotIdOf } from './snapshot-name.ts'
import { snapshotBatches } from './snapshot-store.ts'

export const bootstrapCheckpointName = 'bootstrap.checkpoint'

/** The first records of a cluster, framed like a snapshot: what formatting leaves in every log directory. */
export function encodeBootstrapCheckpoint(
  records: readonly MetadataRecord[],
  metadataVersion: number,
  wallMs: number,
  crc32c: Crc32c = pureCrc32c,
): Uint8Array {
  const values = records.map((record) => encodeMetadataRecord(record, metadataVersion))
  const asked = { id: bootstrapSnapshot, appendMs: 0, records: values.values() }
  return joined(snapshotBatches(asked, { kraftVersion: 0, voters: [] }, wallMs, crc32c))
}

/** The 0-0 checkpoint of a dynamic quorum: its first voters and nothing else. */
export function encodeVotersCheckpoint(
  voters: readonly InitialVoter[],
  kraftVersion: number,
  controllerListener: string,
  wallMs: number,
  crc32c: Crc32c = pureCrc32c,
): Uint8Array {
  const facts = {
    kraftVersion,
    voters: voters.map((v) => ({
      key: { id: v.id, directoryId: v.directoryId },
      endpoints: [{ name: controllerListener, host: v.host, port: v.port }],
      kraftVersions: { min: 0, max: 1 },
    })),
  }
  const asked = { id: bootstrapSnapshot, appendMs: wallMs, records: [].values() }
  return joined(snapshotBatches(asked, facts, wallMs, crc32c))
}

function joined(batches: Iterable<Uint8Array>): Uint8Array {
  const parts = [...batches]
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Throws when a batch is torn or damaged, or holds a record that this version does not know. */
export function decodeBootstrapCheckpoint(bytes: Uint8Array, crc32c: Crc32c = pureCrc32c): MetadataRecord[] {
  const decoder = new MetadataDecoder()
  const records: MetadataRecord[] = []
  const cursor = new BatchCursor({ bytes, from: 0, to: bytes.length })
  while (cursor.next()) {
    const batch = { bytes, from: cursor.from, to: cursor.to }
    if (!isCrcRight(bytes, cursor.from, cursor.to, crc32c))
      throw new Error(`the batch at byte ${cursor.from} is damaged`)
    if (isControlBatch(bytes, cursor.from)) continue
    for (const { value } of recordsOf(batch)) records.push(decoder.decode(value))
  }
  if (cursor.end !== bytes.length) throw new Error(`it ends within a batch, at byte ${bytes.length}`)
  return records
}

/** Whether the metadata log of this directory has ever been written to, so that no controller of it is the first. */
export function hasMetadataLog(disk: Disk, metadataDirectory: string, done: (isThere: boolean) => void): void {
  disk.list(`${metadataDirectory}/__cluster_metadata-0`, (failure, entries) => {
    if (failure !== null) return done(false)
    done(
      entries.some(({ name, size }) => {
        const snapshot = snapshotIdOf(name)
        return snapshot === null ? size > 0 && /^\d{20}\.log$/.test(name) : !isBootstrapSnapshot(snapshot)
      }),
    )
  })
}

/** The records a first controller begins with; the defaults when the directory was formatted without the file. */
export function readBootstrapRecords(
  disk: Disk,
  metadataDirectory: string,
  done: Done<readonly MetadataRecord[]>,
): void {
  const path = `${metadataDirectory}/${bootstrapCheckpointName}`
  disk.readAll(path, 64 * 1024 * 1024, (failure, bytes) => {
    if (failure?.code === 'ENOENT') return done(null, defaultBootstrapRecords())
    if (failure !== null) return done(failure, [])
    try {
      done(null, decodeBootstrapCheckpoint(bytes))
    } catch (thrown) {
      const message = `${path}: ${(thrown as Error).message}`
      done({ code: 'ECORRUPT', message, retry: 'never', cause: thrown }, [])
    }
  })
}
