import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClusterFacts, healthOf } from './health.ts'

const broker = (id: number, isFenced = false) => {
  return {
    id,
    address: `localhost:${9091 + id}`,
    rack: null,
    isFenced,
    metadataVersions: isFenced ? null : '3.3 to 4.3',
  }
}
const voter = (id: number, behindMs: number | null = 0) => ({ id, lag: 0, behindMs })
const partition = (index: number, leader: number, isr: readonly number[], more = {}) => {
  return {
    partition: index,
    leader,
    leaderEpoch: 0,
    replicas: [1, 2, 3],
    isr,
    elr: [],
    lastKnownElr: [],
    offlineReplicas: [],
    ...more,
  }
}

function facts(o: Partial<ClusterFacts> & { partitions?: ReturnType<typeof partition>[] }): ClusterFacts {
  return {
    clusterId: 'c',
    metadataVersion: '4.3-IV0',
    quorum: { leaderId: 1, leaderEpoch: 4, highWatermark: 90, voters: [1, 2, 3].map((id) => voter(id)), observers: [] },
    whyNoQuorum: null,
    brokers: [1, 2, 3].map((id) => broker(id)),
    topics: [{ name: 'orders', minIsr: 2, partitions: o.partitions ?? [partition(0, 1, [1, 2, 3])] }],
    ...o,
  }
}

const told = (of: ClusterFacts) => healthOf(of).problems.map(({ kind, what, advice }) => `${kind}: ${what}. ${advice}`)

test('where everything is in sync there is nothing to do', () => {
  assert.deepEqual(healthOf(facts({})), { offline: [], underMinIsr: [], underReplicated: [], problems: [] })
})

test('a fenced broker is told of once, with what it holds, and not again for each partition', () => {
  const health = healthOf(
    facts({
      brokers: [broker(1), broker(2), broker(3, true)],
      partitions: [partition(0, 1, [1, 2]), partition(1, 2, [1, 2])],
    }),
  )
  assert.deepEqual(health.underReplicated, ['orders-0', 'orders-1'])
  assert.deepEqual(
    health.problems.map(({ kind }) => kind),
    ['broker'],
  )
  assert.match(health.problems[0]!.what, /^Broker 3 \(localhost:9094\) is fenced/)
  assert.match(health.problems[0]!.advice, /Its 2 replicas come back in sync by themselves\..* unregister --id 3\.$/)
})

test('under min ISR, producers are refused: who must come back is said', () => {
  const of = facts({ brokers: [broker(1), broker(2, true), broker(3, true)], partitions: [partition(0, 1, [1])] })
  assert.deepEqual(healthOf(of).underMinIsr, ['orders-0'])
  assert.match(
    told(of)[2]!,
    /orders-0 has 1 of at least 2 replicas in sync \(in sync: 1; missing: 2,3\).*Start brokers 2 and 3\./,
  )
})

test('a topic with fewer replicas than min ISR asks for no more than it has', () => {
  const one = { ...partition(0, 1, [1]), replicas: [1] }
  assert.deepEqual(healthOf(facts({ partitions: [one] })).problems, [])
})

test('a replica that lags though its broker runs, and one on a broker that is not there', () => {
  assert.match(
    told(facts({ partitions: [partition(0, 1, [1, 2])] }))[0]!,
    /orders-0 is not in sync on 3 .*Broker 3 runs: it catches up/,
  )
  const of = facts({ brokers: [broker(1), broker(2)], partitions: [partition(0, 1, [1, 2])] })
  assert.match(told(of)[0]!, /Broker 3 is not in the cluster: move the replicas/)
})

test('without a leader: those that have everything, else the last of them, and what unclean would mean', () => {
  const brokers = [broker(1), broker(2, true), broker(3, true)]
  const withIsr = facts({ brokers, partitions: [partition(0, -1, [2])] })
  assert.match(
    told(withIsr)[2]!,
    /^offline: orders-0 has no leader.*Start broker 2: all that was acknowledged is there\.$/,
  )
  const withElr = facts({ brokers, partitions: [partition(0, -1, [], { elr: [2, 3] })] })
  assert.match(told(withElr)[2]!, /Start brokers 2 or 3: all/)
  const lost = facts({ brokers, partitions: [partition(4, -1, [], { lastKnownElr: [2] })] })
  assert.match(
    told(lost)[2]!,
    /Start broker 2\. If it is lost for ever, broker 1 can lead.*--election-type unclean --topic orders --partition 4\./,
  )
  assert.deepEqual(healthOf(lost).offline, ['orders-4'])
})

test('voters that do not follow, and how many more may be lost', () => {
  const quorum = {
    leaderId: 1,
    leaderEpoch: 4,
    highWatermark: 90,
    voters: [voter(1), voter(2, 60_000), voter(3)],
    observers: [],
  }
  assert.match(
    told(facts({ quorum }))[0]!,
    /^voter: Controller 2 does not follow the metadata quorum since 60 s\. .* cannot lose one more/,
  )
  const five = { ...quorum, voters: [...quorum.voters, voter(4), voter(5)] }
  assert.match(told(facts({ quorum: five }))[0]!, /The quorum can lose 1 more\.$/)
})

test('no leader of the quorum', () => {
  const [line = ''] = told(facts({ quorum: null, whyNoQuorum: 'TIMED_OUT' }))
  assert.match(line, /^quorum: No controller leads the metadata quorum \(TIMED_OUT\)\..*more than half of the voters/)
})
