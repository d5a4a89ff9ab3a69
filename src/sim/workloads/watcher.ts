import { isKafkaError } from '../../client/index.ts'
import type { Scene } from '../scene.ts'
import { topicName } from './topic.ts'

/** One client asks again and again where each partition ends: what it was shown once is never taken back. */
export async function watchEnds(scene: Scene): Promise<void> {
  const { plan, world } = scene
  const life = scene.client('watcher')
  const consumer = scene.kafka(life).consumer()
  const partitions = Array.from({ length: plan.partitions }, (_, partition) => ({ topic: topicName, partition }))
  const seen = partitions.map(() => 0)
  while (!scene.isOver) {
    try {
      const ends = await consumer.endOffsets(partitions, { timeoutMs: 5_000 })
      for (const { partition } of partitions) {
        const end = ends.get(topicName, partition) ?? 0
        const before = seen[partition]!
        if (end < before)
          world.lose(
            `${topicName}-${partition}`,
            'high watermark goes back',
            `${topicName}-${partition}: ${end} after ${before}`,
          )
        seen[partition] = end
      }
    } catch (thrown) {
      if (!isKafkaError(thrown)) return world.violate('client throws', String((thrown as Error).stack))
    }
    await scene.sleep(20 + life.random.next() * 200, life)
  }
  await consumer.close()
}
