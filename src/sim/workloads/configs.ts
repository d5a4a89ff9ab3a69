import { isKafkaError, type Kafka } from '../../client/index.ts'
import type { Scene } from '../scene.ts'
import { topicName } from './topic.ts'
import type { Workload } from './types.ts'

/** What may be set while producers and consumers go on: none of it takes records away. */
const values: Readonly<Record<string, readonly string[]>> = {
  'segment.ms': ['200', '5000', '604800000'],
  'segment.bytes': ['2000', '100000', '1073741824'],
  'max.message.bytes': ['500000', '1048588'],
  'compression.type': ['producer', 'uncompressed', 'gzip', 'lz4', 'zstd'],
  'index.interval.bytes': ['0', '4096'],
  'flush.messages': ['1', '9223372036854775807'],
}
const SEEN_WITHIN_MS = 10_000

/** Sets and deletes configurations of the topic that is written to. What was acknowledged is so in the end. */
export const configurations: Workload = {
  start: (scene, afterwards) => {
    /** By key; null: not set, absent: not known. */
    const known = new Map<string, string | null>()
    afterwards((kafka) => checkConfigs(scene, kafka, known))
    return [changeConfigs(scene, known)]
  },
}

async function changeConfigs(scene: Scene, known: Map<string, string | null>): Promise<void> {
  const life = scene.client('configurer')
  const admin = scene.kafka(life).admin()
  const keys = Object.keys(values)
  const resource = { type: 'topic', name: topicName } as const
  while (!scene.isOver) {
    const name = keys[life.random.below(keys.length)]!
    const options = values[name]!
    const value = life.random.below(4) === 0 ? null : options[life.random.below(options.length)]!
    known.delete(name)
    try {
      const change = { name, value, operation: value === null ? 'delete' : 'set' } as const
      const outcome = [...(await admin.alterConfigs(new Map([[resource, [change]]]))).values()][0]
      if (outcome?.error === null) known.set(name, value)
    } catch (thrown) {
      if (!isKafkaError(thrown)) return scene.world.violate('client throws', String((thrown as Error).stack))
    }
    await scene.sleep(life.random.next() * 1500, life)
  }
  await admin.close()
}

async function checkConfigs(scene: Scene, kafka: Kafka, known: ReadonlyMap<string, string | null>): Promise<void> {
  const admin = kafka.admin()
  const resource = { type: 'topic', name: topicName } as const
  await scene.eventually('lost admin change', SEEN_WITHIN_MS, async () => {
    const entries = [...(await admin.describeConfigs([resource])).values()][0]?.value ?? []
    const found = new Map(entries.filter((e) => e.source === 'DYNAMIC_TOPIC_CONFIG').map((e) => [e.name, e.value]))
    const wrong = [...known].find(([name, value]) => (found.get(name) ?? null) !== value)
    return wrong === undefined ? null : `${wrong[0]} is ${found.get(wrong[0])}, not ${wrong[1]}`
  })
  await admin.close()
}
