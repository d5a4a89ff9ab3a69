import { type ConsumerOptions, isKafkaError, type Kafka } from '../../client/index.ts'
import type { Scene } from '../scene.ts'
import { topicName } from './topic.ts'

const text = new TextDecoder()

/** What a group has reached, over all its members. */
export class GroupProgress {
  readonly groupId: string
  /** The highest offset of each partition whose commit was acknowledged. */
  readonly committed = new Map<number, number>()

  constructor(groupId: string) {
    this.groupId = groupId
  }

  /** What was committed and acknowledged is what the group finds. */
  async check({ world }: Scene, kafka: Kafka): Promise<void> {
    const { groupId, committed } = this
    const consumer = kafka.consumer({ groupId, autoCommit: false })
    const found = await consumer.committed(
      Array.from(committed.keys(), (partition) => ({ topic: topicName, partition })),
    )
    for (const [partition, offset] of committed) {
      const now = found.get(topicName, partition)?.offset ?? -1
      if (now >= offset) continue
      world.lose(
        `${topicName}-${partition}`,
        'lost commit',
        `${groupId}: ${topicName}-${partition} at ${now}, ${offset} was acknowledged`,
      )
    }
    await consumer.close()
  }
}

/**
 * Members of one group, each closed or crashed after a while and replaced. Each reads, then commits what it has read.
 * A commit that was acknowledged stands: no member begins before it, and no later commit is below it.
 */
export async function consumeAsGroup(
  scene: Scene,
  progress: GroupProgress,
  member: number,
  groupProtocol: NonNullable<ConsumerOptions['groupProtocol']>,
): Promise<void> {
  const { history, world } = scene
  const life = scene.client(`${progress.groupId}-${member}`)
  while (!scene.isOver) {
    const options = {
      groupId: progress.groupId,
      groupProtocol,
      autoOffsetReset: 'earliest' as const,
      autoCommit: false,
    }
    const consumer = scene
      .kafka(life)
      .consumer({ ...options, topics: [topicName], sessionTimeoutMs: 6_000, maxPollIntervalMs: 4_000 })
    const untilMs = world.nowMs + 1000 + life.random.next() * 12_000
    try {
      while (!scene.isOver && world.nowMs < untilMs) {
        const records = await consumer.poll({ timeoutMs: 500 })
        const reached = new Map<number, number>()
        for (const { partition, offset, value } of records) {
          history.read(`${topicName}-${partition}`, offset, text.decode(value!))
          reached.set(partition, offset + 1)
        }
        if (reached.size === 0) continue
        // Now and then it is late: another may have its partitions by then, and its commit must be refused.
        if (life.random.next() < 0.02) await scene.sleep(life.random.next() * 10_000, life)
        const before = new Map(progress.committed)
        await consumer.commit(Array.from(reached, ([partition, offset]) => ({ topic: topicName, partition, offset })))
        for (const [partition, offset] of reached) {
          const least = before.get(partition) ?? 0
          if (offset < least) {
            world.lose(
              `${topicName}-${partition}`,
              'committed offset goes back',
              `${progress.groupId}: ${topicName}-${partition} at ${offset}, was ${least}`,
            )
          }
          progress.committed.set(partition, Math.max(offset, progress.committed.get(partition) ?? 0))
        }
      }
    } catch (thrown) {
      if (!isKafkaError(thrown)) return world.violate('client throws', String((thrown as Error).stack))
      world.trace.note(world.nowMs, life.name, `member fails: ${thrown.code}`)
    }
    await consumer.close({ timeoutMs: 3_000 }).catch(() => {})
    await scene.sleep(life.random.next() * 300, life)
  }
}
