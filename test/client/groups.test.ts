import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Consumer, ConsumerOptions, Kafka } from '../../src/client/node.ts'
import { Cuttable, clientsOf, codeOf, newGroup, newTopic, type RunningBroker, startTarget, until } from './world.ts'

let broker: RunningBroker
let kafka: Kafka
before(async () => {
  broker = await startTarget()
  kafka = clientsOf(broker.bootstrapServers)
})
after(async () => {
  for (const member of members) member.die()
  await broker.stop()
})

const members = new Set<Member>()

const partitions = 6
const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? new Uint8Array())

/** A member that reads in the background and notes what came. */
class Member {
  readonly way = new Cuttable()
  readonly seen: string[]
  readonly consumer: Consumer
  readonly #reading: Promise<void>

  constructor(topic: string, groupId: string, seen: string[], more: Partial<ConsumerOptions> = {}) {
    members.add(this)
    this.seen = seen
    this.consumer = clientsOf(broker.bootstrapServers, this.way.env).consumer({
      ...{ groupId, topics: [topic], autoOffsetReset: 'earliest' },
      ...(more.groupProtocol === 'consumer' ? {} : { sessionTimeoutMs: 1500, heartbeatIntervalMs: 200 }),
      ...more,
    })
    this.#reading = this.#read(this.consumer)
  }

  async #read(consumer: Consumer): Promise<void> {
    for await (const record of consumer) this.seen.push(text(record.value))
  }

  get owned(): number {
    return this.consumer.assignment().length
  }

  async leave(): Promise<void> {
    await this.consumer.close()
    await this.#reading
  }

  die(): void {
    this.way.die()
  }
}

async function produce(topic: string, prefix: string, count: number): Promise<string[]> {
  await using producer = kafka.producer()
  const values = Array.from({ length: count }, (_, n) => `${prefix}${n}`)
  await producer.sendAll(values.map((value, n) => ({ topic, partition: n % partitions, value })))
  return values
}

