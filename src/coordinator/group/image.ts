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
    if (topic !== undefined) topicChanged(turn, topic.name)
  }
  if (delta.topicsCreated.size > 0) state.topicsAddedAt = image.offset
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
