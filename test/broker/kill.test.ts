import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killRounds } from '../faults/kill-rounds.ts'

/** `npm run faults` does a hundred, with fresh seeds. */
for (const groupProtocol of ['classic', 'consumer'] as const) {
  test(`a broker killed with -9 under load keeps every promise (${groupProtocol} group)`, async (t) => {
    const seed = 11
    const rounds = groupProtocol === 'classic' ? 3 : 2
    const outcome = await killRounds({ seed, rounds, groupProtocol, tell: (line) => t.diagnostic(line) })
    assert.deepEqual(outcome.violations, [], `seed ${seed}`)
    assert.ok(outcome.records > 100, `${outcome.records} records`)
    assert.ok(outcome.commits > 0)
  })
}
