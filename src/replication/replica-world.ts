import assert from 'node:assert/strict'
import { crc32c, type Slice } from '../bytes/index.ts'
import type { Done, Failure, Logger, Random } from '../env/index.ts'
import { ManualClock, memoryDisk } from '../env/memory/index.ts'
import { defaultLogConfig, type Log, type LogConfig, openLogStore, writeMetaProperties } from '../log/index.ts'
import type { PartitionImage } from '../metadata/index.ts'
import { type AnyApi, type ErrorCode, errorName, errors, Fetch, ListOffsets } from '../protocol/index.ts'
import { BatchBuilder, BatchCursor, RecordCursor } from '../records/index.ts'
import type { CommittedIsr, IsrChange } from './in-sync-replicas.ts'
import { emptyFetchResult, Fetcher, Partition } from './index.ts'

const topicId = 'dG9waWN0b3BpY3RvcGljdA'
const topic = 'events'
export const lagMaxMs = 1000
const backoffMs = 100
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const random: Random = { next: () => 0.5, below: () => 0, bytes: (into) => into.fill(7) }

interface Replica {
  readonly id: number
  readonly partition: Partition
  fetcher: Fetcher | null
}

/**
 * Three replicas of one partition, real logs on a disk in memory, and a controller that does what it is told. Fetches go
 * from follower to leader as bytes would: links can be cut, and requests wait until the leader has something.
 */
export class ReplicaWorld {
  readonly clock = new ManualClock()
  readonly replicas: Replica[] = []
  readonly cut = new Set<number>()
  readonly fenced = new Set<number>()
  /** What the leader asked of the controller. */
  readonly changes: IsrChange[] = []
  image: PartitionImage = {
    ...{ replicas: [1, 2, 3], isr: [1, 2, 3], leader: 1, leaderEpoch: 0, partitionEpoch: 0, leaderRecoveryState: 0 },
    ...{ directories: [], removingReplicas: [], addingReplicas: [], elr: [], lastKnownElr: [] },
  }

  constructor(config: Partial<LogConfig> = {}) {
    for (const id of this.image.replicas) {
      const log = this.#openLog(id, { ...defaultLogConfig, ...config })
      const partition = new Partition({
        ...{ topicId, topic, index: 0, log, image: this.image, flushesToCommit: true },
        ports: {
          brokerId: id,
          lagMaxMs,
          monoMs: () => this.clock.monoMs(),
          eligibleEpoch: (of) => (this.fenced.has(of) ? null : of * 100),
          alterIsr: (_, change, done) => this.#alterIsr(change, done),
        },
      })
      this.replicas.push({ id, partition, fetcher: null })
    }
    this.#publish()
  }