for (const groupProtocol of ['classic', 'consumer'] as const) {
  test(`three members share, one leaves, one dies, nothing is lost: ${groupProtocol}`, async () => {
    const [topic, group] = [await newTopic(kafka, partitions), newGroup()]
    const seen: string[] = []
    const first = new Member(topic, group, seen, { groupProtocol })
    await until('the first has all', () => first.owned === partitions)
    const second = new Member(topic, group, seen, { groupProtocol })
    await until('two share', () => first.owned === 3 && second.owned === 3)
    const third = new Member(topic, group, seen, { groupProtocol })
    await until('three share', () => [first, second, third].every((m) => m.owned === 2))
    const expected = await produce(topic, 'a', 60)
    await until('60 are read', () => new Set(seen).size === 60)
    await third.leave()
    await until('two share again', () => first.owned === 3 && second.owned === 3)
    second.die()
    expected.push(...(await produce(topic, 'b', 60)))
    await until('the last one has all', () => first.owned === partitions)
    await until('120 are read', () => new Set(seen).size === 120)
    await first.leave()
    assert.deepEqual([...new Set(seen)].sort(), [...new Set(expected)].sort())
    // the last member's records are committed by its close: who comes next begins there
    await using admin = kafka.admin()
    const committed = await admin.listGroupOffsets(group)
    let sum = 0
    for (const { value } of committed.values()) sum += value?.offset ?? 0
    assert.equal(sum, 120)
  })

  test(`a rebalance listener hears of what comes and goes, and may commit what goes: ${groupProtocol}`, async () => {
    const [topic, group] = [await newTopic(kafka, 2), newGroup()]
    const told: string[] = []
    const first = new Member(topic, group, [], {
      groupProtocol,
      autoCommit: false,
      rebalanceListener: {
        assigned: (list) => void told.push(`+${list.length}`),
        revoked: async (list) => {
          told.push(`-${list.length}`)
          await first.consumer.commit()
        },
      },
    })
    await until('it has both', () => first.owned === 2)
    await using producer = kafka.producer()
    await producer.sendAll([0, 1].map((partition) => ({ topic, partition, value: 'x' })))
    await until('both are read', () => first.seen.length === 2)
    const second = new Member(topic, group, [], { groupProtocol })
    await until('they share', () => first.owned === 1 && second.owned === 1)
    assert.equal(told[0], '+2')
    assert.ok(told.includes('-2') || told.includes('-1'), told.join(' '))
    await second.leave()
    await first.leave()
    assert.equal(told.at(-1)?.[0], '-')
    await using admin = kafka.admin()
    const committed = await admin.listGroupOffsets(group)
    assert.deepEqual(
      [...committed.values()].map((c) => c.value?.offset),
      [1, 1],
    )
    assert.deepEqual(second.seen, [])
  })

  test(`a member that does not ask for records loses its place, hears of it, and comes back: ${groupProtocol}`, async () => {
    const [topic, group] = [await newTopic(kafka, 2), newGroup()]
    const told: string[] = []
    const rebalanceListener = {
      assigned: (list: readonly unknown[]) => void told.push(`+${list.length}`),
      revoked: (list: readonly unknown[]) => void told.push(`-${list.length}`),
      lost: (list: readonly unknown[]) => void told.push(`lost ${list.length}`),
    }
    const timings = groupProtocol === 'classic' ? { sessionTimeoutMs: 1500, heartbeatIntervalMs: 200 } : {}
    await using slow = clientsOf(broker.bootstrapServers).consumer({
      ...{ groupId: group, topics: [topic], groupProtocol, rebalanceListener, autoOffsetReset: 'earliest' },
      ...{ maxPollIntervalMs: 500, ...timings },
    })
    while (slow.assignment().length < 2) await slow.poll({ timeoutMs: 50 })
    const other = new Member(topic, group, [], { groupProtocol })
    await until('the other one has all', () => other.owned === 2)
    while (other.owned !== 1 || slow.assignment().length !== 1) await slow.poll({ timeoutMs: 50 })
    assert.deepEqual(told.slice(0, 2), ['+2', 'lost 2'])
    assert.equal(told.at(-1), '+1')
    await other.leave()
  })

  test(`a member that lost its place cannot take offsets back while the group is empty: ${groupProtocol}`, async () => {
    const [topic, group] = [await newTopic(kafka), newGroup()]
    await using slow = clientsOf(broker.bootstrapServers).consumer({
      ...{ groupId: group, topics: [topic], groupProtocol, autoCommit: false, maxPollIntervalMs: 500 },
      ...(groupProtocol === 'classic' ? { sessionTimeoutMs: 1500, heartbeatIntervalMs: 200 } : {}),
    })
    while (slow.assignment().length < 1) await slow.poll({ timeoutMs: 50 })
    await slow.commit([{ topic, partition: 0, offset: 2 }])
    await using admin = kafka.admin()
    await until('the group is empty', async () => {
      return (await admin.describeGroups([group])).get(group)?.value?.state === 'Empty'
    })
    await admin.alterGroupOffsets(group, [{ topic, partition: 0, offset: 5 }])
    assert.equal(await codeOf(slow.commit([{ topic, partition: 0, offset: 3 }])), 'UNKNOWN_MEMBER_ID')
    assert.equal((await admin.listGroupOffsets(group)).get(topic, 0)?.value?.offset, 5)
  })

  test(`a second member with the same instance id fences the first: ${groupProtocol}`, async () => {
    const [topic, group] = [await newTopic(kafka), newGroup()]
    const o = { groupProtocol, groupInstanceId: 'twin', sessionTimeoutMs: 10_000 }
    const clients = clientsOf(broker.bootstrapServers)
    const options = { ...o, groupId: group, topics: [topic] }
    if (groupProtocol === 'consumer') delete (options as { sessionTimeoutMs?: number }).sessionTimeoutMs
    await using first = clients.consumer(options)
    while (first.assignment().length < 1) await first.poll({ timeoutMs: 50 })
    await using second = clients.consumer(options)
    const fenced = groupProtocol === 'classic' ? first : second
    const code = codeOf(
      (async () => {
        for (;;) await fenced.poll({ timeoutMs: 50 })
      })(),
    )
    if (fenced === first) while (second.assignment().length < 1) await second.poll({ timeoutMs: 50 })
    // KIP-345: the newer wins; KIP-848: the older stays until it is gone
    assert.equal(await code, groupProtocol === 'classic' ? 'FENCED_INSTANCE_ID' : 'UNRELEASED_INSTANCE_ID')
  })

  test(`a static member finds its partitions again without a rebalance of the others: ${groupProtocol}`, async () => {
    const [topic, group] = [await newTopic(kafka, 2), newGroup()]
    let changes = 0
    const listener = { assigned: () => void changes++ }
    const stays = { groupProtocol, groupInstanceId: 'stays', sessionTimeoutMs: 10_000 }
    const first = new Member(topic, group, [], { ...stays, rebalanceListener: listener })
    await until('the first has both', () => first.owned === 2)
    const returns = { groupProtocol, groupInstanceId: 'returns', sessionTimeoutMs: 10_000 }
    const second = new Member(topic, group, [], returns)
    await until('they share', () => first.owned === 1 && second.owned === 1)
    const before = changes
    const had = second.consumer.assignment()
    await second.leave()
    const again = new Member(topic, group, [], returns)
    await until('it is back', () => again.owned === 1)
    assert.deepEqual(again.consumer.assignment(), had)
    assert.equal(first.owned, 1)
    assert.equal(changes, before)
    await again.leave()
    await first.leave()
  })
}

test('cooperative members keep what they keep while others come', async () => {
  const { cooperativeStickyAssignor } = await import('../../src/client/node.ts')
  const [topic, group] = [await newTopic(kafka, 4), newGroup()]
  const revoked: number[] = []
  const o = { assignors: [cooperativeStickyAssignor] }
  const first = new Member(topic, group, [], {
    ...o,
    rebalanceListener: { revoked: (l) => void revoked.push(l.length) },
  })
  await until('the first has all', () => first.owned === 4)
  const second = new Member(topic, group, [], o)
  await until('they share', () => first.owned === 2 && second.owned === 2)
  assert.deepEqual(revoked, [2])
  await second.leave()
  await first.leave()
})

test('a pattern follows topics that come', async () => {
  const group = newGroup()
  const prefix = `p${group.slice(2)}`
  await using admin = kafka.admin()
  await admin.createTopics([{ name: `${prefix}-a`, partitions: 1 }])
  const clients = clientsOf(broker.bootstrapServers)
  const local = clients.consumer({ groupId: group, topics: new RegExp(`^${prefix}`), metadataMaxAgeMs: 200 })
  const byBroker = clients.consumer({
    groupId: newGroup(),
    groupProtocol: 'consumer',
    topics: { pattern: `${prefix}-.*` },
  })
  const polling = [local, byBroker].map(async (consumer) => {
    for await (const _ of consumer);
  })
  await until('one is there', () => [local, byBroker].every((c) => c.assignment().length === 1))
  await admin.createTopics([{ name: `${prefix}-b`, partitions: 2 }])
  await until('both are there', () => local.assignment().length === 3)
  await local.close()
  await byBroker.close()
  await Promise.all(polling)
})
