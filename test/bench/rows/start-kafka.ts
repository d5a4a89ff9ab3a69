import { startKafka } from '../../../src/testing/index.ts'
import { RawClient } from '../raw-client.ts'
import { untilAcknowledged } from '../topics.ts'
import type { Row } from '../world.ts'

/** In this process, which has started a few before. */
export const startInProcess: Row = {
  name: 'start-kafka',
  about: 'startKafka() in a warm process → first acknowledged record',
  async run(world) {
    for (let i = 0; i < 5; i++) await firstRecord()
    for (let round = 0; round < Math.max(world.rounds, 10); round++) {
      world.figures.sample(
        { id: 'start-kafka', unit: 'ms', better: 'lower', goal: { ours: 30 } },
        'ours',
        await firstRecord(),
      )
    }
  },
}

async function firstRecord(): Promise<number> {
  const startMs = performance.now()
  const kafka = await startKafka({ topics: ['first'] })
  const client = await RawClient.connect(kafka.bootstrapServers)
  await untilAcknowledged(client, 'first', 0)
  const takenMs = performance.now() - startMs
  client.close()
  await kafka.stop()
  return takenMs
}
