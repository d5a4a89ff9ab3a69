import { crc32c } from '../bytes/index.ts'
import type { DirEntry, Done } from '../env/index.ts'
import { BatchCursor, batchBaseOffset, batchLeaderEpoch } from '../records/index.ts'
import type { SimNode } from './nodes.ts'
import type { Scene } from './scene.ts'
import { topicName } from './workloads/topic.ts'

const directory = '/data'
const metadataLog = '__cluster_metadata-0'
const fileBytesMax = 1 << 28

/**
 * What the replicas of a partition have on their disks, once all are in sync and stopped in order: byte for byte the
 * same batches at the same offsets. In the metadata quorum, whose leader writes while the others stop already, that holds
 * for batches of one epoch (log matching).
 */
export async function checkReplicas(scene: Scene): Promise<void> {
  const { nodes, plan, world } = scene
  for (const node of nodes) {
    scene.downUntilMs.set(node.id, Number.POSITIVE_INFINITY)
    node.stop()
  }
  await scene.until('all nodes stop in order', 60_000, () => nodes.every((node) => node.observe() === 'down'))
  if (world.violations.length > 0) return
  const partitions = Array.from({ length: plan.partitions }, (_, i) => `${topicName}-${i}`)
  for (const name of [...partitions, metadataLog]) {
    const checksums = new Map<string, { by: string; checksum: number }>()
    for (const node of nodes) {
      for (const [offset, checksum] of await batchesOf(node, name)) {
        const other = checksums.get(offset)
        if (other === undefined) checksums.set(offset, { by: node.machine.name, checksum })
        else if (other.checksum !== checksum) {
          world.violate('replicas are equal', `${name} at ${offset}: ${node.machine.name} and ${other.by} differ`)
        }
      }
    }
  }
}

/** Checksums of the whole bytes of each batch by its base offset, and in the metadata log by its epoch as well. */
async function batchesOf(node: SimNode, name: string): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  const life = node.machine.start(true)
  const { disk } = life.env
  const path = `${directory}/${name}`
  const entries = await ask<readonly DirEntry[]>((done) => disk.list(path, done))
  for (const entry of entries ?? []) {
    if (!entry.name.endsWith('.log')) continue
    const bytes = await ask<Uint8Array>((done) => disk.readAll(`${path}/${entry.name}`, fileBytesMax, done))
    if (bytes === null) continue
    const batches = new BatchCursor({ bytes, from: 0, to: bytes.length })
    while (batches.next()) {
      const offset = `${batchBaseOffset(batches.bytes, batches.from)}`
      const epoch = batchLeaderEpoch(batches.bytes, batches.from)
      const key = name === metadataLog ? `${offset} in epoch ${epoch}` : offset
      found.set(key, crc32c(batches.bytes, batches.from, batches.to))
    }
  }
  node.machine.kill()
  return found
}

/** Null when it is not there: not every node has every partition. */
function ask<T>(start: (done: Done<T>) => void): Promise<T | null> {
  return new Promise((resolve) => start((failure, value) => resolve(failure === null ? value : null)))
}
