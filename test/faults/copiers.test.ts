/** Exactly once, under kill -9: transactional copies of Apache's own copier. */
import assert from 'node:assert/strict'
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

for (const flush of ['sync', 'os']) {
  test(`Apache's transactional copier under kill -9 gives exactly the input (flush=${flush})`, { skip }, async (t) => {
    const seed = freshSeed()
    t.diagnostic(`seed ${seed}`)
    const outcome = await copyUnderKills({
      seed,
      kills: 8,
      partitions: 2,
      records: 4000,
      copier: apacheCopier,
      config: { 'millrace.flush': flush },
      tell: (line) => t.diagnostic(line),
    })
    assert.deepEqual(outcome.violations, [], `seed ${seed}`)
    assert.equal(outcome.copied, 8000)
  })
}
