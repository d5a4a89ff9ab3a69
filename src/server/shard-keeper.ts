import type { Crc32c } from '../bytes/index.ts'
import type { Env } from '../env/index.ts'
import { errors } from '../protocol/index.ts'
import type { Partition } from '../replication/index.ts'
import type { ShardRuntime } from '../runtime/index.ts'
import { PartitionShardLog } from './partition-shard-log.ts'
import type { LeadershipListener } from './partition-table.ts'

/** What every coordinator's shards are answered with when they cannot decide. */
export const coordinatorCodes = {
  loading: errors.COORDINATOR_LOAD_IN_PROGRESS,
  stopped: errors.NOT_COORDINATOR,
  offline: errors.COORDINATOR_NOT_AVAILABLE,
  overdue: errors.COORDINATOR_NOT_AVAILABLE,
  tooLarge: errors.UNKNOWN_SERVER_ERROR,
}

/** The coordinators of one internal topic on this broker: a shard for each partition of it that the broker leads. */
export class ShardKeeper<State, Input, Answer, Rec> implements LeadershipListener {
  readonly #topic: string
  readonly #env: Env
  readonly #crc32c: Crc32c
  readonly #make: (index: number, log: PartitionShardLog) => ShardRuntime<State, Input, Answer, Rec>
  readonly #shards = new Map<number, { runtime: ShardRuntime<State, Input, Answer, Rec>; log: PartitionShardLog }>()

  constructor(parts: {
    readonly topic: string
    readonly env: Env
    readonly crc32c: Crc32c
    /** A shard over the log of a partition that has just been taken over; it is started here. */
    make(index: number, log: PartitionShardLog): ShardRuntime<State, Input, Answer, Rec>
  }) {
    this.#topic = parts.topic
    this.#env = parts.env
    this.#crc32c = parts.crc32c
    this.#make = (index, log) => parts.make(index, log)
  }

  leads(partition: Partition): void {
    if (partition.topic !== this.#topic) return
    const log = new PartitionShardLog(partition, this.#env, this.#crc32c)
    const runtime = this.#make(partition.index, log)
    this.#shards.set(partition.index, { runtime, log })
    runtime.start()
  }

  resigns(topic: string, index: number): void {
    if (topic !== this.#topic) return
    const shard = this.#shards.get(index)
    this.#shards.delete(index)
    shard?.runtime.stop(errors.NOT_COORDINATOR)
    shard?.log.close()
  }

  close(): void {
    for (const index of [...this.#shards.keys()]) this.resigns(this.#topic, index)
  }

  get(index: number): ShardRuntime<State, Input, Answer, Rec> | undefined {
    return this.#shards.get(index)?.runtime
  }

  tellAll(input: Input): void {
    for (const { runtime } of this.#shards.values()) runtime.tell(input)
  }

  /** Asks every shard here; answers come back in any order, all together. */
  askAll(input: Input, done: (answers: Answer[]) => void): void {
    const answers: Answer[] = []
    let open = this.#shards.size
    if (open === 0) return done(answers)
    for (const { runtime } of this.#shards.values()) {
      runtime.submit(input, (answer) => {
        answers.push(answer)
        if (--open === 0) done(answers)
      })
    }
  }
}
