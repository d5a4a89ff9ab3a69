import type { Kafka } from '../client/index.ts'
import { type MetadataImage, snapshotRecords } from '../metadata/index.ts'
import type { Scene } from './scene.ts'
import { topicName } from './workloads/topic.ts'

/** Virtual time within which a cluster without faults must be whole again. */
const HEALED_WITHIN_MS = 120_000

const text = new TextDecoder()

/** After the faults: every node serves, every replica is in sync, every partition takes a record. */
export async function checkServes(scene: Scene, kafka: Kafka): Promise<void> {
  const { nodes, plan, history } = scene
  const serving = () => nodes.every((node) => node.observe() === 'serving')
  await scene.until('all nodes serve', HEALED_WITHIN_MS, serving)
  const admin = kafka.admin()
  await scene.until('all replicas are in sync', HEALED_WITHIN_MS, async () => {
    const topics = await whenItWorks(() => admin.describeTopics([topicName, '__consumer_offsets']))
    if (topics === null) return false
    const known = [...topics.values()].flatMap(({ value }) => value?.partitions ?? [])
    return (
      known.length >= plan.partitions && known.every((p) => p.leader !== null && p.isr.length === p.replicas.length)
    )
  })
  const producer = kafka.producer({ acks: 'all', deliveryTimeoutMs: 30_000 })
  for (let partition = 0; partition < plan.partitions; partition++) {
    const value = `last:${partition}`
    history.sends({ value, producer: 'last', number: partition, isIdempotent: true, isSafe: true })
    const { offset } = await producer.send({ topic: topicName, partition, value })
    history.acknowledge(`${topicName}-${partition}`, offset, value)
  }
  await producer.close()
  await admin.close()
  await imagesMeet(scene)
}

/** All nodes know the same of the cluster: what they made of the metadata log, and nothing that stands nowhere in it. */
export async function checkImages(scene: Scene): Promise<void> {
  const texts = new Map<string, string>()
  await imagesMeet(scene)
  for (const { running, machine } of scene.nodes) texts.set(machine.name, textOf(running!.image))
  const [first, ...others] = [...texts]
  for (const [name, text] of others) {
    if (text === first![1]) continue
    const at = [...text].findIndex((letter, i) => letter !== first![1][i])
    const parts = [first![1], text].map((one) => one.slice(Math.max(0, at - 80), at + 80))
    scene.world.violate('images are equal', `${first![0]} knows ${parts[0]}, ${name} ${parts[1]}`)
  }
}

/** Until then one that has not heard yet may still take itself for a leader, and answer as one. */
function imagesMeet(scene: Scene): Promise<void> {
  return scene.until('all nodes know the same records', HEALED_WITHIN_MS, () => {
    const images = scene.nodes.map(({ running }) => running?.image ?? null)
    return images.every((image) => image !== null && image.offset === images[0]?.offset)
  })
}

/** In an order of its own: maps of an image are in the order in which things came, which a snapshot does not keep. */
function textOf(image: MetadataImage): string {
  const show = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)
  return Array.from(snapshotRecords(image), (record) => JSON.stringify(record, show))
    .sort()
    .join('\n')
}

/** Reads every partition from its start to its end, and holds it against what clients were told. */
export async function checkRecords(scene: Scene, kafka: Kafka): Promise<void> {
  const consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  for (let partition = 0; partition < scene.plan.partitions; partition++) {
    const of = { topic: topicName, partition }
    consumer.assign([of])
    const end = (await consumer.endOffsets([of])).get(topicName, partition)!
    const records: { offset: number; value: string }[] = []
    while (records.length < end) {
      const got = await consumer.poll({ timeoutMs: 30_000 })
      if (got.length === 0)
        return scene.world.violate('unseen', `${topicName}-${partition}: ${records.length} of ${end} read`)
      for (const { offset, value } of got) {
        if (offset !== records.length) {
          return scene.world.violate(
            'dense offsets',
            `${topicName}-${partition}: ${offset} comes after ${records.length - 1}`,
          )
        }
        records.push({ offset, value: text.decode(value!) })
      }
    }
    scene.history.finalRead(`${topicName}-${partition}`, records)
  }
  await consumer.close()
}

async function whenItWorks<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch {
    // It is asked again, until it may be asked no more.
    return null
  }
}
