import { compareMembers, compareText } from './member-order.ts'
import type { Assignment, Assignor } from './types.ts'

/** All partitions of all topics in order, dealt out to the members in turn; a member that has not asked is passed over. */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  rebalance: 'eager',
  userData: () => null,

  assign(topics, members) {
    const assignment: Assignment = new Map(members.map((m) => [m.memberId, []]))
    const ring = [...members].sort(compareMembers).map((m) => ({ id: m.memberId, topics: new Set(m.topics) }))
    const names = [...new Set(members.flatMap((m) => m.topics))].sort(compareText)
    let turn = 0
    for (const topic of names) {
      const count = topics.get(topic)?.length ?? 0
      for (let partition = 0; partition < count; partition++) {
        while (!ring[turn % ring.length]!.topics.has(topic)) turn++
        assignment.get(ring[turn++ % ring.length]!.id)!.push({ topic, partition })
      }
    }
    return assignment
  },
}
