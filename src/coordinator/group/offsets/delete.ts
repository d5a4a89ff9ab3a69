import type { Uuid } from '../../../bytes/index.ts'
import { ZERO_UUID } from '../../../bytes/index.ts'
import { type ErrorCode, errors, type OffsetDelete, type RequestOf } from '../../../protocol/index.ts'
import type { Group } from '../state.ts'
import type { Turn } from '../turn.ts'
import { offsetTombstone } from './commit.ts'

/** OffsetDelete: offsets of topics that no member is subscribed to. */
export function deleteOffsets(turn: Turn, request: RequestOf<typeof OffsetDelete>): void {
  const { groupId } = request
  const { offsets, groups } = turn.state
  const group = groups.get(groupId)
  const refusal = checkOffsetDelete(group)
  if (refusal !== errors.NONE || group === undefined) {
    turn.reply('offsetDelete', turn.to, { errorCode: refusal })
    return
  }
  const topics = request.topics.map(({ name, partitions }) => {
    const errorCode = group.isSubscribedTo(name) ? errors.GROUP_SUBSCRIBED_TO_TOPIC : errors.NONE
    return {
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        const isKept = offsets.committed.get(groupId, name, partitionIndex) !== undefined
        if (errorCode === errors.NONE && (isKept || offsets.isOpen(groupId, name, partitionIndex)))
          turn.write(offsetTombstone(groupId, name, partitionIndex))
        return { partitionIndex, errorCode }
      }),
    }
  })
  turn.reply('offsetDelete', turn.to, { errorCode: errors.NONE, topics })
}

function checkOffsetDelete(group: Group | undefined): ErrorCode {
  if (group === undefined) return errors.GROUP_ID_NOT_FOUND
  // Only of consumers does the coordinator know which topics they use.
  if (group.state !== 'Empty' && !group.usesConsumerProtocol) return errors.NON_EMPTY_GROUP
  return errors.NONE
}

/** Tombstones for all that a group has committed or is about to. */
export function deleteAllOffsets(turn: Turn, groupId: string): void {
  const { offsets } = turn.state
  for (const [topic, partitions] of offsets.committed.topics(groupId) ?? [])
    for (const partition of partitions.keys()) turn.write(offsetTombstone(groupId, topic, partition))
  for (const [topic, partitions] of offsets.openTopics(groupId) ?? [])
    for (const partition of partitions.keys())
      if (offsets.committed.get(groupId, topic, partition) === undefined)
        turn.write(offsetTombstone(groupId, topic, partition))
}

/** Topics are gone: so are their offsets, in every group, unless they belong to an earlier topic of that name. */
export function deleteOffsetsOfTopics(turn: Turn, deleted: ReadonlyMap<Uuid, { readonly name: string }>): void {
  if (deleted.size === 0) return
  const ids = new Map<string, Set<Uuid>>()
  for (const [id, { name }] of deleted) {
    const known = ids.get(name)
    if (known === undefined) ids.set(name, new Set([id]))
    else known.add(id)
  }
  const write = (groupId: string, topic: string, partition: number, value: { readonly topicId: Uuid }) => {
    const gone = ids.get(topic)
    if (gone !== undefined && (value.topicId === ZERO_UUID || gone.has(value.topicId)))
      turn.write(offsetTombstone(groupId, topic, partition))
  }
  turn.state.offsets.committed.forEach(write)
  turn.state.offsets.forEachPending(write)
}
