import { isKafkaError, type Kafka } from '../../client/index.ts'
import type { Scene } from '../scene.ts'
import type { Workload } from './types.ts'

const SEEN_WITHIN_MS = 10_000
const KEY = 'producer_byte_rate'

/**
 * Many small changes of the metadata, each of another entity that nobody is: whatever was acknowledged is there in the
 * end, however the quorum fared.
 */
export const quotas: Workload = {
  start: (scene, afterwards) => {
    const acknowledged = new Set<string>()
    afterwards((kafka) => checkQuotas(scene, kafka, acknowledged))
    return [setQuotas(scene, acknowledged)]
  },
}

async function setQuotas(scene: Scene, acknowledged: Set<string>): Promise<void> {
  const life = scene.client('quotas')
  const admin = scene.kafka(life).admin()
  for (let i = 0; !scene.isOver; i++) {
    const user = `user-${i}`
    try {
      const change = { entity: { user }, values: { [KEY]: 1_000_000 } }
      const outcome = (await admin.alterClientQuotas([change])).get(change)
      if (outcome?.error === null) acknowledged.add(user)
    } catch (thrown) {
      if (!isKafkaError(thrown)) return scene.world.violate('client throws', String((thrown as Error).stack))
    }
    await scene.sleep(life.random.next() * 200, life)
  }
  await admin.close()
}

async function checkQuotas(scene: Scene, kafka: Kafka, acknowledged: ReadonlySet<string>): Promise<void> {
  const admin = kafka.admin()
  await scene.eventually('lost admin change', SEEN_WITHIN_MS, async () => {
    const found = new Set((await admin.describeClientQuotas([{ type: 'user' }])).map(({ entity }) => entity.user))
    const missing = [...acknowledged].find((user) => !found.has(user))
    return missing === undefined ? null : `the quota of ${missing} is missing, one of ${acknowledged.size}`
  })
  await admin.close()
}
