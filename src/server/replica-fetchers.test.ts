import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure, Logger } from '../env/index.ts'
import { ManualClock } from '../env/memory/index.ts'
import { type AnyApi, errors } from '../protocol/index.ts'
import type { Partition, Watcher } from '../replication/index.ts'
import { ReplicaFetchers } from './replica-fetchers.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }
const topicId = 'dG9waWN0b3BpY3RvcGljdA'
const failed: Failure = { code: 'EIO', message: 'the disk is gone', retry: 'never' }

/** A partition that follows broker 2; its log holds what the test says. */
function follower(index: number) {
  const watchers = new Set<Watcher>()
  const log = {
    endOffset: 0,
    durableOffset: 0,
    startOffset: 0,
    highWatermark: 0,
    latestEpoch: 0,
    failure: null as Failure | null,
  }
  const image = { leader: 2, leaderEpoch: 0 }
  const watch = (watcher: Watcher) => {
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  }
  const partition = {
    topicId,
    topic: 't',
    index,
    log,
    image,
    leaderEpoch: 0,
    isLeader: false,
    isGone: false,
    isInSync: true,
    watch,
  }
  const tell = (what: Parameters<Watcher['moved']>[0]) => {
    for (const watcher of watchers) watcher.moved(what)
  }
  return { log, tell, partition: partition as unknown as Partition }
}

test('a log that fails before it is durable does not keep the others of its leader from being copied', () => {
  const clock = new ManualClock()
  const asked: number[][] = []
  const answers: (() => void)[] = []
  const ask = (_api: AnyApi, bodyOf: (version: number) => unknown, done: (failure: null, got: unknown) => void) => {
    const { topics } = bodyOf(17) as { topics: { partitions: { partition: number }[] }[] }
    asked.push(topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition)))
    answers.push(() => done(null, { version: 17, answer: { errorCode: errors.NONE, sessionId: 0, responses: [] } }))
  }
  const fetchers = new ReplicaFetchers({
    ...{ clock, logger: quiet, brokerId: 1, brokerEpoch: () => 7, fetchersPerLeader: 1 },
    limits: { waitMaxMs: 500, minBytes: 1, responseMaxBytes: 1 << 20, partitionMaxBytes: 1 << 20, backoffMs: 1000 },
    throttle: { waitMs: () => 0, note: () => undefined },
    address: () => ({ host: 'localhost', port: 9092 }),
    connect: () => ({ ask, close: () => undefined }) as never,
  })
  const [first, second] = [follower(0), follower(1)]
  fetchers.place(first.partition)
  fetchers.place(second.partition)
  clock.runTurns()
  assert.deepEqual(asked, [[0, 1]])
  first.log.endOffset = 10
  answers.shift()!()
  clock.runTurns()
  assert.equal(asked.length, 1, 'a fetch would acknowledge what is not durable')
  first.log.failure = failed
  first.tell('role')
  clock.runTurns()
  assert.deepEqual(asked[1], [1])
})
