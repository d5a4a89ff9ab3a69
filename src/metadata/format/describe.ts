import type { MetadataRecord } from '../record.ts'
import { recordVersion } from '../record-version.ts'

/** The line that Kafka's tool prints of the first records of a cluster. */
export function describeBootstrap(records: readonly MetadataRecord[], metadataVersion: number, source: string): string {
  const list = records.map(
    (r) => `ApiMessageAndVersion(${describeRecord(r)} at version ${recordVersion(r, metadataVersion)})`,
  )
  return `BootstrapMetadata(records=[${list.join(', ')}], metadataVersionLevel=${metadataVersion}, source=${source})`
}

function describeRecord(record: MetadataRecord): string {
  const fields = Object.entries(record.value).map(([name, value]) => `${name}=${describeValue(value)}`)
  return `${record.type}(${fields.join(', ')})`
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (ArrayBuffer.isView(value)) return `[${[...new Int8Array((value as Uint8Array).slice().buffer)].join(', ')}]`
  return String(value)
}
