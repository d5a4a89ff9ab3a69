import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../../protocol/index.ts'
import { A, B, ConsumerWorld, list, text } from './consumer/consumer-world.ts'
import { client, randomFrom } from './harness.ts'

const sessionTimeoutMs = 45_000

/**
 * A consumer as KIP-848 wants it to be: owns what it was last told, and says so until it has heard an answer. Its
 * rebalance timeout is longer than the run, for a member thrown out by it does not know that until it asks.
 */
class Consumer {
  readonly id: string
  readonly #world: ConsumerWorld
  readonly #random: (bound: number) => number
  epoch = 0
  owned = ''
  topics: string[]
  /** Until then nobody may take what it owns; afterwards its session may have ended without its knowing. */
  safeUntilMs = 0
  #isWaiting = false
  #isDirty = true

  constructor(world: ConsumerWorld, id: string, random: (bound: number) => number) {
    this.#world = world
    this.#random = random
    this.id = id
    this.topics = random(3) === 0 ? ['a'] : ['a', 'b']
  }

  beat(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    const sentMs = this.#world.clock.monoMs()
    const isJoining = this.epoch === 0
    const isFull = isJoining || this.#isDirty
    this.#world.runtime.submit(
      {
        kind: 'consumerGroupHeartbeat',
        client: client('c', 1),
        request: {
          groupId: 'g',
          memberId: this.id,
          memberEpoch: this.epoch,
          instanceId: null,
          rackId: null,
          rebalanceTimeoutMs: isFull ? 600_000 : -1,
          subscribedTopicNames: isFull ? this.topics : null,
          subscribedTopicRegex: null,
          serverAssignor: null,
          topicPartitions: isFull ? list(this.owned) : null,
        },
      },
      (answer) => this.#told(answer as ReturnType<ConsumerWorld['beat']>, sentMs),
    )
  }

  #told(answer: ReturnType<ConsumerWorld['beat']>, sentMs: number): void {
    this.#isWaiting = false
    if (this.#random(10) === 0) {
      this.#isDirty = true
      return // lost on the way
    }
    switch (answer.errorCode) {
      case errors.NONE: {
        this.epoch = answer.memberEpoch!
        this.safeUntilMs = sentMs + sessionTimeoutMs
        const given = answer.assignment ? text(answer.assignment.topicPartitions ?? []) : this.owned
        this.#isDirty = given !== this.owned
        this.owned = given
        return
      }
      case errors.FENCED_MEMBER_EPOCH:
      case errors.UNKNOWN_MEMBER_ID:
      case errors.GROUP_ID_NOT_FOUND:
        this.epoch = 0
        this.owned = ''
        this.#isDirty = true
        return
      default:
        this.#isDirty = true
    }
  }
}

interface Offset {
  acknowledged: number
  sent: number
}

function run(seed: number): void {
  const random = randomFrom(seed)
  const w = new ConsumerWorld({
    consumerSessionTimeoutMs: sessionTimeoutMs,
    consumerAssignmentIntervalMs: random(2) * 1000,
  })
  const consumers: Consumer[] = []
  const offsets: Offset[] = Array.from({ length: 4 }, () => ({ acknowledged: -1, sent: 0 }))
  let born = 0
  let partitionCount = 4

  const nobodyOwnsTwice = () => {
    const safe = consumers.filter(({ safeUntilMs }) => w.clock.monoMs() < safeUntilMs)
    const owned = safe.flatMap((consumer) => consumer.owned.split(' ').filter(Boolean))
    assert.equal(new Set(owned).size, owned.length, `seed ${seed}: a partition has two owners`)
  }
  const commit = (partition: number) => {
    const offset = offsets[partition]!
    const committedOffset = ++offset.sent
    w.runtime.submit(
      {
        kind: 'offsetCommit',
        client: client('c', 9),
        request: {
          groupId: 'offsets',
          generationIdOrMemberEpoch: -1,
          memberId: '',
          groupInstanceId: null,
          retentionTimeMs: -1,
          topics: [
            {
              name: 'a',
              topicId: A,
              partitions: [
                { partitionIndex: partition, committedOffset, committedLeaderEpoch: -1, committedMetadata: null },
              ],
            },
          ],
        },
      },
      (answer) => {
        const { topics } = answer as { topics: { partitions: { errorCode: number }[] }[] }
        if (topics[0]!.partitions[0]!.errorCode === errors.NONE)
          offset.acknowledged = Math.max(offset.acknowledged, committedOffset)
      },
    )
  }
  const heal = () => {
    w.log.refusal = 0
    w.log.isRefusingLate = false
    w.log.isHolding = false
    w.log.commit()
    w.clock.run()
  }
  const failOver = () => {
    w.log.loseTail()
    w.log.lose(errors.NOT_COORDINATOR)
    w.runtime.start()
  }

  for (let step = 0; step < 400; step++) {
    const dice = random(100)
    if (dice < 4 && consumers.length < 8) consumers.push(new Consumer(w, `m${born++}`, random))
    else if (dice < 6 && consumers.length > 0) consumers.splice(random(consumers.length), 1)
    else if (dice < 8) failOver()
    else if (dice < 10) w.log.isHolding = true
    else if (dice < 14) w.log.commit(w.log.committedOffset() + random(w.log.endOffset() - w.log.committedOffset() + 1))
    else if (dice < 15) w.log.refusal = errors.NOT_ENOUGH_REPLICAS
    else if (dice < 16) w.log.isRefusingLate = true
    else if (dice < 22) heal()
    else if (dice < 23) w.topic('b', B, (partitionCount += random(3)))
    else if (dice < 35) commit(random(offsets.length))
    else if (consumers.length > 0) consumers[random(consumers.length)]!.beat()
    if (random(3) === 0) w.clock.advance(random(2000))
    else w.clock.run()
    nobodyOwnsTwice()
  }
  heal()
  for (let round = 0; round < 80; round++) {
    w.clock.advance(2000)
    for (const consumer of consumers) consumer.beat()
    w.clock.run()
    nobodyOwnsTwice()
  }
  assert.equal(w.runtime.status, 'active')
  if (consumers.length > 0) {
    const wantsB = consumers.some(({ topics }) => topics.includes('b'))
    const partitionsOf = (topic: string) => w.image().topicsByName.get(topic)!.partitions.length
    const expected = partitionsOf('a') + (wantsB ? partitionsOf('b') : 0)
    const owned = consumers.flatMap((consumer) => consumer.owned.split(' ').filter(Boolean))
    assert.equal(owned.length, expected, `seed ${seed}: some partition has no owner`)
    assert.equal(w.groupState().groupState, 'Stable', `seed ${seed}`)
  }
  const fetched = () =>
    w.tell('offsetFetch', {
      client: client('c', 9),
      group: { groupId: 'offsets', memberId: null, memberEpoch: -1, topics: null },
      requireStable: false,
    })
  const answer = fetched()
  for (const [partition, { acknowledged, sent }] of offsets.entries()) {
    const found = answer.topics?.[0]?.partitions?.find((p) => p.partitionIndex === partition)?.committedOffset ?? -1
    assert.ok(
      found >= acknowledged && found <= sent,
      `seed ${seed}: ${acknowledged} was acknowledged, ${found} is kept`,
    )
  }
  // What is replayed is what is there.
  const before = [w.groupState(), answer]
  w.fail()
  assert.deepEqual([w.groupState(), fetched()], before, `seed ${seed}`)
}

test('whatever the log and the network do: one owner at most, in the end one each, no acknowledged offset lost', () => {
  for (let seed = 1; seed <= 150; seed++) run(seed)
})
