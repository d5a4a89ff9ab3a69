import type { Plan } from './plan.ts'
import { type Outcome, run } from './run.ts'
import type { Host } from './world.ts'

/**
 * The smallest plan found that still breaks the same invariant: first workloads are left out, then faults, in ever smaller
 * parts, each of which stays out when the run fails without it too. `runsMax` bounds the search.
 */
export async function shrink(failed: Outcome, host: Host, runsMax = 60): Promise<Outcome> {
  let smallest = failed
  let runs = 0
  const try_ = async (plan: Plan): Promise<boolean> => {
    if (++runs > runsMax) return false
    const outcome = await run(failed.seed, host, { plan })
    if (outcome.violation?.invariant !== failed.violation?.invariant) return false
    smallest = outcome
    return true
  }
  for (const name of failed.plan.workloads) {
    const workloads = smallest.plan.workloads.filter((other) => other !== name)
    await try_({ ...smallest.plan, workloads })
  }
  await try_({ ...smallest.plan, config: {} })
  for (let part = Math.ceil(smallest.strikes.size / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    const strikes = [...smallest.strikes.keys()]
    for (let from = 0; from < strikes.length; from += part) {
      const out = strikes.slice(from, from + part)
      const left = [...smallest.strikes.keys()].filter((number) => !out.includes(number))
      await try_({ ...smallest.plan, strikes: left })
    }
  }
  return smallest
}
