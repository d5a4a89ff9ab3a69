/** The second world: whole clusters of production code in one process, under a seed that decides everything. */
export { type FaultName, faultNames } from './faults/index.ts'
export { type Plan, planOf } from './plan.ts'
export { roleNames } from './roles.ts'
export { type Outcome, type RunOptions, run } from './run.ts'
export { shrink } from './shrink.ts'
export { type WorkloadName, workloadNames } from './workloads/index.ts'
export type { Host, Violation } from './world.ts'
