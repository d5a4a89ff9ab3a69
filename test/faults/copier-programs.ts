/** Programs that copy one partition of `in` to `out` in transactions, to its end as of their start. */
import { join } from 'node:path'
import { existingApacheKafka, javaCommand, javaVersion } from '../../scripts/apache-kafka.ts'

export interface CopierProgram {
  readonly name: string
  readonly skip: string | false
  command(bootstrap: string, partition: number): readonly string[]
}

const layout = existingApacheKafka()
const missing = layout === null ? 'no Apache Kafka is laid out: npm run interop does that' : false

function apacheCopier(bootstrap: string, partition: number): readonly string[] {
  const args = {
    '--broker-list': bootstrap,
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

export const copierPrograms: readonly CopierProgram[] = [
  {
    name: "Apache's",
    skip: missing === false && javaVersion() === null ? 'there is no java' : missing,
    command: apacheCopier,
  },
  {
    name: 'our own',
    skip: false,
    command: (bootstrap, partition) => [
      process.execPath,
      join(import.meta.dirname, 'copier.ts'),
      bootstrap,
      `${partition}`,
    ],
  },
]
