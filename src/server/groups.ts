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
import type { LeadershipListener } from './partition-table.ts'
import { coordinatorCodes, ShardKeeper } from './shard-keeper.ts'

type Shard = ReturnType<typeof groupShard>
type State = ReturnType<Shard['empty']>
type Rec = Parameters<Shard['apply']>[1]
type Runtime = ShardRuntime<State, GroupInput, GroupAnswer, Rec>

/** The group coordinators of this broker: one shard for each partition of `__consumer_offsets` that it leads. */
export class Groups implements LeadershipListener {
  readonly #shard: Shard
  readonly #image: () => MetadataImage
  readonly #shards: ShardKeeper<State, GroupInput, GroupAnswer, Rec>

  constructor(parts: {
    env: Env
    crc32c: Crc32c
    config: GroupCoordinatorConfig & { readonly commitTimeoutMs: number }
    image: () => MetadataImage
  }) {
    const { env, crc32c, config, image } = parts
    const { clock, logger, random } = env
    const shard = groupShard(config, { image, random, logger })
    this.#image = image
    this.#shard = shard
    this.#shards = new ShardKeeper({
      ...{ topic: GROUP_TOPIC, env, crc32c },
      make: (index, log): Runtime =>
        new ShardRuntime({
          ...{ name: `${GROUP_TOPIC}-${index}`, shard, codec: groupCodec, log, clock, logger, codes: coordinatorCodes },
          commitTimeoutMs: config.commitTimeoutMs,
        }),
    })
  }

  leads(partition: Partition): void {
    this.#shards.leads(partition)
  }

  resigns(topic: string, index: number): void {
    this.#shards.resigns(topic, index)
  }

  close(): void {
    this.#shards.close()
  }

  /** Topics came, went or grew: groups whose members want them are told. */
  apply(delta: MetadataDelta): void {
    this.#shards.tellAll({ kind: 'image', delta })
  }

  /** A marker was written into the log of one shard: the offsets of its transaction count, or never did. */
  marked(index: number, at: Where, outcome: Outcome): void {
    this.#shards.get(index)?.marked(at, outcome)
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
    this.#shards.askAll({ kind, ...ask } as GroupAsk, done as (answers: GroupAnswer[]) => void)
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
    return this.#shards.get(partitionFor(groupId, count)) ?? errors.NOT_COORDINATOR
  }
}
