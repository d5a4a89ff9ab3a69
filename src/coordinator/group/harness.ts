import type { Uuid } from '../../bytes/index.ts'
import type { Logger, Random } from '../../env/index.ts'
import type { ConfigImage, MetadataDelta, MetadataImage, PartitionImage, TopicImage } from '../../metadata/index.ts'
import { errors } from '../../protocol/index.ts'
import { ManualClock, MemoryShardLog, ShardRuntime } from '../../runtime/index.ts'
import { type GroupCoordinatorConfig, groupCoordinatorDefaults } from './config.ts'
import type { GroupAnswer, GroupAsk, GroupAskKind, GroupAsks, GroupClient, GroupInput } from './inputs.ts'
import { type GroupRecord, groupCodec } from './records.ts'
import { groupShard } from './shard.ts'
import type { GroupState } from './state.ts'

/** Something asked in a test; `answer` is undefined as long as it waits. */
export interface Asked<K extends GroupAskKind> {
  answer: GroupAsks[K]['answer'] | undefined
}

/** A random that counts: member ids differ, and are the same in every run. */
class CountingRandom implements Random {
  #count = 0
  next(): number {
    return 0.5
  }
  below(): number {
    return 0
  }
  bytes(into: Uint8Array): Uint8Array {
    const count = ++this.#count
    into.fill(0)
    into[14] = count >> 8
    into[15] = count
    return into
  }
}

/** One shard of groups over a log in memory, with a clock that moves when told: for tests. */
export class GroupWorld {
  readonly clock = new ManualClock()
  readonly log = new MemoryShardLog(this.clock)
  readonly lines: string[] = []
  readonly config: { -readonly [K in keyof GroupCoordinatorConfig]: GroupCoordinatorConfig[K] }
  readonly runtime: ShardRuntime<GroupState, GroupInput, GroupAnswer, GroupRecord>
  #topics = new Map<string, TopicImage>()
  #configs = new Map<string, ConfigImage>()
  #imageOffset = 0

  constructor(config: Partial<GroupCoordinatorConfig> = {}) {
    this.config = { ...groupCoordinatorDefaults, ...config }
    const put = (message: string, fields?: object) => {
      this.lines.push(`${message} ${JSON.stringify(fields ?? {})}`)
    }
    const logger: Logger = { debug: put, info: put, warn: put, error: put, child: () => logger }
    this.runtime = new ShardRuntime({
      name: '__consumer_offsets-0',
      shard: groupShard(this.config, { random: new CountingRandom(), logger, image: () => this.image() }),
      codec: groupCodec,
      log: this.log,
      clock: this.clock,
      logger,
      codes: {
        loading: errors.COORDINATOR_LOAD_IN_PROGRESS,
        stopped: errors.NOT_COORDINATOR,
        offline: errors.COORDINATOR_NOT_AVAILABLE,
        overdue: errors.REQUEST_TIMED_OUT,
        tooLarge: errors.MESSAGE_TOO_LARGE,
      },
      commitTimeoutMs: 5000,
    })
    this.runtime.start()
    this.clock.run()
  }

  ask<K extends GroupAskKind>(kind: K, ask: GroupAsks[K]['ask']): Asked<K> {
    const asked: Asked<K> = { answer: undefined }
    this.runtime.submit({ kind, ...ask } as unknown as GroupAsk, (answer) => {
      asked.answer = answer as GroupAsks[K]['answer']
    })
    this.clock.run()
    return asked
  }

  /** Asks what is answered at once. */
  tell<K extends GroupAskKind>(kind: K, ask: GroupAsks[K]['ask']): GroupAsks[K]['answer'] {
    const { answer } = this.ask(kind, ask)
    if (answer === undefined) throw new Error(`${kind} is not answered (${this.lines.at(-1)})`)
    return answer
  }

  /** Loses the leadership and comes back: what was soft is gone, what was written is read again. */
  fail(): void {
    this.log.lose(errors.NOT_COORDINATOR)
    this.runtime.start()
    this.clock.advance(0)
  }

  /** Every record in the log, decoded. */
  records(from = 0): GroupRecord[] {
    return this.log.batches
      .filter((batch) => batch.marker === null)
      .flatMap((batch) => batch.records.map((record, i) => ({ record, offset: batch.base + i })))
      .filter(({ offset }) => offset >= from)
      .map(({ record }) => groupCodec.decode(record)!)
  }

  /** Makes, grows or replaces a topic and publishes the change. Racks: one list of broker racks per partition. */
  topic(name: string, id: Uuid, partitionCount: number): void {
    const partitions = Array.from({ length: partitionCount }, () => ({ replicas: [0], isr: [0], leader: 0 }))
    const before = this.#topics.get(name)
    this.#topics.set(name, { id, name, partitions: partitions as unknown as readonly PartitionImage[] })
    const isOther = before !== undefined && before.id !== id
    this.#publish({
      topicsChanged: new Set([id]),
      topicsCreated: new Set(before === undefined || isOther ? [id] : []),
      ...(isOther ? { topicsDeleted: new Map([[before.id, before]]) } : {}),
    })
  }

  deleteTopic(name: string): void {
    const topic = this.#topics.get(name)!
    this.#topics.delete(name)
    this.#publish({ topicsDeleted: new Map([[topic.id, topic]]) })
  }

  groupConfig(groupId: string, values: Record<string, string>): void {
    const key = `32:${groupId}`
    this.#configs.set(key, { type: 32, name: groupId, values: new Map(Object.entries(values)) })
    this.#publish({ configsChanged: new Set([key]) })
  }

  image(): MetadataImage {
    return {
      offset: this.#imageOffset,
      epoch: 1,
      features: new Map(),
      brokers: new Map(),
      controllers: new Map(),
      topicsByName: this.#topics,
      topicsById: new Map([...this.#topics.values()].map((topic) => [topic.id, topic])),
      configs: this.#configs,
      clientQuotas: [],
      scramCredentials: [],
      acls: new Map(),
      nextProducerId: 0,
    } as unknown as MetadataImage
  }

  #publish(delta: Partial<MetadataDelta>): void {
    this.#imageOffset++
    const none: MetadataDelta = {
      topicsChanged: new Set(),
      topicsCreated: new Set(),
      topicsDeleted: new Map(),
      topicIdsRemoved: new Set<string>(),
      brokersChanged: new Set(),
      configsChanged: new Set(),
      featuresChanged: false,
      clientQuotasChanged: false,
      scramChanged: false,
      aclsChanged: false,
      isWhole: false,
    }
    this.runtime.tell({ kind: 'image', delta: { ...none, ...delta } })
    this.clock.advance(0)
  }
}

export function client(clientId: string, apiVersion: number): GroupClient {
  return { clientId, host: '/127.0.0.1', apiVersion, mayDescribe: null }
}

/** A small generator of numbers from a seed (mulberry32), for simulations. */
export function randomFrom(seed: number): (bound: number) => number {
  return (bound) => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % bound
  }
}
