import type { Kafka, NewTopic } from '../../client/index.ts'
import type { Plan } from '../plan.ts'
import type { Scene } from '../scene.ts'

/** Clients with work to do, and what must be so when it is over. */
export interface Workload {
  /** Made before the faults begin. */
  readonly topics?: (plan: Plan) => NewTopic[]
  /** Each of its clients, from its start until {@link Scene.isOver}. */
  readonly start: (scene: Scene, afterwards: (check: Check) => void) => Promise<void>[]
}

/** Asks a cluster that is whole again; what is wrong it reports to the world. */
export type Check = (kafka: Kafka) => Promise<void>
