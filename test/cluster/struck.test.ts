import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterRounds } from '../faults/cluster-rounds.ts'

/** `npm run faults` does a hundred, with fresh seeds. */
test('a cluster that is killed, paused, cut and restarted under load keeps what it promised', async (t) => {
  const tell = (line: string): void => t.diagnostic(line)
  const outcome = await clusterRounds({ seed: 7, rounds: 5, roles: 'combined', tell })
  assert.deepEqual(outcome.violations, [])
  assert.ok(outcome.records > 0 && outcome.commits > 0)
})
