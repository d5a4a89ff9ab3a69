import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors, type JoinGroup, type ResponseOf, type SyncGroup } from '../../../protocol/index.ts'
import { client, randomFrom } from '../harness.ts'
import { bytesOf, ClassicWorld, textOf } from './classic-world.ts'

const retriable: readonly number[] = [
  errors.NOT_COORDINATOR,
  errors.COORDINATOR_NOT_AVAILABLE,
  errors.COORDINATOR_LOAD_IN_PROGRESS,
]

/** A consumer of the classic protocol that joins, syncs, heartbeats, and asks anew when an answer is lost or an error. */
class Consumer {
  memberId = ''
  generation = -1
  /** What it was given in its generation: the generation and its own id, as its leader wrote it; null before it knows. */
  assignment: string | null = null
  isGone = false
  readonly #world: ClassicWorld
  readonly #random: (bound: number) => number
  readonly #instanceId: string | null
  #isWaiting = false
  #members: string[] = []

  constructor(world: ClassicWorld, random: (bound: number) => number, instanceId: string | null) {
    this.#world = world
    this.#random = random
    this.#instanceId = instanceId
  }

  act(): void {
    if (this.#isWaiting || this.isGone) return
    this.#isWaiting = true
    if (this.generation === -1) this.#join()
    else if (this.assignment === null) this.#sync()
    else this.#heartbeat()
  }

  leave(): void {
    this.isGone = true
    const members = [{ memberId: this.memberId, groupInstanceId: this.#instanceId, reason: null }]
    this.#submit(
      { kind: 'leaveGroup', client: client('c', 5), request: { groupId: 'g', memberId: '', members } },
      () => {},
    )
  }

  #submit(
    input: Parameters<ClassicWorld['runtime']['submit']>[0],
    done: (answer: { errorCode?: number }) => void,
  ): void {
    this.#world.runtime.submit(input, (answer) => {
      this.#isWaiting = false
      if (this.isGone || this.#random(12) === 0) return
      done(answer as { errorCode?: number })
    })
  }

  #join(): void {
    const request = {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 15_000,
      memberId: this.memberId,
      groupInstanceId: this.#instanceId,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: bytesOf(`m${this.#random(3)}`) }],
      reason: null,
    }
    this.#submit({ kind: 'joinGroup', client: client('c', 9), request }, (answer) => {
      const joined = answer as ResponseOf<typeof JoinGroup>
      if (joined.errorCode === errors.NONE) {
        this.memberId = joined.memberId
        this.generation = joined.generationId
        this.#members = joined.members.map(({ memberId }) => memberId)
        if (joined.skipAssignment) this.#members = []
      } else if (joined.errorCode === errors.MEMBER_ID_REQUIRED) {
        this.memberId = joined.memberId
      } else if (!retriable.includes(joined.errorCode) && joined.errorCode !== errors.REBALANCE_IN_PROGRESS) {
        this.memberId = ''
      }
    })
  }

  #sync(): void {
    const assignments = this.#members.map((memberId) => ({
      memberId,
      assignment: bytesOf(`${this.generation} ${memberId}`),
    }))
    const { memberId, generation: generationId } = this
    const named = { groupId: 'g', groupInstanceId: this.#instanceId, protocolType: 'consumer', protocolName: 'range' }
    const request = { ...named, memberId, generationId, assignments }
    this.#submit({ kind: 'syncGroup', client: client('c', 5), request }, (answer) => {
      const synced = answer as ResponseOf<typeof SyncGroup>
      if (synced.errorCode === errors.NONE) this.assignment = textOf(synced.assignment)
      else this.#failed(synced.errorCode)
    })
  }

  #heartbeat(): void {
    const { memberId, generation: generationId } = this
    const request = { groupId: 'g', generationId, memberId, groupInstanceId: this.#instanceId }
    this.#submit({ kind: 'heartbeat', client: client('c', 4), request }, ({ errorCode = 0 }) => {
      if (errorCode !== errors.NONE) this.#failed(errorCode)
    })
  }

  #failed(code: number): void {
    if (retriable.includes(code)) return
    this.generation = -1
    this.assignment = null
    if (code === errors.UNKNOWN_MEMBER_ID || code === errors.FENCED_INSTANCE_ID) this.memberId = ''
  }
}

function run(seed: number): void {
  const random = randomFrom(seed)
  const w = new ClassicWorld({ initialRebalanceDelayMs: random(2) * 3000 })
  const consumers: Consumer[] = []
  let born = 0
  for (let step = 0; step < 500; step++) {
    const dice = random(100)
    if (dice < 4 && consumers.length < 6) consumers.push(new Consumer(w, random, random(3) === 0 ? `i${born++}` : null))
    else if (dice < 6 && consumers.length > 0) {
      const [gone] = consumers.splice(random(consumers.length), 1)
      if (random(2) === 0) gone!.leave()
      gone!.isGone = true
    } else if (dice < 7) {
      w.log.loseTail()
      w.log.lose(errors.NOT_COORDINATOR)
      w.runtime.start()
    } else if (dice < 9) w.log.isHolding = true
    else if (dice < 11) w.log.refusal = errors.NOT_ENOUGH_REPLICAS
    else if (dice < 12) w.log.isRefusingLate = true
    else if (dice < 20) {
      w.log.refusal = 0
      w.log.isRefusingLate = false
      w.log.isHolding = false
      w.log.commit()
    } else if (consumers.length > 0) consumers[random(consumers.length)]!.act()
    if (random(3) === 0) w.clock.advance(random(1500))
    else w.clock.run()
  }
  w.log.refusal = 0
  w.log.isRefusingLate = false
  w.log.isHolding = false
  w.log.commit()
  for (let round = 0; round < 80; round++) {
    w.clock.advance(1500)
    for (const consumer of consumers) consumer.act()
    w.clock.run()
  }
  w.clock.advance(0)
  assert.equal(w.runtime.status, 'active', `seed ${seed}`)
  if (consumers.length === 0) return
  assert.equal(w.state(), 'Stable', `seed ${seed}`)
  const generations = new Set(consumers.map(({ generation }) => generation))
  assert.equal(generations.size, 1, `seed ${seed}: ${[...generations]}`)
  assert.equal(w.describe().members!.length, consumers.length, `seed ${seed}`)
  for (const { memberId, assignment } of consumers) {
    // A static member that came back keeps what its former id was given.
    const given = w.describe().members!.find((member) => member.memberId === memberId)!
    assert.equal(assignment, textOf(given.memberAssignment as Uint8Array), `seed ${seed}`)
  }
  assert.equal(w.runtime.waitingCount, 0, `seed ${seed}: somebody is never answered`)
  const before = w.describe()
  w.fail()
  assert.deepEqual(w.describe(), before, `seed ${seed}`)
}

test('whatever the log and the network do, in the end all are in one generation and nobody waits', () => {
  for (let seed = 1; seed <= 200; seed++) run(seed)
})
