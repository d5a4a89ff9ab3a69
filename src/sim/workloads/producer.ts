import { isKafkaError, type ProducerOptions } from '../../client/index.ts'
import type { Scene } from '../scene.ts'
import { topicName } from './topic.ts'

/** What one producer writes in a run, about: enough for faults to meet some, and no more. */
const RECORDS = 1500

/**
 * One producer, several records under way. A record that fails may or may not be there; after an error that ends the
 * producer, another takes its place under another name.
 */
export async function produce(scene: Scene, name: string, options: Partial<ProducerOptions>): Promise<void> {
  const { history, plan, world } = scene
  const life = scene.client(name)
  const isIdempotent = options.idempotent ?? options.acks === 'all'
  const isSafe = options.acks === 'all'
  const { compression } = plan
  const inFlightMax = 1 + life.random.below(20)
  const pauseMs = (plan.faultsMs * inFlightMax) / RECORDS
  for (let generation = 0; !scene.isOver; generation++) {
    const producer = `${name}-${generation}`
    const client = scene
      .kafka(life)
      .producer({ deliveryTimeoutMs: 15_000, maxBlockMs: 10_000, compression, ...options })
    let number = 0
    let inFlight = 0
    let isBroken = false
    const sending = new Set<Promise<void>>()
    const send = async (): Promise<void> => {
      const value = `${producer}:${number}`
      const partition = life.random.below(plan.partitions)
      history.sends({ value, producer, number: number++, isIdempotent, isSafe })
      inFlight++
      try {
        const { offset } = await client.send({ topic: topicName, partition, value })
        history.acknowledge(`${topicName}-${partition}`, offset, value)
      } catch (thrown) {
        if (!isKafkaError(thrown)) throw thrown
        world.trace.note(world.nowMs, life.name, `send fails: ${thrown.code}`)
        isBroken ||= !thrown.isRetriable
      }
      inFlight--
    }
    while (!scene.isOver && !isBroken) {
      while (inFlight < inFlightMax && !isBroken) {
        const one = send().catch((thrown: unknown) => world.violate('client throws', String(thrown)))
        sending.add(one)
        void one.then(() => sending.delete(one))
      }
      await scene.sleep(pauseMs * (0.5 + life.random.next()), life)
    }
    await Promise.all(sending)
    await client.close({ timeoutMs: 5_000 }).catch(() => {})
  }
}
