/** What travels as opaque bytes inside requests: mostly what clients put there, sometimes anything. */
import { Writer } from '../../src/bytes/index.ts'
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from '../../src/protocol/index.ts'
import type { Luck } from '../faults/seed.ts'

export function someEmbedded(name: string, luck: Luck): Uint8Array {
  if (luck.chance(0.25)) return luck.bytes(luck.below(40))
  if (luck.chance(0.02)) return new Uint8Array(luck.pick([5000, 100_000]))
  const w = new Writer()
  const version = luck.below(4)
  w.int16(luck.chance(0.05) ? luck.pick([-1, 4, 32_767]) : version)
  const topic = () => luck.pick(['fuzz-0', 'fuzz-1', 'compacted', '', 'nowhere'])
  const owned = () => ({ topic: topic(), partitions: [0, 1, luck.pick([2, -1, 2_147_483_647])] })
  switch (name) {
    case 'metadata':
      ConsumerProtocolSubscription.encode(
        w,
        { topics: [topic(), topic()], ownedPartitions: [owned()], generationId: luck.pick([-1, 1, 5]) },
        version,
      )
      break
    case 'assignment':
      ConsumerProtocolAssignment.encode(w, { assignedPartitions: [owned()] }, version)
      break
    default:
      return luck.bytes(luck.pick([0, 16, 32, 64]))
  }
  const bytes = w.toBytes()
  return luck.chance(0.1) ? bytes.slice(0, luck.below(bytes.length)) : bytes
}
