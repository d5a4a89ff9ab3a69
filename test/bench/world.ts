import type { Layout } from '../../scripts/apache-kafka.ts'
import { type Broker, type BrokerOptions, type OursFrom, prepareApache, prepareOurs, start } from './brokers.ts'
import type { FigureSpec, Figures, Who } from './figures.ts'

/** What rows of the bench work with. */
export interface World {
  /** Null when Apache Kafka cannot be had; rows that need its clients are skipped then. */
  readonly apache: Layout | null
  readonly figures: Figures
  readonly rounds: number
  /** Less data, shorter phases: to see that a row works, not to compare. */
  readonly isQuick: boolean
  /** Whether the command line asks for this figure. */
  wants(id: string): boolean
  /** One line for whoever waits. */
  note(line: string): void
}

export interface Row {
  readonly name: string
  readonly about: string
  /** Why it cannot run here, or null. */
  missing?(world: World): string | null
  run(world: World): Promise<void>
}

export const needsApache = (world: World): string | null =>
  world.apache === null ? 'its clients are those of Apache Kafka' : null

export interface Contender {
  readonly who: Who
  /** What its settings are called in figure ids. */
  readonly mode: 'os' | 'sync'
  readonly broker: Broker
}

/**
 * Ours with flush=os and flush=sync and, where it can be had, Apache Kafka, all running; they are used in turn. An idle
 * broker next to the one that is measured costs about one hundredth of a core, to each the same.
 */
export async function contenders(
  world: World,
  modes: readonly ('os' | 'sync')[],
  o: BrokerOptions & { from?: OursFrom } = {},
): Promise<Contender[]> {
  const found: Contender[] = []
  for (const mode of modes) {
    const broker = await start(await prepareOurs(mode, o.from ?? 'shipped', o), o.env)
    found.push({ who: 'ours', mode, broker })
  }
  if (world.apache !== null) {
    found.push({ who: 'theirs', mode: 'os', broker: await start(await prepareApache(world.apache, o)) })
  }
  return found
}

export async function stopAll(all: readonly Contender[]): Promise<void> {
  for (const { broker } of all) await broker.stop()
}

export type { Broker, FigureSpec }
