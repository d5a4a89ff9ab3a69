/**
 * A broker in this process and a bare connection to it: requests and answers as they are, no client in between.
 *
 * With MILLRACE_TEST_TARGET=apache the broker is an Apache Kafka in a process of its own, so that what a test expects of
 * us can be held against it: `npm run interop -- behaviours`.
 */
import { type Crc32c, crc32c } from '../../src/bytes/index.ts'
import type { Address } from '../../src/env/index.ts'
import { type NodeEnv, nodeEnv } from '../../src/env/node/index.ts'
import {
  type AnyApi,
  CreateTopics,
  errorName,
  errors,
  InitProducerId,
  ListOffsets,
  Produce,
  type RequestIn,
  type ResponseOf,
} from '../../src/protocol/index.ts'
import { BatchBuilder, type BatchOptions } from '../../src/records/index.ts'
import { type RunningKafka, type StartKafkaOptions, startKafka } from '../../src/testing/index.ts'
import { type ClientConnection, connectClient } from '../../src/wire/index.ts'

export const isApache = process.env['MILLRACE_TEST_TARGET'] === 'apache'

export interface Broker extends AsyncDisposable {
  readonly kafka: Pick<RunningKafka, 'bootstrapServers' | 'host' | 'port' | 'clusterId' | 'stop'>
  /** Asks in the newest version both know, or in `version`. */
  ask<P extends AnyApi>(api: P, body: RequestIn<P>, version?: number): Promise<ResponseOf<P>>
  /** A second connection. */
  connect(): Promise<Connection>
}

export interface Connection {
  ask<P extends AnyApi>(api: P, body: RequestIn<P>, version?: number): Promise<ResponseOf<P>>
  close(): void
}

export async function startBroker(options: StartKafkaOptions = {}): Promise<Broker> {
  const kafka = isApache ? await startApacheInstead(options) : await startKafka(options)
  const env = nodeEnv({ logLevel: 'off' })
  const connect = () => connectTo(env, kafka)
  const first = await connect()
  return {
    kafka,
    ask: first.ask,
    connect,
    async [Symbol.asyncDispose]() {
      env.close()
      await kafka.stop()
    },
  }
}

/** In an ES module of its own: few runs need it. */
async function startApacheInstead(options: StartKafkaOptions): Promise<Broker['kafka']> {
  const { startApacheBroker } = await import('./apache.ts')
  return startApacheBroker(options)
}

/** A connection to any broker: one in another process, too. */
export async function connectTo(env: NodeEnv, at: Address): Promise<Connection> {
  const connection = await open(env, at)
  return {
    ask: (api, body, version) => ask(connection, api, body, version),
    close: () => connection.close('the test is over'),
  }
}

function open(env: NodeEnv, { host, port }: Address): Promise<ClientConnection> {
  return new Promise((resolve, reject) => {
    connectClient(
      {
        net: env.net,
        clock: env.clock,
        address: { host, port },
        clientId: 'test',
        software: { name: 'millrace-test', version: '1' },
        connectTimeoutMs: 5000,
        requestTimeoutMs: 30_000,
        frameBytesMax: 100 << 20,
        onClosed: () => undefined,
      },
      (failure, connection) => (failure === null ? resolve(connection) : reject(new Error(failure.message))),
    )
  })
}

function ask<P extends AnyApi>(
  connection: ClientConnection,
  api: P,
  body: RequestIn<P>,
  version: number = api.maxVersion - (api.lastUnstable ? 1 : 0),
): Promise<ResponseOf<P>> {
  return new Promise((resolve, reject) => {
    connection.send(api, version, body, 30_000, (failure, answer) => {
      if (failure === null) resolve(answer)
      else reject(new Error(`${api.name}: ${failure.message}`))
    })
  })
}

export type AskedTopic = NonNullable<StartKafkaOptions['topics']>[number]

/**
 * Makes topics that the broker leads by then, and gives their ids. Apache Kafka answers CreateTopics a moment before it
 * does; ours answers when it does.
 */
export async function makeTopics(to: Pick<Connection, 'ask'>, ...asked: readonly AskedTopic[]): Promise<string[]> {
  if (asked.length === 0) return []
  const topics = asked.map((topic) => {
    const { name, partitions = -1, config = {} } = typeof topic === 'string' ? { name: topic } : topic
    const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }))
    return { name, numPartitions: partitions, replicationFactor: -1, assignments: [], configs }
  })
  const made = await to.ask(CreateTopics, { topics, timeoutMs: 10_000 })
  for (const { errorCode, name, errorMessage } of made.topics) {
    if (errorCode !== errors.NONE) throw new Error(`${name}: ${errorName(errorCode)} ${errorMessage}`)
  }
  if (isApache) await untilLed(to, made.topics)
  return made.topics.map(({ topicId }) => topicId)
}

async function untilLed(
  to: Pick<Connection, 'ask'>,
  made: readonly { name: string; numPartitions: number }[],
): Promise<void> {
  const topics = made.map(({ name, numPartitions }) => ({
    name,
    partitions: Array.from({ length: numPartitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1 })),
  }))
  for (;;) {
    const listed = await to.ask(ListOffsets, { replicaId: -1, topics })
    if (listed.topics.every(({ partitions }) => partitions.every((p) => p.errorCode === errors.NONE))) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Apache fetches its first block of ids when the first is asked for, and asks for patience meanwhile. */
export async function initProducerId(to: Pick<Connection, 'ask'>, transactionalId: string | null = null) {
  for (;;) {
    const answer = await to.ask(InitProducerId, { transactionalId, transactionTimeoutMs: 1000 })
    if (!isApache || answer.errorCode !== errors.COORDINATOR_LOAD_IN_PROGRESS) return answer
  }
}

/** Produces one batch with acks=all; fails unless it is taken. Gives its first offset. */
export async function produceTo(
  to: Pick<Connection, 'ask'>,
  topic: string,
  records: Uint8Array,
  index = 0,
): Promise<number> {
  const topicData = [{ name: topic, partitionData: [{ index, records }] }]
  const answer = await to.ask(Produce, { acks: -1, timeoutMs: 5000, topicData }, 12)
  const { errorCode, errorMessage, baseOffset } = answer.responses[0]!.partitionResponses[0]!
  if (errorCode !== errors.NONE) throw new Error(`${topic}-${index}: ${errorName(errorCode)} ${errorMessage ?? ''}`)
  return baseOffset
}

export interface Row {
  readonly key?: string | null
  readonly value: string | null
  readonly timestamp?: number
}

const text = new TextEncoder()

/** One uncompressed batch; values as UTF-8. */
export function batchOf(rows: readonly Row[], options: BatchOptions = {}, checksum: Crc32c = crc32c): Uint8Array {
  const builder = new BatchBuilder(options)
  for (const { key = null, value, timestamp = Date.now() } of rows) {
    builder.append(timestamp, key === null ? null : text.encode(key), value === null ? null : text.encode(value))
  }
  return builder.build(checksum)
}
