import { isKafkaError, type Kafka } from '../../client/index.ts'
import type { Scene } from '../scene.ts'
import type { Workload } from './types.ts'

/** What was asked last about a topic, and whether it was answered: what was not may have happened or not. */
interface TopicFate {
  exists: boolean
  isKnown: boolean
  partitions: number
  /** '': not known. */
  id: string
}

const SEEN_WITHIN_MS = 10_000

/** Makes, grows and deletes topics of its own. What was acknowledged must be so in the end. */
export const topics: Workload = {
  start: (scene, afterwards) => {
    const fates = new Map<string, TopicFate>()
    afterwards((kafka) => checkTopics(scene, kafka, fates))
    return [churnTopics(scene, fates)]
  },
}

async function churnTopics(scene: Scene, fates: Map<string, TopicFate>): Promise<void> {
  const life = scene.client('admin')
  const { random } = life
  const admin = scene.kafka(life).admin()
  for (let i = 0; !scene.isOver; i++) {
    const living = [...fates].filter(([, fate]) => fate.exists && fate.isKnown)
    const [name, fate] =
      living.length > 0 && random.next() < 0.6
        ? living[random.below(living.length)]!
        : [`churn-${i}`, { exists: false, isKnown: true, partitions: 1 + random.below(3), id: '' }]
    fates.set(name, fate)
    fate.isKnown = false
    const told = (): string =>
      `${name} ${fate.exists ? `has ${fate.partitions} partitions` : 'is no more'}: ${fate.isKnown ? 'acknowledged' : 'asked for'}`
    try {
      if (!fate.exists) {
        fate.exists = true
        const outcome = (await admin.createTopics([{ name, partitions: fate.partitions }])).get(name)
        // No other makes it: if it exists, an answer was lost.
        if (outcome?.error === null) fate.id = outcome.value.id
        else if (outcome?.error.code === 'TOPIC_ALREADY_EXISTS')
          fate.id = (await admin.listTopics()).get(name)?.id ?? ''
        fate.isKnown = fate.id !== ''
      } else if (random.next() < 0.5) {
        const outcome = (await admin.createPartitions([{ topic: name, count: fate.partitions + 1 }])).get(name)
        fate.isKnown = outcome?.error === null
        if (fate.isKnown) fate.partitions++
      } else {
        const ref = random.next() < 0.5 ? name : { id: fate.id }
        const outcome = (await admin.deleteTopics([ref])).get(ref)
        fate.isKnown = outcome?.error === null
        if (fate.isKnown) fate.exists = false
      }
    } catch (thrown) {
      if (!isKafkaError(thrown)) return scene.world.violate('client throws', String((thrown as Error).stack))
    }
    scene.world.trace.note(scene.world.nowMs, life.name, 'topic', told)
    await scene.sleep(random.next() * 1000, life)
  }
  await admin.close()
}

/**
 * Topics that were made are there, those that were deleted are not; a broker may hear of it a little later. A deleted one
 * is known by its id: a request to make it that was sent twice may come late, and make another of that name.
 */
async function checkTopics(scene: Scene, kafka: Kafka, fates: ReadonlyMap<string, TopicFate>): Promise<void> {
  const admin = kafka.admin()
  const wanted = [...fates].filter(([, fate]) => fate.isKnown)
  const living = wanted.filter(([, { exists }]) => exists).map(([name]) => name)
  await scene.eventually('lost admin change', SEEN_WITHIN_MS, async () => {
    const listed = await admin.listTopics()
    const described = living.length > 0 ? await admin.describeTopics(living) : null
    for (const [name, { exists, partitions, id }] of wanted) {
      if ((listed.get(name)?.id === id) !== exists) return `${name} ${exists ? 'is missing' : 'is there'}`
      const count = described?.get(name)?.value?.partitions.length ?? 0
      if (exists && count !== partitions) return `${name} has ${count} partitions, not ${partitions}`
    }
    return null
  })
  await admin.close()
}
