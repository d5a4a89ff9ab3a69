import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Codecs, lazyCrc32c } from '../env/node/index.ts'
import { type Host, type Outcome, type RunOptions, run } from './index.ts'

export const host: Host = {
  settled: () => new Promise((resolve) => setImmediate(resolve)),
  crc32c: lazyCrc32c(),
  codecs: new Codecs(),
}

export async function holds(seed: number, options: RunOptions = {}): Promise<Outcome> {
  const outcome = await run(seed, host, options)
  assert.equal(outcome.violation, null, `npm run sim -- --seed ${seed} --trace`)
  return outcome
}

/** Runs of these seeds; together they meet most of what there is. */
export function seedsHold(from: number, to: number): void {
  test(`seeds ${from} to ${to} break no promise`, async () => {
    let acknowledged = 0
    let strikes = 0
    for (let seed = from; seed <= to; seed++) {
      const outcome = await holds(seed)
      acknowledged += outcome.acknowledged
      strikes += outcome.strikes.size
    }
    const seeds = to - from + 1
    assert.ok(acknowledged / seeds > 1000, `${acknowledged} records acknowledged`)
    assert.ok(strikes / seeds > 10, `${strikes} faults`)
  })
}
