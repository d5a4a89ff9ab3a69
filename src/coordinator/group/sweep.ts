import type { Turn } from './turn.ts'

/** Work over many groups or topics, done in steps so that no turn becomes long and no batch too large. */
export interface Sweep {
  /** Does about a step's worth; true when all is done. */
  step(turn: Turn): boolean
  /** The records of the last step were refused: begin again, or take that step again. */
  again(turn: Turn): void
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
  const { state } = turn
  const sweep = state.sweeps[0]
  state.lastSweep = sweep ?? null
  if (sweep?.step(turn)) state.sweeps.shift()
  if (state.sweeps.length > 0) turn.schedule('sweep', '', '', 0)
}

/** After a refusal: the last step counts for nothing, and the timer may be lost. */
export function resumeSweeps(turn: Turn, isStepRefused: boolean, afterMs: number): void {
  const { state } = turn
  if (isStepRefused && state.lastSweep !== null) {
    if (!state.sweeps.includes(state.lastSweep)) state.sweeps.unshift(state.lastSweep)
    state.lastSweep.again(turn)
    state.lastSweep = null
  }
  if (state.sweeps.length > 0) turn.schedule('sweep', '', '', afterMs)
}
