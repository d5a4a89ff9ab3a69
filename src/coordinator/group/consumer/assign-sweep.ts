import type { Sweep } from '../sweep.ts'
import type { Turn } from '../turn.ts'
import { type Assignment, type Assignor, NO_PARTITIONS } from './assignor.ts'
import type { ConsumerGroup } from './group.ts'
import { lastTarget, type Plan, type Target, workOut, writeTarget } from './target.ts'

/** Yields of an assignor in one turn. */
const yieldsPerStep = 3

/** What is done for the member that made a new target necessary, once there is one; null when the member is gone. */
export type Then = (turn: Turn, at: { readonly group: ConsumerGroup; readonly target: Target } | null) => void

/**
 * Works out the target of a large group over several turns and writes it. Who joined is answered then, with what it
 * gets, as if it had been done at once; others go on with the last target meanwhile.
 */
export class AssignSweep implements Sweep {
  readonly #groupId: string
  readonly #memberId: string
  readonly #plan: Plan
  readonly #work: ReturnType<Assignor>
  readonly #then: Then
  #targets: Map<string, Assignment> | null = null

  constructor(turn: Turn, groupId: string, memberId: string, plan: Plan, then: Then) {
    this.#groupId = groupId
    this.#memberId = memberId
    this.#plan = plan
    this.#work = workOut(plan)
    this.#then = then
    turn.state.assigning.add(groupId)
  }

  step(turn: Turn): boolean {
    for (let i = 0; this.#targets === null; i++) {
      if (i === yieldsPerStep) return false
      const step = this.#work.next()
      if (step.done) this.#targets = step.value
    }
    turn.state.assigning.delete(this.#groupId)
    const group = turn.state.groups.get(this.#groupId)
    const member = group?.type === 'consumer' ? group.members.get(this.#memberId) : undefined
    if (group?.type !== 'consumer' || member === undefined) {
      this.#then(turn, null)
      return true
    }
    let target = lastTarget(group, member)
    if (this.#plan.epoch > target.epoch) {
      // Members may have gone in the meantime; the epoch rose with that, and another target will follow.
      const memberIds = [...this.#plan.spec.members.keys()].filter((memberId) => group.members.has(memberId))
      writeTarget(turn, group, this.#plan, this.#targets, memberIds)
      target = { epoch: this.#plan.epoch, assignment: this.#targets.get(member.id) ?? NO_PARTITIONS }
    }
    this.#then(turn, { group, target })
    return true
  }

  again(turn: Turn): void {
    turn.state.assigning.add(this.#groupId)
  }
}
