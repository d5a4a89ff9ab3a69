import type { Crc32c } from '../bytes/index.ts'
import {
  type GroupAnswer,
  type GroupAsk,
  type GroupAskKind,
  type GroupAsks,
  type GroupCoordinatorConfig,
  type GroupInput,
  groupCodec,
  groupShard,
  type Outcome,
  partitionFor,
} from '../coordinator/index.ts'
import type { Env } from '../env/index.ts'
import type { MetadataDelta, MetadataImage } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import type { Partition } from '../replication/index.ts'
import { elementsPerPiece, type Pieces, ShardRuntime, type Where } from '../runtime/index.ts'
import { GROUP_TOPIC } from './internal-topics.ts'
import { PartitionShardLog } from './partition-shard-log.ts'
import type { LeadershipListener } from './partition-table.ts'

const codes = {
  loading: errors.COORDINATOR_LOAD_IN_PROGRESS,
  stopped: errors.NOT_COORDINATOR,
  offline: errors.COORDINATOR_NOT_AVAILABLE,
  overdue: errors.COORDINATOR_NOT_AVAILABLE,
  tooLarge: errors.UNKNOWN_SERVER_ERROR,
}

type Shard = ReturnType<typeof groupShard>
type State = ReturnType<Shard['empty']>
type Runtime = ShardRuntime<State, GroupInput, GroupAnswer, Parameters<Shard['apply']>[1]>

/** The group coordinators of this broker: one shard for each partition of `__consumer_offsets` that it leads. */
export class Groups implements LeadershipListener {
  readonly #env: Env
  readonly #crc32c: Crc32c
  readonly #shard: Shard
  readonly #config: GroupCoordinatorConfig & { readonly commitTimeoutMs: number }
  readonly #image: () => MetadataImage
  readonly #shards = new Map<number, { runtime: Runtime; log: PartitionShardLog }>()

  constructor(parts: {
    env: Env
    crc32c: Crc32c
    config: GroupCoordinatorConfig & { readonly commitTimeoutMs: number }
    image: () => MetadataImage
  }) {
    this.#env = parts.env
    this.#crc32c = parts.crc32c
    this.#config = parts.config
    this.#image = parts.image
    this.#shard = groupShard(parts.config, { image: parts.image, random: parts.env.random, logger: parts.env.logger })
  }

  leads(partition: Partition): void {
    if (partition.topic !== GROUP_TOPIC) return
    const { clock, logger } = this.#env
    const log = new PartitionShardLog(partition, this.#env, this.#crc32c)
    const runtime: Runtime = new ShardRuntime({
      name: `${GROUP_TOPIC}-${partition.index}`,
      shard: this.#shard,
      codec: groupCodec,
      log,
      clock,
      logger,
      codes,
      commitTimeoutMs: this.#config.commitTimeoutMs,
    })
    this.#shards.set(partition.index, { runtime, log })
    runtime.start()
  }

  resigns(topic: string, index: number): void {
    if (topic !== GROUP_TOPIC) return
    const shard = this.#shards.get(index)
    this.#shards.delete(index)
    shard?.runtime.stop(errors.NOT_COORDINATOR)
    shard?.log.close()
  }

  close(): void {
    for (const index of [...this.#shards.keys()]) this.resigns(GROUP_TOPIC, index)
  }

  /** Topics came, went or grew: groups whose members want them are told. */
  apply(delta: MetadataDelta): void {
    for (const { runtime } of this.#shards.values()) runtime.tell({ kind: 'image', delta })
  }

  /** A marker was written into the log of one shard: the offsets of its transaction count, or never did. */
  marked(index: number, at: Where, outcome: Outcome): void {
    this.#shards.get(index)?.runtime.marked(at, outcome)
  }

  /** Partition of `__consumer_offsets` that a group falls to; null while there is no such topic. */
  partitionOf(groupId: string): number | null {
    const count = this.#partitionCount()
    return count === 0 ? null : partitionFor(groupId, count)
  }

  /** Asks the shard of one group. Answers NOT_COORDINATOR or COORDINATOR_NOT_AVAILABLE in the answer's own shape. */
  ask<K extends GroupAskKind>(
    kind: K,
    groupId: string,
    ask: GroupAsks[K]['ask'],
    done: (answer: GroupAsks[K]['answer']) => void,
  ): void {
    const input = { kind, ...ask } as GroupAsk
    const found = this.#find(groupId)
    if (typeof found === 'number') done(this.#shard.failed(input, found) as GroupAsks[K]['answer'])
    else found.submit(input, done as (answer: GroupAnswer) => void)
  }

  /** Asks every shard here; answers come back in any order, all together. */
  askAll<K extends GroupAskKind>(
    kind: K,
    ask: GroupAsks[K]['ask'],
    done: (answers: GroupAsks[K]['answer'][]) => void,
  ): void {
    const answers: GroupAsks[K]['answer'][] = []
    let open = this.#shards.size
    if (open === 0) return done(answers)
    for (const { runtime } of this.#shards.values()) {
      runtime.submit({ kind, ...ask } as GroupAsk, (answer) => {
        answers.push(answer as GroupAsks[K]['answer'])
        if (--open === 0) done(answers)
      })
    }
  }

  /** Groups that live in the same shard are asked about together. */
  *askEach<K extends GroupAskKind>(
    kind: K,
    groupIds: readonly string[],
    ask: (ids: readonly string[]) => GroupAsks[K]['ask'],
    done: (answers: GroupAsks[K]['answer'][]) => void,
  ): Pieces<void> {
    const count = this.#partitionCount()
    const seen = new Set<string>()
    const byShard = new Map<number, string[]>()
    for (const id of groupIds) {
      if (seen.has(id)) continue
      seen.add(id)
      if (seen.size % elementsPerPiece === 0) yield
      const shard = count === 0 ? 0 : partitionFor(id, count)
      const ids = byShard.get(shard)
      if (ids === undefined) byShard.set(shard, [id])
      else ids.push(id)
    }
    const answers: GroupAsks[K]['answer'][] = []
    let open = byShard.size
    if (open === 0) return done(answers)
    for (const ids of byShard.values()) {
      this.ask(kind, ids[0]!, ask(ids), (answer) => {
        answers.push(answer)
        if (--open === 0) done(answers)
      })
    }
  }

  #partitionCount(): number {
    return this.#image().topicsByName.get(GROUP_TOPIC)?.partitions.length ?? 0
  }

  #find(groupId: string): Runtime | ErrorCode {
    const count = this.#partitionCount()
    if (count === 0) return errors.NOT_COORDINATOR
    return this.#shards.get(partitionFor(groupId, count))?.runtime ?? errors.NOT_COORDINATOR
  }
}
