import { type Admin, isKafkaError, type Kafka } from '../../client/index.ts'
import { controllerPort, type SimNode } from '../nodes.ts'
import type { Scene } from '../scene.ts'
import type { Workload } from './types.ts'

const BACK_WITHIN_MS = 60_000

/** Takes controllers out of the quorum and puts them back (KIP-853): one is out at most, and in the end none. */
export const voters: Workload = {
  start: (scene, afterwards) => {
    if (!scene.plan.isDynamic || scene.controllers.length < 3) return []
    afterwards((kafka) => checkVoters(scene, kafka))
    return [changeVoters(scene)]
  },
}

async function changeVoters(scene: Scene): Promise<void> {
  const { world } = scene
  const life = scene.client('voters')
  const admin = scene.kafka(life).admin()
  let isOut: SimNode | null = null
  while (!scene.isOver) {
    try {
      if (isOut === null) {
        isOut = scene.controllers[life.random.below(scene.controllers.length)]!
        world.trace.note(world.nowMs, life.name, `removes voter ${isOut.id}`)
        await admin.removeRaftVoter(voterOf(isOut))
      } else if (await isBack(admin, isOut)) isOut = null
    } catch (thrown) {
      if (!isKafkaError(thrown)) return world.violate('client throws', String((thrown as Error).stack))
      world.trace.note(world.nowMs, life.name, `voter stays as it is: ${thrown.code}`)
    }
    await scene.sleep(life.random.next() * 2000, life)
  }
  await admin.close()
}

const voterOf = ({ id, directoryId }: SimNode): { id: number; directoryId: string } => ({
  id,
  directoryId: directoryId!,
})

/** Asks for it when it is not there; whether it was. */
async function isBack(admin: Admin, { id, directoryId, machine }: SimNode): Promise<boolean> {
  const { topics } = await admin.describeQuorum()
  const current = topics[0]?.partitions[0]?.currentVoters ?? []
  if (current.some((voter) => voter.replicaId === id && voter.replicaDirectoryId === directoryId)) return true
  const endpoint = { listener: 'CONTROLLER', host: machine.name, port: controllerPort }
  await admin.addRaftVoter({ id, directoryId: directoryId! }, [endpoint])
  return false
}

async function checkVoters(scene: Scene, kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  for (const node of scene.controllers) {
    await scene.until(`voter ${node.id} is back`, BACK_WITHIN_MS, async () => {
      try {
        return await isBack(admin, node)
      } catch (thrown) {
        if (!isKafkaError(thrown)) throw thrown
        scene.world.trace.note(scene.world.nowMs, 'voters', `voter stays out: ${thrown.code}`)
        return false
      }
    })
  }
  await admin.close()
}
