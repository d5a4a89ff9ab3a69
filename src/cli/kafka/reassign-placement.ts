import type { Random } from '../../env/index.ts'

export interface PlacedBroker {
  readonly id: number
  readonly rack: string | null
}

/**
 * A proposal: the replicas of one partition on different brokers, and in different racks as far as there are any; each
 * partition begins one broker further than the last, the first one anywhere.
 */
export function propose(
  brokers: readonly PlacedBroker[],
  partitions: number,
  replicationFactor: number,
  random: Random,
): number[][] {
  const round = interleaved(brokers)
  const start = random.below(round.length)
  return Array.from({ length: partitions }, (_, partition) => {
    const turn = round.map((_, i) => round[(start + partition + i) % round.length]!)
    const taken: PlacedBroker[] = []
    const racks = new Set<string | null>()
    while (taken.length < replicationFactor) {
      const left = turn.filter((broker) => !taken.includes(broker))
      let next = left.find((broker) => !racks.has(broker.rack))
      if (next === undefined) {
        racks.clear()
        next = left[0]!
      }
      taken.push(next)
      racks.add(next.rack)
    }
    return taken.map((broker) => broker.id)
  })
}

/** One of each rack in turn, so that neighbours are in different racks. */
function interleaved(brokers: readonly PlacedBroker[]): PlacedBroker[] {
  const byId = [...brokers].sort((a, b) => a.id - b.id)
  const racks = [...Map.groupBy(byId, (broker) => broker.rack).values()]
  const longest = Math.max(...racks.map((rack) => rack.length))
  return Array.from({ length: longest }, (_, i) => racks.flatMap((rack) => rack[i] ?? [])).flat()
}
