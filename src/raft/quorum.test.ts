import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed } from './quorum-run.ts'

/** MILLRACE_RAFT_SEED=17 runs one seed and shows its end; MILLRACE_RAFT_SEEDS=5000 runs more of them. */
const one = process.env['MILLRACE_RAFT_SEED']
const count = Number(process.env['MILLRACE_RAFT_SEEDS'] ?? 300)

test('quorums under faults keep their promises, and go on when the faults end', () => {
  if (one !== undefined) {
    console.log(runSeed(Number(one), { trace: (line) => console.log(line) }))
    return
  }
  const reports = Array.from({ length: count }, (_, i) => runSeed(i + 1))
  const sum = (of: (r: (typeof reports)[number]) => number) => reports.reduce((total, r) => total + of(r), 0)
  assert.ok(sum((r) => r.committed) > count * 30)
  assert.ok(sum((r) => r.elections) > count * 2)
  assert.ok(sum((r) => r.voterChanges) > count / 8)
})
