import type { Uuid } from '../../../bytes/index.ts'
import { ZERO_UUID } from '../../../bytes/index.ts'
import { type ErrorCode, errors, type OffsetDelete, type RequestOf } from '../../../protocol/index.ts'
import { elementsPerPiece, mapNested, type Pieces } from '../../../runtime/index.ts'
import type { Group } from '../state.ts'
import { beginSweep, type Sweep, sweepRecordsMax, sweepVisitsMax } from '../sweep.ts'
import type { Turn } from '../turn.ts'
import { offsetTombstone } from './commit.ts'

/** OffsetDelete: offsets of topics that no member is subscribed to. */
export function* deleteOffsets(turn: Turn, request: RequestOf<typeof OffsetDelete>): Pieces<void> {
  const { groupId } = request
  const { offsets, groups } = turn.state
  const group = groups.get(groupId)
  const refusal = checkOffsetDelete(group)
  if (refusal !== errors.NONE || group === undefined) {
    turn.reply('offsetDelete', turn.to, { errorCode: refusal })
    return
  }
  const image = turn.deps.image()
  const topics = yield* mapNested(
    request.topics,
    ({ partitions }) => partitions,
    ({ partitionIndex }, { name }) => {
      if (image.topicsByName.get(name)?.partitions[partitionIndex] === undefined)
        return { partitionIndex, errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION }
      if (group.isSubscribedTo(name)) return { partitionIndex, errorCode: errors.GROUP_SUBSCRIBED_TO_TOPIC }
      const isKept = offsets.committed.get(groupId, name, partitionIndex) !== undefined
      if (isKept || offsets.isOpen(groupId, name, partitionIndex))
        turn.write(offsetTombstone(groupId, name, partitionIndex))
      return { partitionIndex, errorCode: errors.NONE }
    },
    ({ name }, partitions) => ({ name, partitions }),
  )
  turn.reply('offsetDelete', turn.to, { errorCode: errors.NONE, topics })
}

function checkOffsetDelete(group: Group | undefined): ErrorCode {
  if (group === undefined) return errors.GROUP_ID_NOT_FOUND
  // Only of consumers does the coordinator know which topics they use.
  if (group.state !== 'Empty' && !group.usesConsumerProtocol) return errors.NON_EMPTY_GROUP
  return errors.NONE
}

/** Tombstones for all that a group has committed or is about to. */
export function* deleteAllOffsets(turn: Turn, groupId: string): Pieces<void> {
  const { offsets } = turn.state
  const isDue = () => turn.records.length % elementsPerPiece === 0
  for (const [topic, partitions] of offsets.committed.topics(groupId) ?? []) {
    for (const partition of partitions.keys()) {
      turn.write(offsetTombstone(groupId, topic, partition))
      if (isDue()) yield
    }
  }
  for (const [topic, partitions] of offsets.openTopics(groupId) ?? []) {
    for (const partition of partitions.keys()) {
      if (offsets.committed.get(groupId, topic, partition) !== undefined) continue
      turn.write(offsetTombstone(groupId, topic, partition))
      if (isDue()) yield
    }
  }
}

/** Topics are gone: so are their offsets, in every group, unless they belong to an earlier topic of that name. */
export function deleteOffsetsOfTopics(turn: Turn, deleted: ReadonlyMap<Uuid, { readonly name: string }>): void {
  if (deleted.size > 0) beginSweep(turn, new TopicsSweep(turn, deleted))
}

class TopicsSweep implements Sweep {
  readonly #idsByName = new Map<string, Set<Uuid>>()
  #groupIds: Iterator<string>
  #hasDonePending = false

  constructor(turn: Turn, deleted: ReadonlyMap<Uuid, { readonly name: string }>) {
    for (const [id, { name }] of deleted) {
      const ids = this.#idsByName.get(name)
      if (ids === undefined) this.#idsByName.set(name, new Set([id]))
      else ids.add(id)
    }
    this.#groupIds = turn.state.offsets.committed.groupIds()
  }

  again(turn: Turn): void {
    this.#groupIds = turn.state.offsets.committed.groupIds()
    this.#hasDonePending = false
  }

  step(turn: Turn): boolean {
    const { offsets } = turn.state
    if (!this.#hasDonePending) {
      this.#hasDonePending = true
      offsets.forEachPending((groupId, topic, partition, value) => this.#delete(turn, groupId, topic, partition, value))
    }
    for (let visits = 0; visits < sweepVisitsMax && turn.records.length < sweepRecordsMax; visits++) {
      const next = this.#groupIds.next()
      if (next.done) return true
      const topics = offsets.committed.topics(next.value)
      for (const name of this.#idsByName.keys())
        for (const [partition, value] of topics?.get(name) ?? []) this.#delete(turn, next.value, name, partition, value)
    }
    return false
  }

  #delete(turn: Turn, groupId: string, topic: string, partition: number, value: { readonly topicId: Uuid }): void {
    const ids = this.#idsByName.get(topic)
    if (ids !== undefined && (value.topicId === ZERO_UUID || ids.has(value.topicId)))
      turn.write(offsetTombstone(groupId, topic, partition))
  }
}
