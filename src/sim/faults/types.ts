import type { SimNode } from '../nodes.ts'
import type { SeededRandom } from '../random.ts'
import type { Scene } from '../scene.ts'

/** A fault under way. */
export interface Strike {
  /** Nodes that it befalls. */
  readonly at?: readonly SimNode[]
  /** For the trace. */
  readonly what: string
  /** Until it is over; {@link heal} is called then, or earlier when all faults stop. */
  readonly ms: number
  readonly heal: () => void
}

/** Makes one fault happen; null when there is nothing to happen to. */
export type Fault = (scene: Scene, random: SeededRandom) => Strike | null
