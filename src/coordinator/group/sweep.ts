import type { Turn } from './turn.ts'

/** Work over many groups or topics, done in steps so that no turn becomes long and no batch too large. */
export interface Sweep {
  /** Does about a step's worth; true when all is done. */
  step(turn: Turn): boolean
}

/** Records that one step writes at most, or little more. */
export const sweepRecordsMax = 500
/** Things that one step looks at. */
export const sweepVisitsMax = 2000

export function beginSweep(turn: Turn, sweep: Sweep): void {
  turn.state.sweeps.push(sweep)
  turn.schedule('sweep', '', '', 0)
}

export function sweepTimerFired(turn: Turn): void {
  const { sweeps } = turn.state
  if (sweeps[0]?.step(turn)) sweeps.shift()
  if (sweeps.length > 0) turn.schedule('sweep', '', '', 0)
}
