/** Exactly once, under kill -9: transactional copies by Apache's own copier and by one on our client. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copierPrograms } from './copier-programs.ts'
import { copyUnderKills } from './copiers.ts'
import { freshSeed } from './seed.ts'

for (const [flush, transactionVersion] of [
  ['sync', 2],
  ['os', 1],
] as const) {
  for (const { name, command, skip } of copierPrograms) {
    test(`${name} transactional copier under kill -9 gives exactly the input (flush=${flush}, transaction.version=${transactionVersion})`, {
      skip,
    }, async (t) => {
      const seed = freshSeed()
      t.diagnostic(`seed ${seed}`)
      const outcome = await copyUnderKills({
        seed,
        kills: 8,
        partitions: 2,
        records: 4000,
        copier: (site, partition) => command(site.bootstrap, partition),
        config: { 'millrace.flush': flush },
        transactionVersion,
        tell: (line) => t.diagnostic(line),
      })
      assert.deepEqual(outcome.violations, [], `seed ${seed}`)
      assert.equal(outcome.copied, 8000)
    })
  }
}
