import type { Uuid } from '../bytes/index.ts'

/** What `meta.properties` says of a log directory. Version 0 is ZooKeeper's, read but never written. */
export interface StoredMetaProperties {
  readonly version: number
  readonly clusterId: string | null
  readonly nodeId: number | null
  readonly directoryId: Uuid | null
}

export const metaPropertiesName = 'meta.properties'

/** As Java's Properties.store writes it, date comment included. */
export function encodeMetaProperties(m: StoredMetaProperties, wallMs: number): string {
  return (
    `#\n#${javaDate(wallMs)}\n` +
    `node.id=${m.nodeId}\n` +
    (m.directoryId === null ? '' : `directory.id=${m.directoryId}\n`) +
    `version=1\ncluster.id=${m.clusterId}\n`
  )
}

/** From the parsed properties; a string says what is wrong, in Kafka's words. */
export function decodeMetaProperties(properties: ReadonlyMap<string, string>): StoredMetaProperties | string {
  const integer = (key: string): number | string | null => {
    const text = properties.get(key)
    if (text === undefined) return null
    return /^[+-]?\d+$/.test(text) ? Number(text) : `Unable to parse ${key} property '${text}' as an integer.`
  }
  const version = integer('version')
  if (version === null) return 'Failed to find version property.'
  if (typeof version === 'string') return version
  if (version !== 0 && version !== 1) return `Unknown meta.properties version number ${version}`
  const nodeId = integer(version === 0 ? 'broker.id' : 'node.id')
  if (typeof nodeId === 'string') return nodeId
  const clusterId = properties.get('cluster.id') ?? null
  if (version === 1 && clusterId === null) return 'cluster.id was not found.'
  if (version === 1 && nodeId === null) return 'node.id was not found.'
  return { version, clusterId, nodeId, directoryId: properties.get('directory.id') ?? null }
}

/** As Kafka's tools show it. */
export function describeMetaProperties(m: StoredMetaProperties): string {
  const parts = [
    m.version === 0 && m.nodeId !== null ? `broker.id=${m.nodeId}` : null,
    m.clusterId === null ? null : `cluster.id=${m.clusterId}`,
    m.directoryId === null ? null : `directory.id=${m.directoryId}`,
    m.version !== 0 ? `node.id=${m.nodeId}` : null,
    `version=${m.version}`,
  ]
  return `{${parts.filter((p) => p !== null).join(', ')}}`
}

/** `Wed Nov 25 03:19:29 UTC 2026`. */
function javaDate(wallMs: number): string {
  const days = Math.floor(wallMs / 86_400_000)
  const seconds = Math.floor(wallMs / 1000) - days * 86_400
  // Civil date from days since 1970, counted in 400-year eras that begin in March.
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = (monthFromMarch + 2) % 12
  const year = yearOfEra + era * 400 + (month < 2 ? 1 : 0)
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  const weekday = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'][((days % 7) + 7) % 7]
  const name = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][month]
  const time = `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${weekday} ${name} ${two(day)} ${time} UTC ${year}`
}
