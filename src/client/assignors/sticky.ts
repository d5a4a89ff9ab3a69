import { isMalformed, Reader, utf8Encode, Writer } from '../../bytes/index.ts'
import { stringHashOrder } from './java-order.ts'
import { assignConstrained } from './sticky-constrained.ts'
import { assignGeneral } from './sticky-general.ts'
import { type Held, NO_GENERATION, type StickyInput, stickyInput } from './sticky-input.ts'
import type { Assignment, Assignor, MemberSubscription, TopicPartition } from './types.ts'

/**
 * Even first, then as few moves as possible. Eager: members give up everything before they join, so what they held
 * travels as user data (previous assignment and generation).
 */
export const stickyAssignor: Assignor = {
  name: 'sticky',
  rebalance: 'eager',
  userData: (owned, generationId) => (owned === null ? null : writeHeld(owned, generationId)),

  assign(topics, members) {
    return assignSticky(stickyInput(topics, members, readHeld)).assignment
  },
}

/**
 * The same division, but a partition that has to move is given to nobody in the first round: its owner revokes it and
 * joins again, and the second round hands it over. Members work on all the while.
 */
export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  rebalance: 'cooperative',
  userData: (_owned, generationId) => {
    const w = new Writer(4)
    w.int32(generationId)
    return w.toBytes()
  },

  assign(topics, members) {
    const { assignment, moving } = assignSticky(stickyInput(topics, members, heldByOwner))
    for (const [partition, to] of moving ?? movesBetween(members, assignment)) {
      const list = assignment.get(to)!
      list.splice(
        list.findIndex((p) => p.topic === partition.topic && p.partition === partition.partition),
        1,
      )
    }
    return assignment
  },
}

function assignSticky(input: StickyInput): { assignment: Assignment; moving: Map<TopicPartition, string> | null } {
  if (input.allSubscribeAlike) return assignConstrained(input)
  return { assignment: assignGeneral(input), moving: null }
}

/** Partitions that one member gains and another, by its own account, still owns. */
function movesBetween(members: readonly MemberSubscription[], assignment: Assignment): Map<TopicPartition, string> {
  const keyOf = (p: TopicPartition) => `${p.partition} ${p.topic}`
  const revoked = new Set<string>()
  const added = new Map<TopicPartition, string>()
  for (const member of members) {
    const assigned = assignment.get(member.memberId) ?? []
    const owned = new Set(member.ownedPartitions.map(keyOf))
    for (const p of assigned) if (!owned.has(keyOf(p))) added.set(p, member.memberId)
    for (const p of assigned) owned.delete(keyOf(p))
    for (const key of owned) revoked.add(key)
  }
  for (const p of added.keys()) if (!revoked.has(keyOf(p))) added.delete(p)
  return added
}

/** Version 2 subscriptions carry the generation; before, it is the user data. */
function heldByOwner(member: MemberSubscription): Held {
  if (member.generationId !== null) return { partitions: member.ownedPartitions, generation: member.generationId }
  const data = member.userData
  if (data === null) return { partitions: member.ownedPartitions, generation: null }
  return { partitions: member.ownedPartitions, generation: data.length < 4 ? NO_GENERATION : new Reader(data).int32() }
}

/** User data: array of (topic, array of partition), then since version 1 the generation. Unreadable data is ignored. */
function readHeld(member: MemberSubscription): Held {
  const data = member.userData
  if (data === null || data.length === 0) return { partitions: [], generation: null }
  try {
    const r = new Reader(data)
    const partitions: TopicPartition[] = []
    for (let topics = r.elements(r.int32(), 6); topics > 0; topics--) {
      const topic = r.string(r.int16())
      for (let ids = r.elements(r.int32(), 4); ids > 0; ids--) partitions.push({ topic, partition: r.int32() })
    }
    return { partitions, generation: r.remaining >= 4 ? r.int32() : null }
  } catch (error) {
    if (!isMalformed(error)) throw error
    return { partitions: [], generation: NO_GENERATION }
  }
}

function writeHeld(owned: readonly TopicPartition[], generationId: number): Uint8Array {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of owned) {
    const ids = byTopic.get(topic)
    if (ids) ids.push(partition)
    else byTopic.set(topic, [partition])
  }
  const w = new Writer()
  w.int32(byTopic.size)
  for (const topic of stringHashOrder(byTopic.keys())) {
    const ids = byTopic.get(topic)!
    const name = utf8Encode(topic)
    w.int16(name.length)
    w.copy(name)
    w.int32(ids.length)
    for (const id of ids) w.int32(id)
  }
  w.int32(generationId)
  return w.toBytes()
}
