import { MetadataDecoder } from '../metadata/index.ts'
import { BatchCursor, isControlBatch, RecordCursor } from '../records/index.ts'
import type { Scene } from './scene.ts'
import { topicName } from './workloads/topic.ts'

const RECOVERING = 1

/** Whether leaders may be elected that lack what was acknowledged: asked for, it is what the partition lost that is excused. */
export const mayBeUnclean = ({ config }: { readonly config: Readonly<Record<string, string>> }): boolean =>
  config['unclean.leader.election.enable'] === 'true'

/**
 * Holds what was lost against what the metadata log says: only a partition that had an unclean election may have lost
 * anything. To be asked when all nodes are down.
 */
export function judgeLosses({ world, nodes }: Scene): void {
  if (world.losses.length === 0) return
  const unclean = new Set<string>()
  for (const { machine } of nodes) for (const name of uncleanOf(machine.disk)) unclean.add(name)
  for (const { partition, invariant, text } of world.losses) {
    if (!unclean.has(partition)) return world.violate(invariant, `${text}; no unclean election there`)
  }
}

interface ReadableDisk {
  files(): string[]
  contents(path: string): Uint8Array
}

function uncleanOf(disk: ReadableDisk): Set<string> {
  const found = new Set<string>()
  const names = new Map<string, string>()
  const decoder = new MetadataDecoder()
  const segments = disk.files().filter((path) => path.includes('/__cluster_metadata-0/') && path.endsWith('.log'))
  for (const path of segments.sort()) {
    const bytes = disk.contents(path)
    const batches = new BatchCursor({ bytes, from: 0, to: bytes.length })
    while (batches.next()) {
      if (isControlBatch(batches.bytes, batches.from)) continue
      const records = new RecordCursor({ bytes: batches.bytes, from: batches.from, to: batches.to })
      while (records.next()) {
        const { valueFrom, valueLength } = records
        const record = decoder.decode(records.bytes.subarray(valueFrom, valueFrom + valueLength))
        if (record.type === 'TopicRecord') names.set(record.value.topicId, record.value.name)
        if (record.type !== 'PartitionChangeRecord' || record.value.leaderRecoveryState !== RECOVERING) continue
        if (names.get(record.value.topicId) === topicName) found.add(`${topicName}-${record.value.partitionId}`)
      }
    }
  }
  return found
}
