/** Exactly once, under kill -9: transactional copies by Apache's own copier and by one on our client. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { existingApacheKafka, javaCommand, javaVersion } from '../../scripts/apache-kafka.ts'
import type { Site } from './broker-process.ts'
import { copyUnderKills } from './copiers.ts'
import { freshSeed } from './seed.ts'

const layout = existingApacheKafka()
const missing = layout === null ? 'no Apache Kafka is laid out: npm run interop does that' : false
const skip = missing === false && javaVersion() === null ? 'there is no java' : missing

function apacheCopier(site: Site, partition: number): readonly string[] {
  const args = {
    '--broker-list': site.bootstrap,
    '--input-topic': 'in',
    '--input-partition': `${partition}`,
    '--output-topic': 'out',
    '--transactional-id': `copier-${partition}`,
    '--consumer-group': 'copiers',
    '--transaction-size': '40',
    '--transaction-timeout': '15000',
  }
  const flags = ['--enable-random-aborts', '--use-group-metadata']
  return javaCommand(layout!, 'org.apache.kafka.tools.TransactionalMessageCopier', [
    ...Object.entries(args).flat(),
    ...flags,
  ])
}

function ourCopier(site: Site, partition: number): readonly string[] {
  return [process.execPath, join(import.meta.dirname, 'copier.ts'), site.bootstrap, `${partition}`]
}

for (const flush of ['sync', 'os']) {
  const copiers = [
    { name: "Apache's", copier: apacheCopier, skip },
    { name: 'our own', copier: ourCopier, skip: false },
  ] as const
  for (const { name, copier, skip } of copiers) {
    test(`${name} transactional copier under kill -9 gives exactly the input (flush=${flush})`, { skip }, async (t) => {
      const seed = freshSeed()
      t.diagnostic(`seed ${seed}`)
      const outcome = await copyUnderKills({
        seed,
        kills: 8,
        partitions: 2,
        records: 4000,
        copier,
        config: { 'millrace.flush': flush },
        tell: (line) => t.diagnostic(line),
      })
      assert.deepEqual(outcome.violations, [], `seed ${seed}`)
      assert.equal(outcome.copied, 8000)
    })
  }
}
