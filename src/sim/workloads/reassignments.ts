import { isKafkaError, type Kafka } from '../../client/index.ts'
import type { Scene } from '../scene.ts'
import { topicName } from './topic.ts'
import type { Workload } from './types.ts'

const DONE_WITHIN_MS = 60_000

/** Moves replicas of the topic that is written to, gives up moves, and asks for the preferred leaders. */
export const reassignments: Workload = {
  start: (scene, afterwards) => {
    afterwards((kafka) => checkReassignments(scene, kafka))
    return [reassign(scene)]
  },
}

async function reassign(scene: Scene): Promise<void> {
  const { plan, world } = scene
  const life = scene.client('mover')
  const admin = scene.kafka(life).admin()
  const ids = scene.brokers.map(({ id }) => id)
  while (!scene.isOver) {
    const of = { topic: topicName, partition: life.random.below(plan.partitions) }
    const luck = life.random.below(8)
    try {
      if (luck === 0) await admin.alterReassignments([{ ...of, replicas: null }])
      else if (luck <= 2) await admin.electLeaders('preferred', null)
      else {
        // With two, partitions stand still whenever one of them is missing.
        const count = Math.min(ids.length, life.random.below(4) === 0 ? 2 : 3)
        const replicas = shuffled(ids, (bound) => life.random.below(bound)).slice(0, count)
        await admin.alterReassignments([{ ...of, replicas }])
        world.trace.note(world.nowMs, life.name, `moves ${topicName}-${of.partition}`, () => `to ${replicas}`)
      }
    } catch (thrown) {
      if (!isKafkaError(thrown)) return world.violate('client throws', String((thrown as Error).stack))
    }
    await scene.sleep(life.random.next() * 1500, life)
  }
  await admin.close()
}

/** Whatever was begun comes to its end. */
async function checkReassignments(scene: Scene, kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await scene.until('all reassignments are done', DONE_WITHIN_MS, async () => {
    return (await admin.listReassignments()).size === 0
  })
  await admin.close()
}

function shuffled<T>(all: readonly T[], below: (bound: number) => number): T[] {
  const left = [...all]
  return all.map(() => left.splice(below(left.length), 1)[0]!)
}
