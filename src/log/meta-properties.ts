import { isUuid, type Uuid, utf8Decode, utf8Encode } from '../bytes/index.ts'
import type { Disk, Done } from '../env/index.ts'
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
    const properties = parseProperties(utf8Decode(bytes, 0, bytes.length))
    const version = properties.get('version')
    const clusterId = properties.get('cluster.id')
    const nodeId = Number(properties.get('node.id') ?? properties.get('broker.id'))
    const directoryId = properties.get('directory.id')
    let problem: string | null = null
    if (version !== '1') problem = `version=${version ?? ''} where version=1 is expected`
    else if (clusterId === undefined || clusterId === '') problem = 'cluster.id is missing'
    else if (!Number.isInteger(nodeId) || nodeId < 0) problem = 'node.id is missing or not a number'
    else if (directoryId === undefined || !isUuid(directoryId)) problem = 'directory.id is missing or not a uuid'
    if (problem === null) done(null, { clusterId: clusterId!, nodeId, directoryId: directoryId! })
    else done({ code: 'EMETA', message: `${path}: ${problem}`, retry: 'never' }, null)
  })
}

export function writeMetaProperties(disk: Disk, dir: string, meta: MetaProperties, done: Done): void {
  const lines = [
    `cluster.id=${meta.clusterId}`,
    `directory.id=${meta.directoryId}`,
    `node.id=${meta.nodeId}`,
    'version=1',
  ]
  disk.replace(`${dir}/${fileName.metaProperties}`, utf8Encode(`#\n${lines.join('\n')}\n`), done)
}

/** Java properties as far as Kafka writes them: `key=value` lines, `#` and `!` comments, `\:` and `\=` escaped. */
function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:]\s*(.*)$/.exec(line)
    if (match !== null) properties.set(match[1]!, match[2]!.replace(/\\(.)/g, '$1').trim())
  }
  return properties
}
