import type { Logger } from '../../env/index.ts'
import { type ErrorCode, errorName, errors } from '../../protocol/index.ts'
import { ManualClock, MemoryShardLog, ShardRuntime } from '../../runtime/index.ts'
import { type TransactionCoordinatorConfig, transactionCoordinatorDefaults } from './config.ts'
import type {
  MarkerOrder,
  ProducerIdentity,
  TransactionAnswer,
  TransactionAsk,
  TransactionAskKind,
  TransactionAsks,
  TransactionInput,
} from './inputs.ts'
import { type TransactionRecord, transactionCodec } from './records.ts'
import { transactionShard } from './shard.ts'
import type { TransactionState } from './state.ts'

/** Something asked in a test; `answer` is undefined as long as it waits. */
export interface Asked<K extends TransactionAskKind> {
  answer: TransactionAsks[K]['answer'] | undefined
}

/** One shard of transactions over a log in memory; markers are sent when the test says so. For tests. */
export class TransactionWorld {
  readonly clock = new ManualClock()
  readonly log = new MemoryShardLog(this.clock)
  readonly lines: string[] = []
  /** What was ordered and is not written yet. */
  orders: MarkerOrder[] = []
  transactionVersion = 2
  producerIds = [1000, 1001, 1002, 1003]
  readonly config: { -readonly [K in keyof TransactionCoordinatorConfig]: TransactionCoordinatorConfig[K] }
  readonly runtime: ShardRuntime<TransactionState, TransactionInput, TransactionAnswer, TransactionRecord>

  constructor(config: Partial<TransactionCoordinatorConfig> = {}) {
    this.config = { ...transactionCoordinatorDefaults, ...config }
    const put = (message: string, fields?: object) => {
      this.lines.push(`${message} ${JSON.stringify(fields ?? {})}`)
    }
    const logger: Logger = { debug: put, info: put, warn: put, error: put, child: () => logger }
    this.runtime = new ShardRuntime({
      name: '__transaction_state-0',
      shard: transactionShard(this.config, {
        logger,
        nextProducerId: () => this.producerIds.shift() ?? -1,
        transactionVersion: () => this.transactionVersion,
        coordinatorEpoch: () => this.log.epoch(),
        sendMarkers: (order) => void this.orders.push(order),
        tell: (input) => this.runtime.tell(input),
      }),
      codec: transactionCodec(() => Math.min(1, this.transactionVersion)),
      log: this.log,
      clock: this.clock,
      logger,
      codes: {
        loading: errors.COORDINATOR_LOAD_IN_PROGRESS,
        stopped: errors.NOT_COORDINATOR,
        offline: errors.COORDINATOR_NOT_AVAILABLE,
        overdue: errors.COORDINATOR_NOT_AVAILABLE,
        tooLarge: errors.UNKNOWN_SERVER_ERROR,
      },
      commitTimeoutMs: 5000,
    })
    this.runtime.start()
    this.clock.run()
  }

  ask<K extends TransactionAskKind>(kind: K, ask: TransactionAsks[K]['ask']): Asked<K> {
    const asked: Asked<K> = { answer: undefined }
    this.runtime.submit({ kind, ...ask } as TransactionAsk, (answer) => {
      asked.answer = answer as TransactionAsks[K]['answer']
    })
    this.clock.run()
    return asked
  }

  /** `id/epoch`, or the error. */
  init(known: { producerId: number; producerEpoch: number } | null = null, timeoutMs = 60_000): () => string {
    const flags = { enable2Pc: false, keepPreparedTxn: false }
    return told(this.ask('initProducerId', { transactionalId: 'tx', timeoutMs, known, ...flags }))
  }

  add(who: string, partition: number, clientVersion = 2): () => string {
    const partitions = [{ topic: 't', partition }]
    const asked = this.ask('addPartitions', { ...identity(who), partitions, clientVersion })
    return () => (asked.answer === undefined ? 'waits' : nameOf(asked.answer.errorCode))
  }

  end(who: string, outcome: 'commit' | 'abort', clientVersion = 2): () => string {
    return told(this.ask('endTransaction', { ...identity(who), outcome, clientVersion }))
  }

  /** The partitions have their markers. */
  mark(): void {
    const orders = this.orders
    this.orders = []
    for (const { transactionalId, producerId, producerEpoch, preparedMs } of orders)
      this.runtime.tell({ kind: 'marked', transactionalId, producerId, producerEpoch, preparedMs })
    this.clock.run()
  }

  ordered(): string[] {
    return this.orders.map((o) => {
      const partitions = o.partitions.map(({ topic, partition }) => `${topic}-${partition}`)
      return `${o.outcome} ${o.producerId}/${o.producerEpoch} v${o.transactionVersion} c${o.coordinatorEpoch} ${partitions.join()}`
    })
  }

  get status(): string {
    const t = this.runtime.state?.get('tx')
    return t === undefined ? 'unknown' : `${t.status} ${t.producerId}/${t.producerEpoch}`
  }

  /** Loses the leadership and comes back: what was soft is gone, what was written is read again. */
  fail(): void {
    this.log.lose(errors.NOT_COORDINATOR)
    this.clock.run()
    this.runtime.start()
    this.clock.run()
  }
}

function identity(who: string): ProducerIdentity {
  const [producerId, producerEpoch] = who.split('/').map(Number)
  return { transactionalId: 'tx', producerId: producerId!, producerEpoch: producerEpoch! }
}

function told(asked: Asked<'initProducerId' | 'endTransaction'>): () => string {
  return () => {
    if (asked.answer === undefined) return 'waits'
    const { errorCode, producerId, producerEpoch } = asked.answer
    return errorCode === errors.NONE ? `${producerId}/${producerEpoch}` : nameOf(errorCode)
  }
}

function nameOf(code: ErrorCode): string {
  return errorName(code)
}
