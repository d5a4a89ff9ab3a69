import type { MetadataImage } from '../metadata/index.ts'
import type { SimNode } from './nodes.ts'
import type { Scene } from './scene.ts'
import { topicName } from './workloads/topic.ts'

/** What a node is when a fault comes: one node may be several of them. */
export const roleNames = ['active controller', 'controller', 'leader', 'coordinator', 'follower'] as const
export type RoleName = (typeof roleNames)[number]

const coordinating = ['__consumer_offsets', '__transaction_state']

/** As the freshest image says, whether or not the node itself knows. */
export function rolesOf(scene: Scene, node: SimNode): RoleName[] {
  const roles: RoleName[] = []
  const { isBroker, isController } = node.spec
  if (isController)
    roles.push(node.ledEpoch > 0 && node.ledEpoch === scene.quorumEpoch ? 'active controller' : 'controller')
  if (!isBroker) return roles
  const image = freshestImage(scene)
  const leads = (topic: string): boolean =>
    image?.topicsByName.get(topic)?.partitions.some(({ leader }) => leader === node.id) === true
  if (leads(topicName)) roles.push('leader')
  if (coordinating.some(leads)) roles.push('coordinator')
  return roles.length === 0 ? ['follower'] : roles
}

function freshestImage({ nodes }: Scene): MetadataImage | null {
  let freshest: MetadataImage | null = null
  for (const { running } of nodes) {
    const image = running?.image ?? null
    if (image !== null && image.offset > (freshest?.offset ?? -1)) freshest = image
  }
  return freshest
}
