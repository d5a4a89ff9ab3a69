import { isUuid, type Uuid, utf8Decode, utf8Encode } from '../bytes/index.ts'
import { parseProperties } from '../config/index.ts'
import type { Disk, Done } from '../env/index.ts'
import { decodeMetaProperties, encodeMetaProperties, type StoredMetaProperties } from './meta-properties-text.ts'
import { fileName } from './names.ts'

/** `meta.properties`, version 1: whose directory it is. */
export interface MetaProperties {
  readonly clusterId: string
  readonly nodeId: number
  readonly directoryId: Uuid
}

const BYTES_MAX = 65_536

/** Null when the directory is not formatted. A file that cannot be read as one is a failure (EMETA). */
export function readMetaProperties(disk: Disk, dir: string, done: Done<MetaProperties | null>): void {
  const path = `${dir}/${fileName.metaProperties}`
  disk.readAll(path, BYTES_MAX, (failure, bytes) => {
    if (failure !== null) return failure.code === 'ENOENT' ? done(null, null) : done(failure, null)
    const read = decodeMetaProperties(parseProperties(utf8Decode(bytes, 0, bytes.length)))
    const problem = problemOf(read)
    if (problem !== null) return done({ code: 'EMETA', message: `${path}: ${problem}`, retry: 'never' }, null)
    const { clusterId, nodeId, directoryId } = read as StoredMetaProperties
    done(null, { clusterId: clusterId!, nodeId: nodeId!, directoryId: directoryId! })
  })
}

/** What an older release left out is refused here: `kafka-storage.sh` names the directory anew. */
function problemOf(read: StoredMetaProperties | string): string | null {
  if (typeof read === 'string') return read
  if (read.version !== 1) return `version=${read.version} where version=1 is expected`
  if (read.nodeId === null || read.nodeId < 0) return 'node.id is missing or not a number'
  if (read.directoryId === null || !isUuid(read.directoryId)) return 'directory.id is missing or not a uuid'
  return read.clusterId === null || read.clusterId === '' ? 'cluster.id is missing' : null
}

export function writeMetaProperties(disk: Disk, dir: string, meta: MetaProperties, wallMs: number, done: Done): void {
  const text = encodeMetaProperties({ version: 1, ...meta }, wallMs)
  disk.replace(`${dir}/${fileName.metaProperties}`, utf8Encode(text), done)
}
