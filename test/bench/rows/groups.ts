import { ConsumerGroupHeartbeat, errorName, errors, FindCoordinator } from '../../../src/protocol/index.ts'
import type { Broker } from '../brokers.ts'
import type { FigureSpec, Who } from '../figures.ts'
import { rssMib } from '../proc.ts'
import { RawClient } from '../raw-client.ts'
import { createTopic } from '../topics.ts'
import { contenders, type Row, stopAll, type World } from '../world.ts'

const groupCount = 10_000
const inFlight = 100

/** What many consumer groups (KIP-848) cost one node: each has one member, with six partitions. */
export const groups: Row = {
  name: 'groups',
  about: '10,000 consumer groups of one member each: time to join and be assigned, RSS per group',
  async run(world) {
    for (let round = 0; round < world.rounds; round++) {
      const all = await contenders(world, ['sync'])
      try {
        for (const { who, broker } of all) await one(world, who, broker)
      } finally {
        await stopAll(all)
      }
    }
  },
}

const join: FigureSpec = { id: 'groups/10000/join', unit: 'ms', better: 'lower' }
const perGroup: FigureSpec = { id: 'groups/10000/rss-per-group', unit: 'KiB', better: 'lower' }

async function one(world: World, who: Who, broker: Broker): Promise<void> {
  const client = await RawClient.connect(broker.bootstrap)
  const count = world.isQuick ? groupCount / 10 : groupCount
  await createTopic(client, 'grouped', 6)
  await untilCoordinated(client)
  await heartbeat(client, 'before', 0)
  await settled(world)
  const beforeMib = rssMib(broker.pid)
  const startMs = performance.now()
  let next = 0
  const some = async (): Promise<void> => {
    while (next < count) {
      const groupId = `group-${next++}`
      let epoch = await heartbeat(client, groupId, 0)
      // Until the member is where its group is, which its partitions come with.
      while (epoch !== (epoch = await heartbeat(client, groupId, epoch)));
    }
  }
  await Promise.all(Array.from({ length: inFlight }, some))
  world.figures.sample(join, who, performance.now() - startMs)
  await settled(world)
  world.figures.sample(perGroup, who, ((rssMib(broker.pid) - beforeMib) * 1024) / count)
  client.close()
}

/** Answers the member's epoch. */
async function heartbeat(client: RawClient, groupId: string, memberEpoch: number): Promise<number> {
  const isNew = memberEpoch === 0
  for (;;) {
    const answer = await client.request(ConsumerGroupHeartbeat, 1, {
      ...{ groupId, memberId: `member-of-${groupId}`, memberEpoch },
      ...{ instanceId: null, rackId: null, subscribedTopicRegex: null, serverAssignor: null },
      rebalanceTimeoutMs: isNew ? 60_000 : -1,
      subscribedTopicNames: isNew ? ['grouped'] : null,
      topicPartitions: isNew ? [] : null,
    })
    if (answer.errorCode === errors.NONE) return answer.memberEpoch
    if (answer.errorCode !== errors.COORDINATOR_LOAD_IN_PROGRESS && answer.errorCode !== errors.NOT_COORDINATOR) {
      throw new Error(`${groupId}: ${errorName(answer.errorCode)} ${answer.errorMessage ?? ''}`)
    }
  }
}

async function untilCoordinated(client: RawClient): Promise<void> {
  for (;;) {
    const { coordinators } = await client.request(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['before'] })
    if (coordinators[0]!.errorCode === errors.NONE) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** What the work itself left in memory is given back by then; no member's session has ended. */
function settled(world: World): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, world.isQuick ? 1000 : 20_000))
}
