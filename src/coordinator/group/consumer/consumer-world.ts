import type { ConsumerGroupHeartbeat, RequestOf, ResponseIn } from '../../../protocol/index.ts'
import { ClassicWorld } from '../classic/classic-world.ts'
import { client } from '../harness.ts'

import type { MayDescribe } from '../inputs.ts'

export type HeartbeatAnswer = ResponseIn<typeof ConsumerGroupHeartbeat>
type Request = RequestOf<typeof ConsumerGroupHeartbeat>
/** What a heartbeat says, and of whom it comes. */
type Said = Partial<Request> & { version?: number; mayDescribe?: MayDescribe | null }

export const A = 'aaaaaaaaaaaaaaaaaaaaaA'
export const B = 'bbbbbbbbbbbbbbbbbbbbbA'
export const C = 'cccccccccccccccccccccA'

/** Partitions as text: `a0 a1 b0`. */
export type Owned = string

/** A world with members of the consumer protocol; topic a has 6 partitions, b 4. Targets are computed without delay. */
export class ConsumerWorld extends ClassicWorld {
  constructor(config: ConstructorParameters<typeof ClassicWorld>[0] = {}) {
    super({ consumerAssignmentIntervalMs: 0, ...config })
    this.topic('a', A, 6)
    this.topic('b', B, 4)
  }

  beat(memberId: string, memberEpoch: number, o: Said = {}): HeartbeatAnswer {
    const { version = 1, mayDescribe = null, ...rest } = o
    const request: Request = {
      groupId: 'g',
      memberId,
      memberEpoch,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      ...rest,
    }
    const asked = this.ask('consumerGroupHeartbeat', { client: { ...client('c', version), mayDescribe }, request })
    this.clock.advance(0)
    return asked.answer!
  }

  enter(memberId: string, o: Said = {}): HeartbeatAnswer {
    return this.beat(memberId, 0, {
      rebalanceTimeoutMs: 45_000,
      subscribedTopicNames: o.subscribedTopicRegex === undefined ? ['a'] : null,
      topicPartitions: [],
      ...o,
    })
  }

  /** What a heartbeat gave, as text; null when it said nothing of the assignment. */
  given(answer: HeartbeatAnswer): Owned | null {
    const { assignment } = answer
    return assignment ? text(assignment.topicPartitions ?? []) : null
  }

  /** Heartbeats of a well-behaved member until nothing changes: gives up and takes over as it is told. */
  member(memberId: string, o: Said = {}): Member {
    return new Member(this, memberId, o)
  }

  groupState() {
    return this.tell('describeConsumer', { groupIds: ['g'] })[0]!
  }
}

export class Member {
  readonly #world: ConsumerWorld
  readonly id: string
  readonly #instanceId: string | null
  epoch: number
  owned: Owned

  constructor(world: ConsumerWorld, id: string, o: Said) {
    this.#world = world
    this.id = id
    this.#instanceId = o.instanceId ?? null
    const answer = world.enter(id, o)
    if (answer.errorCode !== 0) throw new Error(`${id} cannot join: ${answer.errorMessage}`)
    this.epoch = answer.memberEpoch!
    this.owned = world.given(answer) ?? ''
  }

  /** One heartbeat that says nothing new but, when it just gave something up, what it owns. */
  beat(o: Said = {}): HeartbeatAnswer {
    const answer = this.#world.beat(this.id, this.epoch, { instanceId: this.#instanceId, ...o })
    if (answer.errorCode === 0) {
      this.epoch = answer.memberEpoch!
      const given = this.#world.given(answer)
      if (given !== null && given !== this.owned) {
        this.owned = given
        if (o.topicPartitions == null) return this.beat({ topicPartitions: list(given) })
      }
    }
    return answer
  }
}

export function list(owned: Owned): { topicId: string; partitions: number[] }[] {
  const ids: Record<string, string> = { a: A, b: B, c: C }
  const byTopic = new Map<string, number[]>()
  for (const one of owned.split(' ').filter(Boolean)) {
    const id = ids[one[0]!]!
    byTopic.set(id, [...(byTopic.get(id) ?? []), Number(one.slice(1))])
  }
  return [...byTopic].map(([topicId, partitions]) => ({ topicId, partitions }))
}

export function text(
  partitions: readonly { readonly topicId?: string | undefined; readonly partitions?: readonly number[] | undefined }[],
): Owned {
  const names: Record<string, string> = { [A]: 'a', [B]: 'b', [C]: 'c' }
  return partitions
    .flatMap(({ topicId, partitions: indexes }) => (indexes ?? []).map((index) => `${names[topicId!]}${index}`))
    .sort()
    .join(' ')
}