  #openLog(id: number, config: LogConfig): Log {
    const disk = memoryDisk(this.clock)
    const dir = `/data${id}`
    this.#wait<void>((done) => disk.mkdir(dir, done))
    const meta = { clusterId: 'cluster', nodeId: id, directoryId: `directorydirectory${id}xxA` }
    this.#wait<void>((done) => writeMetaProperties(disk, dir, meta, 0, done))
    const env = { clock: this.clock, random, disk, logger: silent, crc32c }
    const options = { dirs: [dir], nodeId: id, clusterId: 'cluster', flush: 'sync', defaults: config } as const
    const store = this.#wait((done: Done<Awaited<never>>) => openLogStore(env, options, done as never)) as unknown as {
      open: (ask: object, done: Done<Log>) => void
    }
    return this.#wait<Log>((done) => store.open({ topic, partition: 0, topicId, config }, done))
  }

  #wait<T>(start: (done: Done<T>) => void): T {
    let got: { failure: Failure | null; value: T } | null = null
    start((failure, value) => (got = { failure, value }))
    for (let turns = 0; got === null && turns < 10_000; turns++) this.clock.runTurn()
    const answer = got as { failure: Failure | null; value: T } | null
    assert.equal(answer?.failure, null)
    return answer!.value
  }

  of(id: number): Partition {
    return this.replicas.find((replica) => replica.id === id)!.partition
  }

  log(id: number): Log {
    return this.of(id).log
  }

  /** The metadata log says so: `leader` leads from now on. */
  elect(leader: number, isr: readonly number[]): void {
    const { leaderEpoch, partitionEpoch } = this.image
    this.image = { ...this.image, leader, isr, leaderEpoch: leaderEpoch + 1, partitionEpoch: partitionEpoch + 1 }
    this.#publish()
  }

  #publish(): void {
    for (const replica of this.replicas) {
      const { partition } = replica
      const epoch = replica.fetcher === null ? -1 : partition.leaderEpoch
      partition.become(this.image)
      if (epoch === partition.leaderEpoch && !partition.isLeader) continue
      replica.fetcher?.close()
      replica.fetcher = partition.isLeader ? null : this.#fetcher(replica.id)
      const { fetcher } = replica
      if (fetcher === null) continue
      partition.watch({ moved: (what) => what === 'end' && fetcher.goOn() })
      fetcher.follow(partition)
    }
  }

  #fetcher(id: number): Fetcher {
    return new Fetcher({
      ...{ clock: this.clock, logger: silent, leaderId: this.image.leader, brokerId: id },
      ...{ brokerEpoch: () => id * 100, waitMaxMs: 500, minBytes: 1, responseMaxBytes: 1 << 20, backoffMs },
      partitionMaxBytes: 1 << 20,
      throttle: { waitMs: () => 0, note: () => undefined },
      peer: { ask: (api, bodyOf, done) => this.#ask(id, api, bodyOf(api.maxVersion), done as unknown as Answered) },
    })
  }

  /** The leader's side of what the server does with these two. */
  #ask(id: number, api: AnyApi, body: unknown, done: Answered): void {
    const leaderId = this.image.leader
    const isCut = () => this.cut.has(id) || this.cut.has(leaderId)
    const answer = (of: object) => {
      const failure = { code: 'ECONNRESET', message: 'cut', retry: 'later' } as const
      this.clock.atTurnEnd(() => {
        if (isCut()) done(failure, undefined as never)
        else done(null, { version: api.maxVersion, answer: of })
      })
    }
    if (isCut()) return answer({})
    const leader = this.of(leaderId)
    if (api === ListOffsets) {
      const ask = (body as { topics: { partitions: { timestamp: number }[] }[] }).topics[0]!.partitions[0]!
      const offset = ask.timestamp === -2 ? leader.log.startOffset : leader.log.endOffset
      return answer({ topics: [{ partitions: [{ errorCode: errors.NONE, offset }] }] })
    }
    assert.equal(api, Fetch)
    this.#fetch(id, leader, body as FetchBody, answer)
  }

  #fetch(id: number, leader: Partition, body: FetchBody, answer: (of: object) => void): void {
    const asked = body.topics[0]?.partitions[0]
    assert.ok(asked, 'the leader of this world has no sessions')
    let unwatch = (): void => {}
    let isOver = false
    const read = (isTimeUp: boolean): void => {
      if (isOver) return
      const out = emptyFetchResult()
      const ask = { ...asked, bytesMax: asked.partitionMaxBytes, isFirstBatchWhole: true, isReadCommitted: false }
      const finish = (): void => {
        if (isOver || (out.bytes === 0 && out.errorCode === errors.NONE && out.divergingEpoch === null && !isTimeUp))
          return
        isOver = true
        unwatch()
        answer(answerOf(out))
      }
      if (leader.fetch({ ...ask, isFollower: true, mayReadFollower: false }, out, finish)) finish()
    }
    if (leader.isInHistory(asked)) {
      const fetched = { id, brokerEpoch: id * 100, offset: asked.fetchOffset, logStartOffset: asked.logStartOffset }
      const code = leader.followerFetched(fetched)
      if (code !== errors.NONE) return answer(answerOf({ ...emptyFetchResult(), errorCode: code }))
    }
    unwatch = leader.watch({
      moved: (what) => (what === 'end' || what === 'role') && this.clock.atTurnEnd(() => read(false)),
    })
    this.clock.at(this.clock.monoMs() + body.maxWaitMs, () => read(true))
    read(false)
  }

  #alterIsr(change: IsrChange, done: (errorCode: ErrorCode, now: CommittedIsr | null) => void): void {
    this.changes.push(change)
    this.clock.atTurnEnd(() => {
      const { leaderEpoch, partitionEpoch } = this.image
      if (change.leaderEpoch !== leaderEpoch) return done(errors.FENCED_LEADER_EPOCH, null)
      if (change.partitionEpoch !== partitionEpoch) return done(errors.INVALID_UPDATE_VERSION, null)
      this.image = { ...this.image, isr: change.isr, partitionEpoch: partitionEpoch + 1 }
      done(errors.NONE, this.image)
      this.#publish()
    })
  }

  /** Appends to whoever leads; gives the name of the answer that acks=all gets, in time. */
  produce(value: string): { code: string | null } {
    const leader = this.of(this.image.leader)
    const ask = { acks: -1, origin: 'client', expectedLeaderEpoch: -1 } as const
    const appended = leader.append(batchOf(value, this.clock.wallMs()), ask, this.clock.wallMs())
    if (typeof appended === 'number') return { code: errorName(appended) }
    const outcome: { code: string | null } = { code: null }
    leader.whenCommitted(appended.lastOffset + 1, { settle: (code) => (outcome.code = errorName(code)) })
    return outcome
  }

  /** Lets time pass in small steps, with the leader looking for lagging followers. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 50) {
      this.clock.advance(50)
      this.clock.runTurns()
      for (const { partition } of this.replicas) if (partition.isLeader) partition.checkLag()
    }
  }

  values(id: number): string[] {
    const log = this.log(id)
    const found: string[] = []
    for (let from = log.startOffset; from < log.endOffset; ) {
      const into = { slices: [] as Slice[], release: () => {} }
      this.#wait<void>((done) => {
        if (log.read({ from, upTo: log.endOffset, bytesMax: 1 << 20, atLeastOne: true }, into, done)) done(null)
      })
      for (const slice of into.slices) {
        const batches = new BatchCursor(slice)
        while (batches.next()) {
          const records = new RecordCursor({ bytes: batches.bytes, from: batches.from, to: batches.to })
          while (records.next()) {
            found.push(new TextDecoder().decode(records.value ?? new Uint8Array()))
            from = records.offset + 1
          }
        }
      }
    }
    return found
  }
}

type Answered = Done<{ version: number; answer: object }>

interface FetchBody {
  readonly maxWaitMs: number
  readonly topics: readonly {
    readonly partitions: readonly {
      readonly fetchOffset: number
      readonly currentLeaderEpoch: number
      readonly lastFetchedEpoch: number
      readonly logStartOffset: number
      readonly partitionMaxBytes: number
    }[]
  }[]
}

function answerOf(out: ReturnType<typeof emptyFetchResult>): object {
  const slices = out.lease?.slices ?? []
  const bytes = new Uint8Array(slices.reduce((sum, { from, to }) => sum + to - from, 0))
  let at = 0
  for (const { bytes: from, from: start, to } of slices) {
    bytes.set(from.subarray(start, to), at)
    at += to - start
  }
  out.lease?.release()
  const partition = {
    ...{
      partitionIndex: 0,
      errorCode: out.errorCode,
      highWatermark: out.highWatermark,
      logStartOffset: out.logStartOffset,
    },
    divergingEpoch: out.divergingEpoch ?? { epoch: -1, endOffset: -1 },
    records: bytes.length === 0 ? null : { bytes, from: 0, to: bytes.length },
  }
  return { errorCode: errors.NONE, sessionId: 0, responses: [{ topic: '', topicId, partitions: [partition] }] }
}

function batchOf(value: string, timestamp: number): Slice {
  const builder = new BatchBuilder({})
  builder.append(timestamp, null, new TextEncoder().encode(value))
  const bytes = builder.build(crc32c)
  return { bytes, from: 0, to: bytes.length }
}
