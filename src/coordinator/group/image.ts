import type { MetadataDelta } from '../../metadata/index.ts'
import { deleteOffsetsOfTopics } from './offsets/delete.ts'
import type { Turn } from './turn.ts'

/** Topics came, went or grew: groups that use them look again, patterns are evaluated anew, offsets of dead topics go. */
export function imageChanged(turn: Turn, delta: MetadataDelta): void {
  const { state } = turn
  const image = turn.deps.image()
  if (delta.isWhole) {
    state.topicsAddedAt = image.offset
    for (const topic of image.topicsByName.keys()) topicChanged(turn, topic)
  }
  for (const id of delta.topicsChanged) {
    const topic = image.topicsById.get(id)
    if (topic === undefined) continue
    topicChanged(turn, topic.name)
    // A topic just made has seen no change of any of its partitions.
    if (topic.partitions.every(({ partitionEpoch }) => !partitionEpoch)) state.topicsAddedAt = image.offset
  }
  for (const { name } of delta.topicsDeleted.values()) topicChanged(turn, name)
  deleteOffsetsOfTopics(turn, delta.topicsDeleted)
}

function topicChanged({ state }: Turn, topic: string): void {
  state.forgetTopicHash(topic)
  for (const groupId of state.subscribersOf(topic)) {
    const group = state.groups.get(groupId)
    if (group?.type === 'consumer') group.refreshAtMonoMs = 0
  }
}
